// A browser whose disk is full, really: its profile lies in a small file system of its own, which somebody else fills. It is mounted in
// a namespace of this test's, so that it goes with it however the test ends.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statfsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { act, level, rows, signIn, tab, world } from './world.mjs';

const COUNT = 'SELECT count(*), count(DISTINCT id) FROM item';
/** Room for a browser's profile and a database, in MiB. */
const MIB = 192;

const item = (title) => [{ insert: 'item', id: crypto.randomUUID(), fields: { title } }];

if (!process.env.OWN_MOUNTS) {
  test('a disk that fills up and is cleared loses nothing that was saved', () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const words = ['--user', '--map-root-user', '--mount', '--', process.execPath, '--test', '--test-reporter=tap', fileURLToPath(import.meta.url)];
    const { status, stdout, stderr } = spawnSync('unshare', words, { env: { ...env, OWN_MOUNTS: '1' }, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  });
} else {
  test('a disk that fills up and is cleared loses nothing that was saved', async () => {
    const here = await world();
    const disk = here.profile('ann');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${MIB}m`, 'tmpfs', disk], { encoding: 'utf8' });
    assert.equal(mounted.status, 0, mounted.stderr);
    try {
      await fills(here, disk);
    } finally {
      await here.end().catch(() => undefined);
      spawnSync('umount', ['--lazy', disk]);
      rmSync(here.folder, { recursive: true, force: true });
    }
  });
}

/** Loads the page anew, until its data is there. */
async function opened(page) {
  await page.reload();
  await page.waitForFunction(() => window.stands && window.stands !== 'opening');
  assert.equal(await page.evaluate(() => window.stands), 'open', await page.evaluate(() => JSON.stringify(window.standing.error)));
}

async function fills(here, disk) {
  const ann = await here.browser('ann');
  const hers = await tab(ann, here);
  await signIn(hers, 'ann');
  await level(hers);
  // Files that were taken once have their place on the disk; a page that was opened once is the usual case.
  await opened(hers);
  here.way.turn('refuse');
  assert.equal((await act(hers, item('before'))).ok, true);

  // Somebody else's film fills the disk but for a little.
  const film = join(disk, 'film');
  for (let { bavail, bsize } = statfsSync(disk); bavail * bsize > 400_000; { bavail, bsize } = statfsSync(disk)) {
    appendFileSync(film, Buffer.alloc(Math.min(1 << 20, bavail * bsize - 300_000)));
  }
  const { saved, error } = await hers.evaluate(async () => {
    const title = 'x'.repeat(190);
    for (let saved = 0; saved < 500; saved++) {
      const changes = Array.from({ length: 40 }, () => ({ insert: 'item', id: crypto.randomUUID(), fields: { title } }));
      const said = await window.book.act({ changes });
      if (!said.ok) return { saved, error: said.error };
    }
    return { saved: 500 };
  });
  assert.equal(error?.code, 'disk-full', JSON.stringify({ saved, error }));
  assert.match(error.words, /room|full|space/i);
  const all = 1 + saved * 40;
  assert.deepEqual(await rows(hers, COUNT), [[all, all]]);

  // The page is loaded anew while there is still no room: everything that was saved is there to be read.
  await opened(hers);
  assert.deepEqual(await rows(hers, COUNT), [[all, all]]);

  // The film goes, and work goes on, without another reload.
  truncateSync(film, 0);
  assert.equal((await act(hers, item('after'))).ok, true);
  assert.deepEqual(await rows(hers, COUNT), [[all + 1, all + 1]]);
  here.way.turn('open');
  await hers.evaluate(() => window.book.syncNow());
  await level(hers, 60_000);
  const [counted] = await (await here.native('ben')).query('SELECT count(*) AS all_of_them, count(DISTINCT id) AS different FROM item');
  assert.deepEqual(Object.values(counted), [all + 1, all + 1]);
}
