// What the browser keeps of us, and what it has promised.

import { useCallback, useEffect, useState } from 'react';

export interface Storage {
  /** Bytes. */
  used: number;
  quota: number;
  persisted: boolean;
}

/** What is known of the storage, and how to ask for a promise. */
export function useStorage(): { storage: Storage | undefined; persist: () => Promise<boolean> } {
  const [storage, setStorage] = useState<Storage>();
  const look = useCallback(async () => {
    const [{ usage = 0, quota = 0 }, persisted] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]);
    setStorage({ used: usage, quota, persisted });
  }, []);
  useEffect(() => void look(), [look]);
  const persist = useCallback(async () => {
    const promised = await navigator.storage.persist();
    await look();
    return promised;
  }, [look]);
  return { storage, persist };
}
