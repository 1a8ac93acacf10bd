// A client that keeps nothing, in Chromium with the real server: what it is told, what it hears, and what is left of it.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, world } from './world.mjs';

let here;
let context;
let ben;
before(async () => {
  here = await world();
  context = await here.browser('office');
  ben = await here.native('ben');
  await ben.act([
    { changes: [{ insert: 'item', id: id(1), fields: { title: 'Lamp', done: false, count: 3 } }] },
    { changes: [{ insert: 'item', id: id(2), fields: { title: 'lantern', done: true, count: 7 } }] },
    { changes: [{ insert: 'item', id: id(3), fields: { title: 'Rope', count: 12 } }] },
  ]);
});
after(() => here?.end());
afterEach(async () => {
  here.way.turn('open');
  for (const page of context.pages()) {
    if (page.url() !== 'about:blank') await page.close();
  }
});

const id = (n) => `0198c0de-7a15-7000-8000-${n.toString(16).padStart(12, '0')}`;
const WISH = { workspace: 'home', user: 'ann', password: PASSWORD, device_name: 'office' };

async function office(remember = '') {
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  await page.goto(`${here.page}/page-office.html?server=${encodeURIComponent(here.way.url)}&remember=${remember}`);
  await page.waitForFunction(() => window.standing);
  return page;
}

const ask = (page, call, ...args) => page.evaluate(([call, args]) => window.office[call](...args), [call, args]);
async function good(page, call, ...args) {
  const said = await ask(page, call, ...args);
  assert.equal(said.ok, true, `${call}: ${JSON.stringify(said.error)}`);
  return said.value;
}
const titles = ({ rows }) => rows.map(({ title }) => title);
/** Waits until what is watched has these titles. */
const shows = (page, ...wanted) => page.waitForFunction((wanted) => JSON.stringify(window.told?.value?.rows.map(({ title }) => title)) === JSON.stringify(wanted), wanted);
const reached = (page, is) => page.waitForFunction((is) => window.reach.is === is, is);

test('records come as they are wished, in the rows of a device', async () => {
  const page = await office();
  assert.deepEqual(await page.evaluate(() => window.standing), { is: 'new', error: null });
  assert.equal((await ask(page, 'records', 'item')).error.code, 'sign-in-needed');
  assert.equal((await ask(page, 'signIn', { ...WISH, password: 'wrong, and long enough' })).error.code, 'wrong-sign-in');
  const identity = await good(page, 'signIn', WISH);
  assert.deepEqual([identity.user, identity.workspace, identity.role, identity.schema.name], ['ann', 'home', 'member', 'list']);

  const all = await good(page, 'records', 'item', { order: 'title' });
  assert.deepEqual([titles(all), all.total], [['Lamp', 'Rope', 'lantern'], 3]);
  const [{ _version, ...lamp }] = all.rows;
  const [device] = await ben.query(`SELECT * FROM item WHERE id = '${id(1)}'`);
  assert.deepEqual(lamp, { id: device.id, title: device.title, done: device.done, count: device.count });
  assert.ok(_version > 0);
  for (const [wish, wanted] of [
    [{ where: { done: 1 } }, ['lantern']],
    [{ where: { done: [0, null] }, order: '-count' }, ['Rope', 'Lamp']],
    [{ where: { count: { from: 3, below: 12 } }, order: 'count' }, ['Lamp', 'lantern']],
    [{ search: 'LA', order: 'title' }, ['Lamp', 'lantern']],
    [{ order: '-title', skip: 1, limit: 1 }, ['Rope']],
    [{ where: { id: [id(3)] } }, ['Rope']],
  ]) {
    assert.deepEqual(titles(await good(page, 'records', 'item', wish)), wanted, JSON.stringify(wish));
  }
  const wrong = await ask(page, 'records', 'item', { where: { colour: 'red' } });
  assert.deepEqual([wrong.error.code, /has no field "colour"/.test(wrong.error.words)], ['bad-request', true]);

  const lines = await good(page, 'history', { type: 'item', id: id(1) });
  assert.deepEqual(lines.map(({ name, verb }) => [name, verb]), [['ben', 'insert']]);
  const { entries } = await good(page, 'timeline', { limit: 1 });
  assert.deepEqual(entries.map(({ changes: [{ label }] }) => label), ['Rope']);
  assert.deepEqual((await page.evaluate(() => window.office.people.members())).value.members.map(({ name }) => name).sort(), ['ann', 'ben']);
  await good(page, 'signOut');
  assert.equal((await ask(page, 'records', 'item')).error.code, 'sign-in-needed');
  assert.deepEqual(page.complaints, []);
});

test('what another does is there at once, and a server that goes is said and heard again', async () => {
  const page = await office();
  await good(page, 'signIn', WISH);
  await page.evaluate(() => window.watch('item', { search: 'live', order: 'title' }));
  await shows(page);
  await reached(page, 'connected');
  await ben.act([{ changes: [{ insert: 'item', id: id(20), fields: { title: 'live 1' } }] }]);
  await shows(page, 'live 1');

  here.way.turn('refuse');
  await reached(page, 'unreachable');
  const { error, until } = await page.evaluate(() => window.reach);
  assert.equal(error.code, 'needs-connection');
  assert.match(until, /^\d{4}-\d\d-\d\dT/);
  await ben.act([{ changes: [{ insert: 'item', id: id(21), fields: { title: 'live 2' } }] }]);
  assert.deepEqual(titles((await page.evaluate(() => window.told)).value), ['live 1'], 'what was told last stays');
  assert.equal((await ask(page, 'records', 'item')).error.code, 'needs-connection');
  here.way.turn('open');
  await shows(page, 'live 1', 'live 2');
  await reached(page, 'connected');

  here.way.turn('portal');
  await reached(page, 'unreachable');
  assert.equal((await ask(page, 'records', 'item')).error.code, 'needs-connection');
  assert.equal((await ask(page, 'signIn', WISH)).error.code, 'needs-connection');
  here.way.turn('open');
  await page.evaluate(() => window.office.retry());
  await reached(page, 'connected');
  await ben.act([{ changes: [{ update: 'item', id: id(20), set: { title: 'live 0' } }] }]);
  await shows(page, 'live 0', 'live 2');

  // A server that is there and has no time: it is tried until it has.
  let refused = 0;
  await page.route('**/records/**', (asked) => {
    refused++;
    return asked.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'access-control-allow-origin': '*' }, body: '{"code":"unavailable","title":"The server has no time."}' });
  });
  here.way.turn('refuse');
  await reached(page, 'unreachable');
  here.way.turn('open');
  await page.waitForFunction(() => window.reach.error?.code === 'unavailable');
  const first = refused;
  const end = Date.now() + 20_000;
  while (refused < first + 2) {
    assert.ok(Date.now() < end, 'it is tried again');
    await new Promise((done) => setTimeout(done, 50));
  }
  await page.unroute('**/records/**');
  await reached(page, 'connected');
  await good(page, 'signOut');
  assert.deepEqual(page.complaints, []);
});

test('whoever is removed is told so, and sees no more', async () => {
  const adding = here.admin('user', 'add', 'dora', '--workspace', 'home', '--password-stdin', '--role', 'member');
  adding.child.stdin.end(`${PASSWORD}\n`);
  await adding;
  const page = await office('tab');
  await good(page, 'signIn', { ...WISH, user: 'dora' });
  await page.evaluate(() => window.watch('item', { search: 'Rope' }));
  await shows(page, 'Rope');
  await reached(page, 'connected');
  await here.admin('member', 'remove', 'dora', '--workspace', 'home');
  await page.waitForFunction(() => window.standing.is === 'new');
  assert.equal(await page.evaluate(() => window.standing.error.code), 'revoked');
  assert.equal((await ask(page, 'records', 'item')).error.code, 'sign-in-needed');
  // What let them in is forgotten, too.
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test('nothing of the data lies in the browser, and who is signed in only where the tab is to remember it', async () => {
  const page = await office('tab');
  const secret = 'written on no disk here';
  await ben.act([{ changes: [{ insert: 'item', id: id(30), fields: { title: secret } }] }]);
  await good(page, 'signIn', WISH);
  await page.evaluate(() => window.watch('item', { search: 'disk' }));
  await shows(page, secret);
  await page.reload();
  await page.waitForFunction(() => window.standing?.is === 'open');
  assert.deepEqual(titles(await good(page, 'records', 'item', { search: 'disk' })), [secret]);
  const kept = () => page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const files = [];
    for await (const [name] of root.entries()) files.push(name);
    return { files, bases: (await indexedDB.databases()).length, caches: await caches.keys(), local: localStorage.length, session: Object.values(sessionStorage).join(' ') };
  });
  const { session, ...rest } = await kept();
  assert.deepEqual(rest, { files: [], bases: 0, caches: [], local: 0 });
  assert.ok(session.includes('"token"') && !session.includes(secret));
  // A new tab knows nobody.
  const other = await office('tab');
  assert.deepEqual(await other.evaluate(() => window.standing), { is: 'new', error: null });
  await good(page, 'signOut');
  assert.equal((await kept()).session, '');
  await context.close();
  const lies = [];
  for (const entry of await readdir(here.profile('office'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if ((await readFile(path)).includes(secret)) lies.push(path);
  }
  assert.deepEqual(lies, []);
  context = await here.browser('office');
});
