// Who is what, and what changes that.

import type { Member } from '@fieldbook/client';
import { useAsked, useFieldbook, useStanding, useStatus } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { Failed } from '../parts/Failed.js';
import { Sure } from '../parts/Sure.js';
import { useWords } from '../words/index.js';
import { useConfirmed } from './Confirm.js';
import { useRoles } from './roles.js';

export function Members(): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const members = useAsked((book) => book.people.members());
  const { dare, error, question } = useConfirmed();
  const become = async ({ user_id }: Member, role: string) => {
    await dare(() => book.people.setRole(user_id, role));
    members.again();
  };
  return (
    <>
      {question}
      <Failed error={error ?? members.error} />
      <ul className="fb-plain-list">
        {members.value?.members.map((member) => (
          <Line key={member.user_id} member={member} become={(role) => void become(member, role)} />
        ))}
      </ul>
      <p className="fb-quiet">{say('people.removeHelp')}</p>
    </>
  );
}

function Line({ member, become }: { member: Member; become: (role: string) => void }): ReactNode {
  const { say, maybe } = useWords();
  const roles = useRoles();
  const me = useStatus()?.user;
  const standing = useStanding();
  const mine = standing.is === 'open' ? standing.identity.role : '';
  const isBelow = mine === 'owner' || !['owner', 'admin'].includes(member.role);
  return (
    <li>
      <span>
        <strong>{member.name}</strong> {member.name === me && <span className="fb-chip">{say('people.you')}</span>}
        {member.grants.length > 0 && <span className="fb-quiet"> {member.grants.map(({ scope, role }) => `${role}: ${scope.split('/')[0]}`).join(', ')}</span>}
      </span>
      {isBelow ? (
        <select aria-label={say('people.roleOf', { who: member.name })} value={member.role} onChange={(event) => become(event.target.value)}>
          {[...new Set([...roles, member.role])].map((role) => (
            <option key={role} value={role}>
              {maybe(`role.${role}`) ?? role}
            </option>
          ))}
        </select>
      ) : (
        <span>{maybe(`role.${member.role}`) ?? member.role}</span>
      )}
      {isBelow && member.name !== me && <Sure ask={say('people.removeAsk', { who: member.name })} why={say('people.removeWhy')} yes={say('people.remove')} done={() => become('nobody')} />}
    </li>
  );
}
