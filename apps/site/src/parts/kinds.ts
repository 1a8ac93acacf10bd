// What a kind of asset is called: in the app's words, else as it was written.

import { useWords } from '@fieldbook/ui';
import { useCallback } from 'react';

export function useKind(): (kind: string) => string {
  const { maybe } = useWords();
  return useCallback(
    (kind) => {
      const plain = kind.replace(/_+/g, ' ').trim();
      return maybe(`kind.${kind}`) ?? plain.charAt(0).toUpperCase() + plain.slice(1);
    },
    [maybe],
  );
}
