// What a person chose, unit by unit, as the engine takes it.

import type { Conflict, ConflictUnit, Json, Wish } from '@fieldbook/client';

export type Side = 'mine' | 'theirs';

/** A unit's name on the screen: it is one choice. */
export function unitKey({ id, unit }: ConflictUnit): string {
  return `${id}.${unit ?? ''}`;
}

/** The wish, or nothing while a unit has no choice. */
export function wish(conflict: Conflict, chosen: Map<string, Side>): Wish | undefined {
  const sides = conflict.units.map((unit) => chosen.get(unitKey(unit)));
  if (sides.some((side) => side === undefined)) return undefined;
  const [first] = sides;
  if (first !== undefined && sides.every((side) => side === first)) return first;
  // What is no field, a deletion, can only be the rest.
  const whole = conflict.units.findIndex(({ unit }) => unit === null);
  const rest = sides[whole < 0 ? 0 : whole] as Side;
  const values = conflict.units.flatMap((unit, at): [string, Json][] => {
    if (sides[at] === rest) return [];
    const from = (sides[at] === 'mine' ? unit.mine : unit.theirs) ?? {};
    return Object.entries(from).map(([field, value]) => [`${unit.id}.${field}`, value]);
  });
  return { fields: { values, rest } };
}

/** The other conflicts that ask the same of the same fields. */
export function alike(conflict: Conflict, all: Conflict[]): Conflict[] {
  const sign = (of: Conflict) => of.units.map(({ type, unit, kind }) => `${type}.${unit ?? ''}.${kind}`).sort().join(' ');
  return all.filter((other) => other.id !== conflict.id && sign(other) === sign(conflict));
}

/** Whether a person may be asked unit by unit: several deletions, or a deletion against fields, go one way. */
export function isDivisible({ units }: Conflict): boolean {
  return units.length > 1 && units.every(({ unit }) => unit !== null);
}

/** The fields of a unit, those that differ first. */
export function fields({ mine, theirs, base }: ConflictUnit): { field: string; differs: boolean }[] {
  const names = [...new Set([...Object.keys(mine ?? {}), ...Object.keys(theirs ?? {})])];
  const found = (names.length > 0 ? names : Object.keys(base)).map((field) => ({
    field,
    differs: JSON.stringify(mine?.[field] ?? null) !== JSON.stringify(theirs?.[field] ?? null),
  }));
  return found.sort((a, b) => Number(b.differs) - Number(a.differs));
}
