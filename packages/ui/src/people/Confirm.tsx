// What is dangerous wants the password once more. Whoever asks for such a thing gets a question here, and then it is done.

import type { Failure, Result } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Dialog, Heading, Input, Label, Modal, TextField } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';

/** Does something that may want the password, and says what came of it. */
export function useConfirmed(): { dare: <T>(work: () => Promise<Result<T>>) => Promise<T | undefined>; error: Failure | undefined; question: ReactNode } {
  const [error, setError] = useState<Failure>();
  const [asked, setAsked] = useState<(isGiven: boolean) => void>();
  const dare = async <T,>(work: () => Promise<Result<T>>): Promise<T | undefined> => {
    setError(undefined);
    let done = await work();
    if (!done.ok && done.error.code === 'confirm-needed') {
      const isGiven = await new Promise<boolean>((answer) => setAsked(() => answer));
      setAsked(undefined);
      if (!isGiven) return undefined;
      done = await work();
    }
    if (done.ok) return done.value;
    setError(done.error);
    return undefined;
  };
  return { dare, error, question: asked ? <Question answer={asked} /> : null };
}

function Question({ answer }: { answer: (isGiven: boolean) => void }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const [error, setError] = useState<Failure>();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    const done = await book.account.confirm(password);
    if (done.ok) answer(true);
    else setError(done.error);
  };
  return (
    <Modal className="fb-modal" isOpen onOpenChange={(isOpen) => !isOpen && answer(false)} isDismissable>
      <Dialog>
        <Heading slot="title">{say('confirm.title')}</Heading>
        <form className="fb-form" onSubmit={(event) => void submit(event)}>
          <TextField name="password" type="password" isRequired autoFocus autoComplete="current-password" className="fb-field">
            <Label>{say('signIn.password')}</Label>
            <Input />
          </TextField>
          <Failed error={error} />
          <div className="fb-row">
            <Button type="submit" className="fb-button fb-primary">
              {say('confirm.go')}
            </Button>
            <Button className="fb-button" onPress={() => answer(false)}>
              {say('cancel')}
            </Button>
          </div>
        </form>
      </Dialog>
    </Modal>
  );
}
