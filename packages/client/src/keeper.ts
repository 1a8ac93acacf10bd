// Where a device's keys are kept: in IndexedDB, each write on the disk before it returns. What is in it opens the data, so that they are
// as safe as this browser's profile; with a passphrase it takes that to open it (`docs/guide/keys.md`).

export interface Kept {
  keys: string;
  secret: string;
  /** Of a device that has a passphrase, in place of those two: both, under it. */
  guarded: string;
  server: string;
  workspace: string;
  user: string;
  /** The last number of this device's series: a database that is put back to an earlier state must not give one out again. */
  numbers: number;
  /** Whether it keeps away from the network, since somebody asked for that. */
  offline: boolean;
  /** Of a device that is being wiped, in place of all else: what was written down of it, until the server has heard it. */
  wipe: string;
  /** Of one that was wiped: what a person is told. */
  wiped: string;
}

const STORE = 'keys';

function opened(app: string): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(`fieldbook ${app}`, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function within<T>(app: string, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await opened(app);
  try {
    return await new Promise<T>((done, failed) => {
      const transaction = db.transaction(STORE, mode, { durability: 'strict' });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = () => failed(transaction.error);
      transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    db.close();
  }
}

/** What is kept of a device; of one whose sign-in was cut off the secret alone. */
export async function kept(app: string): Promise<Partial<Kept>> {
  return (await within<Partial<Kept> | undefined>(app, 'readonly', (store) => store.get('device'))) ?? {};
}

/** Keeps it, in place of what was kept. */
export async function keep(app: string, device: Partial<Kept>): Promise<void> {
  await within(app, 'readwrite', (store) => store.put(device, 'device'));
}

/** Keeps some more of it, beside what is kept. */
export async function keepAlso(app: string, more: Partial<Kept>): Promise<void> {
  await keepChanged(app, (device) => ({ ...device, ...more }));
}

/** Keeps what comes of what is kept, in one write with the look at it: nothing that is written beside it is lost, or comes back. */
export async function keepChanged(app: string, change: (device: Partial<Kept>) => Partial<Kept>): Promise<void> {
  let why: unknown;
  const writing = within(app, 'readwrite', (store) => {
    const found = store.get('device') as IDBRequest<Partial<Kept> | undefined>;
    found.onsuccess = () => {
      try {
        store.put(change(found.result ?? {}), 'device');
      } catch (thrown) {
        why = thrown;
        store.transaction.abort();
      }
    };
    return found;
  });
  // A transaction that is ended from here has no reason of its own.
  await writing.catch((error: unknown) => {
    throw why ?? error;
  });
}
