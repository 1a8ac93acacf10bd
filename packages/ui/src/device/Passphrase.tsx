// The passphrase of this device: set, changed, removed. It is typed twice, since nobody brings one back that was typed wrong.

import type { Failure, Result } from '@fieldbook/client';
import { useFieldbook, useStanding } from '@fieldbook/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { useSaid } from '../notices/Said.js';
import { Failed } from '../parts/Failed.js';
import { Line } from '../sign-in/Line.js';
import { useWords } from '../words/index.js';

/** What is being asked for. */
type Wish = 'set' | 'change' | 'remove';

export function Passphrase(): ReactNode {
  const { say } = useWords();
  const said = useSaid();
  const standing = useStanding();
  const [wish, setWish] = useState<Wish>();
  const isSet = standing.is === 'open' && standing.passphrase;
  const done = (what: Wish) => {
    setWish(undefined);
    said(say(`passphrase.done.${what}`));
  };
  const wishes: Wish[] = isSet ? ['change', 'remove'] : ['set'];
  return (
    <div className="fb-card">
      <h2>{say('passphrase.title')}</h2>
      <p>{say(isSet ? 'passphrase.isSet' : 'passphrase.about')}</p>
      {wish ? (
        <Ask wish={wish} done={() => done(wish)} cancel={() => setWish(undefined)} />
      ) : (
        <div className="fb-row">
          {wishes.map((what) => (
            <Button key={what} className="fb-button" onPress={() => setWish(what)}>
              {say(`passphrase.${what}`)}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

function Ask({ wish, done, cancel }: { wish: Wish; done: () => void; cancel: () => void }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const [going, setGoing] = useState(false);
  const [error, setError] = useState<Failure>();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    const [old, passphrase] = [text('old'), text('new')];
    const ask: { [wish in Wish]: () => Promise<Result<null>> } = {
      set: () => book.setPassphrase({ passphrase }),
      change: () => book.changePassphrase({ old, new: passphrase }),
      remove: () => book.removePassphrase({ passphrase: old }),
    };
    if (wish !== 'remove' && passphrase !== text('again')) {
      setError({ code: 'passphrases-differ', words: say('passphrase.differ') });
      return;
    }
    setGoing(true);
    setError(undefined);
    const said = await ask[wish]();
    setGoing(false);
    if (said.ok) done();
    else setError(said.error);
  };
  return (
    <Form onSubmit={(event) => void submit(event)} className="fb-form">
      {wish !== 'set' && <Line name="old" label={say('passphrase.old')} type="password" />}
      {wish !== 'remove' && (
        <>
          <Line name="new" label={say('passphrase.new')} help={say('passphrase.help')} type="password" />
          <Line name="again" label={say('passphrase.again')} type="password" />
          <p>{say('passphrase.nobody')}</p>
        </>
      )}
      {wish === 'remove' && <p>{say('passphrase.removeWhy')}</p>}
      <Failed error={error} />
      <div className="fb-row">
        <Button type="submit" className={`fb-button ${wish === 'remove' ? 'fb-danger' : 'fb-primary'}`} isPending={going}>
          {say(going ? 'passphrase.going' : `passphrase.${wish}`)}
        </Button>
        <Button className="fb-button" onPress={cancel}>
          {say('cancel')}
        </Button>
      </div>
    </Form>
  );
}
