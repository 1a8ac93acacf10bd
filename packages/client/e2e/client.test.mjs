// The engine in a real browser, with the real server: what a person was shown as saved is there after whatever happens to a tab.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, act, files, holds, level, rows, shows, signIn, tab, world } from './world.mjs';

let here;
let ann;
let ben;
let counted = 0;
/** How often the opening is cut off by a reload; `cargo xtask web --torture` does it a thousand times. */
const RELOADS = Number(process.env.RELOADS ?? 50);
/** Those that a run of many reloads leaves out. */
const beside = process.env.RELOADS ? () => undefined : test;

const id = () => `0198c0de-7a11-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;
const item = (title) => [{ insert: 'item', id: id(), fields: { title } }];
const TITLES = 'SELECT title FROM item ORDER BY title';

before(async () => {
  here = await world();
  [ann, ben] = [await here.browser('ann'), await here.browser('ben')];
});
after(() => here?.end());

test('two people see what each writes, and a reload loses nothing', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  assert.equal(await hers.evaluate(() => window.stands), 'new');
  const who = await signIn(hers, 'ann');
  assert.deepEqual([who.workspace, who.user, who.role], ['home', 'ann', 'member']);
  await signIn(his, 'ben');
  assert.equal((await act(hers, item('lamp'))).ok, true);
  await shows(his, TITLES, [['lamp']]);
  await his.reload();
  await his.waitForFunction(() => window.stands === 'open');
  assert.deepEqual(await rows(his, TITLES), [['lamp']]);
  await level(hers);
  await hers.close();
  await his.close();
});

beside('without a network everything works but what says that it needs one', async () => {
  const hers = await tab(ann, here);
  here.way.turn('refuse');
  for (const title of ['rope', 'saw', 'tape']) assert.equal((await act(hers, item(title))).ok, true);
  const undone = await hers.evaluate(() => window.book.undo());
  assert.equal(undone.ok, true, JSON.stringify(undone));
  assert.deepEqual(await rows(hers, TITLES), [['lamp'], ['rope'], ['saw']]);
  await hers.waitForFunction(() => window.last?.pending === 4 && window.last?.connection.is === 'unreachable');
  const refused = await hers.evaluate(() => window.book.signIn({ workspace: 'home', user: 'ann', password: 'x', device_name: 'y' }));
  assert.equal(refused.error?.code, 'no-answer');
  await hers.reload();
  await hers.waitForFunction(() => window.stands === 'open');
  assert.deepEqual(await rows(hers, TITLES), [['lamp'], ['rope'], ['saw']]);
  here.way.turn('portal');
  await hers.evaluate(() => window.book.syncNow());
  // What answers a page of another origin in the server's place the browser keeps to itself.
  await hers.waitForFunction(() => window.last?.connection.is === 'unreachable');
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await level(hers);
  const his = await tab(ben, here);
  await shows(his, TITLES, [['lamp'], ['rope'], ['saw']]);
  await hers.close();
  await his.close();
});

beside('all tabs of a browser are one device, and another takes over when the first one goes', async () => {
  const first = await tab(ann, here);
  const second = await tab(ann, here);
  await second.evaluate((sql) => {
    window.heard = [];
    window.book.liveQuery(sql, (table) => window.heard.push(table.rows.length));
  }, TITLES);
  await second.waitForFunction(() => window.heard.at(-1) === 3);
  assert.equal((await act(first, item('vice'))).ok, true);
  await second.waitForFunction(() => window.heard.at(-1) === 4);
  assert.equal((await act(second, item('wire'))).ok, true);
  await shows(first, TITLES, [['lamp'], ['rope'], ['saw'], ['vice'], ['wire']]);
  await first.close();
  // Asked while nobody leads, and done once.
  assert.equal((await act(second, item('yarn'))).ok, true);
  await second.waitForFunction(() => window.heard.at(-1) === 6);
  await level(second);
  await second.close();
});

beside('a sign-in that is wrong says why, and one that is right keeps everything', async () => {
  const hers = await tab(ann, here);
  const before = await rows(hers, TITLES);
  here.way.turn('refuse');
  await act(hers, item('zebra'));
  here.way.turn('open');
  await hers.evaluate((sql) => {
    window.heard = [];
    window.book.liveQuery(sql, (table) => window.heard.push(table.rows.length));
  }, TITLES);
  const sign = (user, password) =>
    hers.evaluate((wanted) => window.book.signIn({ workspace: 'home', device_name: 'browser', ...wanted }), { user, password });
  const wrong = await sign('ann', 'not hers');
  assert.equal(wrong.ok, false);
  assert.match(wrong.error.words, /name|password/);
  const other = await sign('ben', PASSWORD);
  assert.equal(other.error?.code, 'wrong-home');
  assert.match(other.error.words, /the data of ann in the workspace home; nothing was changed/);
  assert.equal((await sign('ann', PASSWORD)).ok, true);
  assert.deepEqual(await rows(hers, TITLES), [...before, ['zebra']]);
  await level(hers);
  const heard = await hers.evaluate(() => window.heard.length);
  await act(hers, item('zip'));
  await hers.waitForFunction((heard) => window.heard.length > heard, heard);
  const wild = await hers.evaluate(() => window.book.query('DELETE FROM item'));
  assert.deepEqual(wild.error, { code: 'wrong-query', words: 'A query only reads. To change something, act.' });
  await hers.close();
});

beside('a conflict waits for a person, who decides in the browser', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  await level(hers);
  await level(his);
  const [[lamp]] = await rows(his, "SELECT id FROM item WHERE title = 'lamp'");
  here.way.turn('refuse');
  await act(hers, [{ update: 'item', id: lamp, set: { title: 'lamp of ann' } }]);
  await act(his, [{ update: 'item', id: lamp, set: { title: 'lamp of ben' } }]);
  // Hers comes first: his device is not to try by itself before.
  await his.evaluate(() => window.book.surround({ no_network: true }));
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await level(hers);
  await his.evaluate(() => window.book.surround({ no_network: false }));
  await his.waitForFunction(() => window.last?.conflicts === 1);
  const found = await his.evaluate(() => window.book.conflicts());
  assert.equal(found.value.length, 1);
  assert.deepEqual(
    [found.value[0].units[0].theirs.title, found.value[0].units[0].mine.title],
    ['lamp of ann', 'lamp of ben'],
  );
  const settled = await his.evaluate((id) => window.book.resolve(id, 'mine'), found.value[0].id);
  assert.equal(settled.ok, true, JSON.stringify(settled));
  await level(his);
  await shows(hers, `SELECT title FROM item WHERE id = '${lamp}'`, [['lamp of ben']]);
  await hers.close();
  await his.close();
});

beside('a device in a browser and one beside it hold the same', async () => {
  const hers = await tab(ann, here);
  await act(hers, [{ insert: 'item', id: id(), fields: { title: 'Käse 🧀 "ß"', done: true, count: -7 } }]);
  await level(hers);
  const ALL = 'SELECT id, title, done, count, _version FROM item ORDER BY id';
  const native = await here.native('ann');
  const columns = (await native.query(ALL)).map((row) => Object.values(row));
  assert.deepEqual(await rows(hers, ALL), columns);
  await hers.close();
});

test('a reload at any moment of the opening loses nothing', async () => {
  const hers = await tab(ann, here);
  const before = await rows(hers, TITLES);
  here.way.turn('refuse');
  await act(hers, item('zoom'));
  const wanted = [...before, ['zoom']].sort();
  for (let reload = 0; reload < RELOADS; reload++) {
    // Twenty moments, from before the worker runs to after the database is open.
    await hers.evaluate((ms) => setTimeout(() => location.reload(), ms), (reload % 20) * 10);
    await hers.waitForEvent('load');
  }
  await hers.waitForFunction(() => window.stands === 'open');
  assert.deepEqual((await rows(hers, TITLES)).sort(), wanted);
  here.way.turn('open');
  await level(hers);
  await hers.close();
});

beside('a browser that is killed in the middle of edits has all that was shown as saved', async () => {
  const killed = await here.browser('cat');
  const his = await tab(killed, here);
  await signIn(his, 'ben');
  here.way.turn('refuse');
  const saved = [];
  await his.exposeFunction('saved', (title) => saved.push(title));
  await his.evaluate(() => {
    const edit = async (number) => {
      const id = `0198c0de-7a11-7000-8001-${number.toString(16).padStart(12, '0')}`;
      const said = await window.book.act({ changes: [{ insert: 'item', id, fields: { title: `edit ${number}` } }] });
      if (said.ok) await window.saved(`edit ${number}`);
      return edit(number + 1);
    };
    void edit(1);
  });
  await his.waitForTimeout(700);
  await here.kill('cat');
  await killed.close().catch(() => undefined);
  assert.ok(saved.length > 5, `${saved.length} edits before the kill`);
  const again = await tab(await here.browser('cat'), here);
  const found = (await rows(again, "SELECT title FROM item WHERE title LIKE 'edit %'")).flat();
  assert.deepEqual(saved.filter((title) => !found.includes(title)), []);
  assert.ok(found.length <= saved.length + 1, 'at most the one that was under way');
  here.way.turn('open');
  await level(again);
  const his2 = await tab(ben, here);
  await shows(his2, "SELECT count(*) FROM item WHERE title LIKE 'edit %'", [[found.length]]);
  await again.close();
  await his2.close();
});

beside('what a browser threw away comes back from the server to a device that is new', async () => {
  const eve = await here.browser('eve');
  const page = await tab(eve, here);
  await signIn(page, 'ann');
  await act(page, item('kept by the server'));
  await level(page);
  const blank = await eve.newPage();
  await page.close();
  await blank.goto(`${here.page}/blank`);
  await blank.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
  });
  await blank.close();
  const again = await tab(eve, here);
  assert.equal(await again.evaluate(() => window.stands), 'new');
  await signIn(again, 'ann');
  await shows(again, "SELECT title FROM item WHERE title LIKE 'kept by%'", [['kept by the server']]);
  await act(again, item('made by the new one'));
  await level(again);
  await eve.close();
});

beside('nothing of what a person wrote lies in the profile in clear', async () => {
  const CANARY = 'canary-7f3b91c2d4e5';
  const closing = await here.browser('dan');
  const page = await tab(closing, here);
  await signIn(page, 'ann');
  await act(page, item(CANARY));
  await level(page);
  await closing.close();
  const kept = await files(here.profile('dan'));
  const told = (text) => kept.filter(({ bytes }) => holds(bytes, text)).map(({ path }) => path);
  assert.ok(told('/device.db').length > 0, 'what lies there in clear is found');
  assert.deepEqual(told(CANARY), []);
  assert.deepEqual(told(PASSWORD), []);
  // A file of the pool: its own page with its name, then the database, whose salt is never left at zero.
  const pool = kept.filter(({ path, bytes }) => path.includes('File System') && bytes.length > 8192);
  assert.ok(pool.length > 0, 'there is a database');
  for (const { path, bytes } of pool) {
    assert.ok(bytes.subarray(4096, 4112).some((byte) => byte !== 0), `${path}: a salt`);
    assert.ok(!holds(bytes, 'SQLite format 3') && !holds(bytes, 'CREATE TABLE'), path);
  }
});
