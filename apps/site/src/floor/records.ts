// What stands on a floor, as the screens read it.

import type { Json } from '@fieldbook/client';
import { useQuery } from '@fieldbook/react';
import { useMemo } from 'react';
import type { Floor } from '../places/places.js';
import type { Asset, Note, NoteKind, Room, Scene, Status } from '../plan/scene.js';
import { type Point, points, within } from '../plan/space.js';

export interface AssetRow {
  id: string;
  nickname: string;
  kind: string;
  status: Status;
  x: number | null;
  y: number | null;
  room: string | null;
  serial: string | null;
  tag: string | null;
}

/** A floor that nobody has measured is taken to be so large, in millimetres. */
const UNMEASURED = { width: 60_000, height: 40_000 };

/** The size of a floor, in millimetres. */
export function sizeOf({ metres, width, height }: Floor): { width: number; height: number } {
  if (!metres) return UNMEASURED;
  return { width: metres, height: width && height ? (metres * height) / width : (metres * 2) / 3 };
}

export interface Records {
  assets: AssetRow[];
  rooms: Room[];
  notes: Note[];
  scene: Scene;
  isThere: boolean;
}

export function useRecords(floor: Floor): Records {
  const { id } = floor;
  const assets = useQuery<AssetRow>(
    `SELECT id, nickname, kind, COALESCE(status, 'draft') AS status, x, y, room, serial, tag FROM asset WHERE floor = '${id}' ORDER BY nickname COLLATE NOCASE, id`,
  );
  const rooms = useQuery<{ id: string; name: string | null; outline: string }>(`SELECT id, name, outline FROM room WHERE floor = '${id}' ORDER BY name COLLATE NOCASE, id`);
  const notes = useQuery<{ id: string; kind: NoteKind; text: string | null; colour: string | null; geometry: string }>(
    `SELECT id, kind, text, colour, geometry FROM annotation WHERE floor = '${id}' ORDER BY id`,
  );
  const { width, height } = sizeOf(floor);
  return useMemo(() => {
    const scene: Scene = {
      width,
      height,
      assets: (assets.rows ?? []).filter((asset): asset is AssetRow & Asset => asset.x !== null && asset.y !== null),
      rooms: (rooms.rows ?? []).map(({ id, name, outline }) => ({ id, name: name ?? '', outline: points(outline) })),
      notes: (notes.rows ?? []).map(({ id, kind, text, colour, geometry }) => ({ id, kind, text: text ?? '', colour: colour ?? '', geometry: points(geometry) })),
    };
    return { assets: assets.rows ?? [], rooms: scene.rooms, notes: scene.notes, scene, isThere: assets.rows !== undefined && rooms.rows !== undefined };
  }, [assets.rows, rooms.rows, notes.rows, width, height]);
}

/** The room in which a point lies. */
export function roomAt(rooms: Room[], at: Point): Json {
  return rooms.findLast(({ outline }) => within(outline, at))?.id ?? null;
}

/** A point that lies on the floor, whatever was pointed at. */
export function onFloor({ width, height }: Scene, { x, y }: Point): Point {
  return { x: Math.max(0, Math.min(width, x)), y: Math.max(0, Math.min(height, y)) };
}
