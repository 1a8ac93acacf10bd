// What an app's page has of its shell: where the device's worker and engine lie, and how a new version starts. The build fills the values in.

declare const FIELDBOOK_SHELL: { worker: string; engine: string; base: string; version: string; files: { [name: string]: string } };

/** Where things lie, and which version this is. */
export const shell = FIELDBOOK_SHELL;

/** The device's worker. */
export function worker(): Worker {
  return new Worker(shell.worker, { type: 'module' });
}

/** A new version waits: it was fetched whole, and starts when somebody wants it, or when all tabs are closed. */
export const update = {
  heard(hear: (isReady: boolean) => void): () => void {
    hearers.add(hear);
    if (waiting) hear(true);
    return () => hearers.delete(hear);
  },
  start(): void {
    if (waiting) waiting.postMessage('start');
    else location.reload();
  },
};

const hearers = new Set<(isReady: boolean) => void>();
let waiting: ServiceWorker | undefined;
/** How often a page that stays open asks for a new version, in milliseconds. */
const ASK_MS = 3_600_000;

/** Keeps the app on this device, so that it starts without a server, and looks for new versions. */
export async function keep(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const isNew = navigator.serviceWorker.controller === null;
  const here = await navigator.serviceWorker.register(`${shell.base}/sw.js`, { scope: `${shell.base}/`, updateViaCache: 'none' });
  const look = (worker: ServiceWorker | null) => {
    if (!worker) return;
    const see = () => {
      if (worker.state !== 'installed' || !navigator.serviceWorker.controller) return;
      waiting = worker;
      for (const hear of hearers) hear(true);
    };
    worker.addEventListener('statechange', see);
    see();
  };
  look(here.waiting);
  look(here.installing);
  here.addEventListener('updatefound', () => look(here.installing));
  let isAsked = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first one only takes the page over. Later ones were asked for, here or in another tab.
    if (isNew && !isAsked && !waiting) return;
    isAsked = true;
    // Whoever asked has its page anew; the other tabs are told, since somebody may be writing there.
    if (waiting && document.visibilityState === 'visible') location.reload();
    else for (const hear of hearers) hear(true);
    waiting = undefined;
  });
  setInterval(() => void here.update().catch(() => undefined), ASK_MS);
}
