// What compiles with the types of a schema, and what does not: `tsc` says so where this is not so.

import { type Fieldbook, open } from '@fieldbook/client';
import { type KindsSchema, all } from './schema.js';

declare const worker: () => Worker;
const book = open<KindsSchema>({ app: 'kinds', worker, module: '/engine.wasm' });

/** A component that knows no schema takes a device that has one. */
const plain: Fieldbook = book as unknown as Fieldbook;
void plain.act({ changes: [{ insert: 'anything', id: '1', fields: { any: [1, 'two', null] } }] });

void book.act({
  type: 'stock.take',
  changes: [
    { insert: 'part', id: '1', fields: { name: 'hinge', shelf: '2', price: '1.25', tags: ['small'], whole: null } },
    { update: 'part', id: '1', set: { state: 'worn', notes: { by: ['ann'] } }, add: { stock: -2 }, include: { tags: ['old'] } },
    { update: 'part', id: '1', count: { stock: 7 }, reset: { cold: 3 } },
    { insert: 'stock_movement', id: '3', fields: { part: '1', count: -2 } },
    { insert: 'shelf', id: '2' },
    { delete: 'part', id: '1' },
  ],
});
void book.retry(7, [{ update: 'part', id: '1', set: { name: 'door hinge' } }]);
void book.rows(all.part).then((told) => {
  if (!told.ok) return told.error.words;
  const names: string[] = told.value.map((part) => part.name);
  const whole: (0 | 1 | null)[] = told.value.map((part) => part.whole);
  // @ts-expect-error the rows have no such column
  told.value.map((part) => part.colour);
  return [names, whole];
});
book.liveRows(all.shelf, (shelves) => shelves.map((shelf) => shelf.id.length));

// @ts-expect-error no such action
void book.act({ type: 'stock.give', changes: [] });
// @ts-expect-error no such type
void book.act({ changes: [{ insert: 'person', id: '1' }] });
// @ts-expect-error a part has a name and a shelf
void book.act({ changes: [{ insert: 'part', id: '1', fields: { name: 'hinge' } }] });
// @ts-expect-error and it has to be said which
void book.act({ changes: [{ insert: 'part', id: '1' }] });
// @ts-expect-error none of the values
void book.act({ changes: [{ update: 'part', id: '1', set: { state: 'broken' } }] });
// @ts-expect-error a name is a text
void book.act({ changes: [{ update: 'part', id: '1', set: { name: 7 } }] });
// @ts-expect-error a name cannot be taken away
void book.act({ changes: [{ update: 'part', id: '1', set: { name: null } }] });
// @ts-expect-error what is added to is not set
void book.act({ changes: [{ update: 'part', id: '1', set: { stock: 7 } }] });
// @ts-expect-error what is set is not added to
void book.act({ changes: [{ update: 'part', id: '1', add: { row: 1 } }] });
// @ts-expect-error what is fixed is written once
void book.act({ changes: [{ update: 'part', id: '1', set: { bought: '2026-01-31' } }] });
// @ts-expect-error the device gives the numbers
void book.act({ changes: [{ insert: 'stock_movement', id: '3', fields: { part: '1', count: 1, number: 'A-1' } }] });
// @ts-expect-error what is only inserted stays as it is
void book.act({ changes: [{ update: 'stock_movement', id: '3', set: { count: 1 } }] });
// @ts-expect-error and is not deleted
void book.act({ changes: [{ delete: 'stock_movement', id: '3' }] });
