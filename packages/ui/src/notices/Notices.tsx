// Bars above the screen: no connection, a new conflict, what came with a sync, a new version. Each can be closed, and comes back when it is so anew.

import { useConflicts, useFieldbook, useStatus } from '@fieldbook/react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLocation } from 'wouter';
import type { Digest } from '../news/kept.js';
import { useDigestLine } from '../news/News.js';
import { useNews } from '../news/NewsProvider.js';
import { usePlace } from '../names/place.js';
import { Icon } from '../parts/icons.js';
import { useWords } from '../words/index.js';

/** A new version of the app that waits, as the app's shell tells it. */
export interface Update {
  /** Calls when a version waits; what it returns ends that. */
  heard: (hear: (isReady: boolean) => void) => () => void;
  /** Starts it, in all tabs. */
  start: () => void;
}

export function Notices({ update, me }: { update: Update | undefined; me: string }): ReactNode {
  return (
    <div className="fb-notices">
      <Offline />
      <NewConflict />
      <NewDigest me={me} />
      {update && <NewVersion update={update} />}
    </div>
  );
}

/** A connection that is gone has been gone for this long before it is told: one that comes and goes is no news. */
const GONE_MS = 2_000;

function Offline(): ReactNode {
  const { say } = useWords();
  const status = useStatus();
  const book = useFieldbook();
  const isChosen = status?.works_offline === true;
  const is = status?.connection.is;
  const isGone = is === 'no-network' || is === 'unreachable';
  const [told, setTold] = useState(false);
  const [isClosed, setClosed] = useState(false);
  useEffect(() => setClosed(false), [isChosen]);
  useEffect(() => {
    if (!isGone) {
      setTold(false);
      return undefined;
    }
    const timer = setTimeout(() => setTold(true), GONE_MS);
    return () => clearTimeout(timer);
  }, [isGone]);
  if (isChosen && !isClosed) {
    return (
      <Bar colour="grey" text={say('offline.notice')} close={() => setClosed(true)}>
        <Button className="fb-link" onPress={() => void book.workOffline(false)}>
          {say('offline.end')}
        </Button>
      </Bar>
    );
  }
  if (!told || !isGone || isChosen) return null;
  const words = status?.cause?.is === 'blocked' ? 'notice.blocked' : 'notice.offline';
  return <Bar colour="grey" text={say(words)} close={() => setTold(false)} />;
}

function NewConflict(): ReactNode {
  const { say } = useWords();
  const [place, go] = useLocation();
  const conflicts = useConflicts().value ?? [];
  const [seen, setSeen] = useState<Set<string>>(new Set());
  const fresh = conflicts.find(({ id }) => !seen.has(id));
  const close = () => setSeen(new Set(conflicts.map(({ id }) => id)));
  const [unit] = fresh?.units ?? [];
  const where = usePlace(unit?.type, unit?.id);
  const isHere = place.startsWith('/conflicts');
  useEffect(() => {
    if (isHere && fresh) close();
  });
  if (!fresh || isHere || where === 'asking') return null;
  return (
    <Bar colour="red" text={say('conflicts.notice', { label: where ?? fresh.label })} close={close}>
      <Button className="fb-link" onPress={() => { close(); go(`/conflicts/${fresh.id}`); }}>
        {say('conflicts.review')}
      </Button>
    </Bar>
  );
}

/** One bar for all that came with a sync. */
function NewDigest({ me }: { me: string }): ReactNode {
  const { digests } = useNews();
  const [place] = useLocation();
  const [latest] = digests;
  const [closed, setClosed] = useState<number>();
  if (!latest || latest.isRead || latest.at === closed || place.startsWith('/news')) return null;
  return <DigestBar key={latest.at} digest={latest} me={me} close={() => setClosed(latest.at)} />;
}

function DigestBar({ digest, me, close }: { digest: Digest; me: string; close: () => void }): ReactNode {
  const { say } = useWords();
  const [, go] = useLocation();
  const line = useDigestLine(digest, me);
  if (line === undefined) return null;
  return (
    <Bar colour="blue" text={line} close={close}>
      <Button className="fb-link" onPress={() => go('/news')}>
        {say('news.open')}
      </Button>
    </Bar>
  );
}

function NewVersion({ update }: { update: Update }): ReactNode {
  const { say } = useWords();
  const [isReady, setReady] = useState(false);
  useEffect(() => update.heard(setReady), [update]);
  if (!isReady) return null;
  return (
    <Bar colour="blue" text={say('update.ready')} close={() => setReady(false)}>
      <Button className="fb-link" onPress={update.start}>
        {say('update.reload')}
      </Button>
    </Bar>
  );
}

function Bar({ colour, text, close, children }: { colour: string; text: string; close: () => void; children?: ReactNode }): ReactNode {
  const { say } = useWords();
  return (
    <div className="fb-notice" role="status" data-colour={colour}>
      <span>{text}</span>
      {children}
      <Button className="fb-plain" aria-label={say('notice.close')} onPress={close}>
        <Icon name="close" />
      </Button>
    </div>
  );
}
