// How a schema looks to TypeScript. `fieldbook schema types --lang ts` writes one of these for an app; without one a device takes any.

import type { Fields, Json, Table } from './types.js';

/** A schema: its record types by name, and the names of its actions. */
export interface AnySchema {
  records: { [type: string]: AnyRecord };
  actions: string;
}

/** A record type: a row as a query gives it, and what an act may name. */
export interface AnyRecord {
  row: object;
  /** The fields of a new record. */
  insert: object;
  /** The fields that an update gives another value. */
  set: object;
  /** Numbers that are added to, and counted. */
  add: object;
  /** Sets, of which elements are put in and taken out. */
  elements: object;
  /** Lowest and highest values, which a reset puts back. */
  reset: object;
  /** Whether its records are made and then never changed or deleted. */
  insertOnly: boolean;
}

/** Any schema at all: what is not known of its types is not checked here, and the engine refuses it. */
export interface Untyped extends AnySchema {
  records: {
    [type: string]: {
      row: { [column: string]: Json };
      insert: Fields;
      set: Fields;
      add: { [field: string]: number | string };
      elements: Fields;
      reset: Fields;
      insertOnly: false;
    };
  };
}

type Types<S extends AnySchema> = keyof S['records'] & string;

type Insert<S extends AnySchema, T extends Types<S>> = { insert: T; id: string } & ({} extends S['records'][T]['insert']
  ? { fields?: S['records'][T]['insert'] }
  : { fields: S['records'][T]['insert'] });

type Later<S extends AnySchema, T extends Types<S>> =
  | {
      update: T;
      id: string;
      set?: S['records'][T]['set'];
      add?: S['records'][T]['add'];
      /** What was found: the device works out what that adds. */
      count?: S['records'][T]['add'];
      include?: S['records'][T]['elements'];
      exclude?: S['records'][T]['elements'];
      reset?: S['records'][T]['reset'];
    }
  | { delete: T; id: string }
  | { restore: T; id: string };

/** One change of one record, as `docs/guide/wire.md` has it. */
export type ChangeOf<S extends AnySchema> = {
  [T in Types<S>]: Insert<S, T> | (S['records'][T]['insertOnly'] extends true ? never : Later<S, T>);
}[Types<S>];

/** What a person does, as one op: all of it or nothing. */
export interface ActionOf<S extends AnySchema> {
  /** Its name in the log; `edit` where there is none. */
  type?: S['actions'] | 'edit';
  /** Done once for this key, however often it is asked for. Without one the call makes a key of its own. */
  key?: string;
  changes: ChangeOf<S>[];
}

/** A SELECT, and what its rows are. */
export interface Select<Row> {
  sql: string;
  /** Of no value: it says to TypeScript what a row is. */
  row?: Row;
}

/** The rows of a table by the names of its columns. */
export function rowsOf<Row>({ columns, rows }: Table): Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])) as Row);
}
