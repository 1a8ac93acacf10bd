// Who else looks at this floor: now, a short while ago, or as it was told last before the network went.

import type { Onlooker } from '@fieldbook/client';
import { usePresence } from '@fieldbook/react';
import { useLanguage, useWords } from '@fieldbook/ui';
import type { ReactNode } from 'react';
import { useIsOnline } from '../places/places.js';

/** So many are named; of the others it says how many they are. */
const NAMED_MAX = 3;

export function Present({ floor }: { floor: string }): ReactNode {
  const { people = [] } = usePresence('floor', floor);
  const isOnline = useIsOnline();
  const say = useSays();
  const here = people.filter((one) => one.here);
  const told = here.length > 0 ? here : people.slice(0, 1);
  // It is there from the start: what comes into it later is read out, and only that.
  return (
    <div className="st-present">
      {told.slice(0, NAMED_MAX).map((one) => (
        <span key={one.user} className="st-face" data-here={(isOnline && one.here) || undefined} aria-hidden="true">
          {[...one.name][0]?.toUpperCase()}
        </span>
      ))}
      <p role="status">
        {told.length > 0 && say(told, isOnline)}
      </p>
    </div>
  );
}

/** One sentence about people who are here, or about the one who was. */
function useSays(): (told: Onlooker[], isOnline: boolean) => string {
  const { say, clock } = useWords();
  const { language } = useLanguage();
  return (told, isOnline) => {
    const names = told.slice(0, NAMED_MAX).map((one) => one.name);
    const more = told.length - names.length;
    if (more > 0) names.push(say('presence.more', { count: more }));
    const who = new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
    const last = told.reduce((latest, one) => (one.last_seen > latest ? one.last_seen : latest), '');
    const is = !isOnline ? 'offline' : told.some((one) => one.here) ? 'here' : 'looked';
    return say(`presence.${is}`, { who, count: told.length, time: clock(last) });
  };
}
