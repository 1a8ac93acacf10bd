// A disk that is really full: the browser's profile lies on a small one (tmpfs) that somebody else fills in the middle of the work. Nothing
// that was shown as saved is lost, the person is told, and it goes on once there is room.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { act, level, rows, signIn, tab, world } from './world.mjs';

/** Enough for a browser and its data, soon full. */
const SIZE_MB = 320;
const TITLES = 'SELECT title FROM item';

const item = (title) => [{ insert: 'item', id: crypto.randomUUID(), fields: { title, count: 1 } }];

/** Mounts a small disk over a folder; whether that may be done. */
function mount(folder) {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder]).status === 0;
}

/** Fills the rest of a disk to the last byte. */
function fill(folder) {
  const file = join(folder, 'somebody-elses');
  const to = openSync(file, 'a');
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      try {
        for (;;) if (writeSync(to, Buffer.alloc(size, 1)) < size) break;
      } catch (thrown) {
        assert.equal(thrown.code, 'ENOSPC');
      }
    }
  } finally {
    closeSync(to);
  }
  return file;
}

test('a disk that fills in mid-edit loses nothing that was shown as saved, and goes on once there is room', async (t) => {
  const here = await world();
  const folder = here.profile('small');
  if (!mount(folder)) {
    await here.end();
    t.skip('nobody may mount a disk here');
    return;
  }
  let browser;
  try {
    browser = await here.browser('small');
    const page = await tab(browser, here);
    await signIn(page, 'ann');
    await level(page);
    here.way.turn('refuse');
    const saved = [];
    for (let at = 0; at < 20; at++) {
      const done = await act(page, item(`before ${at}`));
      assert.equal(done.ok, true);
      saved.push(`before ${at}`);
    }
    const ballast = fill(folder);
    assert.equal(statfsSync(folder).bavail, 0);
    let refused;
    for (let at = 0; at < 20_000 && !refused; at++) {
      const done = await act(page, item(`meanwhile ${at}`));
      if (done.ok) saved.push(`meanwhile ${at}`);
      else refused = done.error;
    }
    assert.equal(refused?.code, 'disk-full', JSON.stringify(refused));
    assert.ok(refused.words.length > 20);
    // What was saved is still told while there is no room.
    const told = new Set((await rows(page, TITLES)).map(([title]) => title));
    for (const title of saved) assert.ok(told.has(title), `${title} was saved and is not shown`);
    assert.equal(told.size, saved.length);
    rmSync(ballast);
    assert.equal((await act(page, item('after'))).ok, true);
    saved.push('after');
    await page.reload();
    await page.waitForFunction(() => window.stands === 'open');
    assert.deepEqual((await rows(page, TITLES)).map(([title]) => title).sort(), saved.sort());
    here.way.turn('open');
    await page.evaluate(() => window.book.syncNow());
    await level(page, 60_000);
    const native = await here.native('ben');
    assert.deepEqual(await native.query('SELECT COUNT(*) AS count FROM item'), [{ count: saved.length }]);
  } finally {
    await browser?.close();
    spawnSync('umount', ['--lazy', folder]);
    await here.end();
  }
});
