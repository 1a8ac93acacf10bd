// A Fieldbook device in a browser. All tabs of an app share one: its data, its log, its connection.

import type { Answer, Call, News, Standing, Start } from './messages.js';
import type {
  Acted,
  Action,
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
  Vocabulary,
  Wish,
} from './types.js';

export type * from './types.js';
export type { Standing };

export interface Options {
  /** The name of the app's data in this browser. */
  app: string;
  /** The server's address; without one the address that the page came from. */
  server?: string;
  /** Starts the worker: `new Worker(new URL('@fieldbook/client/worker', import.meta.url), { type: 'module' })`. */
  worker: Worker;
  /** Where the engine's module lies. */
  module: string | URL;
  /** In whose words the status speaks. */
  vocabulary?: Vocabulary;
}

/** Opens the device. It is there at once; `standing` says when its data are. */
export function open(options: Options): Fieldbook {
  return new Fieldbook(options);
}

/** A device, from one tab. */
export class Fieldbook {
  private readonly worker: Worker;
  private readonly asked = new Map<number, (answer: Answer) => void>();
  private readonly queries = new Map<number, { hear: (table: Table) => void; failed: (error: Failure) => void }>();
  private readonly hearers = { standing: new Set<(it: Standing) => void>(), status: new Set<(it: Status) => void>() };
  private calls = 0;
  private stands: Standing = { is: 'opening' };
  private last: Status | undefined;

  constructor({ app, server, worker, module, vocabulary }: Options) {
    this.worker = worker;
    worker.onmessage = (event: MessageEvent<Answer | News>) => this.hear(event.data);
    const start: Start = {
      start: {
        app,
        server: (server ?? location.origin).replace(/\/+$/, ''),
        module: new URL(module, location.href).href,
        vocabulary: vocabulary ?? 'site',
      },
    };
    worker.postMessage(start);
  }

  /** How the device is there: opening, new, open, or closed with the reason. */
  standing(hear: (standing: Standing) => void): () => void {
    return heard(this.hearers.standing, hear, this.stands);
  }

  /** The status, now and whenever it is another. */
  status(hear: (status: Status) => void): () => void {
    return heard(this.hearers.status, hear, this.last);
  }

  /** Signs in. Needs a connection, and nothing else here does. */
  signIn(wanted: SignIn): Promise<Result<Identity>> {
    return this.call('signIn', wanted);
  }

  /** Acts. What it answers with `ok` is on the disk. */
  act(action: Action): Promise<Result<Acted>> {
    // With a key of its own, so that it is done once also where a tab closes in the middle of it.
    return this.call('act', { ...action, key: action.key ?? crypto.randomUUID() });
  }

  /** Runs one SELECT over the record types. */
  query(sql: string, rowsMax?: number): Promise<Result<Table>> {
    return this.call('query', sql, rowsMax ?? null);
  }

  /** The result of a query, now and whenever it is another. What it returns ends it. */
  liveQuery(sql: string, hear: (table: Table) => void, failed?: (error: Failure) => void): () => void {
    const name = ++this.calls;
    this.queries.set(name, { hear, failed: failed ?? (() => undefined) });
    void this.call<null>('watch', name, sql).then((watched) => {
      if (!watched.ok) failed?.(watched.error);
    });
    return () => {
      this.queries.delete(name);
      this.worker.postMessage({ id: ++this.calls, op: 'unwatch', args: [name] } satisfies Call);
    };
  }

  /** Takes an op back: the last of this device, or one by its place in the log. */
  undo(seq?: number, anyway = false): Promise<Result<Undone>> {
    return this.call('undo', seq ?? null, anyway);
  }

  /** Does again what was undone. */
  redo(seq?: number, anyway = false): Promise<Result<Undone>> {
    return this.call('redo', seq ?? null, anyway);
  }

  /** The log, newest first. */
  log(max = 50): Promise<Result<LogEntry[]>> {
    return this.call('log', max);
  }

  /** The conflicts that wait for a decision, or all. */
  conflicts(all = false): Promise<Result<Conflict[]>> {
    return this.call('conflicts', all);
  }

  /** Settles a conflict. */
  resolve(conflict: string, wish: Wish): Promise<Result<Acted>> {
    return this.call('resolve', conflict, wish);
  }

  /** Gives up an op that was refused, or that waits in a conflict. */
  discard(op: string): Promise<Result<Acted>> {
    return this.call('discard', op);
  }

  /** Asks for a part of the workspace, with all that lies beneath it or without. */
  load(type: string, id: string, beneath = true): Promise<Result<null>> {
    return this.call('load', type, id, beneath);
  }

  /** Takes a part off the device. How many records went. */
  unload(type: string, id: string): Promise<Result<number>> {
    return this.call('unload', type, id);
  }

  /** Ends every wait: somebody wants it now. */
  syncNow(): Promise<Result<null>> {
    return this.call('syncNow');
  }

  /** Says what surrounds the device. */
  surround(conditions: Conditions): Promise<Result<null>> {
    return this.call('surround', conditions);
  }

  /** Whether everything is sent, and all that is known of is here. */
  isLevel(): Promise<Result<boolean>> {
    return this.call('isLevel');
  }

  /** Ends this tab's part. The device goes on in the others. */
  close(): void {
    this.worker.terminate();
  }

  private call<T>(op: string, ...args: unknown[]): Promise<Result<T>> {
    const id = ++this.calls;
    return new Promise((done) => {
      this.asked.set(id, ({ value, error }) => done(error ? { ok: false, error } : { ok: true, value: value as T }));
      this.worker.postMessage({ id, op, args } satisfies Call);
    });
  }

  private hear(said: Answer | News): void {
    if ('id' in said) {
      this.asked.get(said.id)?.(said);
      this.asked.delete(said.id);
    } else if (said.news === 'result') {
      this.queries.get(said.query)?.hear(said.table);
    } else if (said.news === 'failed') {
      this.queries.get(said.query)?.failed(said.error);
      this.queries.delete(said.query);
    } else if (said.news === 'status') {
      this.last = said.status;
      for (const hear of this.hearers.status) hear(said.status);
    } else {
      this.stands = said.standing;
      for (const hear of this.hearers.standing) hear(said.standing);
    }
  }
}

function heard<T>(hearers: Set<(it: T) => void>, hear: (it: T) => void, now: T | undefined): () => void {
  hearers.add(hear);
  if (now !== undefined) hear(now);
  return () => hearers.delete(hear);
}
