// What others changed since a version, by person. The device says what is here, the server who did it, and what was deleted.

import type { Failure, Fieldbook, Result, TimelineEntry } from '@fieldbook/client';
import { grouped } from '../parts/grouped.js';
import type { Told } from './kept.js';

/** A digest names so many records at most; of the others it has the number. */
const RECORDS_MAX = 500;
/** And the server is asked so often at most, for so many changes each time. */
const ASKED_MAX = 5;
const CHANGES = 1_000;
/** Own actions that are looked through. */
const OWN_MAX = 1_000;

interface Changed {
  id: string;
  version: number;
}

/** What is new. */
export interface Gathered {
  /** The last version of what is here, or was told. */
  upTo: number;
  told: Told[];
  more: number;
}

/** The last version of what is on this device, and of what was deleted from it. */
export async function lastVersion(book: Fieldbook, types: string[]): Promise<number | Failure> {
  const each = types.map((type) => `SELECT MAX(_version) AS version FROM "${type}"`);
  const found = await book.query(`SELECT MAX(version) FROM (${each.join(' UNION ALL ')})`);
  if (!found.ok) return found.error;
  const last = await book.timeline({ limit: 1 });
  const told = last.ok ? (last.value.entries[0]?.version ?? 0) : 0;
  return Math.max((found.value.rows[0]?.[0] as number | null) ?? 0, told);
}

/** What others changed behind a version. */
export async function gather(book: Fieldbook, types: string[], since: number): Promise<Result<Gathered>> {
  const each = types.map((type) => `SELECT id, _version AS version FROM "${type}" WHERE _version > ${since}`);
  const found = await book.query(`SELECT * FROM (${each.join(' UNION ALL ')}) ORDER BY version DESC`, 100_000);
  if (!found.ok) return found;
  const log = await book.log(OWN_MAX);
  if (!log.ok) return log;
  const own = new Set(log.value.map(({ version }) => version));
  const here = found.value.rows.map(([id, version]) => ({ id, version }) as Changed).filter(({ version }) => !own.has(version));
  const entries = await happened(book, since);
  const theirs = entries.filter(({ version }) => !own.has(version));
  const gone = deleted(theirs, await partsAway(book));
  const all = [...here, ...gone].sort((a, b) => b.version - a.version);
  const authors = new Map(theirs.map(({ version, user }) => [version, user]));
  const byPerson = grouped(all.slice(0, RECORDS_MAX), ({ version }) => authors.get(version) ?? null);
  const told = [...byPerson].map(([by, records]) => ({ by, ids: records.map(({ id }) => id) }));
  told.sort((a, b) => Number(a.by === null) - Number(b.by === null) || b.ids.length - a.ids.length);
  const upTo = Math.max(since, (found.value.rows[0]?.[1] as number | undefined) ?? 0, gone[0]?.version ?? 0);
  return { ok: true, value: { upTo, told, more: Math.max(0, all.length - RECORDS_MAX) } };
}

/** All that happened behind a version, as far as the server tells it: without it nobody has a name. */
async function happened(book: Fieldbook, after: number): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  let before: number | undefined;
  for (let asked = 0; asked < ASKED_MAX; asked++) {
    const came = await book.timeline({ after, limit: CHANGES, ...(before === undefined ? {} : { before }) });
    if (!came.ok) break;
    entries.push(...came.value.entries);
    before = came.value.next;
    if (before === undefined) break;
  }
  return entries;
}

/** The parts that are not on this device. One that lies in another that was loaded with all beneath it is no part of its own here. */
async function partsAway(book: Fieldbook): Promise<Set<string>> {
  const parts = await book.parts();
  return new Set(parts.ok ? parts.value.filter(({ state }) => state !== 'loaded').map(({ scope }) => scope) : []);
}

/** What was deleted and lay here, the last first: what somebody brought back is not among it. */
function deleted(entries: TimelineEntry[], away: Set<string>): Changed[] {
  const last = new Map<string, Changed & { isGone: boolean }>();
  for (const { version, changes } of entries) {
    for (const { verb, id, scope } of changes) {
      const wasHere = scope === undefined || !away.has(scope);
      if (!last.has(id)) last.set(id, { id, version, isGone: verb === 'delete' && wasHere });
    }
  }
  return [...last.values()].filter(({ isGone }) => isGone);
}
