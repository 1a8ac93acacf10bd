// What was just done, for a few seconds, and said aloud.

import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';

const STAYS_MS = 6_000;
const Say = createContext<(text: string) => void>(() => undefined);

export function SaidProvider({ children }: { children: ReactNode }): ReactNode {
  const [said, setSaid] = useState<{ text: string; at: number }>();
  const say = useCallback((text: string) => setSaid({ text, at: Date.now() }), []);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(undefined), STAYS_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <Say.Provider value={say}>
      {children}
      <output className="fb-said" aria-live="polite" data-shown={said !== undefined || undefined}>
        {said?.text}
      </output>
    </Say.Provider>
  );
}

/** Says something for a few seconds. */
export function useSaid(): (text: string) => void {
  return useContext(Say);
}
