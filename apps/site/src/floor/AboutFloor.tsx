// The floor itself: its name, its size, its past.

import type { Fields } from '@fieldbook/client';
import { Failed, useWords } from '@fieldbook/ui';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useAct } from '../deeds.js';
import { Form } from '../parts/Form.js';
import { Unfit, useUnfit } from '../parts/Unfit.js';
import { FLOOR_FIELDS } from '../places/fields.js';
import type { Floor } from '../places/places.js';
import { sizeOf } from './records.js';

export function AboutFloor({ floor }: { floor: Floor }): ReactNode {
  const { say, number } = useWords();
  const { act, error } = useAct();
  const { width, height } = sizeOf(floor);
  const unfit = useUnfit();
  const save = (set: Fields) => act('floor.edit', [{ update: 'floor', id: floor.id, set }]);
  return (
    <>
      <p className="fb-quiet">{say(floor.metres ? 'floor.size' : 'floor.unmeasured', { width: number(width / 1000, 1), height: number(height / 1000, 1) })}</p>
      <Unfit blob={unfit.get(floor.id)} />
      <Failed error={error} />
      <Form key={floor.id} type="floor" fields={FLOOR_FIELDS} values={{ name: floor.name, level: floor.level }} save={say('save')} done={save} />
      <div className="fb-row">
        <Link className="fb-button" href={`/floor/${floor.id}/plan`}>
          {say(floor.plan ? 'upload.replace' : 'upload.title')}
        </Link>
        <Link className="fb-button" href={`/floor/${floor.id}/history`}>
          {say('floor.history')}
        </Link>
      </div>
    </>
  );
}
