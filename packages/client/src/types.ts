// What a screen says to the engine and hears of it. Texts and names are those of the command (`fieldbook … --json`).

import type { ActionOf, ChangeOf, Untyped } from './schema.js';

/** What came of a call. What a screen has to handle is a value; nothing is thrown but for a mistake in the program. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Failure };

/** Why something was not done: a stable name for programs, and a line for people that says what to do. */
export interface Failure {
  code: string;
  words: string;
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Fields = { [name: string]: Json };

/** One change of one record of any type. */
export type Change = ChangeOf<Untyped>;
/** What a person does, in an app without types of its own. */
export type Action = ActionOf<Untyped>;

export interface Acted {
  seq: number;
  op_id: string;
  duplicate: boolean;
  changed: { type: string; id: string }[];
}

export interface Undone {
  acted: Acted;
  of: number;
  says: string;
  not_undone: string[];
}

/** The result of a query: columns and rows. */
export interface Table {
  columns: string[];
  rows: Json[][];
  /** Whether there were more rows than were asked for. */
  cut: boolean;
}

export type Vocabulary = 'site' | 'capture' | 'counter';

/** How the device stands, in the words of an app. */
export interface Status {
  status: string;
  beside: string | null;
  colour: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'grey';
  icon: 'check' | 'spinner' | 'warning' | 'error' | 'dot' | 'airplane';
  says: string;
  connection: { is: string; because?: string; answered?: string };
  activity: 'nothing' | 'waiting' | 'sending' | 'receiving';
  until: string | null;
  needs: string[];
  workspace: string;
  user: string;
  server: string;
  device_id: string;
  pending: number;
  oldest: string | null;
  conflicts: number;
  rejected: number;
  /** Own ops that wait for somebody's decision. */
  held: number;
  in_doubt: number;
  last_success: string | null;
  /** By how much the server's clock is ahead of this device's. */
  clock_off_ms: number;
  upload: { sent: number; of: number } | null;
  download: { bytes: number; percent: number | null; first: boolean } | null;
  /** Blobs that are still to come, and how many bytes of them, as far as that is known; nothing where none is. */
  blobs?: { left: number; bytes: number };
  /** What keeps the device from being level, where something does. */
  cause: Cause | null;
  conditions: Conditions;
  /** Whether somebody asked the device to keep away from the network: `workOffline`. */
  works_offline: boolean;
  /** Whether the device is in this tab; else another tab of this browser has it, and this one asks there. */
  leads: boolean;
}

/** What keeps a device from being level. */
export type Cause =
  | { is: 'no-network' }
  /** There is a network that does not let the device through, and what answered in the server's place, where that is known. */
  | { is: 'blocked'; answered: string }
  /** There is a network, and the server does not answer; or it says that it cannot just now. */
  | { is: 'server-down'; because: string }
  | { is: 'signed-out' }
  /** The server shuts the device out, and why. */
  | { is: 'shut-out'; because: string }
  /** The device's own storage fails. */
  | { is: 'failing'; because: string }
  /** The clock of this device is wrong, by so much. It syncs, and tells wrong times. */
  | { is: 'clock'; off_ms: number };

/** What has become of an op. */
export type OpState =
  | 'waiting'
  | 'in-flight'
  | 'answered'
  | 'committed'
  | 'conflicted'
  | 'lost-base'
  | 'rejected'
  | 'duplicate'
  | 'discarded'
  | 'withdrawn'
  | 'replaced'
  | 'lost';

export interface LogEntry {
  seq: number;
  op_id: string;
  type: string;
  state: OpState;
  created_at: string;
  key: string | null;
  changes: Change[];
  code: string | null;
  words: string | null;
  version: number | null;
  /** The op that it builds upon, where that was refused. */
  depends_on: string | null;
  conflict: string | null;
  /** What it is about, where it undoes, decides or gives up. */
  about: string | null;
  undone: boolean;
  in_doubt: boolean;
  /** Committed, but not all of it took hold. */
  partly: boolean;
  again: boolean;
  let_go: boolean;
}

export interface ConflictUnit {
  type: string;
  id: string;
  label: string;
  unit: string | null;
  kind: string;
  base: Fields;
  theirs: Fields | null;
  mine: Fields | null;
}

export interface Conflict {
  id: string;
  state: string;
  type: string;
  record: string | null;
  label: string;
  action: string;
  by: string;
  made_at: string | null;
  theirs_by: string;
  units: ConflictUnit[];
  held: number;
  choice: string | null;
  settled_by: string | null;
  settled_at: string | null;
}

/** How a conflict is settled. */
export type Wish = 'mine' | 'theirs' | { fields: { values: [string, Json][]; rest?: 'mine' | 'theirs' } };

/** Who is signed in where, and the record types. */
export interface Identity {
  workspace_id: string;
  workspace: string;
  user_id: string;
  user: string;
  role: string;
  device_id: string;
  schema: Json;
}

export interface SignIn {
  workspace: string;
  user: string;
  password: string;
  device_name: string;
}

/** What surrounds the device. */
export interface Conditions {
  no_network: boolean;
  metered: boolean;
  low_battery: boolean;
  hidden: boolean;
}
