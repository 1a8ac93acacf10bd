// What a tab and its worker, and the workers of one device, say to each other.

import type { Failure, Identity, Status, Table, Vocabulary } from './types.js';

/** What a tab starts its worker with. */
export interface Start {
  start: { app: string; server: string; module: string; vocabulary: Vocabulary };
}

/** A call by a tab. */
export interface Call {
  id: number;
  op: string;
  args: unknown[];
}

/** How a tab is: whether its system says that there is a network, and whether nobody sees it. */
export interface TabState {
  online: boolean;
  hidden: boolean;
}

/** What came of it. */
export interface Answer {
  id: number;
  value?: unknown;
  error?: Failure;
}

/** How the device is there at all. */
export type Standing =
  | { is: 'opening' }
  /** Nobody has signed in here. */
  | { is: 'new' }
  /** `passphrase`: whether it asks for one when it is opened next. */
  | { is: 'open'; identity: Identity; passphrase: boolean }
  /** It opens with its passphrase alone: `unlock` takes it. */
  | { is: 'locked'; by: 'passphrase'; workspace: string; user: string }
  /** It is there, and does not open. */
  | { is: 'closed'; error: Failure }
  /** Whoever runs the server has ordered that it is wiped, and all of it is gone. Whoever signs in has a new device. */
  | { is: 'wiped'; words: string };

/** What a worker tells its tab unasked. */
export type News =
  | { news: 'standing'; standing: Standing }
  | { news: 'status'; status: Status }
  | { news: 'result'; query: number; table: Table }
  | { news: 'failed'; query: number; error: Failure }
  /** The engine broke, and this worker ends. */
  | { news: 'broken'; error: Failure };

/** Between workers. Who is not the leader asks the leader, who alone has the files. */
export type Between =
  | { from: string; asks: Call }
  | { to: string; says: Answer }
  | { to: string; tells: News }
  /** A leader is there: whatever has no answer is asked again. */
  | { leads: string }
  /** What opens the keys of a device that has a passphrase, for whoever leads next; nothing where it has none. */
  | { guard: string | null }
  /** A new worker asks whether there is one. */
  | { from: string; looks: true }
  | { all: News };

/** What is not asked twice: whoever led before may have done it, and said nothing. */
const ONCE = new Set(['undo', 'redo', 'resolve', 'discard', 'retry', 'restore', 'signIn', 'signOut', 'join', 'reset', 'sendDiagnostics', 'setPassphrase', 'changePassphrase', 'removePassphrase', 'beginAnew']);

/** Whether it does harm to ask something again: a wish about an account is one, a question about it is none. */
export function isOnce({ op, args }: Call): boolean {
  return ONCE.has(op) || (op === 'ask' && args[2] !== undefined);
}
export const UNSURE: Failure = {
  code: 'unsure',
  words: 'What did this ended before it answered. Look at the log to see whether it was done.',
};
