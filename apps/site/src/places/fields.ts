// The fields of the places, in the order in which people fill them in.

import type { FieldSpec } from '../parts/Form.js';

export const ESTATE_FIELDS: FieldSpec[] = [
  { field: 'name', required: true },
  { field: 'description', kind: 'long' },
  { field: 'address', max: 500 },
  { field: 'contact' },
];
export const SITE_FIELDS: FieldSpec[] = [{ field: 'name', required: true }, { field: 'postcode', required: true, max: 20 }, { field: 'address', max: 500 }];
export const BUILDING_FIELDS: FieldSpec[] = [{ field: 'name', required: true }, { field: 'levels', kind: 'number' }];
export const FLOOR_FIELDS: FieldSpec[] = [{ field: 'name', required: true }, { field: 'level', kind: 'number' }];
export const LISTING_FIELDS: FieldSpec[] = [{ field: 'name', required: true }, { field: 'kind', required: true, max: 100 }, { field: 'supplier' }];
