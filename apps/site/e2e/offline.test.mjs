// Offline and online: what looks the same, and the switch with which a person stays offline.

import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SCREENS } from './looks.mjs';
import { drag, founded, go, kept, letGo, online, open, openFloor, person, place, site, standsAt, status, tab } from './screens.mjs';

let it;
let ann;
before(async () => {
  it = await site();
  // The mask is a style of the test's, which the page's policy would keep out.
  ann = await person(it, 'ann', { reducedMotion: 'reduce', bypassCSP: true });
  await founded(ann);
  await place(ann, 'Steel boiler', 10, 10);
  await place(ann, 'Powder extinguisher', 20, 10);
  await status(ann, 'Synced (Online)');
});
after(() => it.end());

/** The indicator has no words, and one width. */
const MASK = '.fb-status { visibility: hidden !important; width: 14rem !important; }';

async function look(page, show) {
  await show(page);
  await page.locator('.fb-said[data-shown]').waitFor({ state: 'detached' });
  await page.evaluate(() => document.activeElement?.blur());
  return page.screenshot({ style: MASK, animations: 'disabled' });
}

/** Writes both pictures beside each other, and says where. */
async function keptForALook(name, online, offline) {
  const folder = await mkdtemp(join(tmpdir(), 'site-looks-'));
  await writeFile(join(folder, `${name}-online.png`), online);
  await writeFile(join(folder, `${name}-offline.png`), offline);
  return folder;
}

test('everything looks the same as when you are online: loaded screens differ in the indicator alone, pixel by pixel', async () => {
  await kept(ann);
  for (const size of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
    await ann.setViewportSize(size);
    // What of a plan was looked at last is remembered until the app is closed.
    await ann.reload();
    await ann.locator('.fb-status').waitFor();
    await status(ann, 'Synced (Online)');
    const seen = new Map();
    for (const [name, show] of Object.entries(SCREENS)) {
      seen.set(name, await look(ann, show));
      await ann.keyboard.press('Escape');
    }
    await ann.context().setOffline(true);
    await ann.reload();
    // The notice that the connection is gone has been read.
    await ann.locator('.fb-notice').getByRole('button', { name: 'Close' }).click();
    for (const [name, show] of Object.entries(SCREENS)) {
      // What is still on its way to the screen arrives.
      const end = Date.now() + 15_000;
      for (let now; !(now = await look(ann, show)).equals(seen.get(name)); ) {
        if (Date.now() > end) assert.fail(`${name} looks different offline at ${size.width}: ${await keptForALook(name, seen.get(name), now)}`);
        await ann.keyboard.press('Escape');
      }
      await ann.keyboard.press('Escape');
    }
    await online(ann);
  }
  await ann.setViewportSize({ width: 1280, height: 800 });
});

test('a person who asks for it works offline, in all tabs and after a reload, until the switch is turned back', async () => {
  // A teammate who is not behind the proxy: what it counts are calls of this device.
  const van = await it.native('ben');
  const [{ id: estate }] = await van.query('SELECT id FROM estate');
  await van.load(`estate/${estate}`);
  const [{ id: extinguisher }] = await van.query("SELECT id FROM asset WHERE nickname = 'Powder extinguisher'");
  await openFloor(ann, 'Floor 3');
  const before = it.way.calls();
  await drag(ann, [10, 10], [12, 12]);
  const end = Date.now() + 20_000;
  while (it.way.calls() === before) {
    assert.ok(Date.now() < end, 'its calls are counted');
    await new Promise((done) => setTimeout(done, 50));
  }
  await status(ann, 'Synced (Online)');
  await ann.locator('.fb-status').click();
  await ann.getByRole('dialog').getByText('Work offline', { exact: true }).click();
  await ann.getByRole('dialog').getByText('Working offline, because you asked for it. Nothing is sent or fetched.').waitFor();
  await ann.keyboard.press('Escape');
  await status(ann, 'Synced (Working offline)');
  const since = it.way.calls();

  await drag(ann, [12, 12], [30, 30]);
  await status(ann, 'Pending (Working offline)');
  await van.act([{ type: 'asset.move', changes: [{ update: 'asset', id: extinguisher, set: { x: '40.000', y: '10.000' } }] }]);
  await ann.reload();
  await ann.getByText('Working offline, because you asked for it.', { exact: false }).waitFor();
  await status(ann, 'Pending (Working offline)');
  await open(ann, 20, 10, 'Powder extinguisher');
  await letGo(ann);
  const other = await tab(ann.context(), it);
  await status(other, 'Pending (Working offline)');
  await go(other, 'People');
  await other.getByText('This needs a connection').waitFor();
  assert.equal(it.way.calls(), since, 'nothing leaves');

  await other.getByRole('button', { name: 'Go online' }).click();
  await status(ann, 'Synced (Online)');
  await status(other, 'Synced (Online)');
  await open(ann, 40, 10, 'Powder extinguisher');
  await standsAt(ann, 40, 10);
  for (const page of [ann, other]) assert.deepEqual(page.complaints, []);
});
