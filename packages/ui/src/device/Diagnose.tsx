// What whoever helps gets to see: shown first, and without a single value of a record.

import type { Diagnostics, Failure } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { SendDiagnostics } from '../parts/SendDiagnostics.js';
import { useWords } from '../words/index.js';

export function Diagnose(): ReactNode {
  const { say, size } = useWords();
  const book = useFieldbook();
  const [made, setMade] = useState<Diagnostics>();
  const [error, setError] = useState<Failure>();
  const look = async () => {
    const told = await book.diagnostics();
    if (told.ok) setMade(told.value);
    setError(told.ok ? undefined : told.error);
  };
  const lines = made?.parts.map((part) => JSON.stringify(part)) ?? [];
  return (
    <div className="fb-card">
      <h2>{say('diagnose.title')}</h2>
      <p>{say('diagnose.about')}</p>
      <Failed error={error} />
      {made ? (
        <>
          <Disclosure>
            <Heading level={3}>
              <Button slot="trigger" className="fb-link">
                {say('diagnose.look', { count: made.sums.length, size: size(made.sums.reduce((sum, { bytes }) => sum + bytes, 0)) })}
              </Button>
            </Heading>
            <DisclosurePanel>
              <pre className="fb-pre">{lines.join('\n')}</pre>
            </DisclosurePanel>
          </Disclosure>
          <div className="fb-row">
            <SendDiagnostics className="fb-button" />
          </div>
        </>
      ) : (
        <div className="fb-row">
          <Button className="fb-button" onPress={() => void look()}>
            {say('diagnose.make')}
          </Button>
        </div>
      )}
    </div>
  );
}
