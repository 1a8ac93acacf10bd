// The switch that keeps a device away from the network until somebody switches it back.

import type { Failure } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';

export function WorkOffline({ isOn }: { isOn: boolean }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const [error, setError] = useState<Failure>();
  const turn = async (to: boolean) => {
    const done = await book.workOffline(to);
    setError(done.ok ? undefined : done.error);
  };
  return (
    <div>
      <Checkbox className="fb-check" isSelected={isOn} onChange={(to) => void turn(to)}>
        <span className="fb-box" />
        {say('offline.title')}
      </Checkbox>
      <p className="fb-quiet">{say('offline.about')}</p>
      <Failed error={error} />
    </div>
  );
}
