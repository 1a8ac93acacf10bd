// Signing out. What was not sent is asked about, can be taken along as a file, and never goes by itself.

import type { Failure } from '@fieldbook/client';
import { useFieldbook, useStatus } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { useSaid } from '../notices/Said.js';
import { Failed } from '../parts/Failed.js';
import { save } from '../parts/save.js';
import { useWords } from '../words/index.js';

export function SignOut(): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const said = useSaid();
  const status = useStatus();
  const [error, setError] = useState<Failure>();
  const isUnsent = error?.code === 'unsent';
  const out = async (keepUnsent: boolean) => {
    const done = await book.signOut({ keepUnsent });
    setError(done.ok ? undefined : done.error);
    if (done.ok) said(say('signOut.done'));
  };
  const along = async () => {
    const file = await book.exportActions();
    if (file.ok) save('unsent-actions.jsonl', file.value);
    else setError(file.error);
  };
  if (status?.needs.includes('signed-out')) return null;
  return (
    <div className="fb-card">
      <h2>{say('signOut.title')}</h2>
      <p>{say('signOut.about')}</p>
      {isUnsent ? (
        <div className="fb-failed" role="alert">
          {say('signOut.unsent', { count: status?.pending ?? 0 })}
        </div>
      ) : (
        <Failed error={error} />
      )}
      <div className="fb-row">
        {isUnsent ? (
          <>
            <Button className="fb-button" onPress={() => void along()}>
              {say('signOut.along')}
            </Button>
            <Button className="fb-button fb-danger" onPress={() => void out(true)}>
              {say('signOut.anyway')}
            </Button>
          </>
        ) : (
          <Button className="fb-button" onPress={() => void out(false)}>
            {say('signOut.title')}
          </Button>
        )}
      </div>
    </div>
  );
}
