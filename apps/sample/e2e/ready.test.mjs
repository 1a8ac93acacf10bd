// Before leaving: what is here, what waits, what is in the way, as the real device tells it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { add, checklist, go, person, status } from './screens.mjs';

let it;
before(async () => {
  it = await checklist();
});
after(() => it.end());
afterEach(() => it.way.turn('open'));

test('the panel says that one can go, and what waits where something does', async () => {
  const page = await person(it, 'ann', { bypassCSP: true });
  await add(page, 'New list', 'Van');
  await status(page, 'Synced (Online)');
  await go(page, 'Device');
  await page.getByRole('link', { name: 'Ready to leave?' }).click();
  await page.getByRole('heading', { level: 1, name: 'Ready to leave' }).waitFor();
  await page.getByText('You can go.', { exact: false }).waitFor();
  await page.getByText('All your actions are on the server').waitFor();
  await page.getByText(/^Room for .* more$/).waitFor();
  // A browser that tells of its battery has a line for it, and no other.
  const told = await page.evaluate(async () => (navigator.getBattery ? Math.round((await navigator.getBattery()).level * 100) : undefined));
  if (told === undefined) assert.equal(await page.getByText(/^Battery/).count(), 0);
  else await page.getByText(`Battery at ${told} %`, { exact: false }).waitFor();
  assert.deepEqual(await axe(page), []);
  it.way.turn('refuse');
  await go(page, 'Lists');
  await add(page, 'New list', 'Ladder');
  await status(page, 'Pending (Offline)');
  await go(page, 'Device');
  await page.getByRole('link', { name: 'Ready to leave?' }).click();
  await page.getByText('Not all is here or sent, and there is no connection.', { exact: false }).waitFor();
  await page.getByText('1 action waits to be sent', { exact: false }).waitFor();
  it.way.turn('open');
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.getByText('You can go.', { exact: false }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
