// What others did while somebody was away: told once after the sync, by person and kind, and read or not on this device.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { add, checklist, go, openList, person, reword, status } from './screens.mjs';

let it;
before(async () => {
  it = await checklist();
});
after(() => it.end());
afterEach(() => it.way.turn('open'));

/** The bars that tell of news. */
const bars = (page) => page.locator('.fb-notice', { hasText: 'changed' });

test('what another did meanwhile is told in one digest after the sync, not one by one', async () => {
  const ann = await person(it, 'ann', { bypassCSP: true });
  await add(ann, 'New list', 'Cellar');
  await add(ann, 'New list', 'Shed');
  await status(ann, 'Synced (Online)');
  // What is there at the first sign-in is no news, and neither is what comes while one looks.
  await ann.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('fieldbook.news.')));
  assert.equal(await bars(ann).count(), 0);
  await ann.evaluate(() => {
    window.bars = 0;
    const seen = new WeakSet();
    new MutationObserver(() => {
      for (const bar of document.querySelectorAll('.fb-notice')) {
        if (seen.has(bar) || !bar.textContent.includes('changed')) continue;
        seen.add(bar);
        window.bars++;
      }
    }).observe(document.body, { subtree: true, childList: true });
  });
  it.way.turn('refuse');
  await add(ann, 'New list', 'Attic');
  await status(ann, 'Pending (Offline)');
  const ben = await it.native('ben');
  const [{ id: list }] = await ben.query("SELECT id FROM list WHERE name = 'Cellar'");
  // One action each: fourteen ops, and not one.
  const part = (at) => ({ insert: 'item', id: crypto.randomUUID(), fields: { list, title: `Part ${at}`, done: false, count: 1 } });
  await ben.act(Array.from({ length: 14 }, (_, at) => ({ changes: [part(at)] })));
  const [{ id: shed }] = await ben.query("SELECT id FROM list WHERE name = 'Shed'");
  await ben.act([{ changes: [{ delete: 'list', id: shed }] }]);
  it.way.turn('open');
  await ann.locator('.fb-status').click();
  // It may have found the way by itself.
  await ann.getByRole('button', { name: /^(Try|Sync) now$/ }).click();
  await ann.getByRole('dialog').press('Escape');
  await ann.getByRole('dialog').waitFor({ state: 'detached' });
  // The pill has the focus back, and says by itself how it stands until that goes elsewhere.
  await ann.getByRole('heading', { name: 'Lists' }).click();
  await ann.getByRole('tooltip').waitFor({ state: 'detached' });
  await ann.getByText('ben changed 14 items, 1 record that is not here any more', { exact: true }).waitFor();
  // Its own list is not among them.
  assert.equal(await ann.evaluate(() => window.bars), 1);
  await ann.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /News\s*1/ }).waitFor();
  await ann.getByRole('button', { name: 'See what' }).click();
  await ann.getByRole('button', { name: /ben changed 14 items/ }).click();
  await ann.getByRole('heading', { level: 3, name: 'ben', exact: true }).waitFor();
  assert.equal(await ann.getByRole('list', { name: 'item' }).getByRole('link').count(), 14);
  // What was deleted has its name from the server, and a way to its history.
  const gone = ann.getByRole('list', { name: '1 record was deleted' }).getByRole('link');
  await gone.filter({ hasText: 'Shed' }).waitFor();
  assert.match(await gone.getAttribute('href'), /\/history\/list\//);
  assert.deepEqual(await axe(ann), []);
  // It was read by that, and stays so on this device.
  await ann.reload();
  await ann.getByRole('button', { name: /ben changed 14 items/ }).waitFor();
  assert.equal(await bars(ann).count(), 0);
  assert.equal(await ann.getByText('New', { exact: true }).count(), 0);
  // Nothing but ids and numbers lies in the clear.
  const kept = await ann.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith('fieldbook.news.')).map(([, text]) => text).join(' '));
  assert.doesNotMatch(kept, /ben|Part|Cellar|Shed|item/);
  assert.deepEqual(ann.complaints, []);
  await ann.context().close();
});
