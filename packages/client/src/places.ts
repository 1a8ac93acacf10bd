// The places of an app's data in this browser: one for each workspace, with a database, keys and a device of its own. Which of them a page
// opens, and what each was when it was last open.

import type { Standing } from './messages.js';
import type { Status } from './types.js';

/** A place of data: that of a workspace, or one where nobody has signed in yet. */
export interface Place {
  /** What the data are called in this browser. */
  name: string;
  workspace: string | null;
  user: string | null;
  /** The actions that were not sent when it was last open here. */
  unsent: number;
  /** Whether this page has it. */
  here: boolean;
}

interface Kept {
  /** What the next page opens. */
  next: string;
  /** As they were made. */
  all: Omit<Place, 'here'>[];
}

export class Places {
  /** What this page opens. */
  readonly here: string;

  /** `app` is the first of them, and in whose name the others are kept. */
  constructor(private readonly app: string) {
    this.here = this.read().next;
  }

  /** The workspaces that are in this browser, and where this page is. */
  list(): Place[] {
    const all = this.read().all.filter(({ name, workspace }) => workspace !== null || name === this.here);
    return all.map((place) => ({ ...place, here: place.name === this.here }));
  }

  /** Has the next page open another one; without a name one where nobody has signed in yet. What was not sent in this one stays in it. */
  choose(name?: string): void {
    const { all } = this.read();
    const to = all.find((place) => (name === undefined ? place.workspace === null : place.name === name));
    if (to) {
      this.write({ next: to.name, all });
      return;
    }
    const fresh = { name: this.fresh(all), workspace: null, user: null, unsent: 0 };
    this.write({ next: fresh.name, all: [...all, fresh] });
  }

  /** Notes how the device of this page stands. */
  stands(standing: Standing): void {
    if (standing.is === 'open') this.note({ workspace: standing.identity.workspace, user: standing.identity.user });
    if (standing.is === 'new' || standing.is === 'wiped') this.note({ workspace: null, user: null, unsent: 0 });
  }

  /** Notes what it has to send. */
  status({ pending, workspace }: Status): void {
    this.note({ unsent: pending, workspace });
  }

  private note(more: Partial<Place>): void {
    const { next, all } = this.read();
    const noted = all.map((place) => (place.name === this.here ? { ...place, ...more } : place));
    if (JSON.stringify(noted) !== JSON.stringify(all)) this.write({ next, all: noted });
  }

  private fresh(all: Kept['all']): string {
    const names = new Set(all.map(({ name }) => name));
    let count = 2;
    while (names.has(`${this.app}-${count}`)) count++;
    return `${this.app}-${count}`;
  }

  private read(): Kept {
    const text = localStorage.getItem(this.key());
    return text === null ? { next: this.app, all: [{ name: this.app, workspace: null, user: null, unsent: 0 }] } : (JSON.parse(text) as Kept);
  }

  private write(kept: Kept): void {
    localStorage.setItem(this.key(), JSON.stringify(kept));
  }

  private key(): string {
    return `fieldbook.places.${this.app}`;
  }
}
