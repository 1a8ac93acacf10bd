// What was done on a floor from this device, newest first, with what was deleted to be brought back; and the way to the floor's own past.

import type { Change, LogEntry } from '@fieldbook/client';
import { useLog, useQuery } from '@fieldbook/react';
import { Empty, Failed, sentence, useLabels, useNames, useSaid, useWords } from '@fieldbook/ui';
import { type ReactNode, useMemo } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useAct } from '../deeds.js';
import { Gone } from '../places/Estate.js';
import { idOf, useFloor } from '../places/places.js';

/** So far back. */
const LINES = 400;

export function FloorHistory({ id: given }: { id: string | undefined }): ReactNode {
  const { say } = useWords();
  const id = idOf(given);
  const { floor, isKnown } = useFloor(id);
  const log = useLog(LINES);
  const here = useQuery<{ id: string }>(id && ['asset', 'room', 'annotation'].map((type) => `SELECT id FROM "${type}" WHERE floor = '${id}'`).join(' UNION ALL '));
  const lines = useMemo(() => (id && log.value ? onFloor(log.value, id, new Set(here.rows?.map((row) => row.id))) : undefined), [log.value, here.rows, id]);
  if (!id || (isKnown && !floor)) return <Gone />;
  return (
    <section className="fb-screen">
      <nav className="st-crumbs" aria-label={say('crumbs')}>
        <Link href={`/floor/${id}`}>{say('floor.back', { floor: floor?.name ?? '' })}</Link>
      </nav>
      <h1>{say('floor.historyOf', { floor: floor?.name ?? '' })}</h1>
      <p className="fb-quiet">{say('floor.historyAbout')}</p>
      <div className="fb-row">
        <Link className="fb-button" href={`/history/floor/${id}`}>
          {say('floor.historyOwn')}
        </Link>
      </div>
      <Failed error={log.error} />
      {lines?.length === 0 && <Empty>{say('floor.historyNone')}</Empty>}
      <ol className="fb-list">
        {lines?.map((entry) => (
          <Line key={entry.op_id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Line({ entry }: { entry: LogEntry }): ReactNode {
  const words = useWords();
  const { say, time } = words;
  const names = useNames();
  // Its sentence names the first: a thousand others need no name.
  const head = useMemo(() => entry.changes.slice(0, 1), [entry.changes]);
  const label = useLabels(head);
  const said = useSaid();
  const { act, error } = useAct();
  const gone = entry.changes.flatMap((change) => ('delete' in change ? [change] : []));
  const revive = async () => {
    const done = await act('asset.revive', gone.map((change): Change => ({ restore: change.delete, id: change.id })));
    if (done) said(say('revived', { count: gone.length }));
  };
  return (
    <li className="fb-card">
      <strong>{sentence({ action: entry.type, changes: entry.changes }, words, names, label)}</strong>
      <p className="fb-quiet">
        <time dateTime={entry.created_at}>{time(entry.created_at)}</time>
        {entry.undone && ` · ${say('history.undone')}`}
      </p>
      <Failed error={error} />
      {gone.length > 0 && !entry.undone && (
        <Button className="fb-button" onPress={() => void revive()}>
          {say('revive', { count: gone.length })}
        </Button>
      )}
    </li>
  );
}

/** The actions that touched what lies on a floor, or lay there: what was deleted is known by what this device did to it before. */
function onFloor(log: LogEntry[], floor: string, here: Set<string>): LogEntry[] {
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
