// A client that keeps nothing: it asks the server each time, and hears when something has changed. For screens of an office that has a
// connection, on machines on which no data are to lie. What is to work without a connection takes a device (`open`).

import type { HistoryLine, RecordName, Timeline, TimelineWish } from './device-types.js';
import { heard } from './hearers.js';
import { ask, type Heard, listen, query } from './network.js';
import { AccountCalls, type Ask, PeopleCalls } from './people.js';
import { type AnySchema, type Untyped, rowsOf } from './schema.js';
import type { Failure, Identity, Json, Result, SignIn, Table } from './types.js';

export type { AnySchema, Failure, HistoryLine, Identity, Json, RecordName, Result, SignIn, Timeline, TimelineWish, Untyped };

/** So long nothing is heard before a stream counts as dead: the server says something every 20 seconds. In milliseconds. */
const SILENT_MS = 45_000;
/** What changes within so short a time is asked for once. */
const TOGETHER_MS = 100;
/** The first wait for a server that does not answer, and the longest. */
const WAIT_MS = 500;
const WAIT_MAX_MS = 30_000;
/** After this a question is asked again that a server which is heard had no time for. */
const AGAIN_MS = 3_000;

export interface OnlineOptions {
  /** The app's name: what is remembered goes by it. */
  app: string;
  /** The server; without it the one that the page comes from. */
  server?: string;
  /** Remembers who is signed in until the tab is closed, so that a reload asks for no password: in the tab's session storage. Without it nothing is kept at all. */
  remember?: 'tab';
}

/** Who is signed in here. */
export type OnlineStanding =
  /** Nobody; with why the last one is not any more. */
  | { is: 'new'; error: Failure | null }
  | { is: 'open'; identity: Identity };

/** Whether the server is heard. */
export type Reach =
  /** Nothing is watched, or it is being tried. */
  | { is: 'trying' }
  | { is: 'connected' }
  /** What was told last may be out of date. It is tried again then, as an ISO time. */
  | { is: 'unreachable'; error: Failure; until: string };

/** What a field has to hold, in the form of a row: a value, one of several, or what lies between two, the second not among it. */
export type Test<Value> = Value | null | readonly (Value | null)[] | { from?: Value; below?: Value };

/** Which records are wanted. */
export interface Wanted<Row> {
  /** Only those in this part of the workspace, and in those within it. */
  part?: RecordName;
  where?: { [Column in keyof Row]?: Test<NonNullable<Row[Column]>> };
  /** What one of the text fields has to hold, in small letters or large ones. */
  search?: string;
  /** By which column they are ordered; with `-` before it the largest comes first. */
  order?: (keyof Row & string) | `-${keyof Row & string}`;
  /** So many are passed over. */
  skip?: number;
  /** So many come: 200 where nothing is said, 5,000 at most. */
  limit?: number;
}

/** Records as they were at a moment. */
export interface Records<Row> {
  rows: Row[];
  /** How many fit, those included that did not come. */
  total: number;
}

interface Cursor {
  epoch: number;
  version: number;
}

interface Watch {
  path: string;
  hear: (told: Result<Records<never>>) => void;
  /** The question that is under way, by its number: of two the later one counts. */
  turn: number;
  /** Where the workspace stood when it was answered last. */
  at?: Cursor;
}

type Types<S extends AnySchema> = keyof S['records'] & string;
type Row<S extends AnySchema, T extends Types<S>> = S['records'][T]['row'];

/** Opens a client that keeps nothing. */
export function openOnline<S extends AnySchema = Untyped>(options: OnlineOptions): Online<S> {
  return new Online<S>(options);
}

interface Session {
  token: string;
  identity: Identity;
}

/** A person at the server, from one tab. */
export class Online<S extends AnySchema = Untyped> {
  /** The person's account. */
  readonly account: AccountCalls;
  /** The people of the workspace. */
  readonly people: PeopleCalls;
  private readonly server: string;
  private readonly kept: string | undefined;
  private session: Session | undefined;
  private standingNow: OnlineStanding;
  private reachNow: Reach = { is: 'trying' };
  private readonly standingHeard = new Set<(standing: OnlineStanding) => void>();
  private readonly reachHeard = new Set<(reach: Reach) => void>();
  private readonly watched = new Set<Watch>();
  private stream: AbortController | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;
  private asking: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;

  constructor({ app, server, remember }: OnlineOptions) {
    this.server = (server ?? location.origin).replace(/\/+$/, '');
    this.kept = remember === 'tab' ? `fieldbook.online.${app}` : undefined;
    const text = this.kept === undefined ? null : sessionStorage.getItem(this.kept);
    this.session = text === null ? undefined : (JSON.parse(text) as Session);
    this.standingNow = this.session ? { is: 'open', identity: this.session.identity } : { is: 'new', error: null };
    const call: Ask = (about, path, body) => this.json(about === 'account' ? path : this.path(path), body);
    this.account = new AccountCalls(call);
    this.people = new PeopleCalls(call, this.server);
    addEventListener('online', () => this.retry());
  }

  /** Who is signed in, now and whenever it is another. */
  standing(hear: (standing: OnlineStanding) => void): () => void {
    return heard(this.standingHeard, hear, this.standingNow);
  }

  /** Whether the server is heard, now and whenever it is another. */
  reach(hear: (reach: Reach) => void): () => void {
    return heard(this.reachHeard, hear, this.reachNow);
  }

  /** Signs in. The server counts it as a device of this name, until it signs out. */
  async signIn(wanted: SignIn): Promise<Result<Identity>> {
    // The server knows each sign-in by an id of its own: what is not kept cannot be taken up again.
    const device_id = crypto.randomUUID();
    const came = await this.text('auth/sign-in', 'Signing in', JSON.stringify({ ...wanted, device_id }));
    if (!came.ok) return came;
    const { token, user_id, workspace_id, workspace, role, schema } = JSON.parse(came.value) as Identity & { token: string };
    const identity: Identity = { workspace_id, workspace, user_id, user: wanted.user, role, device_id, schema };
    this.session = { token, identity };
    if (this.kept !== undefined) sessionStorage.setItem(this.kept, JSON.stringify(this.session));
    this.stands({ is: 'open', identity });
    this.begin();
    return { ok: true, value: identity };
  }

  /** Signs out. What the server does not hear of ends there by its own limits. */
  async signOut(): Promise<Result<null>> {
    const told = await this.text('auth/sign-out', 'Signing out', '');
    this.end(null);
    return told.ok || told.error.code === 'sign-in-needed' ? { ok: true, value: null } : told;
  }

  /** The records of a type that fit, as the person reads them by now: rows as a device's query gives them. */
  async records<T extends Types<S>>(type: T, wanted: Wanted<Row<S, T>> = {}): Promise<Result<Records<Row<S, T>>>> {
    const came = await this.listed<Row<S, T>>(recordsPath(type, wanted));
    return came.ok ? { ok: true, value: came.value.told } : came;
  }

  /** The same, now and whenever something has changed. While the server is not heard what was told last stays, and `reach` says so. */
  liveRecords<T extends Types<S>>(type: T, wanted: Wanted<Row<S, T>>, hear: (told: Result<Records<Row<S, T>>>) => void): () => void {
    const watch: Watch = { path: recordsPath(type, wanted), hear: hear as Watch['hear'], turn: 0 };
    this.watched.add(watch);
    if (this.session) this.begin(watch);
    return () => {
      this.watched.delete(watch);
      if (this.watched.size === 0) this.stop();
    };
  }

  /** What was done to a record, or by an action, oldest first. */
  async history(of: RecordName | { op: string }): Promise<Result<HistoryLine[]>> {
    const path = 'op' in of ? `history/op/${of.op}` : `history/${encodeURIComponent(of.type)}/${encodeURIComponent(of.id)}`;
    const came = await this.json<{ lines: HistoryLine[] }>(this.path(path));
    return came.ok ? { ok: true, value: came.value.lines } : came;
  }

  /** What everybody did last, newest first, in the workspace or in a part of it. */
  timeline({ part, ...numbers }: TimelineWish = {}): Promise<Result<Timeline>> {
    return this.json(this.path(`history?${query({ scope: part && `${part.type}/${part.id}`, ...numbers })}`));
  }

  /** Tries now to hear the server, and not when the wait is over. */
  retry(): void {
    if (!this.session || this.watched.size === 0 || this.reachNow.is === 'connected') return;
    this.tries = 0;
    this.unplan();
    this.begin();
  }

  /** Ends what it hears. What is remembered stays for the next page of this tab. */
  close(): void {
    this.watched.clear();
    this.stop();
  }

  private path(path: string): string {
    return `workspaces/${this.session?.identity.workspace_id ?? ''}/${path}`;
  }

  /** Asks one question, and tells what came of it. */
  private async text(path: string, what: string, body?: string): Promise<Result<string>> {
    const { session } = this;
    const came = await ask(`${this.server}/v2/${path}`, { ...(body === undefined ? {} : { body }), ...(session ? { token: session.token } : {}) });
    if (!came) return { ok: false, error: { code: 'needs-connection', words: `${what} needs a connection, and the server does not answer.` } };
    const text = new TextDecoder().decode(came.body);
    // A network that asks for a sign-in of its own answers with a page, and says that all is well.
    if (came.status < 300 && (text === '' || came.type?.startsWith('application/json'))) return { ok: true, value: text };
    const error = problem(text, came.type);
    if (ENDED.has(error.code) && session !== undefined && session === this.session) this.end(error);
    return { ok: false, error };
  }

  private async json<T>(path: string, body?: unknown): Promise<Result<T>> {
    if (!this.session) return { ok: false, error: { code: 'sign-in-needed', words: 'Nobody is signed in: sign in first.' } };
    const came = await this.text(path, 'This', body === undefined ? undefined : body === null ? '' : JSON.stringify(body));
    return came.ok ? { ok: true, value: JSON.parse(came.value) as T } : came;
  }

  private async listed<R>(path: string): Promise<Result<{ told: Records<R>; cursor: Cursor }>> {
    const came = await this.json<Omit<Table, 'cut'> & { cursor: Cursor; total: number }>(this.path(path));
    if (!came.ok) return came;
    const { cursor, total, columns, rows } = came.value;
    return { ok: true, value: { told: { rows: rowsOf<R>({ columns, rows, cut: total > rows.length }), total }, cursor } };
  }

  /** Asks what is watched, or one of it, and hears of changes from then on. */
  private begin(only?: Watch): void {
    const asked = only ? [only] : [...this.watched];
    if (asked.length === 0) return;
    void Promise.all(asked.map((watch) => this.tell(watch))).then((told) => {
      if (!this.stream && told.some((is) => is)) void this.hearChanges();
    });
  }

  /** Asks one thing that is watched; whether it was answered. */
  private async tell(watch: Watch): Promise<boolean> {
    const turn = ++watch.turn;
    const told = await this.listed<never>(watch.path);
    if (turn !== watch.turn || !this.watched.has(watch)) return told.ok;
    if (told.ok) {
      watch.at = told.value.cursor;
      watch.hear({ ok: true, value: told.value.told });
    } else if (PASSES.has(told.error.code)) {
      // Another may have planned it already. While the stream is there, this one alone is asked again.
      if (this.stream) setTimeout(() => void (this.watched.has(watch) && this.tell(watch)), AGAIN_MS);
      else if (this.again === undefined) this.wait(told.error);
    } else watch.hear(told);
    return told.ok;
  }

  private changed(): void {
    this.asking ??= setTimeout(() => {
      this.asking = undefined;
      for (const watch of this.watched) void this.tell(watch);
    }, TOGETHER_MS);
  }

  private async hearChanges(): Promise<void> {
    const { session } = this;
    // Behind the oldest answer: what has changed since one of them is told.
    const places = [...this.watched].flatMap(({ at }) => at ?? []);
    const cursor = places.reduce<Cursor | undefined>((oldest, at) => (oldest && oldest.version <= at.version ? oldest : at), undefined);
    if (!session || !cursor) return;
    const ends = new AbortController();
    this.stream = ends;
    let silent: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(silent);
      silent = setTimeout(() => ends.abort(), SILENT_MS);
    };
    let error = GONE;
    try {
      alive();
      const body = JSON.stringify({ cursor, schema: (session.identity.schema as { version: number }).version });
      for await (const event of listen(`${this.server}/v2/${this.path('live')}`, { body, token: session.token }, ends.signal)) {
        alive();
        const why = this.hears(event, cursor);
        if (why) {
          error = why;
          break;
        }
      }
    } catch {
      // The connection went: it is tried again.
    }
    clearTimeout(silent);
    ends.abort();
    if (this.stream !== ends) return;
    this.stream = undefined;
    if (ENDED.has(error.code)) this.end(error);
    else if (error.code === 'history-differs') {
      // The server was put back to an earlier state: what is here is asked for anew from there.
      for (const watch of this.watched) delete watch.at;
      this.begin();
    } else this.wait(error);
  }

  /** One event of the stream; why it is the last, where it is. */
  private hears({ event, data, status }: Heard, begun: Cursor): Failure | undefined {
    if (status !== undefined) return problem(data, event);
    if (event === 'problem') return problem(data, 'application/problem+json');
    if (event === 'head') {
      const { head } = JSON.parse(data) as { head: Cursor };
      this.tries = 0;
      this.reaches({ is: 'connected' });
      if (head.epoch !== begun.epoch || head.version !== begun.version) this.changed();
    } else if (event === 'changes') {
      this.changed();
    }
    return undefined;
  }

  private wait(error: Failure): void {
    if (!this.session || this.watched.size === 0) return;
    this.unplan();
    const wait = Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** this.tries++) * (0.75 + Math.random() / 2);
    this.reaches({ is: 'unreachable', error, until: new Date(Date.now() + wait).toISOString() });
    this.again = setTimeout(() => {
      this.again = undefined;
      this.begin();
    }, wait);
  }

  private unplan(): void {
    clearTimeout(this.again);
    this.again = undefined;
  }

  /** Nobody is signed in any more. */
  private end(error: Failure | null): void {
    this.stop();
    this.session = undefined;
    if (this.kept !== undefined) sessionStorage.removeItem(this.kept);
    this.stands({ is: 'new', error });
  }

  private stop(): void {
    const { stream } = this;
    this.stream = undefined;
    stream?.abort();
    this.unplan();
    clearTimeout(this.asking);
    this.asking = undefined;
    this.tries = 0;
    this.reaches({ is: 'trying' });
  }

  private stands(standing: OnlineStanding): void {
    this.standingNow = standing;
    for (const hear of this.standingHeard) hear(standing);
  }

  private reaches(reach: Reach): void {
    this.reachNow = reach;
    for (const hear of this.reachHeard) hear(reach);
  }
}

/** What says that whoever is signed in is so no more. */
const ENDED = new Set(['sign-in-needed', 'session-ended', 'revoked', 'wiped']);
/** What another try may get past: nobody answers, or a server that has too much to do, or trouble of its own. */
const PASSES = new Set(['needs-connection', 'too-many', 'unavailable', 'internal']);
const GONE: Failure = { code: 'needs-connection', words: 'The server does not answer. What is shown is what it told last.' };

function recordsPath<R>(type: string, { part, where, ...rest }: Wanted<R>): string {
  const wish = query({ scope: part && `${part.type}/${part.id}`, where: where && JSON.stringify(where), ...rest });
  return `records/${encodeURIComponent(type)}?${wish}`;
}

/** What a server refuses, and what answers in its place. */
function problem(text: string, type: string | undefined): Failure {
  try {
    const told = JSON.parse(text) as { code?: unknown; title?: unknown };
    if (typeof told.code === 'string' && typeof told.title === 'string') return { code: told.code, words: told.title };
  } catch {
    // It is no document of our server's.
  }
  return { code: 'needs-connection', words: `Something else answers in the server's place (${type ?? 'of no type'}): this network may ask for a sign-in of its own.` };
}
