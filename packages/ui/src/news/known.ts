// What the ids of a digest are called: records by their labels, people by their names.

import type { History, Json, TimelineChange } from '@fieldbook/client';
import { useAsked, useFieldbook, useQuery } from '@fieldbook/react';
import { useEffect, useMemo, useState } from 'react';
import { useNames } from '../names/index.js';
import { grouped } from '../parts/grouped.js';
import { useWords } from '../words/index.js';
import type { Digest, Told } from './kept.js';

const NOTHING = { ok: true, value: undefined } as const;

/** A record of a digest that is still on this device. */
export interface Known {
  type: string;
  id: string;
  label: string;
}

/** The records by their ids; nothing while they are looked up. */
export function useKnown(ids: string[]): Known[] | undefined {
  const names = useNames();
  const list = ids.map((id) => `'${id}'`).join(', ');
  const each = names.types.map((type) => {
    const label = names.label(type);
    return `SELECT '${type}' AS type, id, ${label === undefined ? 'NULL' : `"${label}"`} AS label FROM "${type}" WHERE id IN (${list})`;
  });
  const { rows } = useQuery<{ type: string; id: string; label: Json }>(ids.length > 0 ? each.join(' UNION ALL ') : undefined);
  return useMemo(() => {
    const found = new Map(rows?.map((row) => [row.id, row]));
    const known = ids.flatMap((id) => found.get(id) ?? []);
    return rows && known.map(({ type, id, label }) => ({ type, id, label: String(label ?? '') || names.type(type) }));
  }, [rows, ids, names]);
}

/** What of a digest was deleted, as the server calls it; nothing before it has said so, and without a connection. */
export function useDeleted({ since, upTo }: Digest, ids: string[]): TimelineChange[] {
  const book = useFieldbook();
  const [told, setTold] = useState<TimelineChange[]>([]);
  const asks = ids.length > 0 && since !== undefined && upTo !== undefined;
  useEffect(() => {
    if (!asks) return undefined;
    let isOver = false;
    void book.timeline({ after: since, before: upTo + 1, limit: 1_000 }).then((came) => {
      if (!isOver && came.ok) setTold(came.value.entries.flatMap(({ changes }) => changes));
    });
    return () => {
      isOver = true;
    };
  }, [book, asks, since, upTo]);
  return useMemo(() => {
    const deleted = new Map(told.filter(({ verb }) => verb === 'delete').map((change) => [change.id, change]));
    return ids.flatMap((id) => deleted.get(id) ?? []);
  }, [told, ids]);
}

/** Who that is: "you" for this device's own person, by the workspace's members, or else by the history of what they did. */
export function useWho({ by }: Told, one: Known | undefined, me: string): string {
  const { say } = useWords();
  const member = useQuery<{ name: string }>(by === null ? undefined : `SELECT name FROM member WHERE id = '${by}'`);
  const isUnknown = by !== null && by !== me && member.rows?.length === 0 && one !== undefined;
  const history = useAsked<History | undefined>(async (book) => (isUnknown ? book.history({ type: one.type, id: one.id }) : NOTHING), [isUnknown, one?.id]);
  if (by === me) return say('news.you');
  return member.rows?.[0]?.name ?? history.value?.lines.find(({ user }) => user === by)?.name ?? say('news.somebody');
}

/** "14 assets, 2 floors": how many of what; with those that are not here any more, and those that nobody looked at. */
export function useCounted(known: Known[] | undefined, gone = 0, more = 0): string {
  const words = useWords();
  const names = useNames();
  const kinds = grouped(known ?? [], ({ type }) => type);
  const list = [...kinds].map(([type, { length: count }]) => words.maybe(`kind.${type}`, { count }) ?? words.say('news.kind', { count, type: names.type(type) }));
  if (gone > 0) list.push(words.say('news.gone', { count: gone }));
  if (more > 0) list.push(words.say('news.more', { count: more }));
  return list.join(', ');
}
