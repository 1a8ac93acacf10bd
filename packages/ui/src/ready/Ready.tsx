// Before leaving for where there is no network: what is here, what is missing, what stands in the way.

import type { Failure, Part, Storage } from '@fieldbook/client';
import { useAsked, useFieldbook, useStatus } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { Failed } from '../parts/Failed.js';
import { Icon, type IconName } from '../parts/icons.js';
import { useWords } from '../words/index.js';
import { useBattery } from './battery.js';
import { type Check, checks } from './checks.js';

const SIGNS: { [is in Check['is']]: IconName } = { good: 'check', going: 'spinner', note: 'warning', bad: 'error' };

export function Ready(): ReactNode {
  const words = useWords();
  const { say } = words;
  const book = useFieldbook();
  const status = useStatus();
  const parts = useAsked((book) => book.parts());
  const blobs = useAsked((book) => book.blobs());
  const storage = useAsked((book) => book.storage());
  const battery = useBattery();
  const [error, setError] = useState<Failure>();
  if (!status || !parts.value || !blobs.value) return <Failed error={parts.error ?? blobs.error} />;
  const looked = checks({ status, parts: parts.value, blobs: blobs.value, storage: storage.value, battery }, words);
  const isIn = (is: Check['is']) => looked.some((check) => check.is === is);
  const verdict = isIn('bad') ? 'bad' : isIn('going') ? 'going' : 'good';
  const offered = parts.value.filter(({ state }) => state === 'offered');
  return (
    <section className="fb-screen">
      <header className="fb-screen-head">
        <div>
          <h1>{say('ready.title')}</h1>
          <p className="fb-quiet">{say('ready.about')}</p>
        </div>
        <Button className="fb-button" onPress={() => void book.syncNow().then((done) => setError(done.ok ? undefined : done.error))}>
          {say('status.syncNow')}
        </Button>
      </header>
      <p className="fb-verdict" role="status" data-is={verdict}>
        <Icon name={SIGNS[verdict]} />
        {say(verdict === 'going' && status.connection.is !== 'connected' ? 'ready.is.waits' : `ready.is.${verdict}`)}
      </p>
      <Failed error={error ?? storage.error} />
      <ul className="fb-card fb-checks">
        {looked.map(({ id, is, text, see }) => (
          <li key={id} data-is={is}>
            <Icon name={SIGNS[is]} />
            <span>{text}</span>
            {see && <Link href={see}>{say('status.see')}</Link>}
          </li>
        ))}
      </ul>
      {offered.length > 0 && <Offered offered={offered} storage={storage.value} failed={setError} again={parts.again} />}
    </section>
  );
}

interface OfferedProps {
  offered: Part[];
  storage: Storage | undefined;
  failed: (error: Failure | undefined) => void;
  again: () => void;
}

/** What could be here and is not. */
function Offered({ offered, storage, failed, again }: OfferedProps): ReactNode {
  const { say, size } = useWords();
  const book = useFieldbook();
  const room = storage?.room ?? null;
  const fits = ({ bytes }: Part) => bytes === null || room === null || bytes <= room;
  const load = async (part: Part) => {
    const done = await book.load(part.type, part.id, part.beneath);
    failed(done.ok ? undefined : done.error);
    again();
  };
  return (
    <div className="fb-card">
      <h2>{say('ready.offered', { count: offered.length })}</h2>
      <ul className="fb-plain-list">
        {offered.map((part) => (
          <li key={part.scope}>
            <span>
              <strong>{part.path}</strong>
              <span className="fb-quiet">
                {' '}
                {part.bytes === null ? say('ready.sizeUnknown') : size(part.bytes)}
                {!fits(part) && ` · ${say('parts.tooMuch', { size: size(part.bytes ?? 0), room: size(room ?? 0) })}`}
              </span>
            </span>
            <Button className="fb-button" aria-label={say('ready.load', { what: part.path })} isDisabled={!fits(part)} onPress={() => void load(part)}>
              {say('parts.load')}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
