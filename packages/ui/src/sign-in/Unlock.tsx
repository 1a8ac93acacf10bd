// A device that asks for its passphrase. Whoever does not know it any more can begin anew, and is told before what that costs.

import type { Failure, Standing } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { Sure } from '../parts/Sure.js';
import { useWords } from '../words/index.js';
import { OtherWorkspaces } from '../workspaces/OtherWorkspaces.js';
import { Line } from './Line.js';

export function Unlock({ title, locked }: { title: ReactNode; locked: Extract<Standing, { is: 'locked' }> }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const [going, setGoing] = useState(false);
  const [error, setError] = useState<Failure>();
  const unsent = book.places().find(({ here }) => here)?.unsent ?? 0;
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const passphrase = String(new FormData(event.currentTarget).get('passphrase') ?? '');
    setGoing(true);
    setError(undefined);
    const said = await book.unlock({ passphrase });
    setGoing(false);
    if (!said.ok) setError(said.error);
  };
  const anew = async () => {
    const said = await book.beginAnew();
    if (!said.ok) setError(said.error);
  };
  return (
    <main className="fb-sign-in" id="content">
      <div className="fb-card">
        {title}
        <h2>{say('passphrase.locked')}</h2>
        <p>{say('passphrase.lockedWhy', { user: locked.user, workspace: locked.workspace })}</p>
        <Form onSubmit={(event) => void submit(event)} className="fb-form">
          <Line name="passphrase" label={say('passphrase.label')} type="password" />
          <Failed error={error} />
          <Button type="submit" className="fb-button fb-primary" isPending={going}>
            {say(going ? 'passphrase.unlocking' : 'passphrase.unlock')}
          </Button>
          <p className="fb-quiet">{say('passphrase.unlockOffline')}</p>
        </Form>
        <section className="fb-others">
          <h2>{say('passphrase.forgotten')}</h2>
          <p>{say('passphrase.forgottenWhy', { count: unsent })}</p>
          <div className="fb-row">
            <Sure ask={say('passphrase.anewAsk')} why={say('passphrase.forgottenWhy', { count: unsent })} yes={say('passphrase.anew')} done={() => void anew()} />
          </div>
        </section>
        <OtherWorkspaces />
      </div>
    </main>
  );
}
