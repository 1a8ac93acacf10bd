// What happened on a floor, of two sources: what the server tells of everybody, and what this device did itself, sent or not.

import type { Change, LogEntry, OpState, TimelineChange, TimelineEntry } from '@fieldbook/client';

/** One action on a floor. */
export interface Deed {
  op: string;
  action: string;
  changes: Change[];
  /** What the server calls the records: those that are not here have no other name. */
  labels?: Map<string, string>;
  /** Who did it; nothing of what was done from here. */
  who?: string;
  at: string;
  /** Its place in the order of all; none before the server has it. */
  version: number | null;
  /** What became of what was done from here, where it is not in force like all else. */
  state?: 'unsent' | Exclude<OpState, 'waiting' | 'in-flight' | 'answered' | 'committed'>;
  isUndone: boolean;
}

/** What is told of a floor, newest first: what was not sent stands before all that the server has. */
export function together(own: LogEntry[], told: TimelineEntry[] | undefined, isMore: boolean): Deed[] {
  const mine = new Map(own.map((entry) => [entry.op_id, entry]));
  // What lies behind the end of what the server told so far comes when somebody asks for what is older.
  const end = isMore ? (told?.at(-1)?.version ?? 0) : 0;
  const rest = own.filter(({ version }) => version === null || version > end);
  const ids = new Set(told?.map(({ op_id }) => op_id));
  const all = [...rest.filter(({ op_id }) => !ids.has(op_id)).map(ofLog), ...(told ?? []).map((entry) => ofServer(entry, mine.get(entry.op_id)))];
  return all.sort((a, b) => (b.version ?? Infinity) - (a.version ?? Infinity) || b.at.localeCompare(a.at));
}

function ofLog(entry: LogEntry): Deed {
  const { op_id: op, type: action, changes, created_at: at, version, undone: isUndone } = entry;
  return { op, action, changes, at, version, ...standing(entry), isUndone };
}

function standing({ state }: LogEntry): Pick<Deed, 'state'> {
  switch (state) {
    case 'waiting':
    case 'in-flight':
      return { state: 'unsent' };
    case 'answered':
    case 'committed':
      return {};
    default:
      return { state };
  }
}

function ofServer(entry: TimelineEntry, own: LogEntry | undefined): Deed {
  const { op_id: op, action, edited_at: at, version, name: who } = entry;
  const labels = new Map(entry.changes.map(({ id, label }) => [id, label]));
  return { op, action, changes: entry.changes.map(changed), labels, who, at, version, isUndone: own?.undone === true };
}

function changed({ verb, type, id, fields }: TimelineChange): Change {
  const set = Object.fromEntries(fields.map((field) => [field, null]));
  switch (verb) {
    case 'insert':
      return { insert: type, id, fields: set };
    case 'update':
      return { update: type, id, set };
    case 'delete':
      return { delete: type, id };
    case 'restore':
      return { restore: type, id };
  }
}

/** The records whose last deed deleted them. */
export function gone(deeds: Deed[]): Set<string> {
  const last = new Map<string, boolean>();
  // What waits for a decision, or was refused, deleted nothing.
  const done = deeds.filter(({ state, isUndone }) => !isUndone && (state === undefined || state === 'unsent'));
  for (const { changes } of done) {
    for (const change of changes) if (!last.has(change.id)) last.set(change.id, 'delete' in change);
  }
  return new Set([...last].filter(([, isDeleted]) => isDeleted).map(([id]) => id));
}

/** The actions of this device that touched what lies on a floor, or lay there: what was deleted is known by what this device did to it before. */
export function onFloor(log: LogEntry[], floor: string, here: Set<string>): LogEntry[] {
  const known = new Set([floor, ...here]);
  for (const { changes } of log) {
    for (const change of changes) if ('insert' in change && change.fields?.floor === floor) known.add(change.id);
  }
  // A whole action lies where one of its records does: so what was deleted together with it is known too.
  for (const { type, changes } of log) {
    if (type === 'asset.move' && changes.some(({ id }) => known.has(id))) for (const { id } of changes) known.add(id);
  }
  return log.filter(({ changes }) => changes.some(({ id }) => known.has(id)));
}
