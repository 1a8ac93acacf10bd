// What people call types, fields, actions and records. The schema says it (`label`, `called`), an app's words may say it better.

import type { Change, Fields, Identity, Json } from '@fieldbook/client';
import { useQuery } from '@fieldbook/react';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useWords, type Words } from '../words/index.js';

interface FieldSchema {
  name: string;
  called?: string;
  kind: Json;
}

interface TypeSchema {
  name: string;
  label?: string;
  called?: string;
  fields: FieldSchema[];
}

/** How an app shows a value that its schema alone does not explain, such as the points of an outline; nothing for all others. */
export type Shows = (type: string, field: string, value: Json, words: Words) => string | undefined;

const Types = createContext<Map<string, TypeSchema>>(new Map());
const Shown = createContext<Shows | undefined>(undefined);

/** Gives the names of a workspace's schema to all that lies within. */
export function NamesProvider({ identity, shows, children }: { identity: Identity; shows?: Shows | undefined; children: ReactNode }): ReactNode {
  const types = useMemo(() => {
    const { types } = identity.schema as unknown as { types: TypeSchema[] };
    return new Map(types.map((type) => [type.name, type]));
  }, [identity.schema]);
  return (
    <Types.Provider value={types}>
      <Shown.Provider value={shows}>{children}</Shown.Provider>
    </Types.Provider>
  );
}

export interface Names {
  /** All record types. */
  types: string[];
  type: (name: string) => string;
  field: (type: string, field: string) => string;
  action: (name: string) => string | undefined;
  value: (type: string, field: string, value: Json | undefined) => string;
  /** The field by which people know a record of this type. */
  label: (type: string) => string | undefined;
  /** The type that a field refers to. */
  refers: (type: string, field: string) => string | undefined;
}

/** An app says more exactly what something is called with words such as `type.item`, `field.item.title`, `action.item.check`, `value.item.state.worn`. */
export function useNames(): Names {
  const types = useContext(Types);
  const shows = useContext(Shown);
  const words = useWords();
  return useMemo(
    () => ({
      types: [...types.keys()],
      type: (name) => words.maybe(`type.${name}`) ?? types.get(name)?.called ?? plain(name),
      field: (type, field) => {
        const called = types.get(type)?.fields.find(({ name }) => name === field)?.called;
        return words.maybe(`field.${type}.${field}`) ?? called ?? plain(field);
      },
      action: (name) => words.maybe(`action.${name}`),
      value: (type, field, value) => {
        if (value === null || value === undefined || value === '') return words.say('conflicts.empty');
        const kind = types.get(type)?.fields.find(({ name }) => name === field)?.kind;
        return shows?.(type, field, value, words) ?? shown({ type, field, kind }, value, words);
      },
      label: (type) => types.get(type)?.label,
      refers: (type, field) => {
        const kind = types.get(type)?.fields.find(({ name }) => name === field)?.kind as { ref?: { to: string } } | string | undefined;
        return typeof kind === 'object' ? kind.ref?.to : undefined;
      },
    }),
    [types, shows, words],
  );
}

function plain(name: string): string {
  return name.replace(/[_-]+/g, ' ');
}

/** A value as its kind is read by people. */
function shown({ type, field, kind }: { type: string; field: string; kind: Json | undefined }, value: Json, words: Words): string {
  if (typeof value === 'boolean') return words.say(value ? 'value.true' : 'value.false');
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object' || kind === 'json') return words.say('value.json');
  const [is, detail] = typeof kind === 'object' && kind !== null ? (Object.entries(kind)[0] as [string, { scale?: number; currency?: string }]) : [kind, {}];
  const text = String(value);
  switch (is) {
    case 'enum':
      return words.maybe(`value.${type}.${field}.${text}`) ?? plain(text);
    case 'date':
      return words.day(text);
    case 'timestamp':
      return words.time(text);
    case 'integer':
      return words.number(value as string, 0);
    case 'decimal':
    case 'money':
      return words.number(value as string, detail.scale ?? 0, detail.currency);
    case 'blob':
      return words.say('value.blob');
    default:
      return text;
  }
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What people call some records, by their ids: as it is here now, or as it was written. */
export function useLabels(changes: Change[]): (type: string, id: string) => string {
  const names = useNames();
  const touched = useMemo(() => {
    const ids = new Map<string, Set<string>>();
    const touch = (type: string | undefined, id: Json) => {
      if (type !== undefined && typeof id === 'string' && ID.test(id)) ids.set(type, (ids.get(type) ?? new Set()).add(id));
    };
    for (const change of changes) {
      const { type, id, fields } = subject(change);
      touch(type, id);
      for (const [field, value] of Object.entries(fields ?? {})) touch(names.refers(type, field), value);
    }
    return ids;
  }, [changes, names]);
  const written = useMemo(() => {
    const found = new Map<string, string>();
    for (const change of changes) {
      const { type, id, fields } = subject(change);
      const label = fields?.[names.label(type) ?? ''];
      if (typeof label === 'string') found.set(id, label);
    }
    return found;
  }, [changes, names]);
  const sql = [...touched]
    .filter(([type]) => names.label(type) !== undefined)
    .map(([type, ids]) => `SELECT id, "${names.label(type)}" AS label FROM "${type}" WHERE id IN (${[...ids].sort().map((id) => `'${id}'`).join(', ')})`)
    .join(' UNION ALL ');
  const { rows } = useQuery<{ id: string; label: Json }>(sql || undefined);
  return useMemo(() => {
    const here = new Map(rows?.map(({ id, label }) => [id, String(label ?? '')]));
    return (type, id) => here.get(id) || written.get(id) || names.type(type);
  }, [rows, written, names]);
}

/** What a change is about. */
export function subject(change: Change): { did: 'insert' | 'update' | 'delete' | 'restore'; type: string; id: string; fields?: Fields } {
  if ('insert' in change) return { did: 'insert', type: change.insert, id: change.id, fields: change.fields ?? {} };
  if ('delete' in change) return { did: 'delete', type: change.delete, id: change.id };
  if ('restore' in change) return { did: 'restore', type: change.restore, id: change.id };
  return { did: 'update', type: change.update, id: change.id, fields: { ...change.set, ...change.add, ...change.count, ...change.include, ...change.exclude } };
}
