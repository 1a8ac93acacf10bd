// What a browser does to a device: an engine that breaks, a disk that is full, tabs that nobody sees, a clock that jumps, a network that
// changes in the middle of something, no place for data at all.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { act, level, rows, shows, signIn, tab, world } from './world.mjs';

let here;
let ann;
let counted = 0;

const id = () => `0198c0de-7a15-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;
const item = (title) => [{ insert: 'item', id: id(), fields: { title } }];
const TITLES = 'SELECT title FROM item ORDER BY title';

before(async () => {
  here = await world();
  ann = await here.browser('ann');
  const hers = await tab(ann, here);
  await signIn(hers, 'ann');
  await act(hers, item('anvil'));
  await level(hers);
  await hers.close();
});
after(() => here?.end());
afterEach(async () => {
  here.way.turn('open');
  for (const page of ann.pages()) await page.close();
});

/** The next thing that the worker of a page writes as JSON breaks its engine as a panic does: by a trap of WebAssembly. */
async function breaks(page) {
  const [worker] = page.workers();
  await worker.evaluate(() => {
    // (module (func (export "trap") unreachable))
    const trap = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11];
    const real = JSON.stringify;
    JSON.stringify = () => {
      JSON.stringify = real;
      new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(trap))).exports.trap();
    };
  });
}

test('an engine that breaks is started anew, with all that was saved and all that is watched', async () => {
  const hers = await tab(ann, here);
  await hers.evaluate((sql) => {
    window.heard = [];
    window.book.liveQuery(sql, (table) => window.heard.push(table.rows.length));
  }, TITLES);
  await hers.waitForFunction(() => window.heard.at(-1) === 1);
  assert.equal((await act(hers, item('bellows'))).ok, true);
  await breaks(hers);
  const broke = await act(hers, item('never saved'));
  assert.equal(broke.error.code, 'engine', JSON.stringify(broke));
  // Asked while there is no worker, and answered by the next.
  assert.deepEqual(await rows(hers, TITLES), [['anvil'], ['bellows']]);
  assert.equal((await act(hers, item('chisel'))).ok, true);
  await hers.waitForFunction(() => window.heard.at(-1) === 3);
  await level(hers);
  // One that always breaks is not started for ever.
  for (let time = 0; time < 2; time++) {
    await hers.waitForFunction(() => window.stands === 'open');
    await breaks(hers);
    assert.equal((await act(hers, item('never saved'))).error.code, 'engine');
    assert.deepEqual(await rows(hers, TITLES), [['anvil'], ['bellows'], ['chisel']]);
  }
  await breaks(hers);
  await act(hers, item('never saved'));
  await hers.waitForFunction(() => window.stands === 'closed');
  assert.equal(await hers.evaluate(() => window.standing.error.code), 'engine');
  await hers.close();
});

test('another tab takes over from one whose engine breaks', async () => {
  const first = await tab(ann, here);
  const second = await tab(ann, here);
  await first.waitForFunction(() => window.last?.leads === true);
  await breaks(first);
  assert.equal((await act(second, item('drill'))).error?.code, 'engine');
  assert.equal((await act(second, item('edge'))).ok, true);
  await shows(first, "SELECT title FROM item WHERE title IN ('drill', 'edge')", [['edge']]);
  await level(second);
});

test('a browser without room refuses an act with a sentence, loses nothing, and goes on when there is room', async () => {
  const hers = await tab(ann, here);
  here.way.turn('refuse');
  const cdp = await ann.newCDPSession(hers);
  const used = (await hers.evaluate(() => window.book.storage())).value.used;
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: here.page, quotaSize: used + 200_000 });
  const before = (await rows(hers, TITLES)).length;
  const { saved, error } = await hers.evaluate(async () => {
    const word = 'x'.repeat(190);
    for (let saved = 0; saved < 5000; saved++) {
      const changes = Array.from({ length: 40 }, () => ({ insert: 'item', id: crypto.randomUUID().replace(/^(.{14})./, '$17'), fields: { title: word } }));
      const said = await window.book.act({ changes });
      if (!said.ok) return { saved, error: said.error };
    }
    return { saved: 5000 };
  });
  assert.equal(error?.code, 'disk-full', JSON.stringify(error));
  assert.ok(error.words.length > 20);
  const [[count]] = await rows(hers, 'SELECT count(*) FROM item');
  assert.equal(count, before + saved * 40);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: here.page });
  assert.equal((await act(hers, item('there is room'))).ok, true);
  await hers.reload();
  await hers.waitForFunction(() => window.stands === 'open');
  assert.deepEqual(await rows(hers, 'SELECT count(*) FROM item'), [[count + 1]]);
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await level(hers, 60_000);
  await hers.close();
});

test('a device that no tab shows is told so, and shown again', async () => {
  const hers = await tab(ann, here);
  // A page behind another is drawn no more, so that it is asked by the clock.
  const isHidden = (is) => hers.waitForFunction((is) => window.last?.conditions.hidden === is, is, { polling: 100 });
  await isHidden(false);
  await hers.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await isHidden(true);
  const other = await tab(ann, here);
  await isHidden(false);
  await other.close();
  await isHidden(true);
  await hers.close();
});

test('a tab that is slow to say that it lives is not taken for one that has gone', async () => {
  const hers = await tab(ann, here);
  await hers.waitForFunction(() => window.last?.leads === true);
  // Locks and messages go different ways: the leader may hear of a tab before the tab has its lock.
  await ann.route('**/worker.js', async (route) => {
    const answer = await route.fetch();
    // In a block: the worker's own names are short ones, too.
    const late = `{
      const at = navigator.locks, now = at.request.bind(at);
      at.request = (name, ...rest) => new Promise((go) => setTimeout(go, name.startsWith('fieldbook tab') ? 500 : 0)).then(() => now(name, ...rest));
    }`;
    await route.fulfill({ response: answer, body: `${late}\n${await answer.text()}` });
  });
  const late = await tab(ann, here);
  await ann.unroute('**/worker.js');
  await late.evaluate(() => {
    window.seen = [];
    window.book.liveQuery("SELECT title FROM item WHERE title = 'late'", (table) => window.seen.push(table.rows.length));
  });
  await late.waitForFunction(() => window.seen.length === 1);
  assert.equal((await act(hers, item('late'))).ok, true);
  await late.waitForFunction(() => window.seen.at(-1) === 1);
  await late.close();
  await hers.close();
});

test('a frozen tab that has the device keeps nobody out for ever', async () => {
  const first = await tab(ann, here);
  await first.waitForFunction(() => window.last?.leads === true);
  const cdp = await ann.newCDPSession(first);
  await cdp.send('Page.enable');
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  const second = await tab(ann, here);
  assert.equal((await act(second, item('frost'))).ok, true);
  await cdp.send('Page.setWebLifecycleState', { state: 'active' });
  await shows(first, "SELECT title FROM item WHERE title = 'frost'", [['frost']]);
});

test('a browser that gives no place for data says so', async () => {
  const page = await ann.newPage();
  await page.goto(`${here.page}/blank`);
  const said = await page.evaluate(async (server) => {
    const { open } = await import('/index.js');
    // As in a page that is not secure: the worker finds no such thing.
    const code = "Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined }); await import(location.hash.slice(1));";
    const blob = URL.createObjectURL(new Blob([`const queue = []; onmessage = (event) => queue.push(event); ${code.replace('location.hash.slice(1)', JSON.stringify(`${location.origin}/worker.js`))}; for (const event of queue) onmessage(event);`], { type: 'text/javascript' }));
    const book = open({ app: 'nowhere', server, worker: () => new Worker(blob, { type: 'module' }), module: '/engine.wasm' });
    return new Promise((done) => book.standing((it) => it.is !== 'opening' && done(it)));
  }, here.way.url);
  assert.deepEqual([said.is, said.error?.code], ['closed', 'no-storage'], JSON.stringify(said));
  assert.match(said.error.words, /private|HTTPS/);
  await page.close();
});

test('a clock that jumps loses nothing, is told of, and is believed again when it is right', async () => {
  const hers = await tab(ann, here);
  await level(hers);
  const DAY_MS = 24 * 60 * 60 * 1000;
  const [worker] = hers.workers();
  const set = (ahead) =>
    worker.evaluate((ahead) => {
      globalThis.right ??= Date.now;
      Date.now = () => globalThis.right() + ahead;
    }, ahead);
  const cause = (wanted) => hers.waitForFunction((wanted) => (window.last.cause?.is ?? null) === wanted, wanted, { timeout: 20_000 });
  const titles = [];
  const saved = async (title) => {
    titles.push(title);
    assert.equal((await act(hers, item(title))).ok, true);
    await level(hers);
  };
  await saved('clock 1 right');
  await cause(null);
  // Ten years ahead, then two days behind, each with what is saved on the way.
  await set(3650 * DAY_MS);
  await saved('clock 2 ahead');
  await cause('clock');
  assert.ok(await hers.evaluate((least) => window.last.cause.off_ms < -least, 3649 * DAY_MS));
  await set(-2 * DAY_MS);
  await saved('clock 3 behind');
  await hers.waitForFunction((least) => window.last.cause?.off_ms > least, DAY_MS, { timeout: 20_000 });
  // One without a network, across a jump.
  here.way.turn('refuse');
  titles.push('clock 4 alone');
  assert.equal((await act(hers, item('clock 4 alone'))).ok, true);
  await set(0);
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await level(hers);
  await saved('clock 5 right');
  await cause(null);
  const CLOCKS = "SELECT title FROM item WHERE title LIKE 'clock %' ORDER BY title";
  assert.deepEqual(await rows(hers, CLOCKS), titles.map((title) => [title]));
  // What is on the disk opens under the right clock, and the server has all of it, once each.
  await hers.close();
  const again = await tab(ann, here);
  assert.deepEqual(await rows(again, CLOCKS), titles.map((title) => [title]));
  const native = await here.native('ben');
  assert.deepEqual((await native.query(CLOCKS)).length, titles.length);
});

test('a network that goes in the middle of a push or of a stream costs nothing and repeats nothing', async () => {
  const hers = await tab(ann, here);
  const ben = await here.browser('ben');
  const his = await tab(ben, here);
  await signIn(his, 'ben');
  await level(his);
  const COUNT = "SELECT count(*), count(DISTINCT title), sum(count) FROM item WHERE title LIKE 'net %'";
  const make = (page, from, to) =>
    page.evaluate(async ([from, to]) => {
      for (let n = from; n < to; n += 50) {
        const changes = Array.from({ length: 50 }, (_, at) => ({
          insert: 'item',
          id: `0198c0de-7a25-7000-8000-${(n + at).toString(16).padStart(12, '0')}`,
          fields: { title: `net ${n + at} ${'x'.repeat(100)}`, count: 1 },
        }));
        const said = await window.book.act({ changes });
        if (!said.ok) throw new Error(JSON.stringify(said.error));
      }
    }, [from, to]);
  // In the middle of what goes up. The page hears that there is no network, and that there is one again.
  await ann.setOffline(true);
  await make(hers, 0, 1000);
  here.way.cut('up', 20_000);
  await ann.setOffline(false);
  await hers.waitForFunction(() => window.last.pending === 0, undefined, { timeout: 30_000 });
  assert.ok(here.way.isCut('up'));
  await level(hers, 30_000);
  await shows(his, COUNT, [[1000, 1000, 1000]], 30_000);
  // In the middle of what comes down.
  await ann.setOffline(true);
  await make(his, 1000, 4000);
  await level(his, 30_000);
  here.way.cut('down', 8_000);
  await ann.setOffline(false);
  await hers.evaluate(() => window.book.syncNow());
  await shows(hers, COUNT, [[4000, 4000, 4000]], 30_000);
  assert.ok(here.way.isCut('down'));
  await level(hers, 30_000);
});

/** Makes many records, a hundred at a time, whose titles begin with a word. */
const makeMuch = (page, word, many) =>
  page.evaluate(
    async ([word, many]) => {
      for (let n = 0; n < many; n += 100) {
        const changes = Array.from({ length: 100 }, (_, at) => ({ insert: 'item', id: crypto.randomUUID(), fields: { title: `${word} ${n + at}` } }));
        const said = await window.book.act({ changes });
        if (!said.ok) throw new Error(JSON.stringify(said.error));
      }
    },
    [word, many],
  );

test('whoever reads while much arrives sees all of it or none', async () => {
  const hers = await tab(ann, here);
  const ben = await here.browser('ben at home');
  const his = await tab(ben, here);
  await signIn(his, 'ben');
  await level(hers);
  await hers.evaluate(() => window.book.surround({ no_network: true }));
  const MANY = 3000;
  await makeMuch(his, 'much', MANY);
  await level(his, 60_000);
  const seen = await hers.evaluate(async (many) => {
    void window.book.surround({ no_network: false });
    const seen = [];
    const end = performance.now() + 30_000;
    while (seen.at(-1) !== many && performance.now() < end) {
      const said = await window.book.query("SELECT count(*) FROM item WHERE title LIKE 'much %'");
      if (!said.ok) throw new Error(JSON.stringify(said.error));
      seen.push(said.value.rows[0][0]);
    }
    return seen;
  }, MANY);
  assert.deepEqual([...new Set(seen)], [0, MANY]);
  // What was read beside it is what is there, and what is saved after it is read.
  assert.equal((await act(hers, item('after much'))).ok, true);
  await shows(hers, "SELECT count(*) FROM item WHERE title LIKE '%much%'", [[MANY + 1]]);
  await level(hers);
});

test('what is saved during a first load is read at once, and as long as it takes', async () => {
  const his = await tab(await here.browser('ben once more'), here);
  await signIn(his, 'ben');
  const MANY = 12_000;
  await makeMuch(his, 'flood', MANY);
  await level(his, 60_000);
  const hers = await tab(await here.browser('ann elsewhere'), here);
  await signIn(hers, 'ann');
  const seen = await hers.evaluate(async (many) => {
    const count = async (word) => {
      const said = await window.book.query(`SELECT count(*) FROM item WHERE title LIKE '${word} %'`);
      if (!said.ok) throw new Error(JSON.stringify(said.error));
      return said.value.rows[0][0];
    };
    const end = performance.now() + 30_000;
    const wrong = [];
    let own = 0;
    for (let turn = 0; (await count('flood')) !== many && performance.now() < end; turn++) {
      if (turn % 2 === 0) {
        const said = await window.book.act({ changes: [{ insert: 'item', id: crypto.randomUUID(), fields: { title: `own ${own}` } }] });
        if (!said.ok) throw new Error(JSON.stringify(said.error));
        own += 1;
      }
      const there = await count('own');
      if (there !== own) wrong.push([turn, there, own]);
    }
    return { own, wrong, there: await count('own') };
  }, MANY);
  assert.deepEqual(seen.wrong, []);
  assert.ok(seen.own > 1, `${seen.own} were saved while it arrived`);
  assert.equal(seen.there, seen.own);
  await level(hers);
});
