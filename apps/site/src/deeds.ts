// What a person does here: one action of the schema each, with a key of its own in the log. What comes back with `true` is on the disk.

import type { Change, Failure } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { useCallback, useState } from 'react';

export type Act = (action: string, changes: Change[]) => Promise<boolean>;

/** Acts, and keeps why the last one was not done. */
export function useAct(): { act: Act; error: Failure | undefined } {
  const book = useFieldbook();
  const [error, setError] = useState<Failure>();
  const act = useCallback<Act>(
    async (action, changes) => {
      const done = await book.act({ type: action, changes });
      setError(done.ok ? undefined : done.error);
      return done.ok;
    },
    [book],
  );
  return { act, error };
}
