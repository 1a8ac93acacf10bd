// What a person does in the checklist, and what stands on the screen.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PASSWORD, world } from '../../../packages/client/e2e/world.mjs';

export { PASSWORD };
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const APPS = process.env.APPS ?? here('../../../target/web/apps');

/** The server with the built apps, the checklist's workspace `home`, its owner ann and its member ben. */
export async function checklist(apps = APPS, more = []) {
  return world({ schema: await readFile(here('../schema.toml'), 'utf8'), serve: ['--apps', apps], roles: { ann: 'owner' }, more });
}

/** A tab with the app, which hears every complaint of the browser, and every call that leaves for somewhere else. */
export async function tab(context, it, app = 'checklist') {
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (said) => said.type() === 'error' && !said.text().includes('net::') && !said.text().includes('status of') && page.complaints.push(said.text()));
  page.on('request', (asked) => !asked.url().startsWith(it.way.url) && !/^(data|blob):/.test(asked.url()) && page.complaints.push(`asks ${asked.url()}`));
  await page.goto(`${it.way.url}/${app}/`);
  return page;
}

export async function signIn(page, user, password = PASSWORD) {
  await page.getByLabel('Workspace').fill('home');
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

let browsers = 0;

/** A person with a new browser, signed in. */
export async function person(it, user, options) {
  const context = await it.browser(`${user}-${++browsers}`, options);
  const page = await tab(context, it);
  await signIn(page, user);
  await page.getByRole('heading', { name: 'Lists' }).waitFor();
  return page;
}

/** Writes a line into the field of the screen, and waits until it is there. */
export async function add(page, label, text) {
  await page.getByRole('textbox', { name: label }).fill(text);
  await page.keyboard.press('Enter');
  await page.getByText(text, { exact: true }).first().waitFor();
}

export async function openList(page, name) {
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

/** Rewords an item. */
export async function reword(page, from, to) {
  await page.getByRole('button', { name: `Reword ${from}` }).click();
  const line = page.locator('.ck-item input:not([type=checkbox])');
  await line.fill(to);
  await line.press('Enter');
  await page.getByRole('button', { name: `Reword ${to}` }).waitFor();
}

/** Waits until the status says this. */
export async function status(page, words, within = 20_000) {
  const pill = page.locator('.fb-status');
  const end = Date.now() + within;
  for (;;) {
    const said = (await pill.innerText()).replace(/\s+/g, ' ').trim();
    if (said === words) return;
    if (Date.now() > end) throw new Error(`the status says “${said}”, and not “${words}”`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The way to one of the screens. */
export async function go(page, name) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await page.getByRole('heading', { level: 1, name: TITLES[name] ?? name }).waitFor();
}

/** What a screen is called where it has more room than in the navigation. */
const TITLES = { Device: 'This device' };

/** Waits until the app is kept on the device, and starts without a server from then on. */
export async function kept(page) {
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === 'activated');
}

/** The shared screens, with something on each: a list, the log, a conflict, the device. How to get to each. */
export const SCREENS = {
  lists: (page) => go(page, 'Lists'),
  list: async (page) => {
    await go(page, 'Lists');
    await openList(page, 'Attic');
  },
  status: async (page) => {
    await page.locator('.fb-status').click();
    await page.getByRole('dialog').waitFor();
  },
  activity: async (page) => {
    await page.keyboard.press('Escape');
    await go(page, 'Activity');
    await page.locator('.fb-entry button').first().click();
  },
  refused: async (page) => {
    await go(page, 'Activity');
    await page.getByText('Refused', { exact: true }).first().click();
  },
  history: async (page) => {
    await go(page, 'Activity');
    await page.locator('.fb-entry button').first().click();
    await page.getByRole('link', { name: 'History' }).first().click();
    await page.getByRole('heading', { level: 1, name: /^History of/ }).waitFor();
  },
  conflicts: (page) => go(page, 'Conflicts'),
  people: async (page) => {
    await go(page, 'People');
    await page.locator('.fb-plain-list li').first().waitFor();
  },
  invitations: async (page) => {
    await go(page, 'People');
    await page.getByRole('tab', { name: 'Invitations' }).click();
    await page.getByRole('button', { name: 'Make a link' }).waitFor();
  },
  devices: async (page) => {
    await go(page, 'People');
    await page.getByRole('tab', { name: 'Devices' }).click();
    await page.getByRole('button', { name: 'Wipe' }).first().waitFor();
  },
  device: (page) => go(page, 'Device'),
};

/** Ann, who reworded some lines while she was cut off from the network, and ben, who did the same meanwhile and was first. */
export async function torn(it, titles, options) {
  const [ann, ben] = [await person(it, 'ann', options), await person(it, 'ben')];
  await add(ann, 'New list', 'Attic');
  await openList(ann, 'Attic');
  for (const title of titles) await add(ann, 'What is to be done', title);
  await openList(ben, 'Attic');
  await ben.getByText(titles.at(-1)).waitFor();
  await status(ann, 'Synced (Online)');
  // Of the two only one browser, which the proxy cannot tell apart.
  await ann.context().setOffline(true);
  for (const title of titles) await reword(ann, title, `${title}, with a new cable`);
  await status(ann, 'Pending (Offline)');
  for (const title of titles) await reword(ben, title, `${title} from van 2`);
  await status(ben, 'Synced (Online)');
  await ann.context().setOffline(false);
  await status(ann, 'Sync conflict (Online)');
  return { ann, ben };
}
