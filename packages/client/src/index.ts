// A Fieldbook device in a browser. All tabs of an app share one: its data, its log, its connection.

import type {
  Diagnostics,
  DiagnosticsFile,
  FieldAt,
  History,
  NamedBlob,
  Onlooker,
  Part,
  PartSize,
  Pruned,
  Pruning,
  PutBlob,
  RecordName,
  Retried,
  SignedOut,
  Storage,
  Timeline,
  TimelineWish,
  UndoEntry,
} from './device-types.js';
import { Link, type Options } from './link.js';
import type { Standing } from './messages.js';
import { AccountCalls, type Ask, type Done, PeopleCalls } from './people.js';
import type { Joined, Joining } from './people-types.js';
import type { Place } from './places.js';
import { type ActionOf, type AnySchema, type ChangeOf, type Select, type Untyped, rowsOf } from './schema.js';
import type {
  Acted,
  Conditions,
  Conflict,
  Failure,
  Identity,
  LogEntry,
  Result,
  SignIn,
  Status,
  Table,
  Undone,
  Wish,
} from './types.js';

export type * from './device-types.js';
export type * from './people-types.js';
export type { AccountCalls, Done, PeopleCalls } from './people.js';
export { type ActionOf, type AnyRecord, type AnySchema, type ChangeOf, type Select, type Untyped, rowsOf } from './schema.js';
export type * from './types.js';
export type { Place } from './places.js';
export type { Options, Standing };

/** Opens the device. It is there at once; `standing` says when its data are. */
export function open<S extends AnySchema = Untyped>(options: Options): Fieldbook<S> {
  return new Fieldbook<S>(options);
}

/** A device, from one tab. */
export class Fieldbook<S extends AnySchema = Untyped> {
  /** The person's account on the server. */
  readonly account: AccountCalls;
  /** The people of the workspace, for whoever administers it. */
  readonly people: PeopleCalls;
  private readonly link: Link;

  constructor(options: Options) {
    this.link = new Link(options);
    const ask: Ask = (about, path, body) => this.link.call('ask', about, path, body);
    this.account = new AccountCalls(ask);
    this.people = new PeopleCalls(ask, this.link.server);
  }

  /** How the device is there: opening, new, open, locked by its passphrase, wiped, or closed with the reason. */
  standing(hear: (standing: Standing) => void): () => void {
    return this.link.standing(hear);
  }

  /** The status, now and whenever it is another. */
  status(hear: (status: Status) => void): () => void {
    return this.link.status(hear);
  }

  /** Signs in: a new device, or the one that is here once more. Needs a connection. */
  signIn(wanted: SignIn): Promise<Result<Identity>> {
    return this.link.call('signIn', wanted);
  }

  /**
   * Signs out: the server takes nothing from this device any more until it signs in again. Everything stays here. Needs a connection.
   * Where something was not sent yet it answers `unsent`; with `keepUnsent` that waits here for the next sign-in.
   */
  signOut(options: { keepUnsent?: boolean } = {}): Promise<Result<SignedOut>> {
    return this.link.call('signOut', options.keepUnsent === true);
  }

  /**
   * Gives the device a passphrase of at least 12 characters. From then on what opens its data lies in this browser under that alone: who
   * does not know it reads nothing, and nobody brings a lost one back. All is written anew under a new key, which takes room for the data
   * once more. Where the browser has no room for that, or it is cut off, the next `unlock` goes on with it.
   */
  setPassphrase({ passphrase }: { passphrase: string }): Promise<Result<null>> {
    return this.link.call('setPassphrase', passphrase);
  }

  /** Gives it another one, as `setPassphrase` does. */
  changePassphrase({ old, new: other }: { old: string; new: string }): Promise<Result<null>> {
    return this.link.call('changePassphrase', old, other);
  }

  /** Takes it away: the data are as safe as this browser's profile again. */
  removePassphrase({ passphrase }: { passphrase: string }): Promise<Result<null>> {
    return this.link.call('removePassphrase', passphrase);
  }

  /** Opens a device that is locked by its passphrase, in all tabs. A wrong one is the error `wrong-passphrase`. */
  unlock({ passphrase }: { passphrase: string }): Promise<Result<null>> {
    return this.link.call('unlock', passphrase);
  }

  /**
   * Takes a device away whose passphrase nobody knows any more, with what was not sent; the next sign-in makes another. Only of one that
   * is locked by its passphrase.
   */
  beginAnew(): Promise<Result<null>> {
    return this.link.call('beginAnew');
  }

  /** Takes an invitation up; then sign in. Needs a connection, and no device. */
  join(joining: Joining): Promise<Result<Joined>> {
    return this.link.call('join', joining);
  }

  /** Chooses a new password with a code that whoever runs the server gave. Needs a connection, and no device. */
  resetPassword(wanted: { code: string; user: string; password: string }): Promise<Result<Done>> {
    return this.link.call('reset', wanted);
  }

  /** Acts. What it answers with `ok` is on the disk. */
  act(action: ActionOf<S>): Promise<Result<Acted>> {
    // With a key of its own, so that it is done once also where a tab closes in the middle of it.
    return this.link.call('act', { ...action, key: action.key ?? crypto.randomUUID() });
  }

  /** Runs one SELECT over the record types. */
  query(sql: string, rowsMax?: number): Promise<Result<Table>> {
    return this.link.call('query', sql, rowsMax ?? null);
  }

  /** The rows of one SELECT, by the names of their columns. */
  async rows<Row>(select: Select<Row>, rowsMax?: number): Promise<Result<Row[]>> {
    const told = await this.query(select.sql, rowsMax);
    return told.ok ? { ok: true, value: rowsOf<Row>(told.value) } : told;
  }

  /** The result of a query, now and whenever it is another. What it returns ends it. */
  liveQuery(sql: string, hear: (table: Table) => void, failed?: (error: Failure) => void): () => void {
    return this.link.watch(sql, hear, failed);
  }

  /** The rows of a SELECT, now and whenever they are others. What it returns ends it. */
  liveRows<Row>(select: Select<Row>, hear: (rows: Row[]) => void, failed?: (error: Failure) => void): () => void {
    return this.link.watch(select.sql, (table) => hear(rowsOf<Row>(table)), failed);
  }

  /** Takes an op back: the last of this device, or one by its place in the log. */
  undo(seq?: number, anyway = false): Promise<Result<Undone>> {
    return this.link.call('undo', seq ?? null, anyway);
  }

  /** Does again what was undone. */
  redo(seq?: number, anyway = false): Promise<Result<Undone>> {
    return this.link.call('redo', seq ?? null, anyway);
  }

  /** What undo takes back, the next first; and what redo does again. */
  undoStack(max = 20): Promise<Result<{ undo: UndoEntry[]; redo: UndoEntry[] }>> {
    return this.link.call('undoStack', max);
  }

  /** The log, newest first. */
  log(max = 50): Promise<Result<LogEntry[]>> {
    return this.link.call('log', max);
  }

  /** Does a refused action again, as it is or with other changes; what depended on it follows. `syncNow` tries the network again. */
  retry(seq: number, changes?: ChangeOf<S>[]): Promise<Result<Retried[]>> {
    return this.link.call('retry', seq, changes ?? null);
  }

  /** Gives up an op that was refused, or that waits in a conflict. */
  discard(op: string): Promise<Result<Acted>> {
    return this.link.call('discard', op);
  }

  /** Actions to take along, as a file of JSON lines: those of these places in the log, or all that the server has not taken. */
  exportActions(seqs?: number[]): Promise<Result<string>> {
    return this.link.call('exportActions', seqs ?? null);
  }

  /** All records of this device as canonical JSON lines; with `confirmed` without what waits to be sent. */
  exportRecords(options: { confirmed?: boolean } = {}): Promise<Result<string>> {
    return this.link.call('exportRecords', options.confirmed === true);
  }

  /** The conflicts that wait for a decision, or all. */
  conflicts(all = false): Promise<Result<Conflict[]>> {
    return this.link.call('conflicts', all);
  }

  /** The conflicts that could be settled with one, in the same way. */
  alike(conflict: string): Promise<Result<string[]>> {
    return this.link.call('alike', conflict);
  }

  /** Settles a conflict. */
  resolve(conflict: string, wish: Wish): Promise<Result<Acted>> {
    return this.link.call('resolve', conflict, wish);
  }

  /** What was done to a record, or by an op: all that the server knows, or else this device's own part. */
  history(of: RecordName | { op: string }): Promise<Result<History>> {
    return this.link.call('history', of);
  }

  /** What happened last, by whomever, in the workspace or in a part of it: newest first. Needs a connection; what was not sent yet is in the `log`. */
  timeline(wish: TimelineWish = {}): Promise<Result<Timeline>> {
    return this.link.call('timeline', wish);
  }

  /** How much a part is that is not here: by itself, and with all parts within it. Needs a connection. */
  partSize(part: RecordName): Promise<Result<{ own: PartSize; beneath: PartSize }>> {
    return this.link.call('partSize', part);
  }

  /** Brings a deleted record back; or a field's value as a version of the history wrote it. */
  restore(record: RecordName, at?: FieldAt): Promise<Result<Acted>> {
    return this.link.call('restore', record, at ?? null);
  }

  /**
   * Says that the person looks at a record now, or no longer: again every 12 seconds for as long as it is on the screen. Who else looks, or did in
   * the last quarter of an hour; the server remembers it no longer, and nothing of it is written down. Needs a connection.
   */
  seen(record: RecordName, looking: boolean): Promise<Result<Onlooker[]>> {
    return this.link.call('seen', record, looking);
  }

  /** What people call a record. */
  label(record: RecordName): Promise<Result<string>> {
    return this.link.call('label', record);
  }

  /** The parts of the workspace that are here or asked for, and with those that could be loaded. */
  parts(): Promise<Result<Part[]>> {
    return this.link.call('parts');
  }

  /** Asks for a part of the workspace, with all that lies beneath it or without. */
  load(type: string, id: string, beneath = true): Promise<Result<null>> {
    return this.link.call('load', type, id, beneath);
  }

  /** Takes a part off the device. How many records went. */
  unload(type: string, id: string): Promise<Result<number>> {
    return this.link.call('unload', type, id);
  }

  /** Takes what is old off the device, and leaves it out; nothing unsent goes. */
  prune(wanted: Pruning): Promise<Result<Pruned>> {
    return this.link.call('prune', wanted);
  }

  /** Leaves nothing out any more: the next sync brings all back. Whether anything was left out. */
  unprune(): Promise<Result<boolean>> {
    return this.link.call('unprune');
  }

  /**
   * Brings a blob: to the server first, then onto this device. A field of kind `blob` then holds the `sum` of the answer. Needs a
   * connection: without one the error is `needs-connection`, and nothing was kept.
   */
  async putBlob(bytes: Uint8Array | Blob): Promise<Result<PutBlob>> {
    const plain = bytes instanceof Uint8Array ? bytes : new Uint8Array(await bytes.arrayBuffer());
    return this.link.call('putBlob', plain);
  }

  /** The bytes of a blob, as they are on this device; nothing where they are not. Asks no server. */
  blob(sum: string): Promise<Result<Uint8Array | undefined>> {
    return this.link.call('blob', sum);
  }

  /** Every blob that a record on this device names, and what is here of it. */
  blobs(): Promise<Result<NamedBlob[]>> {
    return this.link.call('blobs');
  }

  /** The room that the device takes, and what is left. */
  storage(): Promise<Result<Storage>> {
    return this.link.call('storage');
  }

  /** Asks the browser to keep the data until a person clears them. The answer may be no; `storage` tells it later too. */
  async askPersistent(): Promise<Result<boolean>> {
    return { ok: true, value: (await navigator.storage?.persist?.()) ?? false };
  }

  /** What whoever helps would be told of this device: no value of a record, no name, no address. */
  diagnostics(options: { withPayloads?: boolean } = {}): Promise<Result<Diagnostics>> {
    return this.link.call('diagnostics', options.withPayloads === true);
  }

  /** The same as a file that only whoever helps can open. */
  diagnosticsFile(options: { withPayloads?: boolean } = {}): Promise<Result<DiagnosticsFile>> {
    return this.link.call('diagnosticsFile', options.withPayloads === true);
  }

  /** Sends that file to the server. The name under which it keeps it, to tell to whoever helps. Needs a connection. */
  sendDiagnostics(options: { withPayloads?: boolean } = {}): Promise<Result<{ name: string }>> {
    return this.link.call('sendDiagnostics', options.withPayloads === true);
  }

  /** Ends every wait: somebody wants it now. */
  syncNow(): Promise<Result<null>> {
    return this.link.call('syncNow');
  }

  /**
   * Keeps the device away from the network, in all tabs and after each start, until it is called with `false`: what is under way ends, and
   * nothing is sent or fetched. What needs a connection fails with `needs-connection`.
   */
  workOffline(offline: boolean): Promise<Result<null>> {
    return this.link.call('workOffline', offline);
  }

  /** Says what surrounds the device, as far as the browser does not say it itself. */
  surround(conditions: Partial<Conditions>): Promise<Result<null>> {
    return this.link.call('surround', conditions);
  }

  /** Whether everything is sent, and all that is known of is here. */
  isLevel(): Promise<Result<boolean>> {
    return this.link.call('isLevel');
  }

  /** The workspaces that this browser has data of, each with a device of its own, and where this page is. */
  places(): Place[] {
    return this.link.places.list();
  }

  /**
   * Has the pages of this app that are opened from now on open another workspace of this browser; without a name one where nobody has signed in yet. Reload then.
   * What was not sent in this one stays in it, and is sent when it is opened again.
   */
  choosePlace(name?: string): void {
    this.link.places.choose(name);
  }

  /** Ends this tab's part. The device goes on in the others. */
  close(): void {
    this.link.close();
  }
}
