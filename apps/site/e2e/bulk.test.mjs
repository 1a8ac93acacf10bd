// A thousand assets at once: chosen, moved, edited and deleted, each as one action with one line in the history and one undo.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crowd } from './crowd.mjs';
import { counts, founded, go, letGo, loaded, number, offline, online, openFloor, panel, person, site, status } from './screens.mjs';

const MANY = 1_000;
const SAID = number(MANY);
let it;
let ann;
let ben;
before(async () => {
  it = await site();
  ann = await person(it, 'ann');
  await founded(ann);
  await status(ann, 'Synced (Online)');
  await crowd(it, 'Floor 3', MANY);
  await counts(ann, MANY);
  ben = await person(it, 'ben');
  await loaded(ben, 'Floor 3');
  await counts(ben, MANY);
});
after(() => it.end());

/** What this device has done, newest first. */
async function lines(page) {
  await go(page, 'Activity');
  const entries = page.locator('.fb-entry');
  await entries.first().waitFor();
  const found = await entries.locator('.fb-entry-what').allInnerTexts();
  await openFloor(page, 'Floor 3');
  return found;
}

async function chooseAll(page) {
  await page.getByRole('button', { name: `Choose all ${SAID}` }).click();
  await panel(page).getByRole('heading', { level: 2, name: `${SAID} assets` }).waitFor();
}

/** Where one of them stands, as the teammate's screen has it. */
async function across(page, name) {
  await page.getByRole('searchbox').fill(name);
  await page.getByRole('button', { name: new RegExp(`^${name}`) }).click();
  const told = await panel(page).getByText(/m across/).innerText();
  await letGo(page);
  return Number(/([\d.]+) m across/.exec(told)[1]);
}

async function until(page, name, wanted) {
  const end = Date.now() + 30_000;
  for (;;) {
    const is = await across(page, name);
    if (Math.abs(is - wanted) < 0.01) return;
    if (Date.now() > end) throw new Error(`${name} stands ${is} m across, and not ${wanted}`);
  }
}

test('a thousand are moved as one action, with one line and one undo, without a network too', async () => {
  const lead = await lines(ann);
  const [first, last] = [await across(ann, 'Unit 0001'), await across(ann, 'Unit 1000')];
  await offline(ann);
  await chooseAll(ann);
  await panel(ann).getByRole('textbox', { name: 'Metres right' }).fill('1.5');
  await panel(ann).getByRole('textbox', { name: 'Metres down' }).fill('0');
  await panel(ann).getByRole('button', { name: 'Move' }).click();
  await ann.getByText(`Moved ${SAID} assets.`, { exact: false }).waitFor();
  await letGo(ann);
  await until(ann, 'Unit 1000', last + 1.5);
  await ann.locator('.fb-status').click();
  await ann.getByRole('dialog').getByText('1 action waits to be sent').first().waitFor();
  await ann.keyboard.press('Escape');
  await online(ann);
  await until(ben, 'Unit 0001', first + 1.5);
  await until(ben, 'Unit 1000', last + 1.5);
  const after = await lines(ann);
  assert.equal(after.length, lead.length + 1);
  assert.equal(after[0], `Moved ${SAID} assets`);
  await ann.getByRole('button', { name: 'Undo' }).click();
  await until(ann, 'Unit 0001', first);
  await until(ben, 'Unit 1000', last);
});

test('a thousand are edited as one action, with one line and one undo', async () => {
  const lead = await lines(ann);
  await chooseAll(ann);
  await panel(ann).getByRole('combobox', { name: 'Status' }).selectOption({ label: 'Maintenance' });
  await panel(ann).getByRole('button', { name: 'Apply' }).click();
  await letGo(ann);
  const inMaintenance = (page) => page.waitForFunction(() => [...document.querySelectorAll('.st-asset .fb-quiet')].every((it) => it.textContent.endsWith('Maintenance')));
  await inMaintenance(ann);
  await ben.getByRole('searchbox').fill('');
  await inMaintenance(ben);
  const after = await lines(ann);
  assert.equal(after.length, lead.length + 1);
  assert.equal(after[0], `Edited ${SAID} assets`);
  await ann.getByRole('button', { name: 'Undo' }).click();
  const isMixed = (page) => page.waitForFunction(() => new Set([...document.querySelectorAll('.st-asset .fb-quiet')].map((it) => it.textContent.split(' · ').at(-1))).size === 5);
  await isMixed(ann);
  await isMixed(ben);
});

test('a thousand are deleted as one action, with one line and one undo, and the history opens it', async () => {
  const lead = await lines(ann);
  await chooseAll(ann);
  await panel(ann).getByRole('button', { name: `Delete all ${SAID}` }).click();
  await ann.getByRole('alertdialog').getByRole('button', { name: `Delete all ${SAID}` }).click();
  await counts(ann, 0);
  await counts(ben, 0);
  const after = await lines(ann);
  assert.equal(after.length, lead.length + 1);
  assert.equal(after[0], `Deleted ${SAID} assets`);
  await go(ann, 'Activity');
  await ann.locator('.fb-entry button').first().click();
  await ann.getByText('And 950 more changes.').waitFor();
  assert.doesNotMatch(await ann.locator('.fb-changes').first().innerText(), /[0-9a-f]{8}-[0-9a-f]{4}-/);
  await openFloor(ann, 'Floor 3');
  await ann.getByRole('button', { name: 'Undo' }).click();
  await counts(ann, MANY);
  await counts(ben, MANY);
  for (const page of [ann, ben]) assert.deepEqual(page.complaints, []);
});
