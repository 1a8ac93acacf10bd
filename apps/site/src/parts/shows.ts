// What values say to people that their kinds do not explain: the points of an outline, the kind of an asset, a colour, the data of a listing.

import type { Json } from '@fieldbook/client';
import type { Shows } from '@fieldbook/ui';
import { points } from '../plan/space.js';
import { kindOf } from './kinds.js';

export const shows: Shows = (type, field, value, words) => {
  switch (`${type}.${field}`) {
    case 'asset.kind':
    case 'listing.kind':
      return kindOf(String(value), words);
    case 'annotation.colour':
      return words.maybe(`colour.${String(value).slice(1)}`);
    case 'room.outline':
    case 'annotation.geometry':
      return words.say('value.points', { count: points(typeof value === 'string' ? value : JSON.stringify(value)).length });
    case 'listing.specs':
      return specs(value);
    default:
      return undefined;
  }
};

function specs(value: Json): string | undefined {
  const read: Json = typeof value === 'string' ? (JSON.parse(value) as Json) : value;
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
  return Object.entries(read).map(([name, value]) => `${name}: ${String(value)}`).join(', ');
}
