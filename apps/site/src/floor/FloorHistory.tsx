// What was done on a floor, newest first: by everybody while there is a connection, from this device without one; with what was deleted to be
// brought back, and the way to the floor's own past.

import type { Change } from '@fieldbook/client';
import { useLog, useQuery, useTimeline } from '@fieldbook/react';
import { Empty, Failed, sentence, useLabels, useNames, useSaid, useWords } from '@fieldbook/ui';
import { type ReactNode, useMemo } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useAct } from '../deeds.js';
import { Gone } from '../places/Estate.js';
import { idOf, useFloor } from '../places/places.js';
import { type Deed, gone, onFloor, together } from './happened.js';

/** So far back on this device. */
const LINES = 400;

export function FloorHistory({ id: given }: { id: string | undefined }): ReactNode {
  const { say } = useWords();
  const id = idOf(given);
  const { floor, isKnown } = useFloor(id);
  if (!id || (isKnown && !floor)) return <Gone />;
  return (
    <section className="fb-screen">
      <nav className="st-crumbs" aria-label={say('crumbs')}>
        <Link href={`/floor/${id}`}>{say('floor.back', { floor: floor?.name ?? '' })}</Link>
      </nav>
      <h1>{say('floor.historyOf', { floor: floor?.name ?? '' })}</h1>
      <div className="fb-row">
        <Link className="fb-button" href={`/history/floor/${id}`}>
          {say('floor.historyOwn')}
        </Link>
      </div>
      <Deeds floor={id} />
    </section>
  );
}

function Deeds({ floor }: { floor: string }): ReactNode {
  const { say } = useWords();
  const log = useLog(LINES);
  const { entries, older, error } = useTimeline({ type: 'floor', id: floor });
  const here = useQuery<{ id: string }>(['asset', 'room', 'annotation'].map((type) => `SELECT id FROM "${type}" WHERE floor = '${floor}'`).join(' UNION ALL '));
  const own = useMemo(() => onFloor(log.value ?? [], floor, new Set(here.rows?.map((row) => row.id))), [log.value, here.rows, floor]);
  const isMore = older !== undefined;
  const isTold = log.value !== undefined && (entries !== undefined || error !== undefined);
  const deeds = useMemo(() => (isTold ? together(own, entries, isMore) : undefined), [isTold, own, entries, isMore]);
  const lost = useMemo(() => gone(deeds ?? []), [deeds]);
  return (
    <>
      <p className="fb-quiet">{say(entries ? 'floor.historyAbout' : 'floor.historyOffline')}</p>
      <Failed error={log.error} />
      {deeds?.length === 0 && <Empty>{say('floor.historyNone')}</Empty>}
      <ol className="fb-list">
        {deeds?.map((deed) => (
          <Line key={deed.op} deed={deed} lost={lost} />
        ))}
      </ol>
      {older && (
        <Button className="fb-button" onPress={older}>
          {say('floor.historyOlder')}
        </Button>
      )}
    </>
  );
}

function Line({ deed, lost }: { deed: Deed; lost: Set<string> }): ReactNode {
  const words = useWords();
  const { say, time } = words;
  const names = useNames();
  // Its sentence names the first: a thousand others need no name.
  const head = useMemo(() => deed.changes.slice(0, 1), [deed.changes]);
  const label = useLabels(head);
  const known = (type: string, id: string) => (names.label(type) === undefined ? undefined : deed.labels?.get(id)) ?? label(type, id);
  const said = useSaid();
  const { act, error } = useAct();
  const deleted = deed.changes.flatMap((change) => ('delete' in change && lost.has(change.id) ? [change] : []));
  const revive = async () => {
    const done = await act('asset.revive', deleted.map((change): Change => ({ restore: change.delete, id: change.id })));
    if (done) said(say('revived', { count: deleted.length }));
  };
  return (
    <li className="fb-card">
      <strong>{sentence({ action: deed.action, changes: deed.changes }, words, names, known)}</strong>
      <p className="fb-quiet">
        {deed.who ?? say('history.here')} · <time dateTime={deed.at}>{time(deed.at)}</time>
        {deed.state && ` · ${say(deed.state === 'unsent' ? 'history.unsent' : `log.state.${deed.state}`)}`}
        {deed.isUndone && ` · ${say('history.undone')}`}
      </p>
      <Failed error={error} />
      {deleted.length > 0 && (
        <div className="fb-row">
          <Button className="fb-button" onPress={() => void revive()}>
            {say('revive', { count: deleted.length })}
          </Button>
        </div>
      )}
    </li>
  );
}
