// The schema checklist, version 1, as `fieldbook schema types --lang ts` writes it.

import type { Select } from '@fieldbook/client';

/** A row of `list`. */
export interface ListRow {
  id: string;
  name: string;
  /** In which version the server confirmed it last; 0: not yet. */
  _version: number;
}

/** A row of `item`. */
export interface ItemRow {
  id: string;
  /** The id of a `list`. */
  list: string;
  title: string;
  done: 0 | 1 | null;
  count: number | null;
  note: string | null;
  /** In which version the server confirmed it last; 0: not yet. */
  _version: number;
}

/** What `open<ChecklistSchema>(…)` takes. */
export interface ChecklistSchema {
  records: {
    list: {
      row: ListRow;
      insert: { name: string };
      set: { name?: string };
      add: { [field: string]: never };
      elements: { [field: string]: never };
      reset: { [field: string]: never };
      insertOnly: false;
    };
    item: {
      row: ItemRow;
      insert: { list: string; title: string; done?: boolean | null; count?: number | null; note?: string | null };
      set: { list?: string; title?: string; done?: boolean | null; note?: string | null };
      add: { count?: number };
      elements: { [field: string]: never };
      reset: { [field: string]: never };
      insertOnly: false;
    };
  };
  actions: never;
}

/** All rows of each type, for `rows` and `liveRows`. */
export const all = {
  list: { sql: 'SELECT "id", "name", "_version" FROM "list"' } as Select<ListRow>,
  item: { sql: 'SELECT "id", "list", "title", "done", "count", "note", "_version" FROM "item"' } as Select<ItemRow>,
};
