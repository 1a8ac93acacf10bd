// What is kept of the news in this browser: where they end, and the digests with what was read of them. Ids and numbers alone: what they
// mean lies in the device's own database, which is encrypted.

/** What one person did, as far as that is known. */
export interface Told {
  /** The person's id; nothing where nobody could be asked. */
  by: string | null;
  /** The records, the last change first. */
  ids: string[];
}

/** What came with one sync, told once. */
export interface Digest {
  /** When it was gathered, in milliseconds. */
  at: number;
  /** Who changed most comes first. */
  told: Told[];
  /** Records beyond those. */
  more: number;
  /** The versions behind which, and up to which, it tells; nothing in one that an earlier version of the app kept. */
  since?: number;
  upTo?: number;
  /** How many conflicts waited for a decision then. */
  conflicts: number;
  isRead: boolean;
}

export interface News {
  /** The last version that was told, or seen as it came. */
  upTo: number;
  /** The newest first. */
  digests: Digest[];
}

const DIGESTS_MAX = 20;

function key(device: string): string {
  return `fieldbook.news.${device}`;
}

/** Nothing where a device has none yet: what is here then is no news. */
export function keptNews(device: string): News | undefined {
  const text = localStorage.getItem(key(device));
  return text === null ? undefined : (JSON.parse(text) as News);
}

export function keepNews(device: string, { upTo, digests }: News): void {
  localStorage.setItem(key(device), JSON.stringify({ upTo, digests: digests.slice(0, DIGESTS_MAX) }));
  for (const hear of hearers) hear();
}

const hearers = new Set<() => void>();

/** Calls when other news are kept, here or in another tab. */
export function hearNews(hear: () => void): () => void {
  hearers.add(hear);
  window.addEventListener('storage', hear);
  return () => {
    hearers.delete(hear);
    window.removeEventListener('storage', hear);
  };
}
