// The way in: signing in, or joining with an invitation and then signing in.

import type { Joined } from '@fieldbook/client';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { OtherWorkspaces } from '../workspaces/OtherWorkspaces.js';
import { useWords } from '../words/index.js';
import { Join } from './Join.js';
import { SignIn } from './SignIn.js';

export function Enter({ title, before }: { title: ReactNode; before?: ReactNode }): ReactNode {
  const { say } = useWords();
  const [joins, setJoins] = useState(location.hash.length > 1);
  const [joined, setJoined] = useState<Joined>();
  const done = (who: Joined) => {
    // The code was used: it stands in no history.
    history.replaceState(null, '', location.pathname);
    setJoined(who);
    setJoins(false);
  };
  return (
    <main className="fb-sign-in" id="content">
      <div className="fb-card">
        {title}
        {before}
        {joins ? <Join done={done} /> : <SignIn joined={joined} />}
        <Button className="fb-link" onPress={() => setJoins(!joins)}>
          {say(joins ? 'signIn.title' : 'join.open')}
        </Button>
        <OtherWorkspaces />
      </div>
    </main>
  );
}
