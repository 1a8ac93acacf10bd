// Invitations: a link that works once, told once.

import type { Invite, NewInvite } from '@fieldbook/client';
import { useAsked, useFieldbook } from '@fieldbook/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Copy } from '../parts/Copy.js';
import { Failed } from '../parts/Failed.js';
import { useNow, useWords } from '../words/index.js';
import { useConfirmed } from './Confirm.js';
import { useRoles } from './roles.js';

export function Invites(): ReactNode {
  const { say, maybe, time } = useWords();
  const roles = useRoles();
  const book = useFieldbook();
  const invites = useAsked((book) => book.people.invites());
  const [made, setMade] = useState<NewInvite>();
  const { dare, error, question } = useConfirmed();
  const invite = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const role = String(new FormData(event.currentTarget).get('role'));
    setMade(await dare(() => book.people.invite({ role })));
    invites.again();
  };
  const revoke = async ({ id }: Invite) => {
    await dare(() => book.people.revokeInvite(id));
    if (made?.id === id) setMade(undefined);
    invites.again();
  };
  return (
    <>
      {question}
      <form className="fb-row" onSubmit={(event) => void invite(event)}>
        <label className="fb-inline">
          {say('invite.role')}
          <select key={roles.length} name="role" defaultValue="member">
            {roles.map((role) => (
              <option key={role} value={role}>
                {maybe(`role.${role}`) ?? role}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit" className="fb-button fb-primary">
          {say('invite.make')}
        </Button>
      </form>
      <Failed error={error ?? invites.error} />
      {made && (
        <div className="fb-card" role="status">
          <p>{say('invite.made', { time: time(made.expires_at) })}</p>
          <p className="fb-breaks">
            <code>{made.link}</code> <Copy text={made.link} />
          </p>
        </div>
      )}
      <ul className="fb-plain-list">
        {invites.value?.invites.toReversed().map((one) => (
          <Line key={one.id} invite={one} revoke={() => void revoke(one)} />
        ))}
      </ul>
    </>
  );
}

function Line({ invite, revoke }: { invite: Invite; revoke: () => void }): ReactNode {
  const { say, maybe, ago } = useWords();
  const now = useNow();
  const told = { who: invite.used_by ?? '', ago: ago(invite.expires_at, now) };
  return (
    <li>
      <span>
        <strong>{maybe(`role.${invite.role}`) ?? invite.role}</strong>
        <span className="fb-quiet">
          {' '}
          {say(`invite.state.${invite.state}`, told)} · {say('invite.by', { who: invite.made_by })}
        </span>
      </span>
      {invite.state === 'open' && (
        <Button className="fb-button" onPress={revoke}>
          {say('invite.revoke')}
        </Button>
      )}
    </li>
  );
}
