// Two workspaces in one browser: each with its own data, from one to the other with unsent work in the one that is left, without a network too.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { APPS, PASSWORD, add, checklist, kept, person, status } from './screens.mjs';

let it;
before(async () => {
  it = await checklist(APPS, ['attic']);
});
after(() => it.end());
afterEach(() => it.way.turn('open'));

const workspaces = async (page) => {
  await page.getByRole('banner').getByRole('link', { name: /^Workspace / }).click();
  await page.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor();
};
const inWorkspace = (page, name) => page.getByRole('banner').getByRole('link', { name: `Workspace ${name}: change it` }).waitFor();

test('another workspace is opened beside the one that is here, and what was not sent stays and is sent later', async () => {
  const page = await person(it, 'ann', { bypassCSP: true });
  await add(page, 'New list', 'Kitchen');
  await status(page, 'Synced (Online)');
  await kept(page);
  await workspaces(page);
  await page.getByRole('button', { name: 'Sign in to attic' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.getByLabel('Workspace').inputValue(), 'attic');
  assert.equal(await page.getByLabel('User name').inputValue(), 'ann');
  // The way back is there before anybody has signed in.
  await page.getByRole('button', { name: 'Open home' }).waitFor();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await inWorkspace(page, 'attic');
  // Nothing of the other is here, and the empty screen says where one is.
  await page.locator('.fb-empty').getByText('Workspace attic').waitFor();
  assert.equal(await page.getByText('Kitchen').count(), 0);
  it.way.turn('refuse');
  await add(page, 'New list', 'Rafters');
  await status(page, 'Pending (Offline)');
  await workspaces(page);
  await page.getByRole('button', { name: 'Open home' }).click();
  await page.getByRole('alertdialog').getByText('1 action was not sent yet. All of it stays in attic', { exact: false }).waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Open' }).click();
  // Without a network.
  await inWorkspace(page, 'home');
  await page.getByText('Kitchen', { exact: true }).waitFor();
  assert.equal(await page.getByText('Rafters').count(), 0);
  await workspaces(page);
  await page.getByText('1 action waits to be sent').waitFor();
  assert.deepEqual(await axe(page), []);
  it.way.turn('open');
  await page.getByRole('button', { name: 'Open attic' }).click();
  await inWorkspace(page, 'attic');
  await page.getByText('Rafters', { exact: true }).waitFor();
  await status(page, 'Synced (Online)');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
