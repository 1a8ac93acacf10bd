// Between a tab and its worker: what was asked and has no answer, what is watched, who listens.

import { heard } from './hearers.js';
import { type Answer, type Call, type News, type Standing, type Start, type TabState, UNSURE, isOnce } from './messages.js';
import { Places } from './places.js';
import type { Failure, Result, Status, Table, Vocabulary } from './types.js';

export interface Options {
  /** The name of the app's data in this browser. */
  app: string;
  /** The server's address; without one the address that the page came from. */
  server?: string;
  /**
   * Starts the worker: `() => new Worker(new URL('@fieldbook/client/worker', import.meta.url), { type: 'module' })`. One that was started
   * already works as well; it is not started again where it breaks.
   */
  worker: Worker | (() => Worker);
  /** Where the engine's module lies. */
  module: string | URL;
  /** In whose words the status speaks. */
  vocabulary?: Vocabulary;
}

/** What says that a tab is otherwise than before. */
const AROUND: [() => EventTarget, string][] = [
  [() => window, 'online'],
  [() => window, 'offline'],
  [() => document, 'visibilitychange'],
];

/** So often in so many milliseconds a worker whose engine broke is followed by another. */
const STARTS_MAX = 3;
const STARTS_WITHIN_MS = 60_000;

/** A query that is watched. */
interface Watched {
  sql: string;
  hear: (table: Table) => void;
  failed: (error: Failure) => void;
}

/** The tab's end. */
export class Link {
  readonly server: string;
  readonly places: Places;
  private readonly start: Start;
  private worker: Worker;
  private readonly asked = new Map<number, { call: Call; done: (answer: Answer) => void }>();
  private readonly queries = new Map<number, Watched>();
  /** Starts another worker, where that is possible. */
  private readonly again: (() => Worker) | undefined;
  /** When workers were started because one broke. */
  private starts: number[] = [];
  private readonly hearers = { standing: new Set<(it: Standing) => void>(), status: new Set<(it: Status) => void>() };
  private calls = 0;
  private stands: Standing = { is: 'opening' };
  private last: Status | undefined;

  constructor({ app, server, worker, module, vocabulary }: Options) {
    this.server = (server ?? location.origin).replace(/\/+$/, '');
    this.places = new Places(app);
    this.start = {
      start: { app: this.places.here, server: this.server, module: new URL(module, location.href).href, vocabulary: vocabulary ?? 'site' },
    };
    this.again = typeof worker === 'function' ? worker : undefined;
    this.worker = typeof worker === 'function' ? worker() : worker;
    for (const [target, name] of AROUND) target().addEventListener(name, this.around);
    this.begin();
  }

  standing(hear: (standing: Standing) => void): () => void {
    return heard(this.hearers.standing, hear, this.stands);
  }

  status(hear: (status: Status) => void): () => void {
    return heard(this.hearers.status, hear, this.last);
  }

  watch(sql: string, hear: (table: Table) => void, failed?: (error: Failure) => void): () => void {
    const name = ++this.calls;
    this.queries.set(name, { sql, hear, failed: failed ?? (() => undefined) });
    void this.call<null>('watch', name, sql).then((watched) => {
      if (!watched.ok) failed?.(watched.error);
    });
    return () => {
      this.queries.delete(name);
      this.worker.postMessage({ id: ++this.calls, op: 'unwatch', args: [name] } satisfies Call);
    };
  }

  call<T>(op: string, ...args: unknown[]): Promise<Result<T>> {
    const id = ++this.calls;
    return new Promise((done) => {
      const call: Call = { id, op, args };
      this.asked.set(id, { call, done: ({ value, error }) => done(error ? { ok: false, error } : { ok: true, value: value as T }) });
      this.worker.postMessage(call);
    });
  }

  close(): void {
    for (const [target, name] of AROUND) target().removeEventListener(name, this.around);
    this.worker.terminate();
  }

  private begin(): void {
    this.worker.onmessage = (event: MessageEvent<Answer | News>) => this.hear(event.data);
    this.worker.postMessage(this.start);
    this.around();
  }

  /** Says how this tab is. A worker learns neither by itself. */
  private readonly around = (): void => {
    const state: TabState = { online: navigator.onLine, hidden: document.visibilityState === 'hidden' };
    this.worker.postMessage({ id: -1, op: 'tab', args: [state] } satisfies Call);
  };

  /** The worker has ended, since its engine broke. Another asks again what has no answer, as after the end of a tab. */
  private broken(error: Failure): void {
    const now = performance.now();
    this.starts = this.starts.filter((at) => now - at < STARTS_WITHIN_MS);
    if (!this.again || this.starts.length >= STARTS_MAX) {
      for (const { call, done } of this.asked.values()) done({ id: call.id, error });
      this.asked.clear();
      this.hear({ news: 'standing', standing: { is: 'closed', error } });
      return;
    }
    this.starts.push(now);
    this.worker.terminate();
    this.worker = this.again();
    this.begin();
    const asked = [...this.asked.values()].filter(({ call }) => call.op === 'watch').map(({ call }) => call.args[0]);
    for (const [name, { sql }] of this.queries) {
      if (!asked.includes(name)) this.worker.postMessage({ id: -1, op: 'watch', args: [name, sql] } satisfies Call);
    }
    for (const [id, { call, done }] of this.asked) {
      if (isOnce(call)) {
        this.asked.delete(id);
        done({ id, error: UNSURE });
      } else {
        this.worker.postMessage(call);
      }
    }
  }

  private hear(said: Answer | News): void {
    if ('id' in said) {
      this.asked.get(said.id)?.done(said);
      this.asked.delete(said.id);
    } else if (said.news === 'broken') {
      this.broken(said.error);
    } else if (said.news === 'result') {
      this.queries.get(said.query)?.hear(said.table);
    } else if (said.news === 'failed') {
      this.queries.get(said.query)?.failed(said.error);
      this.queries.delete(said.query);
    } else if (said.news === 'status') {
      this.last = said.status;
      this.places.status(said.status);
      for (const hear of this.hearers.status) hear(said.status);
    } else {
      this.stands = said.standing;
      this.places.stands(said.standing);
      for (const hear of this.hearers.standing) hear(said.standing);
    }
  }
}
