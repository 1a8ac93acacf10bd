// The rows of a query, drawn anew when they are others.

import type { Failure, Json, Select, Table } from '@fieldbook/client';
import { useEffect, useMemo, useState } from 'react';
import { useFieldbook } from './context.js';

/** A row by the names of its columns. */
export type Row = { [column: string]: Json };

/** What a query gives. */
export interface Rows<R> {
  /** Nothing while the first answer is on its way. */
  rows: R[] | undefined;
  error: Failure | undefined;
  /** Whether there were more rows than are shown. */
  cut: boolean;
}

/** Watches one SELECT over the record types: a text, or one that says what its rows are. Without one nothing is watched. */
export function useQuery<R = Row>(select: string | Select<R> | undefined): Rows<R> {
  const sql = typeof select === 'object' ? select.sql : select;
  const book = useFieldbook();
  const [heard, setHeard] = useState<{ sql: string; table?: Table; error?: Failure }>();
  useEffect(() => {
    if (sql === undefined) return undefined;
    return book.liveQuery(
      sql,
      (table) => setHeard({ sql, table }),
      (error) => setHeard({ sql, error }),
    );
  }, [book, sql]);
  const current = heard?.sql === sql ? heard : undefined;
  const rows = useMemo(() => current?.table && named<R>(current.table), [current]);
  return { rows, error: current?.error, cut: current?.table?.cut ?? false };
}

function named<R>({ columns, rows }: Table): R[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])) as R);
}
