// What cannot be done without a connection says so in one way.

import { useStatus } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { useWords } from '../words/index.js';

/** Shows its content while there is a connection, and what is missing while there is none. */
export function NeedsConnection({ what, children }: { what: string; children: ReactNode }): ReactNode {
  const { say } = useWords();
  const status = useStatus();
  if (status?.connection.is === 'connected') return children;
  return (
    <div className="fb-needs" role="status">
      <strong>{say('needs.title')}</strong>
      <p>{what}</p>
      <p className="fb-quiet">{say('needs.works')}</p>
    </div>
  );
}
