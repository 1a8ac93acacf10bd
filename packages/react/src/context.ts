// The device of an app, for all its components.

import type { AnySchema, Fieldbook, Untyped } from '@fieldbook/client';
import { createContext, createElement, type ReactNode, useContext } from 'react';

// What types its schema has is known to whoever asks for it.
const Context = createContext<unknown>(undefined);

/** Gives a device to all that lies within. */
export function FieldbookProvider<S extends AnySchema>({ book, children }: { book: Fieldbook<S>; children: ReactNode }): ReactNode {
  return createElement(Context.Provider, { value: book }, children);
}

/** The device; with the types of a schema, where the app names it. */
export function useFieldbook<S extends AnySchema = Untyped>(): Fieldbook<S> {
  const book = useContext(Context);
  if (!book) throw new Error('useFieldbook: there is no <FieldbookProvider> around this component.');
  return book as Fieldbook<S>;
}
