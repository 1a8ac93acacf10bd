// Whether a part is on this device, and the one tap that brings it here.

import type { Failure, Part } from '@fieldbook/client';
import { useFieldbook, usePartSize } from '@fieldbook/react';
import { Failed, NeedsConnection, useWords } from '@fieldbook/ui';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { useIsOnline } from '../places/places.js';

/** What was made here and is not on the server yet is all here, and so is what lies in it: nobody else can have put anything there. */
export function isHere(part: Part | undefined, version: number): boolean {
  return version === 0 || part === undefined || part.state === 'loaded';
}

/** In a line: a mark, or a button. */
export function Mark({ part, version, again }: { part: Part | undefined; version: number; again: () => void }): ReactNode {
  const { say } = useWords();
  const isOnline = useIsOnline();
  if (isHere(part, version)) return <span className="st-mark" data-here>{say('load.here')}</span>;
  if (part?.state !== 'offered') return <span className="st-mark">{say('load.coming')}</span>;
  return (
    <>
      <span className="st-mark">{say(isOnline ? 'load.away' : 'load.awayOffline')}</span>
      {isOnline && part && <LoadButton part={part} again={again} />}
    </>
  );
}

export function LoadButton({ part, again, beneath = false }: { part: Part; again: () => void; beneath?: boolean }): ReactNode {
  const { say, size } = useWords();
  const book = useFieldbook();
  const bytes = usePartSize(part, beneath);
  const [error, setError] = useState<Failure>();
  const load = async () => {
    const done = await book.load(part.type, part.id, beneath);
    setError(done.ok ? undefined : done.error);
    again();
  };
  return (
    <>
      <Button className="fb-button" aria-label={say(beneath ? 'load.allOf' : 'load.one', { what: part.label })} onPress={() => void load()}>
        {say(beneath ? 'load.all' : 'load.load')}
      </Button>
      {bytes !== undefined && <span className="fb-quiet">{size(bytes)}</span>}
      <Failed error={error} />
    </>
  );
}

/** In place of what is not here. */
export function NotHere({ part, again }: { part: Part; again: () => void }): ReactNode {
  const { say } = useWords();
  const isComing = part.state !== 'offered';
  return (
    <div className="fb-card st-away">
      <h2>{say(isComing ? 'load.comingTitle' : 'load.awayTitle', { what: part.label })}</h2>
      <NeedsConnection what={say(isComing ? 'load.comingNeeds' : 'load.needs', { what: part.label })}>
        {isComing ? (
          <p role="status">{say('load.coming')}</p>
        ) : (
          <>
            <p>{say('load.why')}</p>
            <LoadButton part={part} again={again} />
          </>
        )}
      </NeedsConnection>
    </div>
  );
}
