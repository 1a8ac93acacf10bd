// Where else this person is signed in, and a way to end that.

import type { Failure, Session } from '@fieldbook/client';
import { useAsked, useFieldbook } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Failed } from '../parts/Failed.js';
import { NeedsConnection } from '../parts/NeedsConnection.js';
import { Sure } from '../parts/Sure.js';
import { useNow, useWords } from '../words/index.js';

export function Sessions({ here }: { here: string }): ReactNode {
  const { say } = useWords();
  return (
    <div className="fb-card">
      <h2>{say('sessions.title')}</h2>
      <NeedsConnection what={say('sessions.needs')}>
        <List here={here} />
      </NeedsConnection>
    </div>
  );
}

function List({ here }: { here: string }): ReactNode {
  const { say, ago } = useWords();
  const now = useNow();
  const book = useFieldbook();
  const account = useAsked((book) => book.account.show());
  const [error, setError] = useState<Failure>();
  const end = async ({ device_id }: Session) => {
    const done = await book.account.endSession(device_id);
    setError(done.ok ? undefined : done.error);
    account.again();
  };
  return (
    <>
      <Failed error={error ?? account.error} />
      <ul className="fb-plain-list">
        {account.value?.sessions.toReversed().map((session) => (
          <li key={session.device_id}>
            <span>
              <strong>{session.device}</strong> {session.device_id === here && <span className="fb-chip">{say('sessions.here')}</span>}
              <span className="fb-quiet">
                {' '}
                {session.workspace} · {say('sessions.seen', { ago: ago(session.last_seen, now) })}
                {session.waiting !== undefined && session.waiting > 0 && ` · ${say('word.pending', { count: session.waiting })}`}
              </span>
            </span>
            {session.device_id !== here && <Sure ask={say('sessions.endAsk', { device: session.device })} why={say('sessions.endWhy')} yes={say('sessions.end')} done={() => void end(session)} />}
          </li>
        ))}
      </ul>
    </>
  );
}
