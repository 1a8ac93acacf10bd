// What is there with a connection, and what stands in its place without.

import type { ReactNode } from 'react';
import { useIsOnline } from '../places/places.js';

export function Online({ otherwise, children }: { otherwise: ReactNode; children: ReactNode }): ReactNode {
  return useIsOnline() ? children : otherwise;
}
