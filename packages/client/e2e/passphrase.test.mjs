// A device that has a passphrase: what opens without it, what lies in the browser, and what becomes of it where something ends in the middle.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { PASSWORD, act, files, holds, kept, level, rows, shows, signIn, tab, world } from './world.mjs';

const FIRST = 'a kettle on the seventh stair';
const SECOND = 'two kettles below the stairs';

let here;
let ben;
let counted = 0;

const id = () => `0198c0de-7a16-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;
const item = (title) => [{ insert: 'item', id: id(), fields: { title } }];
const TITLES = 'SELECT title FROM item ORDER BY title';
const standing = (page) => page.evaluate(() => window.standing);
const stands = (page, is) => page.waitForFunction((is) => window.stands === is, is, { timeout: 60_000 });
const asks = (page, name, given) => page.evaluate(([name, given]) => window.book[name](given), [name, given]);
const does = async (page, name, given) => assert.deepEqual(await asks(page, name, given), { ok: true, value: null });
const fails = async (page, name, given, code) => {
  const said = await asks(page, name, given);
  assert.equal(said.error?.code, code, JSON.stringify(said));
  return said.error.words;
};

before(async () => {
  here = await world();
  ben = await here.browser('ben');
});
after(() => here?.end());
afterEach(() => here.way.turn('open'));

/** A browser of her own with a device that has something to send. */
async function device(name) {
  const context = await here.browser(name);
  const page = await tab(context, here);
  const identity = await signIn(page, 'ann');
  await level(page);
  return { context, page, identity };
}

/** Puts back what was kept, as whoever has an old copy of it would. */
async function putBack(context, device) {
  const blank = await context.newPage();
  await blank.goto(`${here.page}/blank`);
  await blank.evaluate(
    (device) =>
      new Promise((done, failed) => {
        const asked = indexedDB.open('fieldbook test', 1);
        asked.onerror = () => failed(asked.error);
        asked.onsuccess = () => {
          const transaction = asked.result.transaction('keys', 'readwrite', { durability: 'strict' });
          transaction.objectStore('keys').put(device, 'device');
          transaction.oncomplete = () => {
            asked.result.close();
            done();
          };
        };
      }),
    device,
  );
  await blank.close();
}

test('a device that has a passphrase opens with that alone, and sends then what it had to send', async () => {
  const { context, page, identity } = await device('first');
  assert.equal((await standing(page)).passphrase, false);
  assert.match(await fails(page, 'setPassphrase', { passphrase: 'short' }, 'bad-passphrase'), /at least 12 characters/);
  await fails(page, 'changePassphrase', { old: FIRST, new: SECOND }, 'no-passphrase');
  await fails(page, 'removePassphrase', { passphrase: FIRST }, 'no-passphrase');
  await fails(page, 'beginAnew', undefined, 'not-locked');
  const plain = await kept(context, here);
  assert.ok(plain.secret.includes('device_secret'));
  here.way.turn('refuse');
  assert.equal((await act(page, item('not sent before'))).ok, true);
  await page.evaluate((sql) => {
    window.heard = [];
    window.book.liveQuery(sql, (table) => window.heard.push(table.rows.length));
  }, TITLES);
  await does(page, 'setPassphrase', { passphrase: FIRST });
  assert.equal((await standing(page)).passphrase, true);
  await fails(page, 'setPassphrase', { passphrase: SECOND }, 'has-passphrase');
  // All goes on as before, what is watched too, and is written under the new key.
  assert.equal((await act(page, item('saved behind it'))).ok, true);
  await page.waitForFunction(() => window.heard.at(-1) === 2);
  const under = await kept(context, here);
  assert.deepEqual([under.keys, under.secret], [undefined, undefined]);
  assert.deepEqual(Object.keys(JSON.parse(under.guarded)).sort(), ['kept', 'passphrase', 'v']);
  await context.close();

  const again = await here.browser('first');
  const locked = await tab(again, here);
  assert.deepEqual(await standing(locked), { is: 'locked', by: 'passphrase', workspace: 'home', user: 'ann' });
  assert.equal((await act(locked, item('not without it'))).error.code, 'passphrase');
  const signing = { workspace: 'home', user: 'ann', password: PASSWORD, device_name: 'x' };
  await fails(locked, 'signIn', signing, 'passphrase');
  assert.match(await fails(locked, 'unlock', { passphrase: SECOND }, 'wrong-passphrase'), /type it once more/);
  assert.equal((await standing(locked)).is, 'locked');
  // Asked in a tab that does not lead.
  const other = await tab(again, here);
  assert.equal((await standing(other)).is, 'locked');
  here.way.turn('open');
  // What one worker tells the others is heard on the origin alone, and looked for on the disk below.
  const ear = await again.newPage();
  await ear.goto(`${here.page}/blank`);
  await ear.evaluate(() => {
    new BroadcastChannel('fieldbook test').onmessage = ({ data }) => {
      if (typeof data.guard === 'string') window.guard = data.guard;
    };
  });
  await does(other, 'unlock', { passphrase: FIRST });
  const guard = JSON.parse(await ear.waitForFunction(() => window.guard).then((it) => it.jsonValue())).device_secret;
  assert.match(guard, /^[0-9a-f]{64}$/);
  await ear.close();
  for (const page of [locked, other]) {
    await stands(page, 'open');
    assert.deepEqual(await rows(page, TITLES), [['not sent before'], ['saved behind it']]);
  }
  assert.equal((await standing(locked)).identity.device_id, identity.device_id);
  await level(locked);
  const his = await tab(ben, here);
  await signIn(his, 'ben');
  await shows(his, TITLES, [['not sent before'], ['saved behind it']]);
  await his.close();
  // Whoever takes over asks for nothing: another tab had it open, or opened while one had.
  await locked.waitForFunction(() => window.last?.leads === true);
  await locked.close();
  await other.waitForFunction(() => window.last?.leads === true);
  assert.equal((await act(other, item('taken over'))).ok, true);
  const third = await tab(again, here);
  await stands(third, 'open');
  await other.close();
  await third.waitForFunction(() => window.last?.leads === true);
  await shows(third, TITLES, [['not sent before'], ['saved behind it'], ['taken over']]);
  // A sign-in with the password goes on under the passphrase.
  await signIn(third, 'ann');
  assert.ok((await kept(again, here)).guarded);
  await third.close();
  const alone = await tab(again, here);
  assert.equal((await standing(alone)).is, 'locked');
  await does(alone, 'unlock', { passphrase: FIRST });

  await fails(alone, 'changePassphrase', { old: SECOND, new: SECOND }, 'wrong-passphrase');
  await fails(alone, 'changePassphrase', { old: FIRST, new: 'short' }, 'bad-passphrase');
  await does(alone, 'changePassphrase', { old: FIRST, new: SECOND });
  await alone.reload();
  await stands(alone, 'locked');
  await fails(alone, 'unlock', { passphrase: FIRST }, 'wrong-passphrase');
  await does(alone, 'unlock', { passphrase: SECOND });
  await shows(alone, TITLES, [['not sent before'], ['saved behind it'], ['taken over']]);
  await again.close();

  // What lies there of the time before opens nothing: the browser appends to a log, in which the device secret of then still stands.
  const lies = await files(here.profile('first'));
  for (const text of [FIRST, SECOND, guard]) assert.deepEqual(lies.filter(({ bytes }) => holds(bytes, text)).map(({ path }) => path), []);
  const thief = await here.browser('first');
  for (const [device, code] of [[plain, 'wrong-key'], [under, 'passphrase']]) {
    await putBack(thief, device);
    const page = await tab(thief, here);
    if (code === 'passphrase') {
      await does(page, 'unlock', { passphrase: FIRST });
      await stands(page, 'closed');
    }
    const told = await standing(page);
    assert.equal(told.is, 'closed', JSON.stringify(told));
    assert.match((await act(page, item('stolen'))).error.code, /key/);
    await page.close();
  }
  await thief.close();
});

test('a browser that is killed right behind the answer is locked, and nothing is lost', async () => {
  const { context, page } = await device('killed');
  here.way.turn('refuse');
  assert.equal((await act(page, item('behind the kill'))).ok, true);
  await does(page, 'setPassphrase', { passphrase: FIRST });
  await here.kill('killed');
  await context.close().catch(() => undefined);
  const again = await here.browser('killed');
  const locked = await tab(again, here);
  assert.equal((await standing(locked)).is, 'locked');
  await does(locked, 'unlock', { passphrase: FIRST });
  await shows(locked, "SELECT title FROM item WHERE title = 'behind the kill'", [['behind the kill']]);
  here.way.turn('open');
  await locked.evaluate(() => window.book.syncNow());
  await level(locked);
  // Taken away again: it opens without it, and what lay there under it is gone.
  await fails(locked, 'removePassphrase', { passphrase: SECOND }, 'wrong-passphrase');
  await does(locked, 'removePassphrase', { passphrase: FIRST });
  assert.equal((await standing(locked)).passphrase, false);
  await locked.reload();
  await stands(locked, 'open');
  assert.equal((await kept(again, here)).guarded, undefined);
  await again.close();
});

test('a browser that is killed anywhere while a passphrase is set opens with it or without it, with all that was saved', async () => {
  const name = 'between';
  const { context, page } = await device(name);
  here.way.turn('refuse');
  const many = Array.from({ length: 60 }, (_, at) => item(`row ${at} ${'x'.repeat(150)}`)[0]);
  assert.equal((await act(page, many)).ok, true);
  const [[saved]] = await rows(page, 'SELECT count(*) FROM item');
  await context.close();
  let isSet = false;
  for (const wait of [0, 60, 150, 250, 400, 600]) {
    const again = await here.browser(name);
    const hers = await tab(again, here);
    if ((await standing(hers)).is === 'locked') {
      isSet = true;
      await does(hers, 'unlock', { passphrase: FIRST });
    }
    assert.deepEqual(await rows(hers, 'SELECT count(*) FROM item'), [[saved]]);
    const wanted = isSet ? ['changePassphrase', { old: FIRST, new: FIRST }] : ['setPassphrase', { passphrase: FIRST }];
    await hers.evaluate(([[name, given], wait]) => {
      void window.book[name](given);
      return new Promise((done) => setTimeout(done, wait));
    }, [wanted, wait]);
    await here.kill(name);
    await again.close().catch(() => undefined);
  }
  const last = await here.browser(name);
  const hers = await tab(last, here);
  if ((await standing(hers)).is === 'locked') await does(hers, 'unlock', { passphrase: FIRST });
  assert.deepEqual(await rows(hers, 'SELECT count(*) FROM item'), [[saved]]);
  await last.close();
});

test('a browser without room for a new key keeps the old one behind the passphrase, and goes on when there is room', async () => {
  const { context, page } = await device('full');
  here.way.turn('refuse');
  const word = 'x'.repeat(190);
  for (let at = 0; at < 20; at++) {
    const many = Array.from({ length: 200 }, () => item(word)[0]);
    assert.equal((await act(page, many)).ok, true);
  }
  const plain = await kept(context, here);
  const [worker] = page.workers();
  // A disk that is full: its files do not get longer than 1 MB.
  await worker.evaluate(() => {
    const { write } = FileSystemSyncAccessHandle.prototype;
    FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
      if ((options?.at ?? 0) > 1_000_000) throw new DOMException('no room', 'QuotaExceededError');
      return write.call(this, bytes, options);
    };
  });
  await does(page, 'setPassphrase', { passphrase: FIRST });
  assert.deepEqual(await rows(page, 'SELECT count(*) FROM item WHERE title = \'' + word + '\''), [[4000]]);
  // Nothing else is begun before that is done.
  await fails(page, 'changePassphrase', { old: FIRST, new: SECOND }, 'between-keys');
  await page.reload();
  await stands(page, 'locked');
  await does(page, 'unlock', { passphrase: FIRST });
  assert.deepEqual(await rows(page, 'SELECT count(*) FROM item WHERE title = \'' + word + '\''), [[4000]]);
  await page.close();
  await putBack(context, plain);
  const thief = await tab(context, here);
  assert.equal((await standing(thief)).is, 'closed');
  await context.close();
});

test('where the browser has no room for the passphrase itself, it says so and all stays as it was', async () => {
  const { context, page } = await device('roomless');
  assert.equal((await act(page, item('before the full disk'))).ok, true);
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
    globalThis.makeRoom = () => {
      IDBObjectStore.prototype.put = put;
    };
  });
  await fails(page, 'setPassphrase', { passphrase: FIRST }, 'disk-full');
  assert.equal((await act(page, item('beside the full disk'))).ok, true);
  await worker.evaluate(() => globalThis.makeRoom());
  assert.equal((await standing(page)).passphrase, false);
  await does(page, 'setPassphrase', { passphrase: FIRST });
  await page.reload();
  await stands(page, 'locked');
  await does(page, 'unlock', { passphrase: FIRST });
  await shows(page, "SELECT title FROM item WHERE title LIKE '%the full disk' ORDER BY title", [['before the full disk'], ['beside the full disk']]);
  await context.close();
});

test('a device that has a passphrase and has not heard from its server for too long takes both to open: the passphrase, and a sign-in', async () => {
  await here.admin('workspace', 'lease', 'home', '2s');
  const { context, page, identity } = await device('leased');
  await act(page, item('leased, sent'));
  await level(page);
  await does(page, 'setPassphrase', { passphrase: FIRST });
  here.way.turn('refuse');
  assert.equal((await act(page, item('leased, not sent'))).ok, true);
  await page.close();
  await new Promise((done) => setTimeout(done, 3_000));
  const again = await tab(context, here);
  await stands(again, 'locked');
  await fails(again, 'unlock', { passphrase: SECOND }, 'wrong-passphrase');
  await asks(again, 'unlock', { passphrase: FIRST });
  await stands(again, 'closed');
  assert.equal((await standing(again)).error.code, 'locked');
  here.way.turn('open');
  const after = await signIn(again, 'ann');
  assert.equal(after.device_id, identity.device_id);
  await shows(again, "SELECT title FROM item WHERE title LIKE 'leased%' ORDER BY title", [['leased, not sent'], ['leased, sent']]);
  await level(again);
  assert.equal((await standing(again)).passphrase, true);
  await again.close();
  const last = await tab(context, here);
  await stands(last, 'locked');
  await does(last, 'unlock', { passphrase: FIRST });
  await shows(last, "SELECT title FROM item WHERE title LIKE 'leased%' ORDER BY title", [['leased, not sent'], ['leased, sent']]);
  await context.close();
  await here.admin('workspace', 'lease', 'home', 'off');
});

test('whose passphrase nobody knows any more is begun anew, and what was not sent is gone', async () => {
  const { context, page, identity } = await device('forgot');
  here.way.turn('refuse');
  await act(page, item('nobody reads it'));
  await page.waitForFunction(() => window.last?.pending === 1);
  await does(page, 'setPassphrase', { passphrase: FIRST });
  await page.reload();
  await stands(page, 'locked');
  assert.equal(await page.evaluate(() => window.book.places().find(({ here }) => here).unsent), 1);
  await does(page, 'beginAnew');
  assert.equal((await standing(page)).is, 'new');
  assert.deepEqual(await kept(context, here), {});
  here.way.turn('open');
  const next = await signIn(page, 'ann');
  assert.notEqual(next.device_id, identity.device_id);
  await level(page);
  assert.deepEqual(await rows(page, "SELECT title FROM item WHERE title = 'nobody reads it'"), []);
  await context.close();
});

test('a device that has a passphrase signs out, and is wiped, as any other', async () => {
  const { context, page, identity } = await device('ordered');
  await does(page, 'setPassphrase', { passphrase: FIRST });
  assert.equal((await page.evaluate(() => window.book.signOut())).ok, true);
  await page.waitForFunction(() => window.last.needs.includes('signed-out'));
  assert.equal((await signIn(page, 'ann')).device_id, identity.device_id);
  await here.admin('device', 'wipe', identity.device_id, '--yes', '--workspace', 'home');
  await stands(page, 'wiped');
  assert.equal((await kept(context, here)).guarded, undefined);
  await page.reload();
  await stands(page, 'wiped');
  assert.notEqual((await signIn(page, 'ann')).device_id, identity.device_id);
  assert.equal((await standing(page)).passphrase, false);
  await context.close();
});
