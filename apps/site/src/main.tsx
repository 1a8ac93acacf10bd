// Site: buildings, their floor plans, and what stands there.

import { open } from '@fieldbook/client';
import { keep, shell, update, worker } from '@fieldbook/shell';
import { FieldbookApp, type Screen } from '@fieldbook/ui';
import '@fieldbook/ui/style.css';
import { createRoot } from 'react-dom/client';
import { FloorHistory } from './floor/FloorHistory.js';
import { FloorScreen } from './floor/FloorScreen.js';
import { shows } from './parts/shows.js';
import { Catalogue } from './places/Catalogue.js';
import { Estate } from './places/Estate.js';
import { Estates } from './places/Estates.js';
import { whereabouts } from './places/places.js';
import './site.css';
import { words } from './words/index.js';

const book = open({ app: 'site', worker, module: shell.engine, vocabulary: 'site' });

const screens: Screen[] = [
  { path: '/', nav: { words: 'nav.estates', icon: 'list' }, show: () => <Estates /> },
  { path: '/estate/:id', show: ({ id }) => <Estate id={id} /> },
  { path: '/catalogue/:id', show: ({ id }) => <Catalogue estate={id} /> },
  { path: '/floor/:id', show: ({ id }) => <FloorScreen id={id} /> },
  { path: '/floor/:id/history', show: ({ id }) => <FloorHistory id={id} /> },
];

const root = document.getElementById('app');
if (root) {
  createRoot(root).render(
    <FieldbookApp book={book} name="Site" base={shell.base} screens={screens} words={words} update={update} version={shell.version} whereabouts={whereabouts} shows={shows} />,
  );
}
void keep();
