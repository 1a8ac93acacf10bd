// The same engine on both sides: one transcript, played on devices of the command and in browsers, comes to the same records, and a
// database that a browser wrote opens beside it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FIELDBOOK, PASSWORD, act, kept, level, pool, signIn, tab, world } from './world.mjs';

const run = promisify(execFile);

const id = (n) => `0198c0de-7a14-7000-8000-${n.toString(16).padStart(12, '0')}`;
const [LAMP, ROPE, NORTH, SOUTH, PUMP, TORCH] = [1, 2, 3, 4, 5, 6].map(id);

/** Who does what. Between syncs nobody hears of anybody. `look`: what both hold is compared. */
const TRANSCRIPT = [
  ['ann', 'act', [{ insert: 'item', id: LAMP, fields: { title: 'lamp "ß" 🧀', count: 5 } }, { insert: 'item', id: ROPE, fields: { title: 'rope' } }]],
  ['ann', 'sync'],
  ['ben', 'sync'],
  // Merged: an addition of each, and two fields.
  ['ann', 'act', [{ update: 'item', id: LAMP, add: { count: -2 }, set: { done: true } }]],
  ['ben', 'act', [{ update: 'item', id: LAMP, add: { count: 4 } }, { update: 'item', id: ROPE, set: { done: false } }]],
  ['ann', 'look'],
  ['ben', 'look'],
  ['ann', 'sync'],
  ['ben', 'sync'],
  ['ann', 'sync'],
  ['ann', 'look'],
  // A conflict that Ben decides, and one that Ann does.
  ['ann', 'act', [{ update: 'item', id: LAMP, set: { title: 'lamp of ann' } }]],
  ['ben', 'act', [{ update: 'item', id: LAMP, set: { title: 'lamp of ben' } }]],
  ['ann', 'sync'],
  ['ben', 'sync'],
  ['ben', 'look'],
  ['ben', 'resolve', 'mine'],
  ['ben', 'look'],
  ['ben', 'sync'],
  ['ann', 'sync'],
  ['ann', 'act', [{ update: 'item', id: ROPE, set: { title: 'rope of ann' } }]],
  ['ben', 'act', [{ update: 'item', id: ROPE, set: { title: 'rope of ben' } }]],
  ['ben', 'sync'],
  ['ann', 'sync'],
  ['ann', 'resolve', 'theirs'],
  ['ann', 'sync'],
  ['ben', 'sync'],
  ['ann', 'look'],
  // Back and forth, before and after it is sent.
  ['ann', 'act', [{ insert: 'item', id: TORCH, fields: { title: 'torch' } }]],
  ['ann', 'undo'],
  ['ann', 'redo'],
  ['ann', 'sync'],
  ['ann', 'act', [{ update: 'item', id: TORCH, set: { title: 'long torch' } }]],
  ['ann', 'sync'],
  ['ann', 'undo'],
  ['ann', 'look'],
  ['ann', 'sync'],
  ['ben', 'sync'],
  ['ben', 'act', [{ delete: 'item', id: TORCH }]],
  ['ben', 'sync'],
  ['ben', 'act', [{ restore: 'item', id: TORCH }]],
  ['ben', 'look'],
  ['ben', 'sync'],
  // Parts: one is loaded, gets something, and goes again.
  ['ann', 'act', [{ insert: 'floor', id: NORTH, fields: { name: 'North' } }, { insert: 'floor', id: SOUTH, fields: { name: 'South' } }]],
  ['ann', 'sync'],
  ['ann', 'load', NORTH],
  ['ann', 'sync'],
  ['ann', 'act', [{ insert: 'asset', id: PUMP, fields: { name: 'Pump 3', floor: NORTH } }]],
  ['ann', 'sync'],
  ['ben', 'sync'],
  ['ben', 'look'],
  ['ben', 'load', NORTH],
  ['ben', 'sync'],
  ['ben', 'look'],
  ['ann', 'unload', NORTH],
  ['ann', 'look'],
  ['ben', 'act', [{ update: 'asset', id: PUMP, set: { name: 'Pump 4' } }]],
  ['ben', 'look'],
];

/** What both have to say alike: the own types' lines as they are, and of conflicts all but the ids that a device makes by chance. */
function canonical(lines) {
  const known = new Set([LAMP, ROPE, NORTH, SOUTH, PUMP, TORCH]);
  const others = new Map();
  const named = (text) => {
    if (known.has(text)) return text;
    if (!others.has(text)) others.set(text, `#${others.size}`);
    return others.get(text);
  };
  return lines
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, named)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'then');
}

const hash = (text) => createHash('sha256').update(text).digest('hex');

/** A device of the command. */
async function native(here, user) {
  const home = ['--home', join(here.folder, `device-${user}`)];
  const command = async (words, input) => {
    const running = run(FIELDBOOK, [...words, ...home]);
    if (input !== undefined) running.child.stdin.end(input);
    return (await running).stdout;
  };
  await command(['device', 'sign-in', '--server', here.address, '--workspace', 'home', '--user', user, '--keys', 'file', '--password-stdin'], `${PASSWORD}\n`);
  await command(['sync', '--wait']);
  return {
    act: (changes) => command(['act', '-'], `${JSON.stringify({ changes })}\n`),
    sync: () => command(['sync', '--wait']),
    undo: () => command(['undo']),
    redo: () => command(['redo']),
    resolve: (side) => command(['resolve', `--${side}`]),
    load: (floor) => command(['load', `floor/${floor}`, '--beneath']),
    unload: (floor) => command(['unload', `floor/${floor}`]),
    look: async () => [await command(['export']), await command(['export', '--confirmed'])],
  };
}

/** One in a browser, which hears of the network only when it is to sync. */
async function web(here, user) {
  const context = await here.browser(user);
  const page = await tab(context, here);
  await signIn(page, user);
  const ask = async (call, ...args) => {
    const said = await page.evaluate(([call, args]) => window.book[call](...args), [call, args]);
    assert.equal(said.ok, true, `${user} ${call}: ${JSON.stringify(said.error)}`);
    return said.value;
  };
  await level(page);
  await ask('surround', { no_network: true });
  return {
    context,
    page,
    act: (changes) => act(page, changes).then((said) => assert.equal(said.ok, true, JSON.stringify(said.error))),
    sync: async () => {
      await ask('surround', { no_network: false });
      await ask('syncNow');
      await level(page);
      await ask('surround', { no_network: true });
    },
    undo: () => ask('undo'),
    redo: () => ask('redo'),
    resolve: async (side) => {
      const [conflict] = await ask('conflicts');
      await ask('resolve', conflict.id, side);
    },
    load: (floor) => ask('load', 'floor', floor),
    unload: (floor) => ask('unload', 'floor', floor),
    look: async () => [await ask('exportRecords'), await ask('exportRecords', { confirmed: true })],
  };
}

let worlds;
let devices;
before(async () => {
  worlds = [await world(), await world()];
  const [beside, inside] = worlds;
  devices = { ann: [await native(beside, 'ann'), await web(inside, 'ann')], ben: [await native(beside, 'ben'), await web(inside, 'ben')] };
});
after(() => Promise.all((worlds ?? []).map((here) => here.end())));

test('one transcript comes to the same records natively and in WebAssembly', async () => {
  const looked = [];
  for (const [step, [who, verb, ...given]] of TRANSCRIPT.entries()) {
    const told = [];
    for (const device of devices[who]) told.push(await device[verb](...given));
    if (verb !== 'look') continue;
    const [beside, inside] = told.map((texts) => texts.map(canonical));
    assert.deepEqual(inside, beside, `step ${step}: ${who}`);
    looked.push(hash(inside.join('')));
  }
  // Each look sees something that was not there before.
  assert.ok(new Set(looked).size >= 11, looked.join(' '));
});

test('a database that a browser wrote opens natively with its keys', async () => {
  const { context, page } = devices.ben[1];
  const [here] = [worlds[1]];
  const [shown, confirmed] = await devices.ben[1].look();
  const identity = await page.evaluate(() => window.standing.identity);
  await page.close();
  const { keys, secret, server } = await kept(context, here);
  const files = Object.values(await pool(context, here)).map((text) => Buffer.from(text, 'base64'));
  // The pool writes a file's name before its first page.
  const named = (name) => files.find((bytes) => bytes.subarray(0, 512).toString().split('\0')[0] === name)?.subarray(4096);
  const database = named('/device.db');
  assert.ok(database?.length >= 4096, 'the database is there');
  const home = join(here.folder, 'of-a-browser');
  await mkdir(home);
  const { workspace, workspace_id, user, user_id, device_id } = identity;
  await writeFile(join(home, 'home.json'), JSON.stringify({ format: 2, server, workspace, workspace_id, user, user_id, device_id }));
  await writeFile(join(home, 'keys.json'), keys);
  await writeFile(join(home, 'device.secret'), secret);
  await writeFile(join(home, 'fieldbook.db'), database);
  const log = named('/device.db-wal');
  if (log?.length > 0) await writeFile(join(home, 'fieldbook.db-wal'), log);
  const { stdout } = await run(FIELDBOOK, ['export', '--home', home]);
  assert.equal(hash(stdout), hash(shown));
  assert.equal((await run(FIELDBOOK, ['export', '--confirmed', '--home', home])).stdout, confirmed);
  assert.notEqual(shown, confirmed, 'something waits');
  // And with another secret it does not.
  await writeFile(join(home, 'device.secret'), secret.replace(/.$/, (sign) => (sign === 'q' ? 'p' : 'q')));
  await assert.rejects(run(FIELDBOOK, ['export', '--home', home]));
});

/** What is kept of the keys, wrapped, and the secret of a device that signs in, or that has a passphrase and is open: whoever calls has to keep both. */
const KEPT = ['guard_keys', 'guard_secret', 'rekeyed', 'signedin_keys', 'signin_secret'];

test('the engine gives out no key of the database', async () => {
  const bytes = await readFile(fileURLToPath(new URL('../dist/engine.wasm', import.meta.url)));
  const names = WebAssembly.Module.exports(await WebAssembly.compile(bytes)).map((it) => it.name);
  assert.ok(names.includes('engine_act'));
  assert.deepEqual(names.filter((name) => /key|secret|probe|raw/i.test(name)).sort(), KEPT);
});
