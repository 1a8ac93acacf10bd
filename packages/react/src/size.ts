// How much a part is that is not on this device: the server knows it, and is asked once while there is a connection.

import type { Fieldbook, Part, PartSize, Result } from '@fieldbook/client';
import { useEffect, useState } from 'react';
import { useFieldbook } from './context.js';
import { useStatus } from './device.js';

/** In bytes, records and files together: of the part itself, or with all parts within it. Nothing before the server has said it. */
export function usePartSize({ type, id, state }: Part, beneath: boolean): number | undefined {
  const book = useFieldbook();
  const asks = useStatus()?.connection.is === 'connected' && state === 'offered';
  const [size, setSize] = useState<{ own: PartSize; beneath: PartSize }>();
  useEffect(() => {
    if (!asks) return undefined;
    let isOver = false;
    void askedOnce(book, type, id).then((told) => {
      if (!isOver && told.ok) setSize(told.value);
    });
    return () => {
      isOver = true;
    };
  }, [book, type, id, asks]);
  const amount = size?.[beneath ? 'beneath' : 'own'];
  return amount && amount.bytes + amount.blob_bytes;
}

type Told = Promise<Result<{ own: PartSize; beneath: PartSize }>>;
const asking = new WeakMap<Fieldbook, Map<string, Told>>();

/** One question for all that want to know it at the same time: two buttons load a part, with and without what is beneath it. */
function askedOnce(book: Fieldbook, type: string, id: string): Told {
  const scope = `${type}/${id}`;
  const all = asking.get(book) ?? new Map<string, Told>();
  asking.set(book, all);
  const told = all.get(scope) ?? book.partSize({ type, id }).finally(() => all.delete(scope));
  all.set(scope, told);
  return told;
}
