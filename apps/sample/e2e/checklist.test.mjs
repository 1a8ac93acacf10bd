// The checklist as two people use it, from the screen: with the network and without, in conflict, through an update.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { APPS, PASSWORD, add, checklist, go, kept, openList, person, reword, signIn, status, tab, torn } from './screens.mjs';

let it;
before(async () => {
  it = await checklist();
});
after(() => it.end());
afterEach(() => it.way.turn('open'));

const closing = async (...pages) => {
  for (const page of pages) {
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
};

test('a wrong password is told with what to do, and what was typed stays', async () => {
  const context = await it.browser('nobody');
  const page = await tab(context, it);
  // It does not show, and a keeper of passwords knows it.
  const password = page.getByLabel('Password');
  assert.deepEqual([await password.getAttribute('type'), await password.getAttribute('autocomplete')], ['password', 'current-password']);
  await signIn(page, 'ann', 'this is not it');
  await page.getByRole('alert').getByText('The workspace, the name or the password is wrong', { exact: false }).waitFor();
  assert.equal(await page.getByLabel('User name').inputValue(), 'ann');
  it.way.turn('refuse');
  await signIn(page, 'ann');
  await page.getByRole('alert').getByText('Signing in needs a connection', { exact: false }).waitFor();
  await closing(page);
});

test('two people see what the other does, and counts of both add up', async () => {
  const [ann, ben] = [await person(it, 'ann'), await person(it, 'ben')];
  await add(ann, 'New list', 'Shopping');
  await openList(ben, 'Shopping');
  await openList(ann, 'Shopping');
  await add(ann, 'What is to be done', 'Fuses');
  await ben.getByText('Fuses').waitFor();
  await Promise.all([ann, ben].map((page) => page.getByRole('button', { name: 'One more' }).click()));
  await Promise.all([ann, ben].map((page) => page.locator('.ck-count', { hasText: '3' }).waitFor()));
  await ben.getByRole('checkbox', { name: 'Fuses' }).click({ force: true });
  await ann.locator('.ck-item[data-done]').waitFor();
  await Promise.all([ann, ben].map((page) => status(page, 'Synced (Online)')));
  await closing(ann, ben);
});

test('with the server gone the app starts, everything is there, and what is done is sent later', async () => {
  const ann = await person(it, 'ann');
  await add(ann, 'New list', 'Cellar');
  await status(ann, 'Synced (Online)');
  await kept(ann);
  it.way.turn('refuse');
  await ann.reload();
  await openList(ann, 'Cellar');
  await add(ann, 'What is to be done', 'Pump it dry');
  await status(ann, 'Pending (Offline)');
  await ann.getByText('You are offline. Everything you save is kept on this device.').waitFor();
  // From the middle of it, too: a page that no server has.
  await ann.reload();
  await ann.getByText('Pump it dry').waitFor();
  await ann.locator('.fb-status').click();
  await ann.getByText('1 action waits to be sent', { exact: false }).waitFor();
  it.way.turn('open');
  await ann.getByRole('button', { name: 'Try now' }).click();
  await ann.keyboard.press('Escape');
  await status(ann, 'Synced (Online)');
  const native = await it.native('ben');
  assert.deepEqual(await native.query("SELECT title FROM item WHERE title = 'Pump it dry'"), [{ title: 'Pump it dry' }]);
  await closing(ann);
});

test('a network that answers itself is told apart from none', async () => {
  const ann = await person(it, 'ann');
  await kept(ann);
  it.way.turn('portal');
  await ann.reload();
  await ann.getByText('This network blocks the server.', { exact: false }).first().waitFor();
  await ann.locator('.fb-status').click();
  await ann.getByText('Something else answered: 200 text/html', { exact: false }).waitFor();
  it.way.turn('open');
  await closing(ann);
});

test('two who reword the same line are asked, and one decision settles it for both', async () => {
  const { ann, ben } = await torn(it, ['Lamp']);
  await ann.getByText('Sync conflict detected on Lamp, with a new cable. Please review changes.').waitFor();
  await ann.getByRole('button', { name: 'Review' }).click();
  const decision = ann.getByRole('article');
  await decision.getByText('Your local changes').waitFor();
  await decision.locator('.fb-pick', { hasText: 'Lamp from van 2' }).waitFor();
  await decision.getByText('Before both: Lamp').waitFor();
  assert.equal(await decision.getByRole('button', { name: 'Resolve' }).isDisabled(), true);
  // Whoever may decide sees it too, and whose is whose.
  await go(ben, 'Conflicts');
  await ben.getByRole('article').getByText('Changes by ann').waitFor();
  await decision.getByRole('radio', { name: 'Takes Your local changes for title' }).check();
  await decision.getByRole('button', { name: 'Resolve' }).click();
  await ann.getByText('Resolved. No conflict is left.').waitFor();
  await ben.getByText('No conflict in home.', { exact: false }).waitFor();
  await go(ben, 'Lists');
  await openList(ben, 'Attic');
  await ben.getByText('Lamp, with a new cable').waitFor();
  await closing(ann, ben);
});

test('what a person writes is text on every screen, whatever it says', async () => {
  const MARKUP = '<img src="/nothing.png" onerror="document.title=\'ran\'"><b>bold</b>';
  const ann = await person(it, 'ann');
  await add(ann, 'New list', MARKUP);
  await ann.getByRole('link', { name: MARKUP }).click();
  await ann.getByRole('heading', { name: MARKUP, exact: true }).waitFor();
  await add(ann, 'What is to be done', MARKUP);
  await go(ann, 'Activity');
  const entry = ann.locator('.fb-entry', { hasText: MARKUP }).first();
  await entry.getByRole('button').first().click();
  await ann.getByRole('link', { name: 'History' }).first().click();
  await ann.getByRole('heading', { level: 1, name: /^History of/ }).waitFor();
  await ann.getByText(MARKUP, { exact: false }).first().waitFor();
  assert.equal(await ann.locator('main img[src="/nothing.png"], main b').count(), 0);
  assert.notEqual(await ann.title(), 'ran');
  await closing(ann);
});

test('what was done is told in sentences, and is taken back by the keyboard', async () => {
  const ann = await person(it, 'ann');
  await add(ann, 'New list', 'Garden');
  await openList(ann, 'Garden');
  await add(ann, 'What is to be done', 'Rake');
  await ann.getByRole('heading', { name: 'Garden' }).click();
  await ann.getByRole('textbox', { name: 'What is to be done' }).evaluate((line) => line.blur());
  await ann.keyboard.press('Control+z');
  await ann.getByText('Nothing on this list yet.').waitFor();
  await ann.keyboard.press('Control+Shift+z');
  await ann.getByText('Rake', { exact: true }).waitFor();
  await go(ann, 'Activity');
  const entry = ann.locator('.fb-entry', { hasText: 'Added item “Rake”' }).first();
  await entry.getByRole('button').first().click();
  await entry.getByText('Garden').waitFor();
  const text = await ann.locator('main').innerText();
  // Ids stand only where they are called so, to be copied.
  const ids = text.match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/g) ?? [];
  assert.equal(ids.length, 1, text);
  await closing(ann);
});

test('the history of an item tells who wrote what, and brings a former value back', async () => {
  const [ann, ben] = [await person(it, 'ann'), await person(it, 'ben')];
  await add(ann, 'New list', 'Shed');
  await openList(ann, 'Shed');
  await add(ann, 'What is to be done', 'Saw');
  await openList(ben, 'Shed');
  await ben.getByText('Saw').waitFor();
  await reword(ben, 'Saw', 'Fretsaw');
  await ann.getByText('Fretsaw').waitFor();
  await go(ann, 'Activity');
  await ann.locator('.fb-entry', { hasText: 'Fretsaw' }).first().getByRole('button').first().click();
  await ann.getByRole('link', { name: 'History' }).click();
  const cards = ann.locator('.fb-timeline > li');
  await cards.nth(1).waitFor();
  assert.match(await cards.nth(0).innerText(), /ben changed this item[\s\S]*title[\s\S]*Saw[\s\S]*Fretsaw/);
  assert.match(await cards.nth(1).innerText(), /ann added this item/);
  await cards.nth(1).getByRole('button', { name: 'Restore title to Saw' }).click();
  await ann.getByText('Restored. Undo takes it back.').waitFor();
  await ben.getByText('Saw', { exact: true }).waitFor();
  await closing(ann, ben);
});

test('somebody who is invited joins from the link, works, and is removed again', async () => {
  const ann = await person(it, 'ann');
  await go(ann, 'People');
  await ann.getByRole('tab', { name: 'Invitations' }).click();
  await ann.getByRole('button', { name: 'Make a link' }).click();
  const link = await ann.locator('.fb-breaks code').innerText();
  const context = await it.browser('cleo');
  const cleo = await tab(context, it);
  await cleo.getByRole('button', { name: 'I have an invitation' }).click();
  await cleo.getByLabel('Invitation').fill(link);
  await cleo.getByLabel('Choose a user name').fill('cleo');
  await cleo.getByLabel('Choose a password').fill('short');
  await cleo.getByRole('button', { name: 'Join', exact: true }).click();
  await cleo.getByRole('alert').waitFor();
  await cleo.getByLabel('Choose a password').fill('a kettle in the green tram');
  await cleo.getByRole('button', { name: 'Join', exact: true }).click();
  await cleo.getByText('You are a member of home. Sign in now.').waitFor();
  await cleo.getByLabel('Password').fill('a kettle in the green tram');
  await cleo.getByRole('button', { name: 'Sign in' }).click();
  await add(cleo, 'New list', 'By cleo');
  await ann.getByRole('tab', { name: 'Members' }).click();
  const line = ann.locator('.fb-plain-list li', { hasText: 'cleo' });
  await line.getByRole('button', { name: 'Remove' }).click();
  await ann.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await line.waitFor({ state: 'detached' });
  await status(cleo, 'Sync error (Online)');
  await cleo.locator('.fb-status').click();
  await cleo.getByText('You are no longer a member of home.', { exact: false }).waitFor();
  await closing(ann, cleo);
});

test('signing out asks about what was not sent, and signing in again sends it', async () => {
  const ben = await person(it, 'ben');
  await ben.context().setOffline(true);
  await add(ben, 'New list', 'Not sent yet');
  await status(ben, 'Pending (Offline)');
  await go(ben, 'Device');
  await ben.getByRole('button', { name: 'Sign out', exact: true }).last().click();
  await ben.getByRole('alert').waitFor();
  await ben.context().setOffline(false);
  await status(ben, 'Synced (Online)');
  await ben.getByRole('button', { name: 'Make diagnostics' }).click();
  await ben.getByRole('button', { name: /^Look at all/ }).click();
  const told = await ben.locator('.fb-pre').innerText();
  assert.ok(told.includes('"pending"') || told.length > 200, told);
  assert.ok(!told.includes('Not sent yet'), 'a value of a record is in the diagnostics');
  await ben.locator('.fb-card', { has: ben.getByRole('heading', { name: 'Sign out' }) }).getByRole('button', { name: 'Sign out' }).click();
  await status(ben, 'Sync error (Online)');
  await go(ben, 'Lists');
  await add(ben, 'New list', 'Written while signed out');
  await ben.locator('.fb-status').click();
  await ben.getByRole('dialog').getByRole('button', { name: 'See' }).first().click();
  await ben.getByLabel('Password').fill('the lamp in the old boiler house');
  await ben.getByRole('button', { name: 'Sign in' }).click();
  await status(ben, 'Synced (Online)');
  await closing(ben);
});

test('a new version waits until somebody wants it, and what was saved is there and is sent', async () => {
  const apps = await mkdtemp(join(tmpdir(), 'fieldbook-apps-'));
  await cp(APPS, apps, { recursive: true });
  const own = await checklist(apps);
  try {
    const ann = await person(own, 'ann');
    await kept(ann);
    await ann.reload();
    await ann.getByRole('heading', { name: 'Lists' }).waitFor();
    own.way.turn('refuse');
    await add(ann, 'New list', 'Kept through an update');
    await newVersion(apps);
    await own.restart();
    own.way.turn('open');
    await ann.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await ann.getByText('A new version is ready.', { exact: false }).waitFor();
    assert.equal(await ann.title(), 'Checklist');
    await ann.getByRole('button', { name: 'Reload now' }).click();
    await ann.waitForFunction(() => document.title === 'Checklist two');
    await ann.getByText('Kept through an update').waitFor();
    await status(ann, 'Synced (Online)');
    await closing(ann);
  } finally {
    await own.end();
    await rm(apps, { recursive: true, force: true });
  }
});

/** The next version of the app: its page has another title. */
async function newVersion(apps) {
  const change = async (name, from, to) => {
    const path = join(apps, 'checklist', name);
    const text = await readFile(path, 'utf8');
    assert.ok(text.includes(from), `${name} has no ${from}`);
    await writeFile(path, text.replace(from, to));
    for (const packed of ['br', 'gz']) await rm(`${path}.${packed}`);
  };
  await change('index.html', '<title>Checklist</title>', '<title>Checklist two</title>');
  const [, version] = /version:"(\w+)"/.exec(await readFile(join(apps, 'checklist/sw.js'), 'utf8')) ?? [];
  await change('sw.js', version, `${version}2`);
}

test('a device whose lease is over says so, and signing in on that screen brings everything back', async () => {
  await it.admin('workspace', 'lease', 'home', '2s');
  const ann = await person(it, 'ann');
  await add(ann, 'New list', 'Before the lease');
  await status(ann, 'Synced (Online)');
  await kept(ann);
  it.way.turn('refuse');
  await add(ann, 'New list', 'Made on the way');
  await new Promise((done) => setTimeout(done, 3_000));
  await ann.reload();
  await ann.getByRole('alert').getByText('1 action that was not sent is kept', { exact: false }).waitFor();
  assert.deepEqual(await Promise.all(['Workspace', 'User name'].map((label) => ann.getByLabel(label).inputValue())), ['home', 'ann']);
  assert.equal(await ann.getByText('Before the lease').count(), 0);
  it.way.turn('open');
  await ann.getByLabel('Password').fill(PASSWORD);
  await ann.getByRole('button', { name: 'Sign in' }).click();
  for (const name of ['Before the lease', 'Made on the way']) await ann.getByText(name, { exact: true }).first().waitFor();
  await status(ann, 'Synced (Online)');
  await it.admin('workspace', 'lease', 'home', 'off');
  await closing(ann);
});
