// What a screen asks for beside reading and acting: the past, the parts, the room, the account, help. With the real server.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { FIELDBOOK, PASSWORD, act, level, rows, shows, signIn, tab, world } from './world.mjs';

const run = promisify(execFile);

let here;
let ann;
let ben;
let counted = 0;

const id = () => `0198c0de-7a12-7000-8000-${(++counted).toString(16).padStart(12, '0')}`;
const item = (title) => [{ insert: 'item', id: id(), fields: { title } }];
/** Asks the device of a tab. */
const ask = (page, call, ...args) => page.evaluate(([call, args]) => window.book[call](...args), [call, args]);
const good = async (page, call, ...args) => {
  const said = await ask(page, call, ...args);
  assert.equal(said.ok, true, `${call}: ${JSON.stringify(said.error)}`);
  return said.value;
};

before(async () => {
  here = await world();
  [ann, ben] = [await here.browser('ann'), await here.browser('ben')];
});
after(() => here?.end());
// What a test leaves behind when it fails is not the next one's.
afterEach(async () => {
  here.way.turn('open');
  for (const page of [...ann.pages(), ...ben.pages()]) await page.close();
});

test('who looks at a record is told to others, from every tab; it is written nowhere, and no call leaves a device that works offline', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  await signIn(hers, 'ann');
  await signIn(his, 'ben');
  const record = { type: 'item', id: id() };
  await act(hers, [{ insert: 'item', id: record.id, fields: { title: 'looked at' } }]);
  await level(hers);
  const log = await good(hers, 'log');
  const names = (people) => people.map(({ name, here }) => [name, here]);
  assert.deepEqual(await good(hers, 'seen', record, true), []);
  assert.deepEqual(names(await good(his, 'seen', record, true)), [['ann', true]]);
  const second = await tab(ann, here);
  await second.waitForFunction(() => window.book.status);
  const [{ last_seen, user, ...ben1 }] = await good(second, 'seen', record, true);
  assert.deepEqual(ben1, { name: 'ben', here: true });
  assert.match(last_seen, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(user, /^[0-9a-f-]{36}$/);
  await good(his, 'seen', record, false);
  assert.deepEqual(names(await good(second, 'seen', record, true)), [['ben', false]]);
  assert.deepEqual([await good(hers, 'log'), await good(hers, 'isLevel')], [log, true]);
  const wrong = await ask(hers, 'seen', { type: 'item', id: id() }, true);
  assert.equal(wrong.error.code, 'not-found');

  here.way.turn('refuse');
  assert.equal((await ask(second, 'seen', record, true)).error.code, 'needs-connection');
  here.way.turn('open');
  await good(hers, 'workOffline', true);
  const before = here.way.calls();
  for (const page of [hers, second]) assert.equal((await ask(page, 'seen', record, true)).error.code, 'needs-connection');
  assert.equal(here.way.calls(), before, 'nothing leaves');
  await good(hers, 'workOffline', false);
  await good(hers, 'surround', { no_network: true });
  assert.equal((await ask(hers, 'seen', record, true)).error.code, 'needs-connection');
});

test('the history of a record says who did what, and a value of it comes back', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  await signIn(hers, 'ann');
  await signIn(his, 'ben');
  const lamp = id();
  await act(hers, [{ insert: 'item', id: lamp, fields: { title: 'lamp' } }]);
  await level(hers);
  await shows(his, `SELECT title FROM item WHERE id = '${lamp}'`, [['lamp']]);
  await act(his, [{ update: 'item', id: lamp, set: { title: 'torch' } }]);
  await level(his);
  await shows(hers, `SELECT title FROM item WHERE id = '${lamp}'`, [['torch']]);
  const told = await good(hers, 'history', { type: 'item', id: lamp });
  assert.deepEqual([told.all, told.why], [true, null]);
  assert.deepEqual(told.lines.map((line) => [line.name, line.verb]), [['ann', 'insert'], ['ben', 'update']]);
  const [, second] = told.lines;
  assert.deepEqual(second.units.map(({ field, before, after }) => [field, before, after]), [['title', 'lamp', 'torch']]);
  assert.match(second.edited_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(second.op_id, /^[0-9a-f-]{36}$/);
  // Without a network: this device's own part, and it says so. What waits is in it.
  here.way.turn('refuse');
  await act(hers, [{ update: 'item', id: lamp, set: { title: 'candle' } }]);
  const own = await good(hers, 'history', { type: 'item', id: lamp });
  assert.deepEqual([own.all, own.why.code], [false, 'needs-connection']);
  assert.deepEqual(own.lines.map((line) => [line.name, line.verb, line.units[0].outcome]), [['ann', 'insert', 'applied'], ['ann', 'update', 'waiting']]);
  here.way.turn('open');
  await good(hers, 'syncNow');
  await level(hers);
  // What Ben wrote is in the server's history alone.
  await good(hers, 'restore', { type: 'item', id: lamp }, { field: 'title', version: second.version });
  await level(hers);
  assert.deepEqual(await rows(hers, `SELECT title FROM item WHERE id = '${lamp}'`), [['torch']]);
  const wrong = await ask(hers, 'restore', { type: 'item', id: lamp }, { field: 'title', version: 999_999 });
  assert.equal(wrong.error.code, 'wrong-call');
  await act(hers, [{ delete: 'item', id: lamp }]);
  await level(hers);
  assert.deepEqual(await rows(hers, `SELECT title FROM item WHERE id = '${lamp}'`), []);
  await good(hers, 'restore', { type: 'item', id: lamp });
  assert.deepEqual(await rows(hers, `SELECT title FROM item WHERE id = '${lamp}'`), [['torch']]);
  await level(hers);
  const of = await good(hers, 'history', { op: second.op_id });
  assert.deepEqual(of.lines.map((line) => line.name), ['ben']);
  await hers.close();
  await his.close();
});

test('what happened last is told of everybody, in stretches and of a part, and needs the server', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  const [floor, asset] = [id(), id()];
  await act(hers, [{ insert: 'floor', id: floor, fields: { name: 'attic' } }]);
  await level(hers);
  await good(his, 'load', 'floor', floor);
  await level(his);
  await act(his, [{ insert: 'asset', id: asset, fields: { name: 'chimney', floor } }]);
  await act(his, [{ delete: 'asset', id: asset }]);
  await level(his);
  const told = await good(hers, 'timeline', { part: { type: 'floor', id: floor } });
  const lines = told.entries.map(({ name, changes: [{ verb, type, label, scope }] }) => [name, verb, type, label, scope]);
  const within = `floor/${floor}`;
  // The floor itself lies at the root.
  assert.deepEqual(lines, [
    ['ben', 'delete', 'asset', 'chimney', within],
    ['ben', 'insert', 'asset', 'chimney', within],
    ['ann', 'insert', 'floor', 'attic', undefined],
  ]);
  assert.equal(told.next, undefined);
  const [first] = told.entries;
  const rest = await good(hers, 'timeline', { before: first.version, limit: 1 });
  assert.deepEqual(rest.entries.map(({ op_id }) => op_id), [told.entries[1].op_id]);
  assert.equal(rest.next, told.entries[1].version);
  assert.deepEqual((await good(hers, 'timeline', { after: first.version })).entries, []);
  here.way.turn('refuse');
  assert.equal((await ask(hers, 'timeline')).error.code, 'needs-connection');
  here.way.turn('open');
  await good(hers, 'syncNow');
  await good(his, 'unload', 'floor', floor);
  await act(hers, [{ delete: 'floor', id: floor }]);
  await level(hers);
  await hers.close();
  await his.close();
});

test('what can be undone and done again is listed, in sentences', async () => {
  const hers = await tab(ann, here);
  await act(hers, item('shears'));
  const before = await good(hers, 'undoStack');
  assert.match(before.undo[0].says, /shears/);
  assert.deepEqual(before.redo, []);
  await good(hers, 'undo');
  const after = await good(hers, 'undoStack');
  assert.deepEqual(after.redo.map((it) => it.seq), [before.undo[0].seq]);
  await level(hers);
  await hers.close();
});

test('a part is offered, comes when it is asked for, and goes again', async () => {
  const hers = await tab(ann, here);
  const [north, south, pump] = [id(), id(), id()];
  await act(hers, [{ insert: 'floor', id: north, fields: { name: 'North' } }, { insert: 'floor', id: south, fields: { name: 'South' } }]);
  await level(hers);
  const offered = await good(hers, 'parts');
  assert.deepEqual(offered.map((part) => [part.type, part.label, part.state, part.records]), [
    ['floor', 'North', 'offered', null],
    ['floor', 'South', 'offered', null],
  ]);
  here.way.turn('refuse');
  await good(hers, 'load', 'floor', north);
  const wanted = await good(hers, 'parts');
  assert.deepEqual(wanted.map((part) => [part.label, part.state]), [['North', 'wanted'], ['South', 'offered']]);
  here.way.turn('open');
  await good(hers, 'syncNow');
  await level(hers);
  await act(hers, [{ insert: 'asset', id: pump, fields: { name: 'Pump 3', floor: north } }]);
  await level(hers);
  const [loaded] = await good(hers, 'parts');
  assert.deepEqual([loaded.id, loaded.state, loaded.scope, loaded.beneath], [north, 'loaded', `floor/${north}`, true]);
  assert.ok(loaded.records >= 1 && loaded.bytes > 0 && loaded.since !== null, JSON.stringify(loaded));
  assert.equal(await good(hers, 'unload', 'floor', north), 1);
  assert.deepEqual(await rows(hers, 'SELECT name FROM asset'), []);
  // Not here any more: the server says how much it is.
  const { own, beneath } = await good(hers, 'partSize', { type: 'floor', id: north });
  assert.deepEqual([own, own.records, own.blobs, own.blob_bytes], [beneath, 1, 0, 0]);
  assert.ok(own.bytes > 10, `${own.bytes}`);
  assert.equal((await ask(hers, 'partSize', { type: 'floor', id: pump })).error.code, 'not-found');
  const none = await ask(hers, 'unload', 'floor', north);
  assert.equal(none.error.code, 'wrong-call');
  await hers.close();
});

test('what is old goes when somebody says so, and comes back', async () => {
  const hers = await tab(ann, here);
  const days = [1, 2, 3].map((day) => ({ insert: 'reading', id: id(), fields: { taken: `2026-0${day}-15`, value: day } }));
  await act(hers, days);
  await level(hers);
  const asked = await good(hers, 'prune', { before: '2026-03-01', dryRun: true });
  assert.deepEqual([asked.records, asked.dry_run, asked.types.map((it) => [it.type, it.records])], [2, true, [['reading', 2]]]);
  assert.equal((await rows(hers, 'SELECT id FROM reading')).length, 3);
  const gone = await good(hers, 'prune', { before: '2026-03-01' });
  assert.deepEqual([gone.records, gone.stay, gone.dry_run], [2, 0, false]);
  assert.ok(gone.file_after > 0);
  assert.deepEqual(await rows(hers, 'SELECT value FROM reading'), [[3]]);
  const room = await good(hers, 'storage');
  assert.deepEqual(room.left_out.map((cut) => [cut.type, cut.pruned]), [['reading', { reading: 2 }]]);
  assert.ok(room.database >= 4096 && room.quota > room.used && room.room === room.quota - room.used, JSON.stringify(room));
  assert.equal(typeof room.persistent, 'boolean');
  assert.equal(typeof (await good(hers, 'askPersistent')), 'boolean');
  const wrong = await ask(hers, 'prune', { before: 'yesterday' });
  assert.equal(wrong.error.code, 'wrong-call');
  assert.equal(await good(hers, 'unprune'), true);
  await good(hers, 'syncNow');
  await shows(hers, 'SELECT count(*) FROM reading', [[3]]);
  assert.equal(await good(hers, 'unprune'), false);
  await hers.close();
});

test('a refused action is taken along, done again with other words, or given up', async () => {
  const [hers, his] = [await tab(ann, here), await tab(ben, here)];
  here.way.turn('refuse');
  // Two badges with one number: somebody has to say whether they are one or two.
  const [mine, theirs] = [id(), id()];
  await act(hers, [{ insert: 'badge', id: mine, fields: { number: 'B-7' } }]);
  await act(his, [{ insert: 'badge', id: theirs, fields: { number: 'B-7' } }]);
  const waits = (await good(hers, 'exportActions')).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(waits.map((line) => line.op.payload.changes[0].insert), ['badge']);
  assert.match(waits[0].state, /^(waiting|in-flight)$/);
  await his.waitForFunction(() => window.last.pending === 1);
  here.way.turn('open');
  for (const page of [hers, his]) await good(page, 'syncNow');
  for (const page of [hers, his]) await page.waitForFunction(() => window.last.pending === 0 && window.last.conflicts > 0);
  // Whichever came second.
  const states = await Promise.all([hers, his].map(async (page) => (await good(page, 'log', 1))[0]));
  assert.deepEqual(states.map((it) => it.state).sort(), ['committed', 'conflicted'], JSON.stringify(states));
  const [loser, entry] = states[0].state === 'conflicted' ? [hers, states[0]] : [his, states[1]];
  // It waits for a decision: to do it again is refused with a sentence, as a value.
  const held = await ask(loser, 'retry', entry.seq);
  assert.match(held.error.words, /settle that, or discard it/);
  await good(loser, 'discard', entry.op_id);
  await level(loser);
  const [line] = (await good(loser, 'exportActions', [entry.seq])).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(line.state, 'discarded');
  const nowhere = await ask(loser, 'exportActions', [99999]);
  assert.equal(nowhere.error.code, 'wrong-call');
  await hers.close();
  await his.close();
});

test('an action that the server refused is done again as another', async () => {
  const his = await tab(ben, here);
  here.way.turn('refuse');
  const shelf = id();
  await act(his, [{ insert: 'item', id: shelf, fields: { title: 'shelf' } }]);
  await act(his, [{ update: 'item', id: shelf, set: { title: 'long shelf' } }]);
  // Meanwhile Ben may only look.
  await here.admin('member', 'role', 'ben', 'viewer', '--workspace', 'home');
  here.way.turn('open');
  await good(his, 'syncNow');
  await his.waitForFunction(() => window.last.rejected === 2);
  await here.admin('member', 'role', 'ben', 'member', '--workspace', 'home');
  const refused = (await good(his, 'log', 10)).filter((entry) => entry.state === 'rejected').at(-1);
  assert.ok(refused.code && refused.words, JSON.stringify(refused));
  await his.waitForFunction(() => window.book.query('SELECT 1').then((it) => it.ok));
  await level(his).catch(() => undefined);
  const again = await shows_ok(() => ask(his, 'retry', refused.seq, [{ insert: 'item', id: shelf, fields: { title: 'short shelf' } }]));
  assert.ok(again.length >= 1);
  await level(his);
  const found = await rows(his, `SELECT title FROM item WHERE id = '${shelf}'`);
  assert.ok(['short shelf', 'long shelf'].includes(found[0][0]), JSON.stringify(found));
  await his.close();
});

/** Asks until it is done: a role takes a moment to come. */
async function shows_ok(asking, within = 10_000) {
  const end = Date.now() + within;
  for (;;) {
    const said = await asking();
    if (said.ok) return said.value;
    if (Date.now() > end) throw new Error(JSON.stringify(said.error));
    await new Promise((done) => setTimeout(done, 50));
  }
}

test('diagnostics tell no value, and the server opens what it is sent', async () => {
  const hers = await tab(ann, here);
  await act(hers, item('a secret of ann'));
  await level(hers);
  const told = await good(hers, 'diagnostics');
  const parts = new Set(told.parts.map((part) => Object.keys(part)[0]));
  for (const part of ['program', 'place', 'storage', 'stand', 'log', 'op', 'type', 'contact', 'status']) assert.ok(parts.has(part), part);
  assert.ok(!JSON.stringify(told).includes('a secret of ann'));
  assert.match(told.recipient, /^age1/);
  assert.equal(told.sums.reduce((sum, it) => sum + it.lines, 0), told.parts.length);
  const full = await good(hers, 'diagnostics', { withPayloads: true });
  assert.ok(JSON.stringify(full).includes('a secret of ann'));
  const { name } = await good(hers, 'sendDiagnostics');
  const out = join(here.folder, 'diagnostics.age');
  await here.admin('diagnostics', 'get', name, '--out', out);
  const { stdout } = await run(FIELDBOOK, ['diagnostics', 'open', out, '--data', here.data, '--json']);
  assert.ok(stdout.includes('"system":"browser"') || stdout.length > 0);
  const file = await hers.evaluate(async () => {
    const said = await window.book.diagnosticsFile();
    return { name: said.value.name, bytes: [...said.value.bytes] };
  });
  assert.match(file.name, /^fieldbook-diagnostics-\d{8}T\d{9}Z\.age$/);
  const saved = join(here.folder, file.name);
  await writeFile(saved, Buffer.from(file.bytes));
  await run(FIELDBOOK, ['diagnostics', 'open', saved, '--data', here.data]);
  here.way.turn('refuse');
  assert.equal((await ask(hers, 'sendDiagnostics')).error.code, 'needs-connection');
  here.way.turn('open');
  await hers.close();
});

test('account and people are asked of the server, and say so where it is not there', async () => {
  const hers = await tab(ann, here);
  const of = (part, call, ...args) => hers.evaluate(([part, call, args]) => window.book[part][call](...args), [part, call, args]);
  const mine = await of('account', 'show');
  assert.deepEqual([mine.value.user, mine.value.workspaces.map((it) => it.name)], ['ann', ['home']]);
  assert.ok(mine.value.sessions.some((it) => it.device === "ann's browser"));
  const refused = await of('people', 'invites');
  assert.equal(refused.error.code, 'forbidden', JSON.stringify(refused));
  await here.admin('member', 'role', 'ann', 'owner', '--workspace', 'home');
  const { members } = await shows_ok(() => of('people', 'members'));
  assert.deepEqual(members.map((it) => [it.name, it.role]), [['ann', 'owner'], ['ben', 'member']]);
  const made = await of('people', 'invite', { role: 'viewer' });
  assert.match(made.value.link, /\/join#fbi_/, JSON.stringify(made));
  const joined = await hers.evaluate(
    ([code, password]) => window.book.join({ code, user: 'cleo', password }),
    [made.value.link.split('#')[1], PASSWORD],
  );
  assert.deepEqual(joined.value, { workspace: 'home', user: 'cleo', role: 'viewer' });
  const { invites } = (await of('people', 'invites')).value;
  assert.deepEqual(invites.map((it) => [it.state, it.used_by]), [['used', 'cleo']]);
  const no = await of('account', 'confirm', 'not hers');
  assert.equal(no.error.code, 'wrong-password');
  assert.equal((await of('account', 'confirm', PASSWORD)).ok, true);
  const { entries } = (await of('people', 'audit')).value;
  assert.ok(entries.length > 0);
  here.way.turn('refuse');
  assert.equal((await of('people', 'members')).error.code, 'needs-connection');
  here.way.turn('open');
  await hers.close();
});

test('a status says what keeps the device from being level, and which tab has it', async () => {
  const first = await tab(ann, here);
  const second = await tab(ann, here);
  await first.waitForFunction(() => window.last?.leads === true && window.last.cause === null);
  await act(second, item('hatch'));
  await second.waitForFunction(() => window.last?.leads === false);
  await level(second);
  here.way.turn('refuse');
  await act(first, item('hinge'));
  await first.waitForFunction(() => window.last.cause?.is === 'server-down' && window.last.pending === 1 && window.last.oldest !== null);
  await first.context().setOffline(true);
  await first.waitForFunction(() => window.last.cause?.is === 'no-network');
  await first.context().setOffline(false);
  here.way.turn('open');
  await good(first, 'syncNow');
  await level(first);
  await second.waitForFunction(() => window.last.pending === 0 && window.last.cause === null && window.last.last_success !== null);
  await first.close();
  await second.close();
});

test('whoever signs out is asked about what was not sent, and loses none of it', async () => {
  const hers = await tab(ann, here);
  here.way.turn('refuse');
  await act(hers, item('unsent'));
  const asked = await ask(hers, 'signOut');
  assert.deepEqual([asked.error.code, /Not sent yet: 1\./.test(asked.error.words)], ['unsent', true]);
  const nobody = await ask(hers, 'signOut', { keepUnsent: true });
  assert.equal(nobody.error.code, 'needs-connection');
  here.way.turn('open');
  await good(hers, 'syncNow');
  await level(hers);
  assert.deepEqual(await good(hers, 'signOut'), { unsent: 0 });
  await hers.waitForFunction(() => window.last.cause?.is === 'signed-out' && window.last.needs.includes('signed-out'));
  await act(hers, item('done while signed out'));
  assert.deepEqual(await rows(hers, "SELECT title FROM item WHERE title LIKE 'done while%'"), [['done while signed out']]);
  await signIn(hers, 'ann');
  await level(hers);
  const his = await tab(ben, here);
  await shows(his, "SELECT title FROM item WHERE title LIKE 'done while%'", [['done while signed out']]);
  await hers.close();
  await his.close();
});
