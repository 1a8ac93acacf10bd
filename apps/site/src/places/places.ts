// Where things lie: estates, their sites, buildings and floors, and which of them are on this device.

import type { Part } from '@fieldbook/client';
import { useAsked, useQuery, useStatus } from '@fieldbook/react';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An id as a query may have it; nothing where an address has none. */
export function idOf(text: string | undefined): string | undefined {
  return text !== undefined && ID.test(text) ? text : undefined;
}

export interface Floor {
  id: string;
  /** In which the server confirmed it last; none yet is 0. */
  version: number;
  name: string;
  level: number | null;
  plan: string | null;
  detail: string | null;
  /** Of the whole picture, in pixels. */
  width: number | null;
  height: number | null;
  /** Its width, in millimetres. */
  metres: number | null;
  building: string;
  buildingName: string;
  site: string;
  siteName: string;
  estate: string;
  estateName: string;
}

export const FLOORS = `SELECT floor.id, floor._version AS version, floor.name, floor.level, floor.plan, floor.detail, floor.width, floor.height, floor.metres,
    building.id AS building, building.name AS buildingName, site.id AS site, site.name AS siteName,
    estate.id AS estate, estate.name AS estateName
  FROM floor JOIN building ON building.id = floor.building JOIN site ON site.id = building.site JOIN estate ON estate.id = site.estate`;
const ORDER = 'ORDER BY COALESCE(floor.level, 0), floor.name COLLATE NOCASE';

export function useFloor(id: string | undefined): { floor: Floor | undefined; isKnown: boolean } {
  const { rows } = useQuery<Floor>(id && `${FLOORS} WHERE floor.id = '${id}'`);
  return { floor: rows?.[0], isKnown: rows !== undefined };
}

/** The floors of the same building. */
export function useFloorsOf(building: string | undefined): Floor[] {
  const { rows } = useQuery<Floor>(building && `${FLOORS} WHERE floor.building = '${building}' ${ORDER}`);
  return rows ?? [];
}

/** The places of an estate, or of all. */
export function useAllFloors(estate?: string): Floor[] | undefined {
  return useQuery<Floor>(`${FLOORS} ${estate ? `WHERE estate.id = '${estate}'` : ''} ${ORDER}`).rows;
}

/** How parts of the workspace are here, by the id of what opens them. */
export function useParts(): { parts: Map<string, Part> | undefined; again: () => void } {
  const { value, again } = useAsked((book) => book.parts());
  return { parts: value && new Map(value.map((part) => [part.id, part])), again };
}

export function useIsOnline(): boolean {
  return useStatus()?.connection.is === 'connected';
}

/** In words that a query gives: where a record lies. What the notice of a conflict names. */
export function whereabouts(type: string, record: string): string | undefined {
  if (!idOf(record)) return undefined;
  const place = `SELECT estate.name || ', ' || floor.name AS place FROM floor JOIN building ON building.id = floor.building
    JOIN site ON site.id = building.site JOIN estate ON estate.id = site.estate`;
  switch (type) {
    case 'asset':
    case 'room':
    case 'annotation':
      return `${place} JOIN "${type}" ON "${type}".floor = floor.id WHERE "${type}".id = '${record}'`;
    case 'property':
    case 'remark':
      return `${place} JOIN asset ON asset.floor = floor.id JOIN "${type}" ON "${type}".asset = asset.id WHERE "${type}".id = '${record}'`;
    case 'floor':
      return `${place} WHERE floor.id = '${record}'`;
    default:
      return undefined;
  }
}
