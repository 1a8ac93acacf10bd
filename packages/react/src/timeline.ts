// What happened last, by whomever, as the server tells it: the newest first, and what is older when somebody wants it.

import type { Failure, RecordName, Timeline } from '@fieldbook/client';
import { useEffect, useRef, useState } from 'react';
import { useFieldbook } from './context.js';
import { useStatus } from './device.js';

export interface HappenedLast {
  /** Nothing while it is asked for the first time. */
  entries: Timeline['entries'] | undefined;
  /** Brings what is older; nothing where there is no more. */
  older: (() => void) | undefined;
  /** Why the server did not answer. What was told before stays. */
  error: Failure | undefined;
}

type Asking = (way: 'newer' | 'older') => void;

/** Asks, and asks for what is new with every sync. Of a part of the workspace, or of all of it. */
export function useTimeline(part?: RecordName): HappenedLast {
  const book = useFieldbook();
  const status = useStatus();
  const [told, setTold] = useState<Timeline>();
  const [error, setError] = useState<Failure>();
  const { type, id } = part ?? {};
  const asking = useRef<Asking>(() => undefined);
  useEffect(() => {
    const of = type !== undefined && id !== undefined ? { part: { type, id } } : {};
    let has: Timeline | undefined;
    let isOver = false;
    const ask = async (way: 'newer' | 'older') => {
      const stretch = way === 'older' ? { before: has?.next ?? 0 } : { after: has?.entries[0]?.version ?? 0 };
      const came = isOver ? undefined : await book.timeline({ ...of, ...stretch });
      if (isOver || !came) return;
      setError(came.ok ? undefined : came.error);
      if (!came.ok) return;
      has = joined(has, came.value, way);
      setTold(has);
    };
    // One after the other: each goes on where the one before it ended.
    let last: Promise<void> = Promise.resolve();
    asking.current = (way) => {
      last = last.then(() => ask(way));
    };
    setTold(undefined);
    return () => {
      isOver = true;
    };
  }, [book, type, id]);
  useEffect(() => asking.current('newer'), [book, type, id, status?.connection.is, status?.last_success]);
  return { entries: told?.entries, older: told?.next === undefined ? undefined : () => asking.current('older'), error };
}

function joined(has: Timeline | undefined, came: Timeline, way: 'newer' | 'older'): Timeline {
  // Where more is new than one answer holds, what was told before begins anew behind that.
  if (!has || (way === 'newer' && came.next !== undefined)) return came;
  if (way === 'older') return { ...came, entries: [...has.entries, ...came.entries] };
  return { ...has, entries: [...came.entries, ...has.entries] };
}
