// Between a tab and its worker: what was asked and has no answer, what is watched, who listens.

import type { Answer, Call, News, Standing, Start, TabState } from './messages.js';
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

/** The tab's end. */
export class Link {
  readonly server: string;
  private readonly start: Start;
  private worker: Worker;
  private readonly asked = new Map<number, (answer: Answer) => void>();
  private readonly queries = new Map<number, { hear: (table: Table) => void; failed: (error: Failure) => void }>();
  private readonly hearers = { standing: new Set<(it: Standing) => void>(), status: new Set<(it: Status) => void>() };
  private calls = 0;
  private stands: Standing = { is: 'opening' };
  private last: Status | undefined;

  constructor({ app, server, worker, module, vocabulary }: Options) {
    this.server = (server ?? location.origin).replace(/\/+$/, '');
    this.start = {
      start: { app, server: this.server, module: new URL(module, location.href).href, vocabulary: vocabulary ?? 'site' },
    };
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
    this.queries.set(name, { hear, failed: failed ?? (() => undefined) });
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
      this.asked.set(id, ({ value, error }) => done(error ? { ok: false, error } : { ok: true, value: value as T }));
      this.worker.postMessage({ id, op, args } satisfies Call);
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
