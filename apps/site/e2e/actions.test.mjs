// Every action of the schema, played from the screen; and every screen that tells of one, in English and in German: no bare id on it, no
// name or value as the schema writes it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { png } from './files.mjs';
import { choose, counts, drag, fill, filled, founded, go, letGo, offline, open, openFloor, panel, person, place, site, status, tapAt, toUpload, tool, upload } from './screens.mjs';

const SCHEMA = await readFile(fileURLToPath(new URL('../schema.toml', import.meta.url)), 'utf8');
const ACTIONS = [...SCHEMA.matchAll(/^\[action\."([^"]+)"\]/gm)].map(([, name]) => name);
const TYPES = [...SCHEMA.matchAll(/^\[type\.(\w+)\]/gm)].map(([, name]) => name);
/** Words that only a schema has: they stand on no screen, wherever. */
const NEVER = [...new Set([...ACTIONS, ...[...SCHEMA.matchAll(/^(\w+_\w+) +=/gm)].map(([, name]) => name), 'fire_extinguisher', 'hvac_ahu'])];
/** Fields and values of the schema: where one stands in a cell by itself, it is as the schema writes it. */
const RAW = new Set([
  ...[...SCHEMA.matchAll(/^(\w+) += \{ kind/gm)].map(([, name]) => name),
  ...[...SCHEMA.matchAll(/values = \[([^\]]+)\]/g)].flatMap(([, list]) => list.split(', ').map((value) => value.replaceAll('"', ''))),
  ...TYPES,
]);
/** What a person asks of a table: names of fields, and values. */
const CELLS = '.fb-changes dt, .fb-changes dd, .fb-changes h4, .fb-table th, .fb-table td, .fb-value, .fb-unit-name, .st-form option, .st-row .fb-quiet, .fb-decision h2';
/** The numbers by which whoever helps finds an action: they are named as such. */
const OPERATION = /\b(Action|Aktion) [0-9a-f-]{36}/g;

let it;
let ann;
let van;
/** A record of each type. */
let records;
before(async () => {
  it = await site();
  ann = await person(it, 'ann');
});
after(() => it.end());

/** Everything that is done in Site, one after the other. */
async function allOfIt(page) {
  await founded(page);
  await place(page, 'Steel boiler', 10, 10);
  await place(page, 'Powder extinguisher', 20, 10);
  await drag(page, [20, 10], [25, 12]);
  await letGo(page);
  await open(page, 10, 10, 'Steel boiler');
  await fill(panel(page), { 'Serial number': 'SB-1', Status: 'Maintenance' });
  await line(page, 'New property', 'Filter');
  await line(page, 'Write a comment', 'Leaks at the flange');
  await panel(page).getByRole('button', { name: 'Withdraw “Leaks at the flange”' }).click();
  await panel(page).getByText('withdrawn').waitFor();
  await letGo(page);
  for (const [name, left] of [['Plant room', 40], ['Store', 2]]) {
    await tool(page, 'Draw a room').click();
    for (const [x, y] of [[left, 20], [left + 8, 20], [left + 8, 28], [left, 28], [left, 20]]) await tapAt(page, x, y);
    await fill(panel(page), { Name: name });
  }
  await tapAt(page, 6, 24);
  await fill(panel(page), { Name: 'Dry store' });
  await panel(page).getByRole('heading', { level: 2, name: 'Dry store' }).waitFor();
  await letGo(page);
  for (const x of [50, 55]) {
    await tool(page, 'Add a note').click();
    await tapAt(page, x, 8);
    await fill(panel(page), { Text: `Keys at ${x}` });
  }
  await tapAt(page, 50, 8);
  await panel(page).getByRole('button', { name: 'Blue' }).click();
  await panel(page).getByRole('button', { name: 'Delete the note' }).click();
  await page.getByRole('tab', { name: 'Notes (1)' }).waitFor();
  await tapAt(page, 6, 24);
  await panel(page).getByRole('button', { name: 'Delete the room' }).click();
  await page.getByRole('tab', { name: 'Rooms (1)' }).waitFor();
  await open(page, 25, 12, 'Powder extinguisher');
  await panel(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await counts(page, 1);
  await page.getByRole('tab', { name: 'Floor', exact: true }).click();
  await fill(panel(page), { Level: '5' });
  await page.getByRole('link', { name: 'History of this floor' }).click();
  await page.getByRole('button', { name: 'Bring it back' }).first().click();
  await page.getByRole('link', { name: 'Back to Floor 3' }).click();
  await counts(page, 2);
  await toUpload(page);
  await choose(page, 'plan.png', png(600, 450, [250, 250, 250]));
  await upload(page, 60);
  await go(page, 'Estates');
  await page.getByRole('link', { name: 'Estate A' }).click();
  for (const [what, fields] of [['Estate A', { Contact: 'Ruth' }], ['Harbour', { Address: 'Quay 4' }], ['Boiler house', { 'Number of levels': '6' }]]) {
    await page.getByRole('button', { name: `Edit ${what}` }).click();
    await fill(page.locator('main'), fields);
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
  }
  await page.getByRole('link', { name: 'Catalogue' }).click();
  await page.getByRole('button', { name: 'Edit Steel boiler' }).click();
  await fill(page.locator('main'), { Status: 'Archived' });
  await page.getByText(/· Archived/).waitFor();
  await status(page, 'Synced (Online)');
}

async function line(page, label, text) {
  await panel(page).getByRole('textbox', { name: label }).fill(text);
  await page.keyboard.press('Enter');
  await page.waitForFunction((label) => document.querySelector(`[aria-label="${label}"]`).value === '', label);
}

test('every action of the schema is done from the screen', async () => {
  await allOfIt(ann);
  await go(ann, 'Activity');
  const saving = ann.waitForEvent('download');
  await ann.getByRole('button', { name: 'Export' }).click();
  const said = await readFile(await (await saving).path(), 'utf8');
  const done = new Set(said.trim().split('\n').map((entry) => JSON.parse(entry).type));
  assert.deepEqual(ACTIONS.filter((action) => !done.has(action)), []);
});

test('what the screens do not fill in is filled in by a device of the command, and two people change the same things', async () => {
  van = await it.native('ben');
  const [{ id: estate }] = await van.query('SELECT id FROM estate');
  await van.load(`estate/${estate}`);
  records = {};
  for (const type of TYPES) [{ id: records[type] }] = await van.query(`SELECT id FROM "${type}" ORDER BY id`);
  const set = (type, fields) => ({ update: type, id: records[type], set: fields });
  const edits = [
    { type: 'floor.plan', changes: [set('floor', { width: 4000, height: 3000, metres: '60.000' })] },
    { type: 'listing.edit', changes: [set('listing', { price: '1234.50', specs: { power: '40 kW' }, supplier: 'Kessel & Co', status: 'submitted' })] },
    { type: 'asset.edit', changes: [set('asset', { layer: 'Heating', installed: '2026-05-19', last_seen: '2026-05-19T08:30:00.000Z' }), { update: 'asset', id: records.asset, include: { labels: ['north'] } }] },
    { type: 'room.edit', changes: [{ update: 'room', id: records.room, include: { tags: ['dry'] } }] },
  ];
  await offline(ann);
  const mine = { x: '11.000', y: '12.000' };
  await openFloor(ann, 'Floor 3');
  const [{ nickname }] = await van.query(`SELECT nickname FROM asset WHERE id = '${records.asset}'`);
  await ann.getByRole('searchbox').fill(nickname);
  await ann.locator('.st-asset .st-row').first().click();
  await fill(panel(ann), { Status: 'Decommissioned', Kind: 'fire_extinguisher', 'Serial number': 'HERS' });
  await panel(ann).getByRole('heading', { level: 2 }).waitFor();
  await letGo(ann);
  edits.push({ type: 'asset.edit', changes: [set('asset', { status: 'inactive', kind: 'hvac_ahu', serial: 'HIS', ...mine })] });
  await van.act(edits);
  await ann.context().setOffline(false);
  await status(ann, 'Sync conflict (Online)');
});

for (const language of ['English', 'Deutsch']) {
  test(`no screen that tells of an action has a bare id, or a name or a value as the schema writes it: ${language}`, async () => {
    const base = `${it.way.url}/site`;
    await ann.goto(`${base}/device`);
    await ann.getByText(language, { exact: true }).click();
    const looked = [];
    const look = async (path, ready) => {
      await ann.goto(`${base}/${path}`);
      await ann.getByRole('heading', { level: 1 }).waitFor();
      await ready();
      // What a reference is called is known a moment after the rest.
      const end = Date.now() + 10_000;
      let found;
      while ((found = await raw(ann)).length > 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 100));
      looked.push(...found.map((is) => `${path}: ${is}`));
    };
    await look('log', async () => {
      const entries = ann.locator('.fb-entry-head');
      await entries.first().waitFor();
      for (const entry of await entries.all()) await entry.click();
      assert.equal(await ann.locator('.fb-entry:has(.fb-changes)').count(), await entries.count());
    });
    for (const [type, id] of Object.entries(records)) await look(`history/${type}/${id}`, () => ann.locator('.fb-timeline li').first().waitFor());
    await look('conflicts', () => ann.locator('.fb-decision').first().waitFor());
    await look(`floor/${records.floor}/history`, () => ann.locator('.fb-list li').first().waitFor());
    await look(`floor/${records.floor}`, () => ann.getByRole('tab').first().waitFor());
    assert.deepEqual(looked, []);
    assert.deepEqual(ann.complaints, []);
  });
}

/** What of a screen is as the schema writes it. */
async function raw(page) {
  const text = (await page.locator('body').innerText()).replaceAll(OPERATION, '');
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+/.exec(text);
  const cells = (await page.locator(CELLS).allInnerTexts()).flatMap((cell) => cell.split(/\n|, | · |: /)).map((cell) => cell.trim());
  const isRaw = (cell) => RAW.has(cell) || /^[[{"#]/.test(cell);
  return [...(id ?? []), ...NEVER.filter((word) => new RegExp(`\\b${word.replace('.', '\\.')}\\b`).test(text)), ...cells.filter(isRaw)];
}
