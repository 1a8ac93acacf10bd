// What a person can do here: one action in the log; what comes back with `ok` is on the disk.

import type { ChangeOf, Failure } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { useCallback, useState } from 'react';
import type { ChecklistSchema } from './schema.js';

export interface Deeds {
  /** Does these changes as one, all of them or none; whether they were. A wrong name or value does not compile. */
  act: (...changes: ChangeOf<ChecklistSchema>[]) => Promise<boolean>;
  /** Why the last one was not done. */
  error: Failure | undefined;
}

export function useDeeds(): Deeds {
  const book = useFieldbook<ChecklistSchema>();
  const [error, setError] = useState<Failure>();
  const act = useCallback(
    async (...changes: ChangeOf<ChecklistSchema>[]) => {
      const done = await book.act({ changes });
      setError(done.ok ? undefined : done.error);
      return done.ok;
    },
    [book],
  );
  return { act, error };
}
