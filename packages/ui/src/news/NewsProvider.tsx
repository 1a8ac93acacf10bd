// Gathers the news once after each sync that follows an absence: no connection, a hidden tab, a closed app. What comes while somebody looks
// is seen on the screen as it comes, and is no news afterwards.

import type { Fieldbook, Identity, Status } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { useNames } from '../names/index.js';
import { gather, lastVersion } from './gather.js';
import { type Digest, hearNews, keepNews, keptNews } from './kept.js';

/** An absence ends when something was told, or when nothing came for so long behind it: news may still be on their way when the connection is there. */
const SETTLES_MS = 10_000;
/** What comes while somebody looks is noted no more often than this. */
const NOTED_MS = 5_000;

interface Reader {
  digests: Digest[];
  /** Marks one as read, or not; or all. */
  mark: (at: number | 'all', isRead: boolean) => void;
}

const Reading = createContext<Reader>({ digests: [], mark: () => undefined });

/** The digests of this device, the newest first. */
export function useNews(): Reader {
  return useContext(Reading);
}

export function NewsProvider({ identity, children }: { identity: Identity; children: ReactNode }): ReactNode {
  const book = useFieldbook();
  // As one text: words that change, and the names with them, begin no other watch.
  const types = useNames().types.join(' ');
  const device = identity.device_id;
  const [digests, setDigests] = useState<Digest[]>(() => keptNews(device)?.digests ?? []);
  useEffect(() => hearNews(() => setDigests(keptNews(device)?.digests ?? [])), [device]);
  useEffect(() => watch(book, device, types.split(' ')), [book, device, types]);
  const reader = useMemo(() => {
    const mark = (at: number | 'all', isRead: boolean) => {
      const kept = keptNews(device);
      if (!kept) return;
      keepNews(device, { ...kept, digests: kept.digests.map((one) => (at === 'all' || one.at === at ? { ...one, isRead } : one)) });
    };
    return { digests, mark };
  }, [device, digests]);
  return <Reading.Provider value={reader}>{children}</Reading.Provider>;
}

function watch(book: Fieldbook, device: string, types: string[]): () => void {
  let isAway = true;
  let since: number | undefined;
  let notedAt = -Infinity;
  let isBusy = false;
  let last: Status | undefined;
  const look = async () => {
    if (last?.connection.is !== 'connected' || document.visibilityState !== 'visible') {
      isAway = true;
      since = undefined;
      return;
    }
    since ??= performance.now();
    if (isBusy || (!isAway && performance.now() - notedAt < NOTED_MS)) return;
    isBusy = true;
    const level = await book.isLevel();
    // One tab of a browser tells it; the others see it told.
    if (level.ok && level.value) await navigator.locks.request(`fieldbook news ${device}`, () => tell(last?.conflicts ?? 0));
    isBusy = false;
  };
  const tell = async (conflicts: number) => {
    const kept = keptNews(device);
    notedAt = performance.now();
    if (!kept || !isAway) {
      const upTo = await lastVersion(book, types);
      if (typeof upTo === 'number') keepNews(device, { upTo, digests: kept?.digests ?? [] });
      if (!kept) isAway = false;
      return;
    }
    const found = await gather(book, types, kept.upTo);
    if (!found.ok) return;
    const { upTo, told, more } = found.value;
    if (told.length > 0) {
      keepNews(device, { upTo, digests: [{ at: Date.now(), told, more, since: kept.upTo, upTo, conflicts, isRead: false }, ...kept.digests] });
      isAway = false;
    } else {
      if (upTo > kept.upTo) keepNews(device, { ...kept, upTo });
      isAway = performance.now() - (since ?? 0) < SETTLES_MS;
    }
  };
  const end = book.status((status) => {
    last = status;
    void look();
  });
  const seen = () => void look();
  document.addEventListener('visibilitychange', seen);
  return () => {
    end();
    document.removeEventListener('visibilitychange', seen);
  };
}
