// The device itself, in the one worker that has its files: opens it, has its calls made, tells what changes.

import init, { Engine, type Files, Guard, Locked, SignIn, answered, install, rekeyed, wipe_request, wipe_words } from './engine/engine.js';
import type { Onlooker, PutBlob, RecordName, SignedOut, Storage, Timeline, TimelineWish } from './device-types.js';
import { type Kept, keep, keepAlso, keepChanged, kept } from './keeper.js';
import type { Standing, TabState } from './messages.js';
import { type Asked, Calls, type Compiled, ask as network, query } from './network.js';
import type { Conditions, Failure, Identity, Status, Table, Vocabulary } from './types.js';
import type { SignIn as Wanted } from './types.js';

const PATH = '/device.db';
/** The longest that the engine goes without being told the time, in milliseconds. */
const WAIT_MAX_MS = 60_000;
/** How long what is told of the device stands at least: no eye sees more of it. */
const STATUS_PAUSE_MS = 20;
/** How long a store that failed is left alone before it is tried again. */
const STORE_PAUSE_MS = 1_000;
/** The browser is asked for the room that is left no more often than this. */
const ROOM_MS = 5_000;

export interface Told {
  standing(standing: Standing): void;
  /** The status, but for which tab has the device. */
  status(status: Omit<Status, 'leads'>): void;
  /** The result of a watched query, by its name. */
  result(query: number, table: Table): void;
  /** What opens its keys from now on, of a device that has a passphrase. */
  guard(guard: string | null): void;
  /** The engine broke. */
  broken(error: Failure): void;
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
  // What a browser says where it has no room for its own store either.
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') return { code: 'disk-full', words: 'The browser has no room left for this: nothing of it was done. Make room, then try it again.' };
  return { code: 'engine', words: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** Whether the engine itself broke: it is in no state to be asked anything any more. */
export function isPanic(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError;
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
  /** When it was last looked at, on the clock that only goes forward, and what looks at it again. */
  private toldAt = -Infinity;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private standing: Standing = { is: 'opening' };
  private files: Files | undefined;
  /** Whether keys lie here for a database that is not: one that was never whole, or that the browser threw away. */
  private isLost = false;
  /** Of a device that has a passphrase and is open: what puts its keys under it. */
  private guard: Guard | undefined;
  /** The last of what changes its keys: each of them begins when the one before it is done. */
  private changing: Promise<unknown> = Promise.resolve();
  /** The last number of the device's series that is kept outside of the database. */
  private numbers: number | undefined;
  /** What was said of its surroundings. What nobody says the browser does. */
  private conditions: Partial<Conditions> = {};
  /** Whether somebody asked it to keep away from the network. */
  private isOffline = false;
  private readonly tabs = new Map<string, TabState>();
  private lastAround = '';
  /** Whether every tab says that there is none. */
  private hasNoNetwork = false;
  private isWiping = false;
  /** What comes after all that was asked before. */
  private readonly later = new MessageChannel();
  /** Whether a slice of news is to be taken in then. */
  private isComing = false;
  /** Who waits until it is. */
  private readonly awaiting: (() => void)[] = [];
  /** When the browser was last asked for the room that is left. */
  private measured = -ROOM_MS;

  constructor(
    private readonly app: string,
    private readonly server: string,
    private readonly vocabulary: Vocabulary,
    private readonly told: Told,
  ) {
    this.later.port1.onmessage = () => {
      this.isComing = false;
      this.drive((engine) => engine.go_on());
    };
  }

  /**
   * Takes the files, and opens the device if there is one. `compiled` is on its way since before the files could be had. `handed`: what
   * opened its keys in the worker that led before.
   */
  async open(compiled: Promise<Compiled>, handed: string | null): Promise<void> {
    // Each of the three waits for another part of the browser.
    warm();
    const keeper = kept(this.app);
    keeper.catch(() => undefined);
    await init({ module_or_path: await compiled });
    try {
      this.files = await place(`.fieldbook-${this.app}`);
      const { keys, secret, guarded, server, numbers, offline, wipe, wiped, workspace, user } = await keeper;
      if (wipe !== undefined) {
        await this.wipe(wipe);
        return;
      }
      if (wiped !== undefined) {
        this.stands({ is: 'wiped', words: wiped });
        return;
      }
      this.numbers = numbers;
      this.isOffline = offline === true;
      if (guarded !== undefined) {
        this.guard = handed === null ? undefined : Guard.handed(guarded, handed);
        if (this.guard) await this.start(this.guard.keys(), this.guard.secret());
        else this.stands({ is: 'locked', by: 'passphrase', workspace: workspace ?? '', user: user ?? '' });
      } else if (keys === undefined || secret === undefined || server === undefined) {
        this.stands({ is: 'new' });
      } else {
        await this.start(keys, secret);
      }
    } catch (thrown) {
      await this.failed(thrown);
    }
  }

  /** Opens the data, before anybody else is answered. A database that is to have another key is written anew under it first. */
  private async start(keys: string, secret: string): Promise<void> {
    try {
      const newest = this.rekey(keys, secret);
      this.begin(Engine.open(PATH, this.server, newest ?? keys, secret));
      if (newest !== undefined) await this.keepKeys(newest, secret);
    } catch (thrown) {
      await this.failed(thrown);
    }
  }

  /** It does not open. */
  private async failed(thrown: unknown): Promise<void> {
    const error = failure(thrown);
    if (isPanic(thrown)) {
      this.told.broken(error);
      return;
    }
    if (error.code === 'locked') await this.lock();
    this.isLost = NEVER_WHOLE.includes(error.code);
    this.stands(this.isLost ? { is: 'new' } : { is: 'closed', error });
    if (error.code === 'locked') void this.asksLocked();
  }

  /** Writes the database anew under the key that it is to have. What is to be kept of the keys then. */
  private rekey(keys: string, secret: string): string | undefined {
    try {
      return rekeyed(PATH, keys, secret);
    } catch (thrown) {
      if (isPanic(thrown)) throw thrown;
      // It has the key that it had, for want of room mostly, and opens. The next start tries it again.
      console.error(failure(thrown).words);
      return undefined;
    }
  }

  /** What is kept, with the keys as they are where they lie under a passphrase that was given. */
  private async bare(): Promise<Partial<Kept>> {
    const found = await kept(this.app);
    return this.guard && found.guarded !== undefined ? { ...found, keys: this.guard.keys(), secret: this.guard.secret() } : found;
  }

  /** Keys as they are kept: under the passphrase, where there is one. */
  private under(keys: string, secret: string): Partial<Kept> {
    if (!this.guard) return { keys, secret };
    this.guard.renew(keys, secret);
    return { guarded: this.guard.kept() };
  }

  /** Keeps other keys in the place of those that are kept; never beside the note of a wipe. */
  private async keepKeys(keys: string, secret: string): Promise<void> {
    const next = this.under(keys, secret);
    await keepChanged(this.app, ({ keys, secret, guarded, ...rest }) => {
      const isThere = secret !== undefined || guarded !== undefined;
      return isThere ? { ...rest, ...next } : rest;
    });
  }

  /** Does what changes the keys when all that was begun before is done. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.changing.then(work);
    this.changing = done.catch(() => undefined);
    return done;
  }

  /** Opens a device that has a passphrase. */
  unlock(passphrase: string): Promise<null> {
    return this.inTurn(async () => {
      if (this.standing.is !== 'locked') return null;
      const { guarded } = await kept(this.app);
      if (guarded === undefined) throw JSON.stringify(SIGNED_OUT);
      const guard = Guard.unlock(guarded, passphrase);
      this.holds(guard);
      await this.start(guard.keys(), guard.secret());
      return null;
    });
  }

  /** Gives the device its first passphrase. */
  setPassphrase(passphrase: string): Promise<null> {
    return this.inTurn(() => {
      this.opened();
      if (this.guard) throw JSON.stringify(HAS_PASSPHRASE);
      return this.protect(passphrase);
    });
  }

  /** Gives it another. */
  changePassphrase(old: string, other: string): Promise<null> {
    return this.inTurn(() => {
      this.guarding().check(old);
      return this.protect(other);
    });
  }

  /** Takes it away. */
  removePassphrase(passphrase: string): Promise<null> {
    return this.inTurn(async () => {
      const guard = this.guarding();
      guard.check(passphrase);
      this.guard = undefined;
      try {
        await this.keepKeys(guard.keys(), guard.secret());
      } catch (thrown) {
        this.guard = guard;
        throw thrown;
      }
      guard.free();
      this.told.guard(null);
      this.stands({ is: 'open', identity: this.identity(), passphrase: false });
      return null;
    });
  }

  /** Forgets a device that nobody can open: its keys first, and then its data. */
  beginAnew(): Promise<null> {
    return this.inTurn(async () => {
      if (this.standing.is !== 'locked') throw JSON.stringify(NOT_LOCKED);
      await keep(this.app, {});
      this.files?.remove(PATH);
      this.numbers = undefined;
      this.isOffline = false;
      this.stands({ is: 'new' });
      return null;
    });
  }

  /** Puts the keys under a passphrase, and has the database written anew: the key that it had lay here in clear, or under another one. */
  private async protect(passphrase: string): Promise<null> {
    const { keys, secret } = await this.bare();
    this.opened();
    if (keys === undefined || secret === undefined) throw JSON.stringify(SIGNED_OUT);
    const guard = Guard.set(keys, secret, passphrase);
    const guarded = guard.kept();
    await keepChanged(this.app, ({ keys, secret, guarded: before, ...rest }) => {
      const isThere = secret !== undefined || before !== undefined;
      return isThere ? { ...rest, guarded } : rest;
    });
    this.guard?.free();
    this.holds(guard);
    if (this.isWiping) return null;
    this.end();
    await this.start(guard.keys(), guard.secret());
    return null;
  }

  private holds(guard: Guard): void {
    this.guard = guard;
    this.told.guard(guard.handed_on());
  }

  private guarding(): Guard {
    this.opened();
    if (!this.guard) throw JSON.stringify(NO_PASSPHRASE);
    return this.guard;
  }

  /** A device that its server has not let in for too long forgets what the server gave to open its data. */
  private async lock(): Promise<void> {
    const { keys, secret } = await this.bare();
    if (keys === undefined || secret === undefined) return;
    try {
      const locked = Engine.locked(PATH, keys, secret);
      if (locked !== undefined) await this.keepKeys(locked, secret);
    } catch {
      // It is locked already; or does not open at all, and is refused all the same.
    }
  }

  /** A device that is locked has nothing to say, and still hears of an order to wipe it: at once, and now and then. */
  private async asksLocked(): Promise<void> {
    const { keys, secret } = await this.bare();
    if (this.standing.is !== 'closed' || keys === undefined || secret === undefined) return;
    const locked = this.isOffline ? undefined : Locked.read(keys, secret);
    const told = locked && (await network(`${this.server}/v2/auth/keys`, { body: locked.request(), token: locked.asks_as() }));
    const wipe = told && locked.wipe(told.status, told.type, told.body, this.server);
    locked?.free();
    // Somebody may have signed in meanwhile.
    if (this.standing.is !== 'closed') return;
    if (wipe !== undefined) {
      await this.wipe(wipe);
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.asksLocked(), WAIT_MAX_MS);
  }

  /** How it stands, for whoever comes later. */
  now(): Standing {
    return this.standing;
  }

  /** Signs in: a new device, or the one that is here once more. */
  signIn(wanted: Wanted): Promise<Identity> {
    return this.inTurn(() => this.signInNow(wanted));
  }

  private async signInNow(wanted: Wanted): Promise<Identity> {
    if (this.standing.is === 'locked') throw JSON.stringify(LOCKED);
    let before = await this.bare();
    // One that was wiped is followed by another when the server knows of it.
    if (before.wipe !== undefined) {
      await this.tellWiped(before.wipe);
      before = await kept(this.app);
      if (before.wipe !== undefined) throw JSON.stringify(UNTOLD);
    }
    const { keys, secret } = before;
    const isAgain = keys !== undefined && secret !== undefined && !this.isLost;
    if (isAgain && this.isOffline) throw JSON.stringify(byChoice('Signing in'));
    this.isOffline = false;
    const signing = isAgain ? SignIn.again(keys, secret, before.workspace ?? '', before.user ?? '') : new SignIn();
    const request = signing.request(JSON.stringify(wanted));
    // On the disk before the server is told of it.
    if (!isAgain) {
      await keep(this.app, { secret: signing.secret(), server: this.server });
      this.guard?.free();
      this.guard = undefined;
      this.told.guard(null);
    }
    const told = await network(`${this.server}/v2/auth/sign-in`, { body: request });
    if (!told) throw JSON.stringify({ code: 'no-answer', words: 'The server does not answer. Signing in needs a connection.' });
    const mine = isAgain ? secret : signing.secret();
    const signed = signing.reply(told.status, told.type, told.body);
    const [workspace, user] = [signed.workspace(), signed.user()];
    if (!isAgain) this.numbers = undefined;
    const numbers = this.numbers === undefined ? {} : { numbers: this.numbers };
    await keep(this.app, { ...this.under(signed.keys(), mine), server: this.server, workspace, user, ...numbers });
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

  /** Wipes the device, as its server ordered. From what is written down first there is no way back: each start goes on with it. */
  private async wipe(written: string): Promise<void> {
    this.isWiping = true;
    // In place of the secret and the keys, in one write: what is left opens for nobody.
    await keep(this.app, { wipe: written, server: this.server });
    this.told.guard(null);
    this.end();
    this.files?.remove(PATH);
    this.stands({ is: 'wiped', words: wipe_words(written) });
    await this.tellWiped(written);
  }

  /** Tells the server that the device was wiped, now and then until it has heard it. */
  private async tellWiped(written: string): Promise<void> {
    const told = await network(`${this.server}/v2/auth/wiped`, { body: wipe_request(written) });
    // A server that knows no such order will not learn of it.
    if (told && told.status < 500) {
      await keep(this.app, { wiped: wipe_words(written) });
      this.isWiping = false;
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.tellWiped(written), WAIT_MAX_MS);
  }

  /** Signs out. What was not sent stays here, and is not forgotten without being asked for. */
  async signOut(keepUnsent: boolean): Promise<SignedOut> {
    const unsent = this.opened().waiting();
    if (unsent > 0 && !keepUnsent) throw JSON.stringify(notSent(unsent));
    await this.inItsName('auth/sign-out', 'Signing out', { body: '' });
    // What the server says to the next call is what a screen is told.
    this.ask((engine) => engine.sync_now());
    return { unsent };
  }

  /** Asks the server about the account, or about the workspace of this device; with a body it is a wish. */
  async askServer(about: 'workspace' | 'account', path: string, body: unknown): Promise<unknown> {
    const full = about === 'account' ? path : `workspaces/${this.identity().workspace_id}/${path}`;
    const asked = body === undefined ? {} : { body: body === null ? '' : JSON.stringify(body) };
    return JSON.parse(await this.inItsName(full, 'This', asked));
  }

  /** The same of whoever has no device. */
  async askAsNobody(path: string, body: unknown): Promise<unknown> {
    return JSON.parse(await this.answer(path, 'This', { body: JSON.stringify(body) }));
  }

  /** What the server has to say about a record or an op; or why it does not. */
  async past(path: string): Promise<{ reply?: string; why: Failure | null }> {
    try {
      const { workspace_id } = this.identity();
      return { reply: await this.inItsName(`workspaces/${workspace_id}/history/${path}`, 'All of a history'), why: null };
    } catch (thrown) {
      return { why: failure(thrown) };
    }
  }

  /** What happened last, as the server tells it. */
  async timeline({ part, ...numbers }: TimelineWish): Promise<Timeline> {
    const wish = query({ scope: part && `${part.type}/${part.id}`, ...numbers });
    return JSON.parse(await this.inItsName(`workspaces/${this.identity().workspace_id}/history?${wish}`, 'What others did')) as Timeline;
  }

  /** How much a part is, as the server tells it. */
  async partSize({ type, id }: RecordName): Promise<unknown> {
    const wish = query({ scope: `${type}/${id}` });
    return JSON.parse(await this.inItsName(`workspaces/${this.identity().workspace_id}/size?${wish}`, 'Asking for a size'));
  }

  /** Tells the server that the person looks at a record, or no longer; who else does. Without a network nothing is tried: it comes again. */
  async look({ type, id }: RecordName, looking: boolean): Promise<Onlooker[]> {
    if (this.hasNoNetwork) throw JSON.stringify(NO_NETWORK);
    const path = `workspaces/${this.identity().workspace_id}/records/${encodeURIComponent(type)}/${encodeURIComponent(id)}/seen`;
    const told = await this.inItsName(path, LOOKING, { body: JSON.stringify({ looking }) });
    return (JSON.parse(told) as { people: Onlooker[] }).people;
  }

  /** Sends the server a file of diagnostics. The name under which it keeps it. */
  async send(file: Uint8Array): Promise<{ name: string }> {
    const path = `workspaces/${this.identity().workspace_id}/diagnostics`;
    const told = await this.inItsName(path, 'Sending diagnostics', { body: file, type: 'application/octet-stream' });
    return JSON.parse(told) as { name: string };
  }

  /** Brings a blob: to the server, then onto this device. */
  async putBlob(bytes: Uint8Array): Promise<PutBlob> {
    const sum = this.opened().blob_sum(bytes);
    const path = `workspaces/${this.identity().workspace_id}/blobs/${sum}`;
    await this.inItsName(path, 'Adding a file', { body: bytes, type: 'application/octet-stream', method: 'PUT' });
    this.ask((engine) => engine.put_blob(bytes));
    return { sum, size: bytes.length };
  }

  /** Tells the engine how much room the browser leaves it. */
  private async measure(): Promise<void> {
    const now = performance.now();
    if (now - this.measured < ROOM_MS) return;
    this.measured = now;
    const { usage, quota } = (await navigator.storage.estimate?.()) ?? {};
    if (quota !== undefined) this.engine?.room(Math.max(0, quota - (usage ?? 0)));
  }

  /** The room that the device takes, and what is left. */
  async storage(): Promise<Storage> {
    const own = JSON.parse(this.ask((engine) => engine.storage())) as Pick<Storage, 'database' | 'free' | 'left_out'>;
    const { usage, quota } = (await navigator.storage.estimate?.()) ?? {};
    const persistent = (await navigator.storage.persisted?.()) ?? false;
    const room = quota === undefined ? null : Math.max(0, quota - (usage ?? 0));
    return { ...own, used: usage ?? null, quota: quota ?? null, room, persistent };
  }

  /** Does what writes an op. The number that it may have given out is kept before anybody is told of it. */
  async write(work: (engine: Engine) => string): Promise<unknown> {
    const told = this.ask(work);
    const numbers = this.opened().numbers();
    if (numbers !== undefined && numbers !== this.numbers) {
      await keepAlso(this.app, { numbers });
      this.numbers = numbers;
    }
    return JSON.parse(told);
  }

  /** Keeps away from the network, or no longer. It is written down before it is so. */
  async workOffline(offline: boolean): Promise<null> {
    this.opened();
    await keepAlso(this.app, { offline });
    this.isOffline = offline;
    if (this.calls && !offline) this.calls.isShut = false;
    this.around();
    if (offline) this.calls?.shut();
    else this.ask((engine) => engine.sync_now());
    this.told.status(this.status());
    return null;
  }

  /** Says what surrounds the device. */
  surround(conditions: Partial<Conditions>): null {
    this.conditions = { ...this.conditions, ...conditions };
    this.around();
    return null;
  }

  /** How a tab is now. A device is seen while any is. */
  seen(tab: string, state: TabState): null {
    this.tabs.set(tab, state);
    this.around();
    return null;
  }

  /** A tab has closed. */
  gone(tab: string): void {
    if (this.tabs.delete(tab)) this.around();
  }

  private around(): void {
    const { no_network, metered, low_battery, hidden } = this.conditions;
    const tabs = [...this.tabs.values()];
    const all = (is: (tab: TabState) => boolean) => tabs.length > 0 && tabs.every(is);
    this.hasNoNetwork = no_network ?? all((tab) => !tab.online);
    const around = JSON.stringify({
      no_network: this.isOffline || this.hasNoNetwork,
      metered: metered ?? false,
      low_battery: low_battery ?? false,
      hidden: hidden ?? all((tab) => tab.hidden),
    } satisfies Conditions);
    if (!this.engine || around === this.lastAround) return;
    this.ask((engine) => engine.surround(around));
    this.lastAround = around;
  }

  private inItsName(path: string, what: string, asked: Omit<Asked, 'token'> = {}): Promise<string> {
    this.opened();
    return this.answer(path, what, { ...asked, token: this.token });
  }

  private async answer(path: string, what: string, asked: Asked): Promise<string> {
    if (this.isOffline) throw JSON.stringify(byChoice(what));
    const told = await network(`${this.server}/v2/${path}`, asked);
    if (!told) throw JSON.stringify({ code: 'needs-connection', words: `${what} needs a connection, and the server does not answer.` } satisfies Failure);
    return answered(told.status, told.type, told.body);
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

  status(): Omit<Status, 'leads'> {
    return this.stood(this.opened().status(this.vocabulary));
  }

  private opened(): Engine {
    if (!this.engine) {
      const { standing } = this;
      throw JSON.stringify(unopened(standing));
    }
    return this.engine;
  }

  private begin(engine: Engine): void {
    if (this.numbers !== undefined) engine.numbered(this.numbers);
    this.isWiping = false;
    this.engine = engine;
    this.token = engine.token();
    this.calls = new Calls(engine.server(), (work) => this.drive(work), () => this.takenIn());
    this.calls.isShut = this.isOffline;
    for (const watched of this.watched.values()) watched.engine = engine.watch(watched.sql);
    this.stands({ is: 'open', identity: this.identity(), passphrase: this.guard !== undefined });
    this.drive((engine) => engine.begin());
    void this.measure();
    this.lastAround = '';
    this.around();
  }

  private end(): void {
    this.calls?.end();
    clearTimeout(this.timer);
    this.engine?.free();
    this.engine = undefined;
    this.release();
  }

  /** Waits until all news that came are taken in. */
  private takenIn(): Promise<void> | undefined {
    return this.isComing ? new Promise((done) => this.awaiting.push(done)) : undefined;
  }

  private release(): void {
    for (const done of this.awaiting.splice(0)) done();
  }

  /** Tells the engine something. A store that fails for a while is tried again. */
  private drive(work: (engine: Engine) => void): void {
    if (!this.engine) return;
    try {
      work(this.engine);
      this.turn();
    } catch (thrown) {
      const error = failure(thrown);
      if (isPanic(thrown)) {
        this.told.broken(error);
        return;
      }
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
    const wipe = this.isWiping ? undefined : engine.wipe();
    if (wipe !== undefined) {
      void this.wipe(wipe).catch((thrown: unknown) => {
        // Not written down: nothing has gone, and the next turn begins anew.
        this.isWiping = false;
        console.error(failure(thrown).words);
      });
      return;
    }
    // News of many rows: whoever asks something meanwhile is answered between two slices of them.
    if (engine.is_going_on()) {
      if (!this.isComing) this.later.port2.postMessage(null);
      this.isComing = true;
      return;
    }
    this.release();
    this.refresh();
    this.tell(engine);
  }

  /** Tells how the device stands where that is otherwise than before: at once, and of much that happens in a row now and then. */
  private tell(engine: Engine): void {
    const wait = this.toldAt + STATUS_PAUSE_MS - performance.now();
    if (wait > 0) {
      this.telling ??= setTimeout(() => {
        this.telling = undefined;
        this.drive(() => undefined);
      }, wait);
      return;
    }
    this.toldAt = performance.now();
    const status = engine.status(this.vocabulary);
    if (status !== this.lastStatus) {
      this.lastStatus = status;
      this.told.status(this.stood(status));
      void this.measure();
    }
  }

  /** A status of the engine, with what it is not told. */
  private stood(status: string): Omit<Status, 'leads'> {
    return { ...(JSON.parse(status) as Omit<Status, 'leads' | 'works_offline'>), works_offline: this.isOffline };
  }

  private refresh(): void {
    for (const [query, watched] of this.watched) {
      try {
        const result = this.engine?.refresh(watched.engine);
        if (result !== undefined) this.told.result(query, JSON.parse(result) as Table);
      } catch (thrown) {
        if (isPanic(thrown)) throw thrown;
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

/** Wakes what the browser keeps files with. Whether there is any shows when they are taken. */
function warm(): void {
  void navigator.storage?.getDirectory?.().catch(() => undefined);
}

/** Takes the files of this origin, or says why there are none in words that say what to do. */
async function place(directory: string): Promise<Files> {
  if (!isSecureContext || typeof navigator.storage?.getDirectory !== 'function') throw JSON.stringify(NO_STORAGE);
  try {
    return await install(directory);
  } catch (thrown) {
    const error = failure(thrown);
    throw JSON.stringify(error.code === NO_STORAGE.code ? { ...NO_STORAGE, words: `${NO_STORAGE.words} (${error.words})` } : error);
  }
}

const NO_STORAGE: Failure = {
  code: 'no-storage',
  words: 'This browser gives this page no place for data: open it in an ordinary window, not a private one, over HTTPS, and allow the site to keep data.',
};

/** Of a database that is not there, or has nothing in it: no act was ever saved to it, or the browser threw all of it away. */
const NEVER_WHOLE = ['no-database', 'empty-database'];

function notSent(unsent: number): Failure {
  return { code: 'unsent', words: `Not sent yet: ${unsent}. Send it first, or save it; or sign out all the same: it stays here, and is sent after the next sign-in.` };
}

const LOOKING = 'Seeing who else looks at this';
const NO_NETWORK: Failure = { code: 'needs-connection', words: `${LOOKING} needs a connection, and there is no network.` };

function byChoice(what: string): Failure {
  return { code: 'needs-connection', words: `${what} needs a connection, and this device works offline because somebody asked for it.` };
}

const UNTOLD: Failure = { code: 'wiped', words: 'This device was wiped, and its server has not heard of it yet: sign in when there is a connection.' };
const SIGNED_OUT: Failure = { code: 'no-home', words: 'Nobody has signed in here yet: sign in first.' };
const LOCKED: Failure = { code: 'passphrase', words: 'This device is locked by its passphrase: unlock it first. Nothing is lost.' };
const HAS_PASSPHRASE: Failure = { code: 'has-passphrase', words: 'This device has a passphrase already: change it, or remove it first.' };
const NO_PASSPHRASE: Failure = { code: 'no-passphrase', words: 'This device has no passphrase: set one first.' };
const NOT_LOCKED: Failure = { code: 'not-locked', words: 'Only a device that is locked by its passphrase is begun anew.' };

/** Why a device that does not stand open is not asked anything. */
function unopened(standing: Standing): Failure {
  switch (standing.is) {
    case 'closed':
      return standing.error;
    case 'wiped':
      return { code: 'wiped', words: standing.words };
    case 'locked':
      return LOCKED;
    default:
      return SIGNED_OUT;
  }
}
