// Plans that are larger than the room that is left: said before somebody leaves. Their small plans are here, and all that stands on them.

import type { NamedBlob } from '@fieldbook/client';
import { useAsked } from '@fieldbook/react';
import { useWords } from '@fieldbook/ui';
import type { ReactNode } from 'react';

/** By floor: the whole plan that does not fit on this device. */
export function useUnfit(): Map<string, NamedBlob> {
  const { value } = useAsked((book) => book.blobs());
  const unfit = value?.filter(({ type, field, here, why }) => type === 'floor' && field === 'detail' && !here && why === 'no-room');
  return new Map(unfit?.map((blob) => [blob.id, blob]));
}

/** Says it, of one. */
export function Unfit({ blob }: { blob: NamedBlob | undefined }): ReactNode {
  const { say, size } = useWords();
  if (!blob) return null;
  const isKnown = blob.size !== undefined && blob.room !== undefined;
  return (
    <p className="st-unfit" role="status">
      {isKnown ? say('plan.unfit', { size: size(blob.size ?? 0), room: size(blob.room ?? 0) }) : say('plan.unfitNow')}
    </p>
  );
}
