// The signs of the tools beside a plan. Each has its words too.

import type { ReactNode } from 'react';

const PATHS = {
  choose: 'M6 3l12 9-5.5 1.2L10 19z',
  several: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 17l2.2 2.2L20 15',
  place: 'M12 21c-5-6-7-8.5-7-12a7 7 0 0 1 14 0c0 3.5-2 6-7 12zM12 6.5v5M9.5 9h5',
  room: 'M4 6l9-2 7 6-3 10H6z',
  note: 'M5 4h14v11l-5 5H5zM14 20v-5h5M8 8h8M8 12h5',
  arrow: 'M5 19L19 5M10 5h9v9',
  pin: 'M12 21V11M8 4h8l-1 6 2 2H7l2-2z',
  text: 'M5 6V4h14v2M12 4v16M9 20h6',
  measure: 'M3 15L15 3l6 6L9 21zM7 11l2 2M10 8l2 2M13 5l2 2',
  area: 'M4 4h16v16H4zM4 12l8-8M4 20L20 4M12 20l8-8',
  near: 'M12 5v14M5 12h14',
  far: 'M5 12h14',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  panel: 'M4 5h16v14H4zM14 5v14',
  history: 'M4 12a8 8 0 1 0 3-6.2M4 4v4h4M12 8v4.5l3 2',
} as const;

export type SignName = keyof typeof PATHS;

export function Sign({ name }: { name: SignName }): ReactNode {
  return (
    <svg className="fb-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
