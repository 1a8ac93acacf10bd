// The pictures of a floor, as far as they are on this device.

import type { Fieldbook, Result } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { useEffect, useState } from 'react';

/** A device that keeps blobs. */
interface Blobs {
  blob: (sum: string) => Promise<Result<Uint8Array | undefined>>;
}

/** Whether the device keeps blobs; one of an older engine does not. */
function keeps(book: Fieldbook): book is Fieldbook & Blobs {
  return 'blob' in book;
}

/** The bytes of a blob; nothing while they are not here. */
export function usePicture(sum: string | null | undefined): Uint8Array | undefined {
  const book = useFieldbook();
  const [found, setFound] = useState<{ sum: string; bytes: Uint8Array | undefined }>();
  useEffect(() => {
    if (!sum || !keeps(book)) return undefined;
    let isOver = false;
    const ask = async () => {
      const told = await book.blob(sum);
      if (!isOver && told.ok && told.value) setFound({ sum, bytes: told.value });
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [book, sum]);
  return found?.sum === sum ? found?.bytes : undefined;
}
