// A shared checklist: the smallest app that has everything. The device in `book`, two screens, and the rest is shared.

import { open } from '@fieldbook/client';
import { keep, shell, update, worker } from '@fieldbook/shell';
import { FieldbookApp, type Screen } from '@fieldbook/ui';
import '@fieldbook/ui/style.css';
import { createRoot } from 'react-dom/client';
import './checklist.css';
import { List } from './List.js';
import { Lists } from './Lists.js';
import type { ChecklistSchema } from './schema.js';
import { words } from './words.js';

const book = open<ChecklistSchema>({ app: 'checklist', worker, module: shell.engine, vocabulary: 'site' });

const screens: Screen[] = [
  { path: '/', nav: { words: 'nav.lists', icon: 'list' }, show: () => <Lists /> },
  { path: '/list/:id', show: ({ id }) => <List id={id ?? ''} /> },
];

const root = document.getElementById('app');
if (root) {
  createRoot(root).render(<FieldbookApp book={book} name="Checklist" base={shell.base} screens={screens} words={words} update={update} version={shell.version} />);
}
void keep();
