// The few signs that the shared screens show. They stand beside words, so that nobody has to read them.

import type { ReactNode } from 'react';

const PATHS = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  spinner: 'M12 4a8 8 0 1 1-8 8',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.2v.3',
  error: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8v5M12 16v.3',
  dot: '',
  airplane: 'M3 13l18-6-5 13-4-6zM12 14l4-4',
  undo: 'M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6',
  redo: 'M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.1M4 12h.1M4 18h.1',
  split: 'M12 20v-7M12 13L6 5M12 13l6-8M6 5v4M6 5h4M18 5v4M18 5h-4',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-4 2.5-6 6-6s6 2 6 6M15.5 4.3a3.5 3.5 0 0 1 0 6.4M17 14.4c2.5.7 4 2.6 4 5.6',
  device: 'M7 3.5h10v17H7zM11 17.5h2',
  history: 'M4 12a8 8 0 1 0 3-6.2M4 4v4h4M12 8v4.5l3 2',
  news: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4',
  plus: 'M12 5v14M5 12h14',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M14 6l-6 6 6 6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, spins }: { name: IconName; spins?: boolean }): ReactNode {
  return (
    <svg className={spins || name === 'spinner' ? 'fb-icon fb-spins' : 'fb-icon'} viewBox="0 0 24 24" aria-hidden="true">
      {name === 'dot' ? <circle cx="12" cy="12" r="6" fill="currentColor" /> : <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />}
    </svg>
  );
}
