// What stands on a floor, as the plan draws it.

import type { Point } from './space.js';

export type Status = 'draft' | 'active' | 'inactive' | 'maintenance' | 'decommissioned';

export interface Asset extends Point {
  id: string;
  nickname: string;
  kind: string;
  status: Status;
}

export interface Room {
  id: string;
  name: string;
  outline: Point[];
}

export type NoteKind = 'note' | 'arrow' | 'pin' | 'text' | 'area' | 'measure';

export interface Note {
  id: string;
  kind: NoteKind;
  text: string;
  colour: string;
  geometry: Point[];
}

export interface Scene {
  /** The size of the floor, in millimetres. */
  width: number;
  height: number;
  assets: Asset[];
  rooms: Room[];
  notes: Note[];
}

/** What is chosen: assets, of which there may be many, or one of the others. */
export type Chosen = { is: 'assets'; ids: ReadonlySet<string> } | { is: 'room'; id: string } | { is: 'annotation'; id: string } | { is: 'nothing' };

export const NOTHING: Chosen = { is: 'nothing' };

export function assets(...ids: string[]): Chosen {
  return ids.length === 0 ? NOTHING : { is: 'assets', ids: new Set(ids) };
}
