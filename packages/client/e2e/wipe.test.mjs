// What becomes of a device that is lost, or whose files were put back: a wipe, and the numbers of its series.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { act, files, holds, kept, level, pool, rows, shows, signIn, tab, world } from './world.mjs';

let here;
let ann;
let ben;
let counted = 0;

const id = () => `0198c0de-7a13-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;
const item = (title) => [{ insert: 'item', id: id(), fields: { title } }];
const stands = (page) => page.evaluate(() => window.standing);

before(async () => {
  here = await world();
  [ann, ben] = [await here.browser('ann'), await here.browser('ben')];
});
after(() => here?.end());
afterEach(async () => {
  here.way.turn('open');
  for (const page of [...ann.pages(), ...ben.pages()]) await page.close();
});

test('a database that was put back gives no number of its series out again', async () => {
  const first = await tab(ann, here);
  await signIn(first, 'ann');
  const receipt = async (page) => {
    const made = id();
    const said = await act(page, [{ insert: 'receipt', id: made, fields: { total: 100 } }]);
    assert.equal(said.ok, true, JSON.stringify(said.error));
    return (await rows(page, `SELECT number FROM receipt WHERE id = '${made}'`))[0][0];
  };
  here.way.turn('refuse');
  assert.match(await receipt(first), /^[0-9A-Z]{6}-000001$/);
  await first.close();
  const before = await pool(ann, here);
  assert.ok(Object.keys(before).length > 0);
  const second = await tab(ann, here);
  assert.match(await receipt(second), /^[0-9A-Z]{6}-000002$/);
  assert.match(await receipt(second), /^[0-9A-Z]{6}-000003$/);
  await second.close();
  assert.equal((await kept(ann, here)).numbers, 3);
  await pool(ann, here, before);
  const third = await tab(ann, here);
  assert.equal((await rows(third, 'SELECT number FROM receipt')).length, 1);
  assert.match(await receipt(third), /^[0-9A-Z]{6}A-000004$/);
  await third.close();
});

test('a device that its server ordered to be wiped has neither keys nor data afterwards, and says so', async () => {
  const CANARY = 'canary-of-ben-5e1f';
  const his = await tab(ben, here);
  const before = await signIn(his, 'ben');
  await act(his, item(CANARY));
  await level(his);
  const other = await tab(ben, here);
  here.way.turn('mute');
  await here.admin('device', 'wipe', before.device_id, '--yes', '--workspace', 'home');
  for (const page of [his, other]) await page.waitForFunction(() => window.stands === 'wiped', undefined, { timeout: 10_000 });
  assert.match((await stands(his)).words, /This device was wiped at .* 4 files went, and with them nothing that was not sent/);
  const said = await act(his, item('too late'));
  assert.equal(said.error.code, 'wiped');
  await other.close();
  await his.close();
  // The server has not heard it: what is left says so, and holds no key.
  const left = await kept(ben, here);
  assert.deepEqual(Object.keys(left).sort(), ['server', 'wipe']);
  for (const bytes of Object.values(await pool(ben, here))) assert.ok(Buffer.from(bytes, 'base64').length <= 8192, 'no database is left');
  const again = await tab(ben, here);
  assert.equal((await stands(again)).is, 'wiped');
  const refused = await again.evaluate(() => window.book.signIn({ workspace: 'home', user: 'ben', password: 'x', device_name: 'y' }));
  assert.equal(refused.error.code, 'wiped');
  here.way.turn('open');
  const after = await signIn(again, 'ben');
  assert.notEqual(after.device_id, before.device_id);
  await shows(again, `SELECT title FROM item WHERE title = '${CANARY}'`, [[CANARY]]);
  const { stdout } = await here.admin('device', 'list', '--workspace', 'home', '--json');
  const wiped = stdout.trim().split('\n').map((line) => JSON.parse(line)).find((line) => line.device === before.device_id);
  assert.deepEqual([wiped.wipe.state, wiped.wipe.files, wiped.wipe.unsent], ['confirmed', 4, 0]);
  const profile = await files(here.profile('ben'));
  assert.deepEqual(profile.filter(({ bytes }) => holds(bytes, CANARY)).map(({ path }) => path), []);
  await again.close();
});

test('a device that may send first does, and is wiped then', async () => {
  const hers = await tab(ann, here);
  const who = await signIn(hers, 'ann');
  await level(hers);
  here.way.turn('refuse');
  await act(hers, item('rescued'));
  await here.admin('device', 'wipe', who.device_id, '--rescue', '--yes', '--workspace', 'home');
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await hers.waitForFunction(() => window.stands === 'wiped', undefined, { timeout: 20_000 });
  const his = await tab(ben, here);
  await shows(his, "SELECT title FROM item WHERE title = 'rescued'", [['rescued']]);
  await hers.close();
  await his.close();
});

/** Cuts a tab off, has it write something, and leaves the device alone until its lease of two seconds is over: it is locked then. */
async function outlived(context, page, title) {
  here.way.turn('refuse');
  await act(page, item(title));
  await page.close();
  await new Promise((done) => setTimeout(done, 3_000));
  const locked = await tab(context, here);
  const standing = await stands(locked);
  assert.deepEqual([standing.is, standing.error.code], ['closed', 'locked'], JSON.stringify(standing));
  await locked.close();
}

test('a device that has not heard from its server for too long locks itself, and the server opens it again', async () => {
  await here.admin('workspace', 'lease', 'home', '2s');
  const cleo = await here.browser('cleo');
  const hers = await tab(cleo, here);
  const before = await signIn(hers, 'ann');
  await act(hers, item('before the lease was over'));
  await level(hers);
  await outlived(cleo, hers, 'not sent yet');
  // The content key is forgotten, and the token lies there sealed.
  const keys = JSON.parse((await kept(cleo, here)).keys);
  assert.deepEqual([keys.content, keys.lease, keys.known.unsent], [undefined, 2, 1]);
  assert.ok(keys.token);
  const still = await tab(cleo, here);
  assert.equal((await stands(still)).error.code, 'locked');
  here.way.turn('open');
  const after = await signIn(still, 'ann');
  assert.equal(after.device_id, before.device_id);
  assert.deepEqual(await rows(still, "SELECT title FROM item WHERE title IN ('before the lease was over', 'not sent yet') ORDER BY title"), [
    ['before the lease was over'],
    ['not sent yet'],
  ]);
  await level(still);
  await cleo.close();
  await here.admin('workspace', 'lease', 'home', 'off');
});

test('a device that locked itself still hears that it is to be wiped, and says what was not sent', async () => {
  await here.admin('workspace', 'lease', 'home', '2s');
  const dora = await here.browser('dora');
  const hers = await tab(dora, here);
  const before = await signIn(hers, 'ann');
  await level(hers);
  await outlived(dora, hers, 'never sent');
  await here.admin('device', 'wipe', before.device_id, '--yes', '--workspace', 'home');
  here.way.turn('open');
  const told = await tab(dora, here);
  await told.waitForFunction(() => window.stands === 'wiped', undefined, { timeout: 20_000 });
  assert.match((await stands(told)).words, /and with them 1 action that was not sent/);
  assert.deepEqual(Object.keys(await kept(dora, here)), ['wiped']);
  for (const bytes of Object.values(await pool(dora, here))) assert.ok(Buffer.from(bytes, 'base64').length <= 8192, 'no database is left');
  const { stdout } = await here.admin('device', 'list', '--workspace', 'home', '--json');
  const wiped = stdout.trim().split('\n').map((line) => JSON.parse(line)).find((line) => line.device === before.device_id);
  assert.deepEqual([wiped.wipe.state, wiped.wipe.unsent], ['confirmed', 1]);
  await dora.close();
  await here.admin('workspace', 'lease', 'home', 'off');
});
