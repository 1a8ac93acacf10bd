// Hooks over a client that keeps nothing: what is shown is what the server told last, and whether it is heard.

import type { AnySchema, Online, OnlineStanding, Reach, Records, Result, Untyped, Wanted } from '@fieldbook/client/online';
import { createContext, createElement, type ReactNode, useContext, useEffect, useState } from 'react';

// What types its schema has is known to whoever asks for it.
const Context = createContext<unknown>(undefined);

/** Gives a client to all that lies within. */
export function OnlineProvider<S extends AnySchema>({ office, children }: { office: Online<S>; children: ReactNode }): ReactNode {
  return createElement(Context.Provider, { value: office }, children);
}

/** The client; with the types of a schema, where the app names it. */
export function useOnline<S extends AnySchema = Untyped>(): Online<S> {
  const office = useContext(Context);
  if (!office) throw new Error('useOnline: there is no <OnlineProvider> around this component.');
  return office as Online<S>;
}

/** Who is signed in; nothing before that is known. */
export function useOnlineStanding(): OnlineStanding | undefined {
  const office = useOnline();
  const [standing, setStanding] = useState<OnlineStanding>();
  useEffect(() => office.standing(setStanding), [office]);
  return standing;
}

/** Whether the server is heard. */
export function useReach(): Reach {
  const office = useOnline();
  const [reach, setReach] = useState<Reach>({ is: 'trying' });
  useEffect(() => office.reach(setReach), [office]);
  return reach;
}

/** The records of a type that fit, drawn anew whenever something has changed; nothing before the server has answered. */
export function useRecords<S extends AnySchema, T extends keyof S['records'] & string>(type: T, wanted: Wanted<S['records'][T]['row']> = {}): Result<Records<S['records'][T]['row']>> | undefined {
  const office = useOnline<S>();
  const [told, setTold] = useState<Result<Records<S['records'][T]['row']>>>();
  // As one text: a wish that says the same begins no other watch.
  const wish = JSON.stringify(wanted);
  useEffect(() => {
    setTold(undefined);
    return office.liveRecords(type, JSON.parse(wish) as typeof wanted, setTold);
  }, [office, type, wish]);
  return told;
}
