// The seed's lines, played from the screen: what works without a network, what comes together by itself, and what two people decide.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { counts, drag, fill, filled, founded, go, kept, letGo, loaded, offline, online, open, openFloor, panel, person, place, site, standsAt, status, tapAt, tool } from './screens.mjs';

let it;
let ann;
let ben;
before(async () => {
  it = await site();
  ann = await person(it, 'ann');
  await founded(ann);
  await place(ann, 'Steel boiler', 10, 10);
  await place(ann, 'Powder extinguisher', 20, 10);
  await status(ann, 'Synced (Online)');
  ben = await person(it, 'ben');
  await loaded(ben, 'Floor 3');
  await counts(ben, 2);
});
after(() => it.end());
afterEach(async () => {
  for (const page of [ann, ben]) {
    await page.context().setOffline(false);
    assert.deepEqual(page.complaints.splice(0), []);
  }
});

test('view all previously loaded estates, sites, and floor plans: without a network, after the app was closed', async () => {
  await kept(ben);
  await offline(ben);
  await ben.reload();
  await ben.getByRole('heading', { level: 1, name: 'Floor 3' }).waitFor();
  await counts(ben, 2);
  await go(ben, 'Estates');
  await ben.getByRole('link', { name: 'Estate A' }).click();
  await ben.getByRole('heading', { name: 'Harbour' }).waitFor();
  await ben.getByRole('heading', { name: 'Boiler house' }).waitFor();
  await online(ben);
});

test('add new assets to floor plans, move assets to new positions, delete assets: offline, and teammates see it after the sync', async () => {
  await openFloor(ben, 'Floor 3');
  await offline(ben);
  await place(ben, 'Steel boiler', 30, 20);
  await drag(ben, [30, 20], [40, 25]);
  await open(ben, 40, 25, 'Steel boiler');
  await standsAt(ben, 40, 25);
  await letGo(ben);
  await open(ben, 20, 10, 'Powder extinguisher');
  await panel(ben).getByRole('button', { name: 'Delete' }).click();
  await counts(ben, 2);
  await status(ben, 'Pending (Offline)');
  await counts(ann, 2);
  await online(ben);
  await open(ann, 40, 25, 'Steel boiler');
  await standsAt(ann, 40, 25);
  await letGo(ann);
  await counts(ann, 2);
});

test('undo and redo changes: offline, and after a reload', async () => {
  await kept(ben);
  await offline(ben);
  await drag(ben, [40, 25], [45, 30]);
  await ben.reload();
  await counts(ben, 2);
  await open(ben, 45, 30, 'Steel boiler');
  await ben.getByRole('button', { name: 'Undo' }).click();
  await standsAt(ben, 40, 25);
  await ben.getByRole('button', { name: 'Redo' }).click();
  await standsAt(ben, 45, 30);
  await ben.getByRole('button', { name: 'Undo' }).click();
  await standsAt(ben, 40, 25);
  await letGo(ben);
  await online(ben);
});

test('draw boundaries, add annotations: offline', async () => {
  await offline(ben);
  await tool(ben, 'Draw a room').click();
  for (const [x, y] of [[5, 5], [15, 5], [15, 15], [5, 15], [5, 5]]) await tapAt(ben, x, y);
  await fill(panel(ben), { Name: 'Plant room' });
  await ben.getByRole('tab', { name: 'Rooms (1)' }).waitFor();
  await tool(ben, 'Add a note').click();
  await tapAt(ben, 50, 8);
  await fill(panel(ben), { Text: 'Keys at reception' });
  await tool(ben, 'Draw an arrow').click();
  await tapAt(ben, 50, 30);
  await tapAt(ben, 55, 34);
  await fill(panel(ben), { Text: 'Way out' });
  await ben.getByRole('tab', { name: 'Notes (2)' }).waitFor();
  await online(ben);
  await ann.getByRole('tab', { name: 'Rooms (1)' }).waitFor();
  await ann.getByRole('tab', { name: 'Notes (2)' }).waitFor();
});

test('make changes to existing data: names and details, offline', async () => {
  await offline(ben);
  await open(ben, 40, 25, 'Steel boiler');
  await fill(panel(ben), { Name: 'Boiler of the east wing', 'Serial number': 'SB-77', Status: 'Maintenance' });
  await panel(ben).getByRole('heading', { level: 2, name: 'Boiler of the east wing' }).waitFor();
  await panel(ben).getByRole('textbox', { name: 'Write a comment' }).fill('Leaks at the flange');
  await ben.keyboard.press('Enter');
  await panel(ben).getByText('Leaks at the flange').waitFor();
  await panel(ben).getByRole('textbox', { name: 'New property' }).fill('Filter');
  await ben.keyboard.press('Enter');
  await panel(ben).getByLabel('Filter', { exact: true }).fill('G4');
  await ben.keyboard.press('Enter');
  await letGo(ben);
  await online(ben);
  await ann.getByRole('searchbox').fill('SB-77');
  await ann.getByRole('button', { name: /^Boiler of the east wing/ }).click();
  await panel(ann).getByText('Leaks at the flange').waitFor();
  await ann.waitForFunction(() => [...document.querySelectorAll('.st-property input')].some((field) => field.value === 'G4'));
  await letGo(ann);
});

test('switch between floors and buildings: works offline, and a floor that is not here says so and comes with one tap once there is a network', async () => {
  await offline(ben);
  await ben.getByRole('button', { name: 'Other floors' }).click();
  await ben.getByRole('dialog').getByRole('link', { name: 'Floor 4' }).click();
  await ben.getByRole('heading', { level: 1, name: 'Floor 4' }).waitFor();
  await counts(ben, 0);
  await openFloor(ben, 'Floor 3');
  await online(ben);
  const other = await person(it, 'ben');
  await other.getByRole('button', { name: 'Load Estate A', exact: true }).click();
  await other.getByRole('link', { name: 'Estate A' }).click();
  // How much a floor is, before it is loaded.
  await other.getByRole('listitem').filter({ hasText: 'Floor 3' }).getByText(/^[\d.]+ [kM]?B$/).waitFor();
  await other.getByRole('button', { name: 'Load Floor 3' }).click();
  await other.getByText('available offline').waitFor();
  await openFloor(other, 'Floor 3');
  await offline(other);
  await other.getByRole('button', { name: 'Other floors' }).click();
  await other.getByRole('dialog').getByText('not on this device – load it while you are online').waitFor();
  await other.getByRole('dialog').getByRole('link', { name: 'Floor 4' }).click();
  await other.getByText('Floor 4 has to be loaded once. What you have loaded before works as it is.').waitFor();
  await other.context().setOffline(false);
  await other.getByRole('button', { name: 'Load Floor 4' }).click();
  await counts(other, 0);
  assert.deepEqual(other.complaints, []);
  await other.context().close();
});

test('you and a teammate work on different assets, both offline on the same floor: both changes merge, and nobody is asked', async () => {
  await offline(ann);
  await offline(ben);
  await drag(ann, [10, 10], [12, 30]);
  await drag(ben, [40, 25], [50, 20]);
  await online(ann);
  await online(ben);
  for (const page of [ann, ben]) {
    await open(page, 12, 30, 'Steel boiler');
    await letGo(page);
    await open(page, 50, 20, 'Boiler of the east wing');
    await letGo(page);
    await status(page, 'Synced (Online)');
  }
});

test('you only see conflicts if the same asset was changed differently: other fields of it merge', async () => {
  await offline(ben);
  await drag(ben, [12, 30], [16, 34]);
  await open(ann, 12, 30, 'Steel boiler');
  await fill(panel(ann), { Tag: 'BH-3-001' });
  await letGo(ann);
  await status(ann, 'Synced (Online)');
  await online(ben);
  await open(ben, 16, 34, 'Steel boiler');
  await ben.waitForFunction(() => [...document.querySelectorAll('.st-field input')].some((field) => field.value === 'BH-3-001'));
  await letGo(ben);
  await open(ann, 16, 34, 'Steel boiler');
  await letGo(ann);
});

test('sync conflict detected on Estate A, Floor 3. Please review changes: a click leads to both versions, one is kept, and all are back in sync', async () => {
  await offline(ben);
  await drag(ben, [16, 34], [25, 34]);
  // Without a network for as long as it takes, so that hers is surely the first.
  await offline(ann);
  await drag(ann, [16, 34], [16, 20]);
  await status(ann, 'Pending (Offline)');
  await online(ann);
  await ben.context().setOffline(false);
  await status(ben, 'Sync conflict (Online)');
  await ben.getByText('Sync conflict detected on Estate A, Floor 3. Please review changes.').waitFor();
  await ben.getByRole('button', { name: 'Review' }).click();
  await ben.getByText('Your local changes').first().waitFor();
  await ben.getByText('The server version').first().waitFor();
  const decision = ben.getByRole('article');
  await decision.getByText('Estate A, Floor 3').waitFor();
  assert.doesNotMatch(await decision.innerText(), /[0-9a-f]{8}-[0-9a-f]{4}/, 'a bare id is on the screen');
  await decision.getByRole('radio', { name: /^Takes Your local changes/ }).check();
  await ben.getByRole('button', { name: 'Resolve' }).click();
  await status(ben, 'Synced (Online)');
  await open(ann, 25, 34, 'Steel boiler');
  await letGo(ann);
});

test('bulk operations: many assets are moved and deleted as one action, with one undo', async () => {
  await openFloor(ben, 'Floor 3');
  await drag(ben, [1, 1], [59, 39], 'Shift');
  await panel(ben).getByRole('heading', { level: 2, name: '2 assets' }).waitFor();
  await panel(ben).getByRole('textbox', { name: 'Metres right' }).fill('-2');
  await panel(ben).getByRole('textbox', { name: 'Metres down' }).fill('0');
  await panel(ben).getByRole('button', { name: 'Move' }).click();
  await letGo(ben);
  await open(ben, 23, 34, 'Steel boiler');
  await letGo(ben);
  await open(ben, 48, 20, 'Boiler of the east wing');
  await letGo(ben);
  await ben.getByRole('button', { name: 'Undo' }).click();
  await open(ben, 25, 34, 'Steel boiler');
  await letGo(ben);
  await open(ben, 50, 20, 'Boiler of the east wing');
  await letGo(ben);
  await ben.getByRole('button', { name: 'Choose all 2' }).click();
  await panel(ben).getByRole('button', { name: 'Delete all 2' }).click();
  await ben.getByRole('alertdialog').getByRole('button', { name: 'Delete all 2' }).click();
  await counts(ben, 0);
  await counts(ann, 0);
  await ben.getByRole('button', { name: 'Undo' }).click();
  await counts(ben, 2);
  await counts(ann, 2);
});

test('if something seems missing: the floor’s history has it, and brings what was deleted back, offline too', async () => {
  await offline(ben);
  await open(ben, 25, 34, 'Steel boiler');
  await panel(ben).getByRole('button', { name: 'Delete' }).click();
  await counts(ben, 1);
  await ben.getByRole('tab', { name: 'Floor', exact: true }).click();
  await ben.getByRole('link', { name: 'History of this floor' }).click();
  await ben.getByRole('listitem').filter({ hasText: 'Deleted' }).getByRole('button', { name: 'Bring it back' }).first().click();
  await ben.getByRole('link', { name: 'Back to Floor 3' }).click();
  await counts(ben, 2);
  assert.doesNotMatch(await ben.locator('main').innerText(), /[0-9a-f]{8}-[0-9a-f]{4}-/, 'a bare id is on the screen');
  await online(ben);
  await counts(ann, 2);
});
