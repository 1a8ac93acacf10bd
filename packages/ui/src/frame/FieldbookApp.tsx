// A whole app: the device, the words, the frame, and the app's own screens within.

import type { AnySchema, Fieldbook, Untyped } from '@fieldbook/client';
import { FieldbookProvider, useFieldbook, useStanding } from '@fieldbook/react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button, I18nProvider } from 'react-aria-components';
import { Router } from 'wouter';
import { applyTheme } from '../device/theme.js';
import { NamesProvider, type Shows } from '../names/index.js';
import { type Whereabouts, WhereaboutsProvider } from '../names/place.js';
import type { Update } from '../notices/Notices.js';
import { NewsProvider } from '../news/NewsProvider.js';
import { SaidProvider } from '../notices/Said.js';
import { Failed } from '../parts/Failed.js';
import { Enter } from '../sign-in/Enter.js';
import { Unlock } from '../sign-in/Unlock.js';
import { type AppWords, useLanguage, useWords, WordsProvider } from '../words/index.js';
import { Frame, type Screen } from './Frame.js';

export interface AppProps<S extends AnySchema = Untyped> {
  book: Fieldbook<S>;
  /** What people call the app. */
  name: string;
  /** Where its pages lie, without the last slash: `/checklist`. */
  base: string;
  screens: Screen[];
  words?: AppWords;
  /** As the app's shell has them. */
  update?: Update;
  version?: string;
  /** Where a record lies, in the words of the app: what the notice of a conflict names. */
  whereabouts?: Whereabouts;
  /** What a value says to people, where its kind does not tell. */
  shows?: Shows;
}

applyTheme();

export function FieldbookApp<S extends AnySchema>({ book, name, base, screens, words, update, version, whereabouts, shows }: AppProps<S>): ReactNode {
  return (
    <WordsProvider words={words}>
      <Spoken>
        <FieldbookProvider book={book}>
          <Router base={base}>
            <SaidProvider>
              <WhereaboutsProvider whereabouts={whereabouts}>
                <Standing title={<span className="fb-app">{name}</span>} screens={screens} update={update} version={version} shows={shows} />
              </WhereaboutsProvider>
            </SaidProvider>
          </Router>
        </FieldbookProvider>
      </Spoken>
    </WordsProvider>
  );
}

function Spoken({ children }: { children: ReactNode }): ReactNode {
  const { language } = useLanguage();
  return <I18nProvider locale={language}>{children}</I18nProvider>;
}

interface StandingProps {
  title: ReactNode;
  screens: Screen[];
  update: Update | undefined;
  version: string | undefined;
  shows: Shows | undefined;
}

function Standing({ title, shows, ...rest }: StandingProps): ReactNode {
  const { say } = useWords();
  const standing = useStanding();
  switch (standing.is) {
    case 'opening':
      return <Opening />;
    case 'new':
      return <Enter title={title} />;
    case 'wiped':
      return <Enter title={title} before={<Wiped words={standing.words} />} />;
    case 'locked':
      return <Unlock title={title} locked={standing} />;
    case 'open':
      return (
        <NamesProvider identity={standing.identity} shows={shows}>
          <NewsProvider identity={standing.identity}>
            <Frame title={title} identity={standing.identity} {...rest} />
          </NewsProvider>
        </NamesProvider>
      );
    case 'closed':
      // Its lease is over: whoever it belongs to opens it again by signing in.
      if (standing.error.code === 'locked') return <Enter title={title} before={<LeaseOver />} />;
      return (
        <main className="fb-sign-in" id="content">
          <div className="fb-card">
            {title}
            <h1>{say('closed.title')}</h1>
            <p>{say('closed.kept')}</p>
            <Failed error={standing.error} />
            <p className="fb-quiet">{say('closed.private')}</p>
            <Button className="fb-button fb-primary" onPress={() => location.reload()}>
              {say('closed.reload')}
            </Button>
          </div>
        </main>
      );
  }
}

function LeaseOver(): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const unsent = book.places().find(({ here }) => here)?.unsent ?? 0;
  return (
    <div className="fb-failed" role="alert">
      <h2>{say('leaseOver.title')}</h2>
      <p>{say('leaseOver.about', { unsent })}</p>
    </div>
  );
}

function Wiped({ words }: { words: string }): ReactNode {
  const { say } = useWords();
  return (
    <div className="fb-failed" role="alert">
      <h2>{say('wiped.title')}</h2>
      <p>{words}</p>
      <p>{say('wiped.again')}</p>
    </div>
  );
}

/** Opening takes a moment that nobody sees; when it takes longer, it says why. */
const LONG_MS = 3_000;

function Opening(): ReactNode {
  const { say } = useWords();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="fb-opening" id="content">
      <p role="status">{say('app.opening')}</p>
      {isLong && <p className="fb-quiet">{say('app.openingLong')}</p>}
    </main>
  );
}
