// What a screen says to the engine and hears of it. Texts and names are those of the command (`fieldbook … --json`).

/** What came of a call. What a screen has to handle is a value; nothing is thrown but for a mistake in the program. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: Failure };

/** Why something was not done: a stable name for programs, and a line for people that says what to do. */
export interface Failure {
  code: string;
  words: string;
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Fields = { [name: string]: Json };

/** One change of one record, as `docs/guide/wire.md` has it. */
export type Change =
  | { insert: string; id: string; fields?: Fields }
  | { update: string; id: string; set?: Fields; add?: { [name: string]: number }; include?: Fields; exclude?: Fields; reset?: string[] }
  | { delete: string; id: string }
  | { restore: string; id: string };

/** What a person does, as one op: all of it or nothing. */
export interface Action {
  /** Its name in the log; `edit` where there is none. */
  type?: string;
  /** Done once for this key, however often it is asked for. Without one the call makes a key of its own. */
  key?: string;
  changes: Change[];
}

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
  last_success: string | null;
  clock_off_ms: number;
  upload: { sent: number; of: number } | null;
  download: { bytes: number; percent: number | null; first: boolean } | null;
}

export interface LogEntry {
  seq: number;
  op_id: string;
  type: string;
  state: string;
  created_at: string;
  key: string | null;
  changes: Change[];
  code: string | null;
  words: string | null;
  version: number | null;
  conflict: string | null;
  undone: boolean;
  in_doubt: boolean;
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
