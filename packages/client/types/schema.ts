// The schema kinds, version 1, as `fieldbook schema types --lang ts` writes it.

import type { Json, Select } from '@fieldbook/client';

/** A row of `part`. */
export interface PartRow {
  id: string;
  name: string;
  /** The id of a `shelf`. */
  shelf: string;
  state: 'new' | 'worn';
  stock: number | null;
  cold: number | null;
  /** EUR, in units of 10^-4. */
  price: number | null;
  /** In units of 10^-3. */
  weight: number | null;
  whole: 0 | 1 | null;
  bought: string | null;
  checked: string | null;
  /** A JSON list. */
  tags: string | null;
  /** JSON. */
  notes: string | null;
  photo: string | null;
  row: number | null;
  column: number | null;
  /** In which version the server confirmed it last; 0: not yet. */
  _version: number;
}

/** A row of `shelf`. */
export interface ShelfRow {
  id: string;
  name: string | null;
  /** In which version the server confirmed it last; 0: not yet. */
  _version: number;
}

/** A row of `stock_movement`. */
export interface StockMovementRow {
  id: string;
  number: string | null;
  /** The id of a `part`. */
  part: string;
  count: number;
  /** In which version the server confirmed it last; 0: not yet. */
  _version: number;
}

/** What `open<KindsSchema>(…)` takes. */
export interface KindsSchema {
  records: {
    part: {
      row: PartRow;
      insert: { name: string; shelf: string; state?: 'new' | 'worn'; stock?: number | null; cold?: number | null; price?: number | string | null; weight?: number | string | null; whole?: boolean | null; bought?: string | null; checked?: string | null; tags?: string[] | null; notes?: Json | null; photo?: string | null; row?: number | null; column?: number | null };
      set: { name?: string; shelf?: string; state?: 'new' | 'worn'; cold?: number | null; price?: number | string | null; weight?: number | string | null; whole?: boolean | null; checked?: string | null; notes?: Json | null; photo?: string | null; row?: number | null; column?: number | null };
      add: { stock?: number };
      elements: { tags?: string[] };
      reset: { cold?: number | null };
      insertOnly: false;
    };
    shelf: {
      row: ShelfRow;
      insert: { name?: string | null };
      set: { name?: string | null };
      add: { [field: string]: never };
      elements: { [field: string]: never };
      reset: { [field: string]: never };
      insertOnly: false;
    };
    stock_movement: {
      row: StockMovementRow;
      insert: { part: string; count: number };
      set: { [field: string]: never };
      add: { [field: string]: never };
      elements: { [field: string]: never };
      reset: { [field: string]: never };
      insertOnly: true;
    };
  };
  actions: 'stock.take' | 'part.sort';
}

/** All rows of each type, for `rows` and `liveRows`. */
export const all = {
  part: { sql: 'SELECT "id", "name", "shelf", "state", "stock", "cold", "price", "weight", "whole", "bought", "checked", "tags", "notes", "photo", "row", "column", "_version" FROM "part"' } as Select<PartRow>,
  shelf: { sql: 'SELECT "id", "name", "_version" FROM "shelf"' } as Select<ShelfRow>,
  stock_movement: { sql: 'SELECT "id", "number", "part", "count", "_version" FROM "stock_movement"' } as Select<StockMovementRow>,
};
