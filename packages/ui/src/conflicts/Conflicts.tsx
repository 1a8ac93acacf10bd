// The conflicts that wait for somebody: a list, and one of them with both versions side by side.

import type { Conflict } from '@fieldbook/client';
import { useConflicts } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { Link, useRoute } from 'wouter';
import { Empty } from '../parts/Empty.js';
import { Failed } from '../parts/Failed.js';
import { useNow, useWords } from '../words/index.js';
import { Decision } from './Decision.js';

export function Conflicts({ workspace }: { workspace: string }): ReactNode {
  const { say } = useWords();
  const [, route] = useRoute('/conflicts/:id');
  const { value: all, error } = useConflicts();
  const open = all?.find(({ id }) => id === route?.id) ?? all?.[0];
  return (
    <section className="fb-screen">
      <h1>{say('conflicts.title')}</h1>
      <Failed error={error} />
      {all?.length === 0 && <Empty>{say('conflicts.none', { workspace })}</Empty>}
      {all && open && (
        <div className="fb-conflicts">
          {all.length > 1 && <List all={all} open={open} />}
          <Decision key={open.id} conflict={open} all={all} />
        </div>
      )}
    </section>
  );
}

function List({ all, open }: { all: Conflict[]; open: Conflict }): ReactNode {
  const { say, ago } = useWords();
  const now = useNow();
  return (
    <nav aria-label={say('conflicts.list')}>
      <ul className="fb-list">
        {all.map((conflict) => (
          <li key={conflict.id}>
            <Link href={`/conflicts/${conflict.id}`} aria-current={conflict.id === open.id ? 'page' : undefined} className="fb-entry-head">
              <span className="fb-entry-what">{conflict.label}</span>
              {conflict.made_at && <time dateTime={conflict.made_at}>{ago(conflict.made_at, now)}</time>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
