// The device of an app, for all its components.

import type { Fieldbook } from '@fieldbook/client';
import { createContext, createElement, type ReactNode, useContext } from 'react';

const Context = createContext<Fieldbook | undefined>(undefined);

/** Gives a device to all that lies within. */
export function FieldbookProvider({ book, children }: { book: Fieldbook; children: ReactNode }): ReactNode {
  return createElement(Context.Provider, { value: book }, children);
}

/** The device. */
export function useFieldbook(): Fieldbook {
  const book = useContext(Context);
  if (!book) throw new Error('useFieldbook: there is no <FieldbookProvider> around this component.');
  return book;
}
