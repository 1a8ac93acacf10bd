// The passphrase of a device as a person meets it: set on the device's screen, asked for after a new start, by the keyboard alone; forgotten.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { add, checklist, go, kept, person, signIn, status } from './screens.mjs';

const PASSPHRASE = 'a kettle on the seventh stair';
const OTHER = 'two kettles below the stairs';

let it;
before(async () => {
  it = await checklist();
});
after(() => it.end());
afterEach(() => it.way.turn('open'));

const card = (page) => page.locator('.fb-card', { has: page.getByRole('heading', { name: 'Passphrase' }) });
const locked = (page) => page.getByRole('heading', { name: 'This device is locked' }).waitFor();
const well = async (page) => {
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(page.complaints, []);
};

/** Sets a passphrase on the device's screen. */
async function set(page) {
  await go(page, 'Device');
  await card(page).getByRole('button', { name: 'Set a passphrase' }).click();
  await card(page).getByLabel('New passphrase', { exact: true }).fill(PASSPHRASE);
  await card(page).getByLabel('The new passphrase once more').fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await card(page).getByText('This device has a passphrase.', { exact: false }).waitFor();
}

test('a passphrase is set, asked for after a new start without a network, changed and removed', async () => {
  const page = await person(it, 'ann', { bypassCSP: true });
  await add(page, 'New list', 'Kitchen');
  await status(page, 'Synced (Online)');
  await kept(page);
  await go(page, 'Device');
  await card(page).getByRole('button', { name: 'Set a passphrase' }).click();
  await card(page).getByLabel('New passphrase', { exact: true }).fill(PASSPHRASE);
  await card(page).getByLabel('The new passphrase once more').fill(OTHER);
  await page.keyboard.press('Enter');
  await card(page).getByRole('alert').getByText('The two are not the same').waitFor();
  for (const label of ['New passphrase', 'The new passphrase once more']) await card(page).getByLabel(label, { exact: true }).fill('short');
  await page.keyboard.press('Enter');
  await card(page).getByRole('alert').getByText('at least 12 characters').waitFor();
  await well(page);
  await card(page).getByRole('button', { name: 'Cancel' }).click();
  await set(page);

  it.way.turn('refuse');
  await page.reload();
  await locked(page);
  await page.getByText('It holds the data of ann in the workspace home.', { exact: false }).waitFor();
  assert.equal(await page.getByText('Kitchen').count(), 0);
  await well(page);
  // By the keyboard: the field is there first, and a wrong word is told beside it.
  await page.getByLabel('Passphrase').focus();
  await page.keyboard.type(OTHER);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This is not the passphrase of this device').waitFor();
  await well(page);
  await page.getByLabel('Passphrase').fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'This device' }).waitFor();

  await card(page).getByRole('button', { name: 'Change the passphrase' }).click();
  await card(page).getByLabel('Present passphrase').fill(PASSPHRASE);
  for (const label of ['New passphrase', 'The new passphrase once more']) await card(page).getByLabel(label, { exact: true }).fill(OTHER);
  await page.keyboard.press('Enter');
  await card(page).getByRole('button', { name: 'Remove the passphrase' }).click();
  await card(page).getByLabel('Present passphrase').fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await card(page).getByRole('alert').getByText('This is not the passphrase of this device').waitFor();
  await card(page).getByLabel('Present passphrase').fill(OTHER);
  await page.keyboard.press('Enter');
  await card(page).getByRole('button', { name: 'Set a passphrase' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'This device' }).waitFor();
  await well(page);
  await page.context().close();
});

test('whoever forgot it is told what is lost before anything is, and begins anew', async () => {
  const page = await person(it, 'ben');
  it.way.turn('refuse');
  await add(page, 'New list', 'Nobody reads it');
  await status(page, 'Pending (Offline)');
  await set(page);
  await page.reload();
  await locked(page);
  await page.getByRole('button', { name: 'Begin anew' }).click();
  const sure = page.getByRole('alertdialog');
  await sure.getByText('1 action was not sent when it was last open, and would be lost', { exact: false }).waitFor();
  await sure.getByRole('button', { name: 'Cancel' }).click();
  await locked(page);
  await page.getByRole('button', { name: 'Begin anew' }).click();
  await sure.getByRole('button', { name: 'Begin anew' }).click();
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  it.way.turn('open');
  await signIn(page, 'ben');
  await page.getByRole('heading', { level: 1, name: 'This device' }).waitFor();
  await go(page, 'Lists');
  await status(page, 'Synced (Online)');
  assert.equal(await page.getByText('Nobody reads it').count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
