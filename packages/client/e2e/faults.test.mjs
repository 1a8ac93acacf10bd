// A device whose network fails in the middle of what it does, and whose tabs are closed and crash: nothing lost, nothing twice, and no
// page has to be loaded again.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { act, level, rows, shows, signIn, tab, world } from './world.mjs';

const TITLES = 'SELECT title FROM item ORDER BY title';
const COUNTED = 'SELECT COUNT(*), COUNT(DISTINCT title), COALESCE(SUM(count), 0) FROM item';
let here;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.end());

const item = (title) => [{ insert: 'item', id: crypto.randomUUID(), fields: { title, count: 1 } }];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Ann's browser, signed in, with so many tabs. */
async function ann(tabs = 1) {
  const context = await here.browser('ann');
  const first = await tab(context, here);
  await signIn(first, 'ann');
  await level(first);
  const others = [];
  for (let more = 1; more < tabs; more++) others.push(await tab(context, here));
  return [first, ...others];
}

/** Acts many times in a page, one after the other. How many answered with `ok`. */
function many(page, count, name) {
  return page.evaluate(
    async ([count, name]) => {
      let ok = 0;
      for (let at = 0; at < count; at++) {
        const fields = { title: `${name} ${at}`, count: 1 };
        const done = await window.book.act({ changes: [{ insert: 'item', id: crypto.randomUUID(), fields }] });
        ok += Number(done.ok);
      }
      return ok;
    },
    [count, name],
  );
}

/** What the server has, by a device beside the browser. */
async function atServer() {
  const native = await here.native('ben');
  const [counted] = await native.query('SELECT COUNT(*) AS all_of_them, COUNT(DISTINCT title) AS different, COALESCE(SUM(count), 0) AS sum FROM item');
  return Object.values(counted);
}

test('2,000 edits without a network arrive, each once', async () => {
  const [page] = await ann();
  here.way.turn('refuse');
  assert.equal(await many(page, 2_000, 'edit'), 2_000);
  assert.deepEqual(await rows(page, COUNTED), [[2_000, 2_000, 2_000]]);
  here.way.turn('open');
  await page.evaluate(() => window.book.syncNow());
  await level(page, 60_000);
  assert.deepEqual(await atServer(), [2_000, 2_000, 2_000]);
});

test('a network that is cut again and again in the middle of sending and hearing loses nothing and does nothing twice', async () => {
  const [page] = await ann();
  const other = await here.browser('ben').then((context) => tab(context, here));
  await signIn(other, 'ben');
  here.way.turn('refuse');
  assert.equal(await many(page, 400, 'mine'), 400);
  const theirs = many(other, 200, 'theirs');
  for (let cut = 0; cut < 12; cut++) {
    here.way.turn('open');
    await page.evaluate(() => void window.book.syncNow());
    await pause(15 + cut * 17);
    here.way.turn(['refuse', 'blackhole', 'portal'][cut % 3]);
    await pause(40);
  }
  assert.equal(await theirs, 200);
  here.way.turn('open');
  await page.evaluate(() => void window.book.syncNow());
  await Promise.all([page, other].map((it) => level(it, 60_000)));
  await Promise.all([page, other].map((it) => shows(it, COUNTED, [[600, 600, 600]], 60_000)));
  assert.deepEqual(await atServer(), [600, 600, 600]);
});

test('of five tabs the leading one is closed, again and again, while all of them write', async () => {
  const tabs = await ann(5);
  const writing = tabs.map((page, at) => many(page, 40, `tab ${at}`).catch(() => 'closed'));
  const seen = new Set();
  while (tabs.length > 1) {
    await pause(150);
    // Whichever has the device now.
    const leads = await Promise.all(tabs.map((page) => page.evaluate(() => window.last?.leads === true)));
    const at = Math.max(leads.indexOf(true), 0);
    const [gone] = tabs.splice(at, 1);
    for (const [title] of await rows(gone, TITLES)) seen.add(title);
    await gone.close();
  }
  const [last] = tabs;
  const ended = await Promise.all(writing);
  assert.ok(ended.includes(40), `${ended}`);
  const titles = (await rows(last, TITLES)).map(([title]) => title);
  assert.equal(new Set(titles).size, titles.length, 'something was done twice');
  for (const title of seen) assert.ok(titles.includes(title), `${title} was shown and is gone`);
  await level(last, 30_000);
  assert.equal((await atServer())[0], titles.length);
});

test('a tab that crashes in the middle of writing leaves what was saved, and another goes on', async () => {
  const [first, second] = await ann(2);
  const saved = [];
  await first.exposeFunction('saved', (title) => saved.push(title));
  void first
    .evaluate(async () => {
      for (let at = 0; ; at++) {
        const title = `edit ${at}`;
        const done = await window.book.act({ changes: [{ insert: 'item', id: crypto.randomUUID(), fields: { title, count: 1 } }] });
        if (done.ok) await window.saved(title);
      }
    })
    .catch(() => undefined);
  while (saved.length < 20) await pause(20);
  const crashed = new Promise((done) => first.on('crash', done));
  await first.goto('chrome://crash').catch(() => undefined);
  await crashed;
  assert.equal((await act(second, item('after'))).ok, true);
  const titles = (await rows(second, TITLES)).map(([title]) => title);
  for (const title of saved) assert.ok(titles.includes(title), `${title} was saved and is gone`);
  assert.ok(titles.includes('after'));
  await level(second, 30_000);
  assert.equal((await atServer())[0], titles.length);
});
