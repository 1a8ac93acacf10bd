// What a kind of asset is called: in the app's words, else as it was written.

import { useWords, type Words } from '@fieldbook/ui';
import { useCallback } from 'react';

export function kindOf(kind: string, { maybe }: Words): string {
  const plain = kind.replace(/_+/g, ' ').trim();
  return maybe(`kind.${kind}`) ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

export function useKind(): (kind: string) => string {
  const words = useWords();
  return useCallback((kind) => kindOf(kind, words), [words]);
}
