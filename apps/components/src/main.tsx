// Every shared screen in every state, one page for each state: `/components/?is=STATE`. Nothing is saved and nobody is asked: the states are
// written down in `states.ts`.

import { FieldbookApp, type Screen } from '@fieldbook/ui';
import '@fieldbook/ui/style.css';
import { shell } from '@fieldbook/shell';
import { createRoot } from 'react-dom/client';
import { canned } from './canned.js';
import { STATES } from './states.js';

const is = new URLSearchParams(location.search).get('is') ?? '';
const state = STATES[is];

function List() {
  return (
    <section className="fb-screen">
      <h1>Components</h1>
      <ul>
        {Object.entries(STATES).map(([name, { at = '' }]) => (
          <li key={name}>
            <a href={`${shell.base}/${at}?is=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

const screens: Screen[] = [{ path: '/', nav: { words: 'Components', icon: 'list' }, show: () => <List /> }];
const words = { en: { Components: 'Components' }, de: { Components: 'Bauteile' } };
const root = document.getElementById('app');
if (root) createRoot(root).render(<FieldbookApp book={canned(state ?? {})} name="Components" base={shell.base} screens={screens} words={words} />);
