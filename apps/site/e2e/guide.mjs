// The pictures of docs/guide/site.md, of the demo's estates: `node guide.mjs OUT`.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FIELDBOOK } from '../../../packages/client/e2e/world.mjs';
import { go, letGo, offline, panel, person, site, status } from './screens.mjs';

const PLANS = fileURLToPath(new URL('../demo/plans', import.meta.url));
const [out] = process.argv.slice(2);
/** Small enough to be looked at on a page, large enough to be read there. */
const DESK = { viewport: { width: 960, height: 600 }, reducedMotion: 'reduce' };
const PHONE = { viewport: { width: 390, height: 700 }, reducedMotion: 'reduce' };

/** The estates as they are before two people work on them apart. */
async function estates(it) {
  const acts = await mkdtemp(join(tmpdir(), 'estates-'));
  await promisify(execFile)(FIELDBOOK, ['demo', PLANS, '--estates', acts]);
  const ann = await it.native('ann');
  for (const name of await readdir(PLANS)) if (/\.(webp|tiles)$/.test(name)) await ann.bring(join(PLANS, name));
  await ann.act((await readFile(join(acts, '1-ann.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line)));
}

const it = await site();
try {
  await estates(it);
  const shot = (page, name) => page.screenshot({ path: join(out, `site-${name}.jpg`), type: 'jpeg', quality: 72, animations: 'disabled' });
  const ben = await person(it, 'ben', DESK);
  await ben.getByRole('button', { name: 'Load with all floors: Harbour Estate' }).waitFor();
  await shot(ben, 'load');
  await ben.getByRole('button', { name: 'Load with all floors: Harbour Estate' }).click();
  await ben.getByRole('link', { name: 'Harbour Estate' }).click();
  await ben.getByRole('listitem').filter({ hasText: 'Ground floor' }).first().getByText('available offline').waitFor();
  await status(ben, 'Synced (Online)');
  const address = new URL(await ben.getByRole('link', { name: 'Ground floor', exact: true }).first().getAttribute('href'), ben.url()).href;
  await ben.goto(address);
  await choose(ben);
  await shot(ben, 'floor');
  await letGo(ben);
  await ben.getByRole('button', { name: /^Choose all/ }).click();
  await panel(ben).getByRole('heading', { level: 2, name: /assets$/ }).waitFor();
  await shot(ben, 'several');
  await letGo(ben);

  const ann = await person(it, 'ann', PHONE);
  await ann.getByRole('button', { name: 'Load with all floors: Harbour Estate' }).click();
  await ann.getByRole('link', { name: 'Harbour Estate' }).click();
  await ann.getByRole('listitem').filter({ hasText: 'Ground floor' }).first().getByText('available offline').waitFor();
  await ann.goto(address);
  await ann.getByRole('button', { name: 'Show the list' }).click();
  await choose(ann);
  await ben.locator('.fb-status').click();
  await ben.getByRole('dialog').getByText('Work offline', { exact: true }).click();
  await ben.keyboard.press('Escape');
  await choose(ben);
  await serial(ben, 'HH-0417');
  await status(ben, 'Pending (Working offline)');
  await letGo(ben);
  await ben.locator('.fb-status').click();
  await ben.getByRole('dialog').getByText('1 action waits', { exact: false }).waitFor();
  await shot(ben, 'status');
  await ben.keyboard.press('Escape');
  await letGo(ben);
  await serial(ann, 'HH-0471');
  await status(ann, 'Synced (Online)');
  await ben.getByRole('button', { name: 'Go online' }).click();
  await ben.getByText('Sync conflict detected on Harbour Estate', { exact: false }).waitFor();
  await shot(ben, 'notice');
  await go(ben, 'Conflicts');
  await ben.getByRole('article').first().waitFor();
  await shot(ben, 'conflict');
  await letGo(ann).catch(() => undefined);
  await offline(ann);
  await shot(ann, 'phone');
} finally {
  await it.end();
}

/** Opens the first asset of the list. */
async function choose(page) {
  await panel(page).locator('.st-asset .st-row').first().click();
  await panel(page).getByLabel('Serial number').waitFor();
}

async function serial(page, number) {
  await panel(page).getByLabel('Serial number').fill(number);
  await panel(page).getByRole('button', { name: 'Save' }).click();
}
