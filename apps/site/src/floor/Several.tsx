// Many assets at once: what is done to them is one action, one line in the history and one undo.

import type { Change } from '@fieldbook/client';
import { Sure, useWords } from '@fieldbook/ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Act } from '../deeds.js';
import { Line, PanelHead, STATUSES } from './AssetPanel.js';

interface SeveralProps {
  ids: ReadonlySet<string>;
  act: Act;
  move: (by: { x: number; y: number }) => Promise<boolean>;
  remove: () => void;
  close: () => void;
}

export function Several({ ids, act, move, remove, close }: SeveralProps): ReactNode {
  const { say } = useWords();
  const [status, setStatus] = useState<string>('active');
  const each = (change: (id: string) => Change) => act('asset.edit', [...ids].map(change));
  return (
    <>
      <PanelHead title={say('several.title', { count: ids.size })} close={close} />
      <p className="fb-quiet">{say('several.about')}</p>
      <section className="st-part">
        <h3>{say('field.asset.status')}</h3>
        <div className="st-line">
          <select aria-label={say('field.asset.status')} value={status} onChange={(event) => setStatus(event.target.value)}>
            {STATUSES.map((value) => (
              <option key={value} value={value}>
                {say(`value.asset.status.${value}`)}
              </option>
            ))}
          </select>
          <Button className="fb-button" onPress={() => void each((id) => ({ update: 'asset', id, set: { status } }))}>
            {say('several.apply')}
          </Button>
        </div>
      </section>
      <section className="st-part">
        <h3>{say('field.asset.labels')}</h3>
        <Line label={say('label.add')} max={50} add={(label) => each((id) => ({ update: 'asset', id, include: { labels: [label] } }))} />
      </section>
      <Shift move={move} />
      <div className="fb-row">
        <Sure ask={say('several.deleteAsk', { count: ids.size })} why={say('several.deleteWhy')} yes={say('several.delete', { count: ids.size })} done={remove} />
      </div>
    </>
  );
}

/** A move by numbers, for whoever cannot drag. */
function Shift({ move }: { move: SeveralProps['move'] }): ReactNode {
  const { say } = useWords();
  const [x, setX] = useState('');
  const [y, setY] = useState('');
  const [right, down] = [x, y].map((text) => Number(text.replace(',', '.')) * 1000) as [number, number];
  const isGood = Number.isFinite(right) && Number.isFinite(down) && (right !== 0 || down !== 0);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isGood || !(await move({ x: right, y: down }))) return;
    setX('');
    setY('');
  };
  return (
    <section className="st-part">
      <h3>{say('several.move')}</h3>
      <form className="st-line" onSubmit={(event) => void submit(event)}>
        <input inputMode="decimal" aria-label={say('several.right')} placeholder={say('several.right')} value={x} onChange={(event) => setX(event.target.value)} />
        <input inputMode="decimal" aria-label={say('several.down')} placeholder={say('several.down')} value={y} onChange={(event) => setY(event.target.value)} />
        <Button type="submit" className="fb-button" isDisabled={!isGood}>
          {say('several.moveGo')}
        </Button>
      </form>
    </section>
  );
}
