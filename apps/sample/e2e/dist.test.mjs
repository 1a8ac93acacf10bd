// The one program with the apps in it, as an operator gets it: copied somewhere, started with a data folder and nothing else.

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { world } from '../../../packages/client/e2e/world.mjs';
import { APPS, add, kept, person, status } from './screens.mjs';

const PROGRAM = process.env.DIST ?? fileURLToPath(new URL('../../../target/dist/fieldbook', import.meta.url));
let folder, it;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldbook-dist-'));
  const program = join(folder, 'fieldbook');
  await copyFile(PROGRAM, program);
  const schema = await readFile(fileURLToPath(new URL('../schema.toml', import.meta.url)), 'utf8');
  it = await world({ schema, program, roles: { ann: 'owner' } });
});
after(async () => {
  await it?.end();
  await rm(folder, { recursive: true, force: true });
});

/** What the server answers, unpacked by nobody. */
const asked = (path, headers = {}) =>
  new Promise((done, failed) => {
    const call = request(`${it.address}${path}`, { headers }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
    });
    call.on('error', failed);
    call.end();
  });

test('one program hands out every app, packed, for good where its name says so, and with what a page may do', async () => {
  const list = await asked('/', { accept: 'text/html' });
  assert.equal(list.status, 200);
  for (const app of ['checklist', 'site']) {
    assert.match(list.body.toString(), new RegExp(`href="/?(./)?${app}/"`));
    const page = await asked(`/${app}/`, { accept: 'text/html' });
    assert.equal(page.headers['cache-control'], 'no-cache');
    assert.match(page.headers['content-security-policy'], /connect-src 'self'/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    const [, script] = /src="([^"]*assets\/main-[^"]*\.js)"/.exec(page.body.toString());
    const path = new URL(script, `http://here/${app}/`).pathname;
    const packed = await asked(path, { 'accept-encoding': 'gzip, br' });
    assert.equal(packed.headers['content-encoding'], 'br');
    assert.equal(packed.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.deepEqual(packed.body, await readFile(join(APPS, `${path}.br`)), 'the same bytes as in the folder that it was made of');
  }
});

test('an app out of the program works, and starts without the server', async () => {
  const ann = await person(it, 'ann');
  await add(ann, 'New list', 'Out of one file');
  await status(ann, 'Synced (Online)');
  await kept(ann);
  it.way.turn('refuse');
  await ann.reload();
  await ann.getByText('Out of one file', { exact: true }).first().waitFor();
  it.way.turn('open');
  await status(ann, 'Synced (Online)');
  assert.deepEqual(ann.complaints, []);
});
