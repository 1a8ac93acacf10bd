// A day on a job site with three people, as the seed tells it: what is prepared at the office, what works where no network is, what the
// indicator says meanwhile, how it comes together, and what to do where something is wrong.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { counts, drag, fill, founded, go, kept, letGo, loaded, offline, online, open, openFloor, panel, PASSWORD, person, place, site, status, tab, tapAt, tool } from './screens.mjs';

let it;
let ann;
let ben;
let cleo;
before(async () => {
  it = await site();
  const joining = it.admin('user', 'add', 'cleo', '--workspace', 'home', '--password-stdin', '--role', 'surveyor');
  joining.child.stdin.end(`${PASSWORD}\n`);
  await joining;
  ann = await person(it, 'ann');
  await founded(ann);
  for (const [listing, x, y] of [['Steel boiler', 10, 10], ['Powder extinguisher', 20, 10], ['Steel boiler', 30, 30]]) await place(ann, listing, x, y);
  await status(ann, 'Synced (Online)');
  [ben, cleo] = [await person(it, 'ben'), await person(it, 'cleo')];
  await loaded(ben, 'Floor 3', 'Floor 4');
  await counts(ben, 3);
});
after(() => it.end());
afterEach(async () => {
  it.way.turn('open');
  for (const page of [ann, ben, cleo]) {
    await page.context().setOffline(false);
    assert.deepEqual(page.complaints.splice(0), []);
  }
});

/** What hovering over the indicator tells. */
async function hover(page) {
  await page.mouse.move(5, 5);
  await page.locator('.fb-status').hover();
  const told = await page.locator('.fb-tooltip').innerText();
  await page.mouse.move(5, 300);
  await page.locator('.fb-tooltip').waitFor({ state: 'detached' });
  return told;
}

/** All that the opened indicator says. */
async function details(page, words) {
  await page.locator('.fb-status').click();
  await page.getByRole('dialog').getByText(words).first().waitFor();
  await page.keyboard.press('Escape');
  await letGo(page).catch(() => undefined);
}

test('load new estates, sites, or buildings: without a network the estate says what it needs, and loading it at the office is one tap', async () => {
  await offline(cleo);
  await cleo.getByText('Loading an estate, a site or a building needs a connection.', { exact: false }).waitFor();
  await go(cleo, 'Estates');
  await online(cleo);
  await loaded(cleo, 'Floor 3', 'Floor 4');
  await counts(cleo, 3);
  await kept(cleo);
  await status(cleo, 'Synced (Online)');
});

test('invite team members to an estate: without a network People says that a connection is needed', async () => {
  await offline(ann);
  await go(ann, 'People');
  await ann.getByText('This needs a connection').waitFor();
  await online(ann);
  await ann.getByRole('tab', { name: 'Invitations' }).waitFor();
  await openFloor(ann, 'Floor 3');
});

test('hover over the sync indicator: how many changes are pending, when the last successful sync was, and why nothing goes', async () => {
  assert.match(await hover(cleo), /All your actions are on the server[^]*Last in sync/);
  await offline(cleo);
  await drag(cleo, [10, 10], [12, 12]);
  await drag(cleo, [12, 12], [14, 14]);
  await status(cleo, 'Pending (Offline)');
  assert.match(await hover(cleo), /2 actions wait to be sent, the oldest from [^]*No network[^]*Last in sync/);
  await online(cleo);
  assert.match(await hover(cleo), /All your actions are on the server/);
});

test('travel to a site with no WiFi: a day on several floors, the app closed in between, and all of it is with the teammates within seconds', async () => {
  await offline(cleo);
  await place(cleo, 'Powder extinguisher', 50, 10);
  await drag(cleo, [30, 30], [35, 33]);
  await open(cleo, 20, 10, 'Powder extinguisher');
  await fill(panel(cleo), { 'Serial number': 'PX-9', Status: 'Maintenance' });
  await letGo(cleo);
  await tool(cleo, 'Draw a room').click();
  for (const [x, y] of [[2, 20], [9, 20], [9, 28], [2, 28], [2, 20]]) await tapAt(cleo, x, y);
  await fill(panel(cleo), { Name: 'Meter room' });
  await cleo.getByRole('tab', { name: 'Rooms (1)' }).waitFor();
  await openFloor(cleo, 'Floor 4');
  await place(cleo, 'Steel boiler', 30, 20);
  await status(cleo, 'Pending (Offline)');
  // The app is closed on the way, and opened on the roof. A tab that begins is not cut off at once: the server is, for all.
  it.way.turn('refuse');
  const context = cleo.context();
  await cleo.close();
  cleo = await tab(context, it);
  await status(cleo, 'Pending (Offline)');
  await openFloor(cleo, 'Floor 4');
  await counts(cleo, 1);
  await tool(cleo, 'Add a note').click();
  await tapAt(cleo, 40, 8);
  await fill(panel(cleo), { Text: 'Hatch is stuck' });
  await status(cleo, 'Pending (Offline)');
  it.way.turn('open');
  await online(cleo);
  for (const page of [ann, ben]) {
    await openFloor(page, 'Floor 3');
    await counts(page, 4);
    await page.getByRole('tab', { name: 'Rooms (1)' }).waitFor();
    await open(page, 35, 33, 'Steel boiler');
    await letGo(page);
    await page.getByRole('searchbox').fill('PX-9');
    await page.getByText('PX-9 · Maintenance').waitFor();
    await openFloor(page, 'Floor 4');
    await counts(page, 1);
    await page.getByRole('tab', { name: 'Notes (1)' }).waitFor();
  }
});

test('metadata updates, and changes in the order received: of two names the one stands that came to the server last', async () => {
  for (const page of [ann, ben]) await openFloor(page, 'Floor 3');
  await offline(ann);
  await offline(ben);
  for (const [page, name] of [[ann, 'Boiler, east'], [ben, 'Boiler, west']]) {
    await open(page, 35, 33, 'Steel boiler');
    await fill(panel(page), { Name: name });
    await letGo(page);
    await status(page, 'Pending (Offline)');
  }
  await online(ben);
  await online(ann);
  for (const page of [ann, ben, cleo]) {
    if (page === cleo) await openFloor(page, 'Floor 3');
    await page.getByRole('searchbox').fill('east');
    await page.getByRole('button', { name: /^Boiler, east/ }).waitFor();
    await page.getByRole('searchbox').fill('');
    await status(page, 'Synced (Online)');
  }
});

test('real-time notifications do not work offline: conflicts come all at once with the sync, and each can be settled', async () => {
  const names = ['Serial number', 'Tag', 'Kind'];
  for (const page of [ann, cleo]) await openFloor(page, 'Floor 3');
  await offline(cleo);
  const assets = [[14, 14, 'Steel boiler'], [50, 10, 'Powder extinguisher']];
  for (const [index, [x, y, name]] of assets.entries()) {
    for (const [page, value] of [[cleo, `c-${index}`], [ann, `a-${index}`]]) {
      await open(page, x, y, name);
      await fill(panel(page), { [names[index]]: value });
      await letGo(page);
    }
  }
  await status(ann, 'Synced (Online)');
  await status(cleo, 'Pending (Offline)');
  await cleo.context().setOffline(false);
  await status(cleo, 'Sync conflict (Online)');
  await cleo.getByText('Sync conflict detected on Estate A, Floor 3. Please review changes.').waitFor();
  await cleo.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Conflicts\s*2/ }).waitFor();
  await cleo.getByRole('button', { name: 'Review' }).click();
  for (const left of [1, 0]) {
    const decision = cleo.getByRole('article').first();
    await decision.getByRole('radio', { name: /^Takes The server version/ }).first().check();
    await decision.getByRole('button', { name: 'Resolve' }).click();
    if (left > 0) await cleo.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Conflicts\s*1/ }).waitFor();
  }
  await status(cleo, 'Synced (Online)');
});

test('if you see the spinning icon: it turns for as long as something is sent, says so, and ends by itself', async () => {
  await openFloor(cleo, 'Floor 3');
  await status(cleo, 'Synced (Online)');
  it.way.stall();
  await drag(cleo, [50, 10], [51, 11]);
  await cleo.locator('.fb-status[data-colour="blue"]').waitFor();
  await details(cleo, /1 action waits to be sent/);
  // A network comes that does let it through: the one that does not is given up.
  it.way.turn('open');
  await status(cleo, 'Synced (Online)');
  await drag(cleo, [51, 11], [50, 10]);
  await status(cleo, 'Synced (Online)');
});

test('a server that does not answer: the details say so, a refresh and a closed tab do no harm, and it goes on by itself', async () => {
  await openFloor(cleo, 'Floor 3');
  it.way.turn('refuse');
  await drag(cleo, [50, 10], [52, 12]);
  await status(cleo, 'Pending (Offline)');
  await details(cleo, /1 action waits to be sent/);
  await details(cleo, /does not answer/);
  await cleo.reload();
  await status(cleo, 'Pending (Offline)');
  // Another tab is the same device, and takes over when the first one goes.
  const other = await tab(cleo.context(), it);
  await status(other, 'Pending (Offline)');
  await cleo.close();
  cleo = other;
  it.way.turn('open');
  await status(cleo, 'Synced (Online)');
  await openFloor(ann, 'Floor 3');
  await open(ann, 52, 12, 'Powder extinguisher');
  await letGo(ann);
});

test('a network that answers in the server’s place: it says that something stands in the way, and another network ends it', async () => {
  await openFloor(cleo, 'Floor 3');
  it.way.turn('portal');
  await drag(cleo, [52, 12], [50, 14]);
  await status(cleo, 'Pending (Offline)');
  await cleo.getByText('This network blocks the server.', { exact: false }).first().waitFor();
  it.way.turn('open');
  await status(cleo, 'Synced (Online)');
  await open(ann, 50, 14, 'Powder extinguisher');
  await letGo(ann);
});
