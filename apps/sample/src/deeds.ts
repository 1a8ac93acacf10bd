// What a person can do here. Each is one action in the log; what comes back with `ok` is on the disk.

import type { Action, Failure, Fields } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { useMemo, useState } from 'react';

export interface Deeds {
  add: (type: string, fields: Fields) => Promise<boolean>;
  set: (type: string, id: string, set: Fields) => Promise<boolean>;
  count: (type: string, id: string, add: { [field: string]: number }) => Promise<boolean>;
  remove: (type: string, id: string) => Promise<boolean>;
  /** Why the last one was not done. */
  error: Failure | undefined;
}

export function useDeeds(): Deeds {
  const book = useFieldbook();
  const [error, setError] = useState<Failure>();
  const deeds = useMemo(() => {
    const act = async (...changes: Action['changes']) => {
      const done = await book.act({ changes });
      setError(done.ok ? undefined : done.error);
      return done.ok;
    };
    return {
      add: (type: string, fields: Fields) => act({ insert: type, id: crypto.randomUUID(), fields }),
      set: (type: string, id: string, set: Fields) => act({ update: type, id, set }),
      count: (type: string, id: string, add: { [field: string]: number }) => act({ update: type, id, add }),
      remove: (type: string, id: string) => act({ delete: type, id }),
    };
  }, [book]);
  return { ...deeds, error };
}
