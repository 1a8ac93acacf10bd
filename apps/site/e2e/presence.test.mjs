// Who else looks at a floor, as its screen says it: two people, each with a browser of their own.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axe } from '../../sample/e2e/axe.mjs';
import { founded, go, kept, loaded, offline, online, openFloor, person, site, status } from './screens.mjs';

let it;
let ann;
let ben;
before(async () => {
  it = await site();
  // axe is a script of the test's, which the page's policy would keep out.
  ann = await person(it, 'ann', { bypassCSP: true });
  await founded(ann);
  await status(ann, 'Synced (Online)');
  ben = await person(it, 'ben');
  await loaded(ben, 'Floor 3');
});
after(() => it.end());
afterEach(async () => {
  for (const page of [ann, ben]) assert.deepEqual(page.complaints.splice(0), []);
});

/** The screen asks every 12 seconds; and of a browser that ended without a word the server thinks for 30 that it is there. */
const LATE_MS = 90_000;
const line = (page, wanted) => page.locator('.st-present').getByRole('status').filter({ hasText: wanted });

/** Waits until the floor's screen says of others what it is to say, and gives the words. It asks whenever somebody comes back to the page. */
async function says(page, wanted) {
  const end = Date.now() + LATE_MS;
  for (;;) {
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    const came = await line(page, wanted).waitFor({ timeout: 500 }).then(() => true, () => false);
    if (came) return line(page, wanted).innerText();
    assert.ok(Date.now() < end, `it does not say ${wanted}, but: ${await page.locator('.st-present').innerText()}`);
  }
}

const TIME = /\d{1,2}:\d\d(\s[AP]M)?/;

test('a teammate who looks at the floor is named on it, one on another floor is not, and one who left has looked', async () => {
  // By itself, and of nobody else.
  await line(ann, 'ben is here').waitFor({ timeout: LATE_MS });
  await says(ben, 'ann is here');
  assert.equal(await ann.locator('.st-face[data-here]').innerText(), 'B');
  await openFloor(ben, 'Floor 4');
  assert.match(await says(ann, 'ben looked at this floor at'), TIME);
  assert.equal(await ben.locator('.st-present').innerText(), '');
  await openFloor(ben, 'Floor 3');
  await says(ann, 'ben is here');
});

test('axe finds nothing serious in it, in light and dark, on a phone and at a desk', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await ann.emulateMedia({ colorScheme });
    for (const width of [390, 1280]) {
      await ann.setViewportSize({ width, height: 800 });
      await says(ann, 'ben is here');
      assert.deepEqual(await axe(ann), [], `${colorScheme} at ${width}`);
    }
  }
});

test('in German it is said in German', async () => {
  await ann.evaluate(() => localStorage.setItem('fieldbook.language', 'de'));
  await ann.reload();
  await says(ann, 'ben ist hier');
  await ann.evaluate(() => localStorage.setItem('fieldbook.language', 'en'));
  await ann.reload();
  await says(ann, 'ben is here');
});

test('whoever hides the page looks no more, and does again when it is seen', async () => {
  const hide = (hidden) =>
    ben.evaluate((hidden) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await hide(true);
  await says(ann, 'ben looked at this floor at');
  await hide(false);
  await says(ann, 'ben is here');
});

test('without a network it says who was seen last, and that one is offline; also for whoever comes back to the floor', async () => {
  await kept(ann);
  await offline(ann);
  const words = await says(ann, 'ben last seen');
  assert.match(words, /^ben last seen .*, you are offline$/);
  assert.match(words, TIME);
  await go(ann, 'Estates');
  await openFloor(ann, 'Floor 3');
  assert.equal(await says(ann, 'ben last seen'), words);
  await says(ben, 'ann looked at this floor at');
  await online(ann);
  await says(ann, 'ben is here');
  await says(ben, 'ann is here');
});

test('a browser that is closed says nothing more, and its person has looked', async () => {
  await ben.context().close();
  ben = ann;
  await says(ann, 'ben looked at this floor at');
});
