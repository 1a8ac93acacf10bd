// Keeps one version of an app whole on this device: its page, its scripts, the engine. Data and calls to the server are not its business.

declare const FIELDBOOK_FILES: { version: string; base: string; files: string[] };

interface Installing extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Installing {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
const scope = self as unknown as {
  addEventListener(name: 'install' | 'activate', hear: (event: Installing) => void): void;
  addEventListener(name: 'fetch', hear: (event: Fetching) => void): void;
  addEventListener(name: 'message', hear: (event: MessageEvent) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
};

const { version, base, files } = FIELDBOOK_FILES;
const MINE = `fieldbook ${base} `;
const NAME = MINE + version;
const PAGE = `${base}/`;

scope.addEventListener('install', (event) => event.waitUntil(gather()));
scope.addEventListener('activate', (event) => event.waitUntil(begin()));
scope.addEventListener('message', (event) => {
  if (event.data === 'start') void scope.skipWaiting();
});
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith(PAGE)) return;
  if (request.mode === 'navigate') event.respondWith(kept(PAGE, request));
  else if (files.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

/** All of it or nothing. What an earlier version has under the same name is the same, and is not fetched again. */
async function gather(): Promise<void> {
  const mine = await caches.open(NAME);
  await Promise.all(
    files.map(async (path) => {
      const isFixed = path.includes('/assets/');
      const there = isFixed ? await caches.match(path) : undefined;
      const answer = there ?? (await fetch(path, { cache: isFixed ? 'default' : 'no-cache' }));
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      await mine.put(path, answer);
    }),
  );
}

/** The versions before this one are not needed any more: pages of theirs have all that they run. */
async function begin(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(MINE) && name !== NAME).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) ?? fetch(request);
}
