// What others did while nobody looked here: one digest for each sync, opened by person and kind.

import type { Identity } from '@fieldbook/client';
import { type ReactNode, useMemo } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { Link } from 'wouter';
import { useNames } from '../names/index.js';
import { Empty } from '../parts/Empty.js';
import { grouped } from '../parts/grouped.js';
import { useNow, useWords } from '../words/index.js';
import type { Digest, Told } from './kept.js';
import { type Known, useCounted, useDeleted, useKnown, useWho } from './known.js';
import { useNews } from './NewsProvider.js';

export function News({ identity }: { identity: Identity }): ReactNode {
  const { say } = useWords();
  const { digests, mark } = useNews();
  return (
    <section className="fb-screen">
      <header className="fb-screen-head">
        <div>
          <h1>{say('news.title')}</h1>
          <p className="fb-quiet">{say('news.about')}</p>
        </div>
        {digests.some(({ isRead }) => !isRead) && (
          <Button className="fb-button" onPress={() => mark('all', true)}>
            {say('news.readAll')}
          </Button>
        )}
      </header>
      {digests.length === 0 && <Empty>{say('news.none')}</Empty>}
      <ul className="fb-list">
        {digests.map((digest) => (
          <Entry key={digest.at} digest={digest} me={identity.user_id} />
        ))}
      </ul>
    </section>
  );
}

function Entry({ digest, me }: { digest: Digest; me: string }): ReactNode {
  const { say, time, ago } = useWords();
  const now = useNow();
  const { mark } = useNews();
  const line = useDigestLine(digest, me);
  const at = new Date(digest.at);
  return (
    <li className="fb-entry" data-unread={!digest.isRead || undefined}>
      <Disclosure onExpandedChange={(isOpen) => isOpen && mark(digest.at, true)}>
        <Heading>
          <Button slot="trigger" className="fb-entry-head">
            <span className="fb-entry-what">{line ?? ' '}</span>
            {!digest.isRead && <span className="fb-chip" data-state="in-flight">{say('news.unread')}</span>}
            <time dateTime={at.toISOString()} title={time(at)}>
              {ago(at, now)}
            </time>
          </Button>
        </Heading>
        <DisclosurePanel>
          {digest.told.map((told) => (
            <Person key={told.by ?? ''} digest={digest} told={told} me={me} />
          ))}
          {digest.more > 0 && <p>{say('news.more', { count: digest.more })}</p>}
          <div className="fb-row">
            {digest.conflicts > 0 && (
              <Link className="fb-button" href="/conflicts">
                {say('conflicts.review')}
              </Link>
            )}
            <Button className="fb-button" onPress={() => mark(digest.at, !digest.isRead)}>
              {say(digest.isRead ? 'news.markUnread' : 'news.markRead')}
            </Button>
          </div>
        </DisclosurePanel>
      </Disclosure>
    </li>
  );
}

function Person({ digest, told, me }: { digest: Digest; told: Told; me: string }): ReactNode {
  const { say } = useWords();
  const names = useNames();
  const known = useKnown(told.ids);
  const missing = useMemo(() => {
    const here = new Set(known?.map(({ id }) => id));
    return known ? told.ids.filter((id) => !here.has(id)) : [];
  }, [known, told]);
  const deleted = useDeleted(digest, missing);
  const who = useWho(told, known?.[0], me);
  const kinds = grouped(known ?? [], ({ type }) => type);
  const gone = missing.length - deleted.length;
  return (
    <section className="fb-news-person">
      <h3>{who}</h3>
      {[...kinds].map(([type, records]) => (
        <Kind key={type} name={names.type(type)} records={records} />
      ))}
      {deleted.length > 0 && (
        <section>
          <h4>{say('news.deleted', { count: deleted.length })}</h4>
          <ul className="fb-plain-list" aria-label={say('news.deleted', { count: deleted.length })}>
            {deleted.map(({ type, id, label }) => (
              <li key={id}>
                <Link href={`/history/${type}/${id}`}>{names.label(type) === undefined ? names.type(type) : label}</Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {gone > 0 && <p className="fb-quiet">{say('news.gone', { count: gone })}</p>}
    </section>
  );
}

function Kind({ name, records }: { name: string; records: Known[] }): ReactNode {
  const counted = useCounted(records);
  return (
    <section>
      <h4>{counted}</h4>
      <ul className="fb-plain-list" aria-label={name}>
        {records.map(({ type, id, label }) => (
          <li key={id}>
            <Link href={`/history/${type}/${id}`}>{label}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A digest in a line: "Ben changed 14 assets, 2 conflicts need you". Nothing while its names are looked up. */
export function useDigestLine(digest: Digest, me: string): string | undefined {
  const { say } = useWords();
  const [first = NOBODY, ...others] = digest.told;
  const known = useKnown(first.ids);
  const who = useWho(first, known?.[0], me);
  const alone = others.length === 0;
  const what = useCounted(known, known ? first.ids.length - known.length : 0, alone ? digest.more : 0);
  const rest = useMemo(() => others.reduce((sum, { ids }) => sum + ids.length, 0) + digest.more, [digest]);
  if (!known) return undefined;
  return say('news.line', { who, what, rest: alone ? 0 : rest, conflicts: digest.conflicts });
}

const NOBODY: Told = { by: null, ids: [] };
