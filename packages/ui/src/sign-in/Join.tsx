// An invitation is taken up: a name, a password, and then there is a member.

import type { Failure, Joined } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';
import { Line } from './Line.js';

export function Join({ done }: { done: (who: Joined) => void }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const [going, setGoing] = useState(false);
  const [error, setError] = useState<Failure>();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const link = String(form.get('link') ?? '').trim();
    const code = link.slice(link.indexOf('#') + 1);
    if (code === '') {
      setError({ code: 'no-invitation', words: say('join.bad') });
      return;
    }
    setGoing(true);
    const joined = await book.join({ code, user: String(form.get('user') ?? '').trim(), password: String(form.get('password') ?? '') });
    setGoing(false);
    if (joined.ok) done(joined.value);
    else setError(joined.error);
  };
  return (
    <>
      <h2>{say('join.title')}</h2>
      <Form onSubmit={(event) => void submit(event)} className="fb-form">
        <Line name="link" label={say('join.link')} help={say('join.linkHelp')} value={location.hash.length > 1 ? location.href : ''} />
        <Line name="user" label={say('join.user')} complete="username" />
        <Line name="password" label={say('join.password')} help={say('join.passwordHelp')} type="password" complete="new-password" />
        <Failed error={error} />
        <Button type="submit" className="fb-button fb-primary" isPending={going}>
          {say('join.go')}
        </Button>
      </Form>
    </>
  );
}
