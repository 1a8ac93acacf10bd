// Where nobody has signed in: the way back to a workspace that is on this device.

import { useFieldbook } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useRouter } from 'wouter';
import { useWords } from '../words/index.js';
import { turnTo } from './turn.js';

export function OtherWorkspaces(): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const { base } = useRouter();
  const others = book.places().filter(({ here, workspace }) => !here && workspace !== null);
  if (others.length === 0) return null;
  return (
    <section className="fb-others">
      <h2>{say('workspaces.back')}</h2>
      <ul className="fb-plain-list">
        {others.map(({ name, workspace, user, unsent }) => (
          <li key={name}>
            <span>
              <strong>{workspace}</strong> <span className="fb-quiet">{say('workspaces.as', { user: user ?? '' })}</span>
              {unsent > 0 && <span className="fb-quiet"> · {say('workspaces.unsent', { count: unsent })}</span>}
            </span>
            <Button className="fb-button" aria-label={say('workspaces.openThis', { workspace: workspace ?? '' })} onPress={() => turnTo(book, base, name)}>
              {say('workspaces.open')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
