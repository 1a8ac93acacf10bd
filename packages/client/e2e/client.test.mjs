// The engine in a real browser, with the real server: what a person was shown as saved is there after whatever happens to a tab.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { act, level, rows, shows, signIn, tab, world } from './world.mjs';

let here;
let ann;
let ben;
let counted = 0;

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

test('without a network everything works but what says that it needs one', async () => {
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

test('all tabs of a browser are one device, and another takes over when the first one goes', async () => {
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

test('a conflict waits for a person, who decides in the browser', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  await level(hers);
  await level(his);
  const [[lamp]] = await rows(his, "SELECT id FROM item WHERE title = 'lamp'");
  here.way.turn('refuse');
  await act(hers, [{ update: 'item', id: lamp, set: { title: 'lamp of ann' } }]);
  await act(his, [{ update: 'item', id: lamp, set: { title: 'lamp of ben' } }]);
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await level(hers);
  await his.evaluate(() => window.book.syncNow());
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
