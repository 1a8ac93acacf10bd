// What the device costs in a browser: how much is fetched, how soon it is there again, how many acts it saves, and how long a reader waits
// while much arrives. With the real server, in Chromium. `cargo xtask bench web` builds all of it and plays this.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { level, rows, signIn, tab, world } from '../e2e/world.mjs';

/** What is fetched may not grow beyond this without somebody saying so, in KiB. */
const FETCHED_KIB_MAX = Number(process.env.FETCHED_KIB_MAX);
const OPENS = 12;
const ACTS = 1000;
const ARRIVING = 10_000;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const say = (name, value, aim) => console.log(`${name.padEnd(46)} ${value.padStart(14)}   ${aim}`);

/** What a server sends of a file, packed as tightly as brotli does. */
async function packed(name) {
  const bytes = await readFile(fileURLToPath(new URL(`../dist/${name}`, import.meta.url)));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { raw: bytes.length, small: brotliCompressSync(bytes, { params }).length };
}

const sizes = await Promise.all(['engine.wasm', 'index.js', 'worker.js'].map(packed));
const kib = sizes.reduce((sum, { small }) => sum + small, 0) / 1024;
say('engine.wasm, as it is', `${(sizes[0].raw / 1024).toFixed(0)} KiB`, '');
say('engine and client, brotli 11', `${kib.toFixed(0)} KiB`, `aim 480 KiB, at most ${FETCHED_KIB_MAX} KiB`);

const here = await world();
try {
  const [ann, ben] = [await here.browser('ann'), await here.browser('ben')];
  const hers = await tab(ann, here);
  await signIn(hers, 'ann');
  await level(hers);

  const opens = [];
  for (let open = 0; open < OPENS; open++) {
    await hers.reload();
    await hers.waitForFunction(() => window.stands === 'open');
    opens.push(await hers.evaluate(() => window.opened_ms));
  }
  say('second open, from the page to its data', `${median(opens).toFixed(0)} ms`, 'aim 150 ms');

  // Alone: what is saved is on the disk, and nobody is told.
  await hers.evaluate(() => window.book.surround({ no_network: true }));
  const acts = await hers.evaluate(async (acts) => {
    const id = (n) => `0198c0de-7a16-7000-8000-${n.toString(16).padStart(12, '0')}`;
    const begun = performance.now();
    for (let n = 0; n < acts; n++) {
      const said = await window.book.act({ changes: [{ insert: 'item', id: id(n), fields: { title: `bench ${n}`, count: n } }] });
      if (!said.ok) throw new Error(JSON.stringify(said.error));
    }
    return acts / ((performance.now() - begun) / 1000);
  }, ACTS);
  say('acts, each on the disk', `${acts.toFixed(0)} /s`, '');

  // Ben makes much, Ann reads while it arrives.
  const his = await tab(ben, here);
  await signIn(his, 'ben');
  await his.evaluate(async (arriving) => {
    const id = (n) => `0198c0de-7a17-7000-8000-${n.toString(16).padStart(12, '0')}`;
    for (let n = 0; n < arriving; n += 100) {
      const changes = Array.from({ length: 100 }, (_, at) => ({ insert: 'item', id: id(n + at), fields: { title: `row ${n + at}`, count: n } }));
      const said = await window.book.act({ changes });
      if (!said.ok) throw new Error(JSON.stringify(said.error));
    }
  }, ARRIVING);
  await level(his, 120_000);
  await hers.evaluate(() => window.book.surround({ no_network: false }));
  const stalls = await hers.evaluate(async (wanted) => {
    const waited = [];
    const begun = performance.now();
    for (;;) {
      const asked = performance.now();
      const said = await window.book.query("SELECT count(*) FROM item WHERE title LIKE 'row %'");
      waited.push(performance.now() - asked);
      if (said.value.rows[0][0] >= wanted) return { longest: Math.max(...waited), all: performance.now() - begun };
      if (performance.now() - begun > 120_000) throw new Error(`only ${said.value.rows[0][0]} rows came`);
      await new Promise((done) => setTimeout(done, 2));
    }
  }, ARRIVING);
  say(`${ARRIVING} rows, from the server to the screen`, `${(ARRIVING / (stalls.all / 1000)).toFixed(0)} /s`, '');
  say('the longest that a reader waited meanwhile', `${stalls.longest.toFixed(0)} ms`, 'aim 50 ms');
  await level(hers, 60_000);
  await rows(hers, 'SELECT count(*) FROM item');
} finally {
  await here.end();
}
if (!(kib <= FETCHED_KIB_MAX)) {
  console.error(`engine and client are ${kib.toFixed(0)} KiB: more than ${FETCHED_KIB_MAX} KiB. If that is worth it, say so in xtask/src/web.rs.`);
  process.exit(1);
}
