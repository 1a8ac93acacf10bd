// What a tap on the plan does.

import type { Mode } from '../plan/hands.js';
import type { NoteKind } from '../plan/scene.js';
import type { Point } from '../plan/space.js';
import type { Placed } from './Drawer.js';

export type Tool = { is: 'choose' } | { is: 'several' } | { is: 'place'; listing: Placed | undefined } | { is: 'room' } | { is: 'annotation'; kind: NoteKind };

export const CHOOSE: Tool = { is: 'choose' };
const ONE: Mode = { is: 'choose', several: false };
const SEVERAL: Mode = { is: 'choose', several: true };
const POINT: Mode = { is: 'point' };
const LINE: Mode = { is: 'line', corners: 2 };
const OUTLINE: Mode = { is: 'line', corners: 'many' };

export function modeOf(tool: Tool): Mode {
  switch (tool.is) {
    case 'choose':
      return ONE;
    case 'several':
      return SEVERAL;
    case 'place':
      return tool.listing ? POINT : ONE;
    case 'room':
      return OUTLINE;
    case 'annotation':
      if (tool.kind === 'area') return OUTLINE;
      return tool.kind === 'arrow' || tool.kind === 'measure' ? LINE : POINT;
  }
}

/** What was drawn and is not saved yet. */
export interface Draft {
  is: 'room' | 'annotation';
  kind: NoteKind;
  geometry: Point[];
}
