// Where there is nothing to show. The workspace's name stands on it: the wrong one is the commonest reason for "my data is gone".

import { useStatus } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { useWords } from '../words/index.js';

export function Empty({ children }: { children: ReactNode }): ReactNode {
  const { say } = useWords();
  const status = useStatus();
  return (
    <div className="fb-empty">
      {children}
      {status && <p className="fb-quiet">{say('empty.workspace', { workspace: status.workspace })}</p>}
    </div>
  );
}
