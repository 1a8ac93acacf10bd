// Files that records name, in a real browser with the real server: brought by one, and there for the other without a network.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, request } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { act, level, signIn, tab, world } from './world.mjs';

const SCHEMA = `schema = "plans"
version = 1
[type.floor]
label = "name"
scope = true
[type.floor.field]
name = { kind = "text", max = 80, required = true }
plan = { kind = "blob", merge = "last-synced" }
`;

let here;
let ann;
let ben;
let counted = 0;
const id = () => `0198c0de-7a11-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;

before(async () => {
  here = await world({ schema: SCHEMA, serve: ['--blob-max', '8'] });
  [ann, ben] = [await here.browser('ann'), await here.browser('ben')];
});
after(() => here?.end());
afterEach(() => here.way.turn('open'));

/** Puts bytes that both sides can make again. */
function puts(page, seed, size) {
  return page.evaluate(
    ([seed, size]) => window.book.putBlob(Uint8Array.from({ length: size }, (_, at) => (at * 7 + seed) % 251)),
    [seed, size],
  );
}

const sumOf = (seed, size) => createHash('sha256').update(Uint8Array.from({ length: size }, (_, at) => (at * 7 + seed) % 251)).digest('hex');

/** The sum of the bytes that a page has of a blob; nothing where it has none. */
function held(page, sum) {
  return page.evaluate(async (sum) => {
    const told = await window.book.blob(sum);
    if (!told.ok) throw new Error(JSON.stringify(told.error));
    if (told.value === undefined) return null;
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', told.value));
    return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }, sum);
}

async function blobs(page) {
  const told = await page.evaluate(() => window.book.blobs());
  assert.equal(told.ok, true, JSON.stringify(told));
  return told.value;
}

async function until(what, is) {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await is();
    if (found) return found;
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A floor with a plan, and with whom it is loaded. */
async function floor(author, sum, readers) {
  const of = id();
  const made = await act(author, [{ insert: 'floor', id: of, fields: { name: `floor ${counted}`, plan: sum } }]);
  assert.equal(made.ok, true, JSON.stringify(made));
  await level(author);
  for (const page of readers) {
    const loaded = await page.evaluate((of) => window.book.load('floor', of), of);
    assert.equal(loaded.ok, true, JSON.stringify(loaded));
  }
  return of;
}

test('a plan that one brought is there for the other without a network, and goes with its floor', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  await signIn(hers, 'ann');
  await signIn(his, 'ben');
  const size = 2_500_000;
  const put = await puts(hers, 1, size);
  assert.deepEqual(put, { ok: true, value: { sum: sumOf(1, size), size } });
  const { sum } = put.value;
  assert.equal(await held(hers, sum), sum, 'at once where it was brought');
  const of = await floor(hers, sum, [hers, his]);
  await until('his plan', async () => (await held(his, sum)) === sum);
  here.way.turn('refuse');
  await his.reload();
  await his.waitForFunction(() => window.stands === 'open');
  assert.equal(await held(his, sum), sum, 'without a network');
  assert.deepEqual(await blobs(his), [{ sum, type: 'floor', id: of, field: 'plan', size, here: true }]);
  const parts = await his.evaluate(() => window.book.parts());
  assert.deepEqual(parts.value[0].blobs, { named: 1, here: 1, bytes: size });
  const refused = await puts(his, 2, 100);
  assert.equal(refused.error?.code, 'needs-connection', JSON.stringify(refused));
  assert.equal(await held(his, sumOf(2, 100)), null, 'nothing was kept');
  const gone = await his.evaluate((of) => window.book.unload('floor', of), of);
  assert.equal(gone.ok, true, JSON.stringify(gone));
  assert.equal(await held(his, sum), null);
  await hers.close();
  await his.close();
});

test('a cut in the middle is told, and goes on where it was', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  const size = 6_000_000;
  const { sum } = (await puts(hers, 3, size)).value;
  // Of the pieces of his way the third is never answered.
  let pieces = 0;
  const starts = [];
  const { hostname, port } = new URL(here.address);
  const cut = await listening(createServer((asked, answer) => {
    if (asked.url.includes('/blobs/') && asked.method === 'GET') {
      starts.push(Number(/bytes=(\d+)-/.exec(asked.headers.range)[1]));
      pieces += 1;
      if (pieces === 3) {
        asked.socket.destroy();
        return;
      }
    }
    const on = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      came.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    asked.pipe(on);
  }));
  const cem = await here.browser('cem');
  const theirs = await tab(cem, { page: here.page, way: { url: cut.url } });
  await signIn(theirs, 'ben');
  await floor(hers, sum, [theirs]);
  await until('the whole of it', async () => (await held(theirs, sum)) === sum);
  assert.deepEqual(starts, [0, 1, 2, 2, 3, 4, 5].map((piece) => piece << 20), 'no piece twice but the one that was cut');
  await theirs.close();
  await cem.close();
  await cut.close();
  await hers.close();
  await his.close();
});

test('what is too large is refused in words, and what does not fit says so with its size', async () => {
  // In a browser that has held no blob: what another left free in the database would take this one in.
  const full = await here.browser('full');
  const [hers, his] = [await tab(ann, here), await tab(full, here)];
  await signIn(his, 'ben');
  const large = await puts(hers, 4, 9 << 20);
  assert.equal(large.ok, false);
  assert.equal(large.error.code, 'too-large', JSON.stringify(large));
  const size = 7_000_000;
  const { sum } = (await puts(hers, 5, size)).value;
  const session = await full.newCDPSession(his);
  const used = (await his.evaluate(() => window.book.storage())).value.used;
  await session.send('Storage.overrideQuotaForOrigin', { origin: here.page, quotaSize: used + 1_000_000 });
  await floor(hers, sum, [his]);
  const told = await until('why not', async () => (await blobs(his)).find((blob) => blob.sum === sum && blob.why === 'no-room'));
  assert.equal(told.size, size);
  assert.equal(told.here, false);
  await session.send('Storage.overrideQuotaForOrigin', { origin: here.page });
  await hers.close();
  await his.close();
});

function listening(server) {
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const close = () => new Promise((closed) => {
        server.closeAllConnections();
        server.close(closed);
      });
      done({ url: `http://127.0.0.1:${server.address().port}`, close });
    });
  });
}
