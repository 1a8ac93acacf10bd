// The workspaces of this device and of the account, and the way from one to another. What was not sent in the one that is left is said, and stays.

import type { Identity } from '@fieldbook/client';
import { useAsked, useFieldbook, useStatus } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button, Dialog, Heading, Modal } from 'react-aria-components';
import { useRouter } from 'wouter';
import { Failed } from '../parts/Failed.js';
import { NeedsConnection } from '../parts/NeedsConnection.js';
import { useWords } from '../words/index.js';
import { turnTo } from './turn.js';

/** Where somebody wants to go: a place that is here, or the way in to another. */
interface Aim {
  place?: string;
  workspace?: string;
  user?: string;
}

export function Workspaces({ identity }: { identity: Identity }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const { base } = useRouter();
  const unsent = useStatus()?.pending ?? 0;
  const [aim, setAim] = useState<Aim>();
  const turn = ({ place, ...wanted }: Aim) => turnTo(book, base, place, wanted);
  const go = (to: Aim) => (unsent > 0 ? setAim(to) : turn(to));
  return (
    <section className="fb-screen">
      <header>
        <h1>{say('workspaces.title')}</h1>
        <p className="fb-quiet">{say('workspaces.about')}</p>
      </header>
      <OnDevice unsent={unsent} go={go} />
      <div className="fb-card">
        <h2>{say('workspaces.elsewhere')}</h2>
        <NeedsConnection what={say('workspaces.needs')}>
          <Elsewhere identity={identity} go={go} />
        </NeedsConnection>
        <div className="fb-row">
          <Button className="fb-button" onPress={() => go({})}>
            {say('workspaces.another')}
          </Button>
          <span className="fb-quiet">{say('workspaces.anotherHelp')}</span>
        </div>
      </div>
      <Leave workspace={identity.workspace} unsent={unsent} aim={aim} turn={turn} stay={() => setAim(undefined)} />
    </section>
  );
}

function OnDevice({ unsent, go }: { unsent: number; go: (to: Aim) => void }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  return (
    <div className="fb-card">
      <h2>{say('workspaces.onDevice')}</h2>
      <ul className="fb-plain-list">
        {book.places().map((place) => {
          const waits = place.here ? unsent : place.unsent;
          return (
            <li key={place.name} aria-current={place.here ? 'true' : undefined}>
              <span>
                <strong>{place.workspace}</strong>
                <span className="fb-quiet">
                  {' '}
                  {say('workspaces.as', { user: place.user ?? '' })}
                  {waits > 0 && ` · ${say('workspaces.unsent', { count: waits })}`}
                </span>
              </span>
              {place.here ? (
                <span className="fb-chip" data-state="committed">
                  {say('workspaces.current')}
                </span>
              ) : (
                <Button className="fb-button" aria-label={say('workspaces.openThis', { workspace: place.workspace ?? '' })} onPress={() => go({ place: place.name })}>
                  {say('workspaces.open')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Workspaces of the account that have no data here. */
function Elsewhere({ identity, go }: { identity: Identity; go: (to: Aim) => void }): ReactNode {
  const { say, maybe } = useWords();
  const book = useFieldbook();
  const account = useAsked((book) => book.account.show());
  if (!account.value) return <Failed error={account.error} />;
  const here = new Set(book.places().map(({ workspace }) => workspace));
  const others = account.value.workspaces.filter(({ name }) => !here.has(name));
  if (others.length === 0) return <p className="fb-quiet">{say('workspaces.noOther')}</p>;
  return (
    <ul className="fb-plain-list">
      {others.map(({ id, name, role }) => (
        <li key={id}>
          <span>
            <strong>{name}</strong> <span className="fb-quiet">{maybe(`role.${role}`) ?? role}</span>
          </span>
          <Button className="fb-button" aria-label={say('workspaces.signInThis', { workspace: name })} onPress={() => go({ workspace: name, user: identity.user })}>
            {say('workspaces.signIn')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

interface LeaveProps {
  workspace: string;
  unsent: number;
  aim: Aim | undefined;
  turn: (to: Aim) => void;
  stay: () => void;
}

function Leave({ workspace, unsent, aim, turn, stay }: LeaveProps): ReactNode {
  const { say } = useWords();
  return (
    <Modal className="fb-modal" isDismissable isOpen={aim !== undefined} onOpenChange={(isOpen) => !isOpen && stay()}>
      <Dialog role="alertdialog">
        <Heading slot="title">{say('workspaces.leaveAsk', { workspace })}</Heading>
        <p>{say('workspaces.leaveWhy', { workspace, count: unsent })}</p>
        <div className="fb-row">
          <Button className="fb-button fb-primary" onPress={() => aim && turn(aim)}>
            {say('workspaces.open')}
          </Button>
          <Button className="fb-button" onPress={stay}>
            {say('cancel')}
          </Button>
        </div>
      </Dialog>
    </Modal>
  );
}
