// The bytes of a blob, as something that a picture can show.

import type { Failure } from '@fieldbook/client';
import { useEffect, useState } from 'react';
import { useFieldbook } from './context.js';

/** A blob on this device. */
export interface BlobUrl {
  /** An address that is good for as long as the component shows it; nothing while the bytes are not here. */
  url: string | undefined;
  error: Failure | undefined;
}

/**
 * The blob of a sum, once its bytes are here; with the media type that whoever shows it wants it read as. The address goes when the
 * component does, or shows another.
 */
export function useBlob(sum: string | null | undefined, type = 'application/octet-stream'): BlobUrl {
  const book = useFieldbook();
  const [shown, setShown] = useState<BlobUrl>({ url: undefined, error: undefined });
  useEffect(() => {
    let made: string | undefined;
    let is = true;
    let asking = false;
    const look = () => {
      if (!sum || made !== undefined || asking) return;
      asking = true;
      void book.blob(sum).then((result) => {
        asking = false;
        if (!is) return;
        if (!result.ok) {
          setShown({ url: undefined, error: result.error });
        } else if (result.value !== undefined) {
          made = URL.createObjectURL(new Blob([result.value as BlobPart], { type }));
          setShown({ url: made, error: undefined });
        }
      });
    };
    // Whatever comes to the device changes its status.
    const end = book.status(look);
    look();
    return () => {
      is = false;
      end();
      if (made !== undefined) URL.revokeObjectURL(made);
      setShown({ url: undefined, error: undefined });
    };
  }, [book, sum, type]);
  return shown;
}
