// The device itself, in the one worker that has its files: opens it, has its calls made, tells what changes.

import init, { Engine, type Files, SignIn, install } from './engine/engine.js';
import { keep, kept } from './keeper.js';
import type { Standing } from './messages.js';
import { Calls, module as engineModule, post } from './network.js';
import type { Failure, Identity, Status, Table, Vocabulary } from './types.js';
import type { SignIn as Wanted } from './types.js';

const PATH = '/device.db';
/** The longest that the engine goes without being told the time, in milliseconds. */
const WAIT_MAX_MS = 60_000;
/** How long a store that failed is left alone before it is tried again. */
const STORE_PAUSE_MS = 1_000;

export interface Told {
  standing(standing: Standing): void;
  status(status: Status): void;
  /** The result of a watched query, by its name. */
  result(query: number, table: Table): void;
  /** A watched query works no more, and is watched no more. */
  failed(query: number, error: Failure): void;
}

/** What the engine throws, as a failure. */
export function failure(thrown: unknown): Failure {
  if (typeof thrown === 'string') {
    try {
      return JSON.parse(thrown) as Failure;
    } catch {
      return { code: 'engine', words: thrown };
    }
  }
  return { code: 'engine', words: thrown instanceof Error ? thrown.message : String(thrown) };
}

export class Device {
  private engine: Engine | undefined;
  private calls: Calls | undefined;
  private token = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The watched queries: their texts, and what the engine that is open calls them. */
  private readonly watched = new Map<number, { sql: string; engine: number }>();
  private queries = 0;
  private lastStatus = '';
  private standing: Standing = { is: 'opening' };
  private files: Files | undefined;
  /** Whether keys lie here for a database that is not: one that was never whole, or that the browser threw away. */
  private isLost = false;

  constructor(
    private readonly app: string,
    private readonly server: string,
    private readonly vocabulary: Vocabulary,
    private readonly told: Told,
  ) {}

  /** Takes the files, and opens the device if there is one. */
  async open(module: string): Promise<void> {
    await init({ module_or_path: engineModule(module) });
    try {
      this.files = await install(`.fieldbook-${this.app}`);
      const { keys, secret, server } = await kept(this.app);
      if (keys === undefined || secret === undefined || server === undefined) {
        this.stands({ is: 'new' });
        return;
      }
      this.begin(Engine.open(PATH, server, keys, secret));
    } catch (thrown) {
      const error = failure(thrown);
      this.isLost = NEVER_WHOLE.includes(error.code);
      this.stands(this.isLost ? { is: 'new' } : { is: 'closed', error });
    }
  }

  /** How it stands, for whoever comes later. */
  now(): Standing {
    return this.standing;
  }

  /** Signs in: a new device, or the one that is here once more. */
  async signIn(wanted: Wanted): Promise<Identity> {
    const before = await kept(this.app);
    const { keys, secret } = before;
    const isAgain = keys !== undefined && secret !== undefined && !this.isLost;
    const signing = isAgain ? SignIn.again(keys, secret, before.workspace ?? '', before.user ?? '') : new SignIn();
    const request = signing.request(JSON.stringify(wanted));
    // On the disk before the server is told of it.
    if (!isAgain) await keep(this.app, { secret: signing.secret(), server: this.server });
    const answered = await post(`${this.server}/v2/auth/sign-in`, request);
    if (!answered) throw JSON.stringify({ code: 'no-answer', words: 'The server does not answer. Signing in needs a connection.' });
    const mine = isAgain ? secret : signing.secret();
    const signed = signing.reply(answered.status, answered.type, answered.body);
    const [workspace, user] = [signed.workspace(), signed.user()];
    await keep(this.app, { keys: signed.keys(), secret: mine, server: this.server, workspace, user });
    const was = this.engine;
    this.end();
    // Keys without a database whose log would go on: what is left of one was never shown to anybody.
    if (!isAgain) this.files?.remove(PATH);
    this.isLost = false;
    try {
      this.begin(signed.open(PATH, this.server));
    } catch (thrown) {
      // Somebody else's sign-in: what was open before is open again, and nothing was changed.
      if (was && isAgain) this.begin(Engine.open(PATH, this.server, keys, secret));
      throw thrown;
    }
    return this.identity();
  }

  identity(): Identity {
    return JSON.parse(this.opened().identity()) as Identity;
  }

  /** Asks the engine one thing, with all that follows from it. */
  ask<T>(work: (engine: Engine) => T): T {
    const value = work(this.opened());
    // It is done: what goes wrong from here on is told apart from it.
    this.drive(() => undefined);
    return value;
  }

  /** Watches a query; its first result follows. */
  watch(sql: string): number {
    const engine = this.ask((engine) => engine.watch(sql));
    const query = ++this.queries;
    this.watched.set(query, { sql, engine });
    queueMicrotask(() => this.refresh());
    return query;
  }

  unwatch(query: number): void {
    const watched = this.watched.get(query);
    if (watched) this.engine?.unwatch(watched.engine);
    this.watched.delete(query);
  }

  status(): Status {
    return JSON.parse(this.opened().status(this.vocabulary)) as Status;
  }

  private opened(): Engine {
    if (!this.engine) {
      const error = this.standing.is === 'closed' ? this.standing.error : SIGNED_OUT;
      throw JSON.stringify(error);
    }
    return this.engine;
  }

  private begin(engine: Engine): void {
    this.engine = engine;
    this.token = engine.token();
    this.calls = new Calls(engine.server(), (work) => this.drive(work));
    for (const watched of this.watched.values()) watched.engine = engine.watch(watched.sql);
    this.stands({ is: 'open', identity: this.identity() });
    this.drive((engine) => engine.begin());
  }

  private end(): void {
    this.calls?.end();
    clearTimeout(this.timer);
    this.engine?.free();
    this.engine = undefined;
  }

  /** Tells the engine something. A store that fails for a while is tried again. */
  private drive(work: (engine: Engine) => void): void {
    if (!this.engine) return;
    try {
      work(this.engine);
      this.turn();
    } catch (thrown) {
      const error = failure(thrown);
      if (!Engine.is_passing(error.code)) {
        this.end();
        this.stands({ is: 'closed', error });
        return;
      }
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.drive((engine) => engine.begin()), STORE_PAUSE_MS);
    }
  }

  /** Does what follows: calls, the next wake, news. */
  private turn(): void {
    const { engine, calls } = this;
    if (!engine || !calls) return;
    for (const call of engine.calls()) calls.order(call, this.token);
    clearTimeout(this.timer);
    const wait = Math.min(engine.wait_ms() ?? WAIT_MAX_MS, WAIT_MAX_MS);
    this.timer = setTimeout(() => this.drive((engine) => engine.tick()), wait);
    this.refresh();
    const status = engine.status(this.vocabulary);
    if (status !== this.lastStatus) {
      this.lastStatus = status;
      this.told.status(JSON.parse(status) as Status);
    }
  }

  private refresh(): void {
    for (const [query, watched] of this.watched) {
      try {
        const result = this.engine?.refresh(watched.engine);
        if (result !== undefined) this.told.result(query, JSON.parse(result) as Table);
      } catch (thrown) {
        this.unwatch(query);
        this.told.failed(query, failure(thrown));
      }
    }
  }

  private stands(standing: Standing): void {
    this.standing = standing;
    this.told.standing(standing);
  }
}

/** Of a database that is not there, or has nothing in it: no act was ever saved to it, or the browser threw all of it away. */
const NEVER_WHOLE = ['no-database', 'empty-database'];
const SIGNED_OUT: Failure = { code: 'no-home', words: 'Nobody has signed in here yet: sign in first.' };
