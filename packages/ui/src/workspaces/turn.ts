// From one workspace to another: the page begins anew there.

import type { Fieldbook } from '@fieldbook/client';
import { wantWorkspace } from './wanted.js';

/** Opens a workspace that is here; or, without a place, the way in to one that is not. */
export function turnTo(book: Fieldbook, base: string, place: string | undefined, wanted: { workspace?: string; user?: string } = {}): void {
  wantWorkspace(wanted);
  book.choosePlace(place);
  location.assign(`${base}/`);
}
