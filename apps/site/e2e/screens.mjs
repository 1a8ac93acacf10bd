// What a person does in Site, and what stands on the screen.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { world } from '../../../packages/client/e2e/world.mjs';
import { APPS, go, kept, PASSWORD, signIn, status } from '../../sample/e2e/screens.mjs';

export { go, kept, PASSWORD, signIn, status };
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** The floor of these tests is so large, in metres: nobody has measured it. */
const FLOOR = { width: 60, height: 40 };
const WIDE = { viewport: { width: 1280, height: 800 } };

/** The server with the built apps, a workspace `home` with Site's schema, its owner ann and its editor ben. */
export async function site() {
  return world({ schema: await readFile(here('../schema.toml'), 'utf8'), serve: ['--apps', APPS], roles: { ann: 'owner', ben: 'editor' } });
}

/** A tab with the app, which hears every complaint of the browser, and every call that leaves for somewhere else. */
export async function tab(context, it) {
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (said) => said.type() === 'error' && !said.text().includes('net::') && !said.text().includes('status of') && page.complaints.push(said.text()));
  page.on('request', (asked) => !asked.url().startsWith(it.way.url) && !/^(data|blob):/.test(asked.url()) && page.complaints.push(`asks ${asked.url()}`));
  await page.goto(`${it.way.url}/site/`);
  return page;
}

let browsers = 0;

/** A person with a new browser, signed in. */
export async function person(it, user, options = {}) {
  const profile = `${user}-${++browsers}`;
  const context = await it.browser(profile, { ...WIDE, ...options });
  const page = await tab(context, it);
  // Where this browser keeps what it keeps: by that it can be killed, and opened again.
  page.profile = profile;
  await signIn(page, user);
  await page.getByRole('heading', { level: 1, name: 'Estates' }).waitFor();
  return page;
}

/** Opens the form that a button names, fills it in and saves it. */
export async function filled(within, button, fields) {
  await within.getByRole('button', { name: button, exact: true }).click();
  await fill(within, fields);
}

export async function fill(within, fields) {
  for (const [label, value] of Object.entries(fields)) {
    const field = within.getByLabel(label, { exact: false }).first();
    if ((await field.evaluate((it) => it.tagName)) === 'SELECT') await field.selectOption({ label: value });
    else await field.fill(value);
  }
  await within.getByRole('button', { name: 'Save' }).click();
}

/** Estate A with one site, one building, two floors and a catalogue of two, made from the screen. */
export async function founded(page) {
  await filled(page, 'Add an estate', { Name: 'Estate A' });
  await page.getByRole('link', { name: 'Estate A' }).click();
  await filled(page, 'Add site', { Name: 'Harbour', Postcode: 'HB1 2AB' });
  await filled(page, 'Add building', { Name: 'Boiler house' });
  for (const [level, name] of ['Floor 3', 'Floor 4'].entries()) {
    await filled(page, 'Add floor', { Name: name, Level: String(level + 3) });
    await page.getByRole('link', { name, exact: true }).waitFor();
  }
  await page.getByRole('link', { name: 'Catalogue' }).click();
  for (const [name, kind] of [['Steel boiler', 'boiler'], ['Powder extinguisher', 'fire_extinguisher']]) {
    await filled(page, 'Add a listing', { Name: name, Kind: kind });
    await page.getByText(name, { exact: true }).waitFor();
  }
  await openFloor(page, 'Floor 3');
}

/** From wherever one is to a floor of Estate A. */
export async function openFloor(page, name) {
  await go(page, 'Estates');
  await page.getByRole('link', { name: 'Estate A' }).click();
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Loads Estate A and one of its floors, as somebody who comes to them the first time. */
export async function loaded(page, ...floors) {
  await page.getByRole('button', { name: 'Load with all floors: Estate A' }).waitFor();
  await page.getByRole('button', { name: 'Load with all floors: Estate A' }).click();
  await page.getByRole('link', { name: 'Estate A' }).click();
  for (const name of floors) await page.getByRole('listitem').filter({ hasText: name }).getByText('available offline').waitFor();
  await openFloor(page, floors[0]);
}

/** The pixel of a point of the floor, in metres: all of the plan is shown for it. */
async function pixel(page, x, y) {
  await page.getByRole('button', { name: 'Show all of the plan' }).click();
  const box = await page.locator('.st-plan').boundingBox();
  const scale = Math.min((box.width - 48) / FLOOR.width, (box.height - 48) / FLOOR.height);
  return { x: box.x + box.width / 2 + (x - FLOOR.width / 2) * scale, y: box.y + box.height / 2 + (y - FLOOR.height / 2) * scale };
}

export async function tapAt(page, x, y) {
  const at = await pixel(page, x, y);
  await page.mouse.click(at.x, at.y);
}

/** Drags from one point of the floor to another. */
export async function drag(page, from, to, key) {
  const [a, b] = [await pixel(page, ...from), await pixel(page, ...to)];
  if (key) await page.keyboard.down(key);
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x) / 2, (a.y + b.y) / 2, { steps: 4 });
  await page.mouse.move(b.x, b.y, { steps: 4 });
  await page.mouse.up();
  if (key) await page.keyboard.up(key);
}

export const tool = (page, name) => page.getByRole('toolbar').getByRole('button', { name });

/** Places an asset of the catalogue. */
export async function place(page, listing, x, y) {
  const before = await count(page);
  await tool(page, 'Place an asset').click();
  await page.getByRole('complementary').getByRole('button', { name: listing }).click();
  await tapAt(page, x, y);
  await tool(page, 'Choose and move').click();
  await counts(page, before + 1);
}

/** How many assets the list of the floor has. */
export async function count(page) {
  const told = await page.getByRole('tab', { name: /^Assets/ }).innerText();
  return Number(/[\d,]+/.exec(told)[0].replace(',', ''));
}

/** A number as an English screen has it. */
export const number = (value) => value.toLocaleString('en');

export async function counts(page, wanted) {
  await page.getByRole('tab', { name: `Assets (${number(wanted)})` }).waitFor();
}

/** Chooses the asset at a point: taps there until it has come, and its name stands beside the plan. */
export async function open(page, x, y, name) {
  const heading = panel(page).getByRole('heading', { level: 2, name });
  const end = Date.now() + 10_000;
  for (;;) {
    await tapAt(page, x, y);
    const came = await heading.waitFor({ timeout: 400 }).then(() => true, () => false);
    if (came) return;
    if (Date.now() > end) throw new Error(`${name} does not stand at ${x}, ${y}`);
  }
}

export const panel = (page) => page.getByRole('complementary');

/** Waits until the chosen asset stands at a point, in metres, give or take what a pixel is. */
export async function standsAt(page, x, y) {
  const words = panel(page).getByText(/m across/);
  const end = Date.now() + 10_000;
  for (;;) {
    const told = await words.innerText({ timeout: 5_000 });
    const [, across, down] = /([\d.]+) m across, ([\d.]+) m down/.exec(told);
    if (Math.abs(across - x) < 0.15 && Math.abs(down - y) < 0.15) return;
    if (Date.now() > end) throw new Error(`it stands at ${across}, ${down} and not at ${x}, ${y}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Cuts a person off, and waits until the app has said so: the bar that says it takes some of the screen. */
export async function offline(page) {
  await page.context().setOffline(true);
  await page.getByText('You are offline.', { exact: false }).waitFor();
}

export async function online(page) {
  await page.context().setOffline(false);
  await page.getByText('You are offline.', { exact: false }).waitFor({ state: 'detached' });
  await status(page, 'Synced (Online)');
}

export async function letGo(page) {
  await page.locator('.st-plan').focus();
  await page.keyboard.press('Escape');
}

/** The way to the screen where floor 3 gets a plan. */
export async function toUpload(page) {
  await openFloor(page, 'Floor 3');
  await page.getByRole('tab', { name: 'Floor', exact: true }).click();
  await page.getByRole('link', { name: /^(Upload a|Replace the) plan$/ }).click();
  await page.getByRole('heading', { level: 1, name: /plan$/ }).waitFor();
}

/** Chooses a file of this name and content. */
export const choose = (page, name, buffer) => page.getByLabel('Choose a file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(buffer) });

/** Says how wide what was chosen is, uploads it, and waits for the floor. */
export async function upload(page, width) {
  await page.getByLabel('Width of the whole picture, in metres').fill(String(width));
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Floor 3' }).waitFor({ timeout: 120_000 });
}
