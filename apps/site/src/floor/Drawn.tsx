// A room, or a note on the plan: what it is called, and what may be done with it.

import type { Fields } from '@fieldbook/client';
import { Failed, useWords } from '@fieldbook/ui';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useAct } from '../deeds.js';
import { Form } from '../parts/Form.js';
import type { Note, Room } from '../plan/scene.js';
import { area } from '../plan/space.js';
import { PanelHead } from './AssetPanel.js';

export function RoomPanel({ room, inside, choose, close }: { room: Room; inside: string[]; choose: (ids: string[]) => void; close: () => void }): ReactNode {
  const { say, number } = useWords();
  const { act, error } = useAct();
  const remove = async () => {
    if (await act('room.delete', [{ delete: 'room', id: room.id }])) close();
  };
  return (
    <>
      <PanelHead title={room.name || say('type.room')} close={close} />
      <p className="fb-quiet">{say('room.area', { area: number(area(room.outline), 1) })}</p>
      <p className="fb-quiet">{say('room.reshape')}</p>
      <Failed error={error} />
      <Form key={room.id} type="room" fields={[{ field: 'name' }]} values={{ name: room.name }} save={say('save')} done={(set) => act('room.edit', [{ update: 'room', id: room.id, set }])} />
      {inside.length > 0 && (
        <Button className="fb-button st-add" onPress={() => choose(inside)}>
          {say('room.choose', { count: inside.length })}
        </Button>
      )}
      <div className="fb-row">
        <Link className="fb-button" href={`/history/room/${room.id}`}>
          {say('history')}
        </Link>
        <Button className="fb-button fb-danger" onPress={() => void remove()}>
          {say('room.delete')}
        </Button>
      </div>
    </>
  );
}

export const COLOURS = ['#b3261e', '#1d5fa8', '#1a6e37', '#8a4500', '#1b2126'] as const;

export function NotePanel({ note, close }: { note: Note; close: () => void }): ReactNode {
  const { say } = useWords();
  const { act, error } = useAct();
  const edit = (set: Fields) => act('annotation.edit', [{ update: 'annotation', id: note.id, set }]);
  const remove = async () => {
    if (await act('annotation.delete', [{ delete: 'annotation', id: note.id }])) close();
  };
  return (
    <>
      <PanelHead title={say(`value.annotation.kind.${note.kind}`)} close={close} />
      <Failed error={error} />
      <Form key={note.id} type="annotation" fields={[{ field: 'text', kind: 'long' }]} values={{ text: note.text }} save={say('save')} done={edit} />
      <fieldset className="st-colours">
        <legend>{say('field.annotation.colour')}</legend>
        {COLOURS.map((colour) => (
          <Button key={colour} className="fb-plain" aria-label={say(`colour.${colour.slice(1)}`)} aria-pressed={note.colour === colour} onPress={() => void edit({ colour })}>
            <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
              <circle cx="12" cy="12" r="10" fill={colour} stroke="currentColor" />
            </svg>
          </Button>
        ))}
      </fieldset>
      <div className="fb-row">
        <Link className="fb-button" href={`/history/annotation/${note.id}`}>
          {say('history')}
        </Link>
        <Button className="fb-button fb-danger" onPress={() => void remove()}>
          {say('note.delete')}
        </Button>
      </div>
    </>
  );
}
