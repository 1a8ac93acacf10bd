// What of the workspace is on this device and works anywhere, what could be loaded, and whether there is room.

import type { Failure, Part, Storage } from '@fieldbook/client';
import { useAsked, useFieldbook, usePartSize } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';

export function Offline(): ReactNode {
  const { say, size } = useWords();
  const parts = useAsked((book) => book.parts());
  const storage = useAsked((book) => book.storage());
  const [error, setError] = useState<Failure>();
  if (!parts.value || parts.value.length === 0) return null;
  const here = parts.value.filter(({ state }) => state === 'loaded');
  const coming = parts.value.filter(({ state }) => state === 'wanted' || state === 'ready');
  return (
    <div className="fb-card">
      <h2>{say('parts.title')}</h2>
      <p>{say('parts.ready', { here: here.length, coming: coming.length })}</p>
      {storage.value?.room !== undefined && storage.value.room !== null && <p className="fb-quiet">{say('parts.room', { size: size(storage.value.room) })}</p>}
      <Failed error={error ?? parts.error} />
      <ul className="fb-plain-list">
        {parts.value.map((part) => (
          <Line key={part.scope} part={part} storage={storage.value} failed={setError} again={parts.again} />
        ))}
      </ul>
    </div>
  );
}

interface LineProps {
  part: Part;
  storage: Storage | undefined;
  failed: (error: Failure | undefined) => void;
  again: () => void;
}

function Line({ part, storage, failed, again }: LineProps): ReactNode {
  const { say, size } = useWords();
  const book = useFieldbook();
  const isHere = part.state !== 'offered';
  const room = storage?.room ?? null;
  const told = usePartSize(part, part.beneath);
  const bytes = part.bytes ?? told ?? null;
  const tooMuch = !isHere && bytes !== null && room !== null && bytes > room;
  const turn = async () => {
    const done = isHere ? await book.unload(part.type, part.id) : await book.load(part.type, part.id, part.beneath);
    failed(done.ok ? undefined : done.error);
    again();
  };
  return (
    <li>
      <span>
        <strong>{part.path}</strong>
        <span className="fb-quiet">
          {' '}
          {say(`parts.state.${part.state}`)}
          {bytes !== null && ` · ${size(bytes)}`}
          {tooMuch && ` · ${say('parts.tooMuch', { size: size(bytes), room: size(room) })}`}
        </span>
      </span>
      <Button className="fb-button" isDisabled={tooMuch} onPress={() => void turn()}>
        {say(isHere ? 'parts.unload' : 'parts.load')}
      </Button>
    </li>
  );
}
