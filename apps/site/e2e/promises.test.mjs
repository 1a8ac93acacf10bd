// What the seed promises beside the work itself: what the indicator means, what one sees of the connection, what to do before leaving, and what to do
// where something is wrong.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { counts, drag, founded, go, kept, letGo, loaded, offline, online, open, openFloor, panel, person, place, site, standsAt, status, tab } from './screens.mjs';

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
  await loaded(ben, 'Floor 3', 'Floor 4');
  await counts(ben, 2);
  await kept(ben);
});
after(() => it.end());
afterEach(async () => {
  it.way.turn('open');
  for (const page of [ann, ben]) {
    await page.context().setOffline(false);
    assert.deepEqual(page.complaints.splice(0), []);
  }
});

/** What the indicator shows: its colour, its sign, and whether that turns. */
async function indicator(page) {
  const pill = page.locator('.fb-status');
  const turns = await pill.locator('svg').evaluate((sign) => sign.getAnimations({ subtree: true }).length > 0);
  return { colour: await pill.getAttribute('data-colour'), sign: await pill.locator('svg').innerHTML(), turns };
}

/** Opens the details of the indicator, looks for words in it, and closes it again. */
async function details(page, ...words) {
  await page.locator('.fb-status').click();
  for (const one of words) await page.getByRole('dialog').getByText(one).first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test('the four icons: a green tick, an arrow that turns, an orange warning, a red error, each with what it means', async () => {
  const seen = {};
  await status(ben, 'Synced (Online)');
  seen.synced = await indicator(ben);
  await details(ben, 'All your actions are on the server');

  it.way.stall();
  await drag(ben, [20, 10], [22, 10]);
  await ben.locator('.fb-status[data-colour="blue"]').waitFor();
  seen.syncing = await indicator(ben);
  await details(ben, /1 action waits to be sent/);
  it.way.turn('open');
  await status(ben, 'Synced (Online)');

  await offline(ben);
  await drag(ben, [22, 10], [24, 10]);
  await status(ben, 'Pending (Offline)');
  seen.pending = await indicator(ben);
  await details(ben, /1 action waits to be sent/, /No network/);

  await open(ann, 22, 10, 'Powder extinguisher');
  await letGo(ann);
  // Without a network for as long as it takes, so that hers is surely the first.
  await offline(ann);
  await drag(ann, [22, 10], [22, 20]);
  await status(ann, 'Pending (Offline)');
  await online(ann);
  await ben.context().setOffline(false);
  await status(ben, 'Sync conflict (Online)');
  seen.conflict = await indicator(ben);
  await details(ben, 'See');

  assert.deepEqual(Object.values(seen).map(({ colour }) => colour), ['green', 'blue', 'orange', 'red']);
  assert.deepEqual(Object.values(seen).map(({ turns }) => turns), [false, true, false, false]);
  // Whoever sees no colours tells them apart all the same.
  assert.equal(new Set(Object.values(seen).map(({ sign }) => sign)).size, 4);

  await ben.getByRole('button', { name: 'Review' }).click();
  await ben.getByRole('radio', { name: /^Takes The server version/ }).first().check();
  await ben.getByRole('button', { name: 'Resolve' }).click();
  await status(ben, 'Synced (Online)');
  await openFloor(ben, 'Floor 3');
  await open(ben, 22, 20, 'Powder extinguisher');
  await letGo(ben);
});

test('you can see your connection status: beside the state, by a notice when the connection is lost, and by none when it is back', async () => {
  const notice = ben.locator('.fb-notice', { hasText: 'You are offline.' });
  await status(ben, 'Synced (Online)');
  assert.equal(await notice.count(), 0);
  await ben.context().setOffline(true);
  await notice.waitFor();
  await status(ben, 'Synced (Offline)');
  // It can be put away, and the indicator goes on saying so.
  await notice.getByRole('button', { name: 'Close' }).click();
  await notice.waitFor({ state: 'detached' });
  await status(ben, 'Synced (Offline)');
  await ben.context().setOffline(false);
  await status(ben, 'Synced (Online)');
  assert.equal(await notice.count(), 0);
});

test('before you leave: Ready to leave says what is loaded, that nothing waits and nothing is wrong, and what room there is', async () => {
  await go(ben, 'Device');
  await ben.getByRole('link', { name: 'Ready to leave?' }).click();
  await ben.getByRole('heading', { level: 1, name: 'Ready to leave' }).waitFor();
  await ben.getByText('You can go.', { exact: false }).waitFor();
  await ben.getByText('All your actions are on the server').waitFor();
  await ben.getByText(/^Room for .* more$/).waitFor();
  const list = await ben.locator('main').innerText();
  assert.match(list, /1 part is on this device/, 'the estate with all its floors');
  const battery = await ben.evaluate(async () => (navigator.getBattery ? Math.round((await navigator.getBattery()).level * 100) : undefined));
  assert.equal(/Battery/.test(list), battery !== undefined);
});

test('an app that crashes, a browser that is killed: what was shown as saved is there, is sent, and a refresh shows it', async () => {
  await openFloor(ben, 'Floor 3');
  it.way.turn('refuse');
  await place(ben, 'Steel boiler', 40, 30);
  await drag(ben, [10, 10], [12, 14]);
  await open(ben, 12, 14, 'Steel boiler');
  await standsAt(ben, 12, 14);
  const [context, name] = [ben.context(), ben.profile];
  await it.kill(name);
  await context.close().catch(() => undefined);
  const again = await it.browser(name, { viewport: { width: 1280, height: 800 } });
  ben = await tab(again, it);
  await status(ben, 'Pending (Offline)');
  await openFloor(ben, 'Floor 3');
  await counts(ben, 3);
  await open(ben, 12, 14, 'Steel boiler');
  await letGo(ben);
  it.way.turn('open');
  await status(ben, 'Synced (Online)', 60_000);
  await ben.reload();
  await status(ben, 'Synced (Online)');
  await counts(ben, 3);
  await open(ben, 40, 30, 'Steel boiler');
  await letGo(ben);
  await openFloor(ann, 'Floor 3');
  await counts(ann, 3);
});

test('the floor’s history tells what everybody did there, and brings back what a teammate deleted', async () => {
  await open(ann, 22, 20, 'Powder extinguisher');
  await panel(ann).getByRole('button', { name: 'Delete' }).click();
  await counts(ann, 2);
  await counts(ben, 2);
  await ben.getByRole('tab', { name: 'Floor', exact: true }).click();
  await ben.getByRole('link', { name: 'History of this floor' }).click();
  const deed = ben.getByRole('listitem').filter({ hasText: 'Deleted' }).filter({ hasText: 'ann' });
  await deed.getByText('“Powder extinguisher”').waitFor();
  await ben.getByRole('listitem').filter({ hasText: 'ben' }).first().waitFor();
  assert.doesNotMatch(await ben.locator('main').innerText(), /[0-9a-f]{8}-[0-9a-f]{4}-/, 'a bare id is on the screen');
  await deed.getByRole('button', { name: 'Bring it back' }).click();
  await deed.getByRole('button', { name: 'Bring it back' }).waitFor({ state: 'detached' });
  await ben.getByRole('link', { name: 'Back to Floor 3' }).click();
  await counts(ben, 3);
  await counts(ann, 3);
  // Without a connection it says that this is a part of it.
  await offline(ben);
  await ben.getByRole('tab', { name: 'Floor', exact: true }).click();
  await ben.getByRole('link', { name: 'History of this floor' }).click();
  await ben.getByText('Without a connection this is what was done from this device.', { exact: false }).waitFor();
  await ben.getByRole('listitem').filter({ hasText: 'You, on this device' }).first().waitFor();
  await ben.getByRole('link', { name: 'Back to Floor 3' }).click();
  await online(ben);
});

test('if it is truly lost, or keeps failing: the exact time and the action’s number to copy, the error’s code, and diagnostics for whoever helps', async () => {
  await ben.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(ben, 12, 14, 'Steel boiler');
  await panel(ben).getByRole('link', { name: 'History' }).click();
  await ben.getByRole('heading', { level: 1, name: /^History of/ }).waitFor();
  await ben.getByRole('listitem').first().getByRole('button', { name: 'Copy' }).click();
  assert.match(await ben.evaluate(() => navigator.clipboard.readText()), /^[0-9a-f-]{36} \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  // What goes wrong has words, a code to copy, and a way to tell somebody.
  await go(ben, 'Device');
  const card = ben.locator('.fb-card', { has: ben.getByRole('heading', { name: 'Passphrase' }) });
  await card.getByRole('button', { name: 'Set a passphrase' }).click();
  for (const label of ['New passphrase', 'The new passphrase once more']) await card.getByLabel(label, { exact: true }).fill('short');
  await ben.keyboard.press('Enter');
  const error = card.getByRole('alert');
  await error.getByText('at least 12 characters').waitFor();
  const [, code] = /Code ([a-z-]+)/.exec(await error.innerText());
  await error.getByRole('button', { name: 'Copy' }).click();
  assert.ok((await ben.evaluate(() => navigator.clipboard.readText())).startsWith(`${code}: `));
  await error.getByRole('button', { name: 'Send diagnostics' }).waitFor();
  await card.getByRole('button', { name: 'Cancel' }).click();

  await ben.getByRole('button', { name: 'Make diagnostics' }).click();
  await ben.getByRole('button', { name: 'Send diagnostics' }).click();
  const told = await ben.getByText(/^The server keeps it as /).innerText();
  const [, name] = /keeps it as (\S+): tell/.exec(told);
  const { stdout } = await it.admin('diagnostics', 'list');
  assert.ok(stdout.includes(name), `${name} is not among ${stdout}`);

  await ben.reload();
  await offline(ben);
  await ben.getByRole('button', { name: 'Make diagnostics' }).click();
  await ben.getByRole('button', { name: 'Send diagnostics' }).click();
  await ben.getByText(/^Not sent\. /).waitFor();
  const [download] = await Promise.all([ben.waitForEvent('download'), ben.getByRole('button', { name: 'Save as a file' }).click()]);
  assert.match(download.suggestedFilename(), /^fieldbook-diagnostics-.*\.age$/);
  assert.match(await readFile(await download.path(), 'latin1'), /^age-encryption\.org\/v1/);
  await online(ben);
});
