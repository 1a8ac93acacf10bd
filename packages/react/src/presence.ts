// Who else looks at a record, for as long as it is on the screen.

import type { Fieldbook, Onlooker } from '@fieldbook/client';
import { useEffect, useState } from 'react';
import { useFieldbook } from './context.js';

/** The server takes a person for gone who has not said so for 30 seconds: one beat may be lost. */
const BEAT_MS = 12_000;

/** Who else looks at a record, or did. */
export interface Presence {
  /** As it was told last; without a network that stays. Nothing until it was told once. */
  people: Onlooker[] | undefined;
  /** When that was, in milliseconds since 1970. */
  at: number | undefined;
}

const NOBODY: Presence = { people: undefined, at: undefined };
/** What was told last, for whoever comes back to a record without a network. */
const kept = new WeakMap<Fieldbook, Map<string, Presence>>();

/** Tells that the person looks at a record while the page is seen, and who else does. Without an id nothing is told. */
export function usePresence(type: string, id: string | undefined): Presence {
  const book = useFieldbook();
  const [heard, setHeard] = useState<{ of: string; presence: Presence }>();
  const of = `${type}/${id}`;
  useEffect(() => {
    if (id === undefined) return undefined;
    const looking = new Looking(book, { type, id }, (people) => {
      const presence = { people, at: Date.now() };
      remember(book, of, presence);
      setHeard({ of, presence });
    });
    return () => looking.end();
  }, [book, type, id, of]);
  return heard?.of === of ? heard.presence : (kept.get(book)?.get(of) ?? NOBODY);
}

function remember(book: Fieldbook, of: string, presence: Presence): void {
  const all = kept.get(book) ?? new Map<string, Presence>();
  kept.set(book, all.set(of, presence));
}

/** One person's look at one record. */
class Looking {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What is still to be said. */
  private wanted: boolean | undefined;
  private isSaying = false;
  private isOver = false;
  private wasConnected = true;
  private readonly endStatus: () => void;

  constructor(
    private readonly book: Fieldbook,
    private readonly record: { type: string; id: string },
    private readonly hear: (people: Onlooker[]) => void,
  ) {
    document.addEventListener('visibilitychange', this.turn);
    window.addEventListener('pagehide', this.leave);
    // Whoever is back in a network is there at once.
    this.endStatus = book.status(({ connection }) => {
      const isConnected = connection.is === 'connected';
      if (isConnected && !this.wasConnected) this.turn();
      this.wasConnected = isConnected;
    });
    this.turn();
  }

  end(): void {
    this.isOver = true;
    document.removeEventListener('visibilitychange', this.turn);
    window.removeEventListener('pagehide', this.leave);
    this.endStatus();
    if (document.visibilityState !== 'hidden') this.leave();
  }

  private readonly turn = (): void => {
    if (document.visibilityState === 'hidden') this.leave();
    else this.beat();
  };

  private readonly beat = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.beat, BEAT_MS);
    this.say(true);
  };

  private readonly leave = (): void => {
    clearTimeout(this.timer);
    this.say(false);
  };

  /** Says it once what was said before is answered: no word overtakes another, and of those that wait the last counts. */
  private say(looking: boolean): void {
    this.wanted = looking;
    if (!this.isSaying) void this.go();
  }

  private async go(): Promise<void> {
    this.isSaying = true;
    while (this.wanted !== undefined) {
      const looking = this.wanted;
      this.wanted = undefined;
      const told = await this.book.seen(this.record, looking);
      if (told.ok && !this.isOver) this.hear(told.value);
    }
    this.isSaying = false;
  }
}
