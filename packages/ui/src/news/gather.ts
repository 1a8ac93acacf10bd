// What others changed since a version, by person. The device says what changed, the server who did it.

import type { Failure, Fieldbook, Result } from '@fieldbook/client';
import { grouped } from '../parts/grouped.js';
import type { Told } from './kept.js';

/** A digest names so many records at most; of the others it has the number. */
const RECORDS_MAX = 500;
/** And the server is asked about so many changes at most: an answer is for all records that changed with it. */
const ASKED_MAX = 40;
/** Own actions that are looked through. */
const OWN_MAX = 1_000;

interface Changed {
  type: string;
  id: string;
  version: number;
}

/** What is new. */
export interface Gathered {
  /** The last version of what is here. */
  upTo: number;
  told: Told[];
  more: number;
}

/** The last version of what is on this device. */
export async function lastVersion(book: Fieldbook, types: string[]): Promise<number | Failure> {
  const each = types.map((type) => `SELECT MAX(_version) AS version FROM "${type}"`);
  const found = await book.query(`SELECT MAX(version) FROM (${each.join(' UNION ALL ')})`);
  return found.ok ? ((found.value.rows[0]?.[0] as number | null) ?? 0) : found.error;
}

/** What others changed behind a version. */
export async function gather(book: Fieldbook, types: string[], since: number): Promise<Result<Gathered>> {
  const each = types.map((type) => `SELECT '${type}' AS type, id, _version AS version FROM "${type}" WHERE _version > ${since}`);
  const found = await book.query(`SELECT * FROM (${each.join(' UNION ALL ')}) ORDER BY version DESC`, 100_000);
  if (!found.ok) return found;
  const log = await book.log(OWN_MAX);
  if (!log.ok) return log;
  const own = new Set(log.value.map(({ version }) => version));
  const all = found.value.rows.map(([type, id, version]) => ({ type, id, version }) as Changed);
  const changed = all.filter(({ version }) => !own.has(version));
  const named = changed.slice(0, RECORDS_MAX);
  const byVersion = grouped(named, ({ version }) => version);
  const byPerson = new Map<string | null, string[]>();
  let asked = 0;
  for (const [version, records] of byVersion) {
    const by = asked++ < ASKED_MAX ? await author(book, records[0] as Changed, version) : null;
    byPerson.set(by, [...(byPerson.get(by) ?? []), ...records.map(({ id }) => id)]);
  }
  const told = [...byPerson].map(([by, ids]) => ({ by, ids }));
  told.sort((a, b) => Number(a.by === null) - Number(b.by === null) || b.ids.length - a.ids.length);
  return { ok: true, value: { upTo: all[0]?.version ?? since, told, more: changed.length - named.length } };
}

/** Who made a change; nothing where the server does not say. */
async function author(book: Fieldbook, { type, id }: Changed, version: number): Promise<string | null> {
  const history = await book.history({ type, id });
  if (!history.ok) return null;
  return history.value.lines.find((line) => line.version === version)?.user ?? null;
}
