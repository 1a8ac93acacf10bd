// What is asked of the device once, and again whenever something has happened on it.

import type { Failure, Fieldbook, Result } from '@fieldbook/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useFieldbook } from './context.js';

/** What came of it so far. An answer stays until there is a newer one. */
export interface Asked<T> {
  value: T | undefined;
  error: Failure | undefined;
  /** Asks once more, now. */
  again: () => void;
}

/** Asks, and asks again with each change of the status: every act, every answer of the server is one. */
export function useAsked<T>(ask: (book: Fieldbook) => Promise<Result<T>>, given: readonly unknown[] = []): Asked<T> {
  const book = useFieldbook();
  const asking = useRef(ask);
  asking.current = ask;
  const [answer, setAnswer] = useState<{ value?: T; error?: Failure }>({});
  const turn = useRef(0);
  const again = useCallback(() => {
    const mine = ++turn.current;
    void asking.current(book).then((result) => {
      // A later question may have been answered before.
      if (mine !== turn.current) return;
      setAnswer(result.ok ? { value: result.value } : { error: result.error });
    });
  }, [book, ...given]);
  useEffect(() => book.status(again), [book, again]);
  useEffect(() => {
    again();
    return () => {
      turn.current++;
    };
  }, [again]);
  return { value: answer.value, error: answer.error, again };
}
