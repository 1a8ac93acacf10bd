// Where a record lies, as an app says it: "Harbour Estate, First floor".

import { useQuery } from '@fieldbook/react';
import { createContext, type ReactNode, useContext } from 'react';

/** A SELECT that gives the place of a record as `place`; nothing for a type that lies nowhere. */
export type Whereabouts = (type: string, id: string) => string | undefined;

const Places = createContext<Whereabouts | undefined>(undefined);

export function WhereaboutsProvider({ whereabouts, children }: { whereabouts: Whereabouts | undefined; children: ReactNode }): ReactNode {
  return <Places.Provider value={whereabouts}>{children}</Places.Provider>;
}

/** The place of a record; `asking` until it is known, nothing where there is none. */
export function usePlace(type: string | undefined, id: string | undefined): string | undefined {
  const whereabouts = useContext(Places);
  const sql = type !== undefined && id !== undefined ? whereabouts?.(type, id) : undefined;
  const { rows, error } = useQuery<{ place: string }>(sql);
  if (sql !== undefined && rows === undefined && error === undefined) return 'asking';
  return rows?.[0]?.place;
}
