// The packages as somebody else gets them: packed, installed beside an app in a folder of its own, and the app built by them and used.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { add, checklist, person, status } from './screens.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PACKAGES = ['client', 'react', 'shell', 'ui'];
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldbook-packed-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('an app in a folder of its own is built from the packed packages, and works', async () => {
  const [tarballs, app, out] = ['tarballs', 'app', 'out'].map((name) => join(folder, name));
  await mkdir(tarballs);
  await run('npm', ['pack', '--silent', '--pack-destination', tarballs, ...PACKAGES.flatMap((name) => ['--workspace', `packages/${name}`])], { cwd: ROOT });
  const packed = await readdir(tarballs);
  assert.equal(packed.length, PACKAGES.length, `${packed}`);
  for (const name of ['src', 'app.json', 'icon.svg']) await cp(join(ROOT, 'apps/sample', name), join(app, name), { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(ROOT, 'apps/sample/package.json'), 'utf8'));
  for (const name of PACKAGES) dependencies[`@fieldbook/${name}`] = `file:${join(tarballs, packed.find((it) => it.includes(`-${name}-`)))}`;
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module', dependencies }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: app });
  await run('npx', ['--no-install', 'fieldbook-app', out, '.'], { cwd: app });
  const it = await checklist(out);
  try {
    const ann = await person(it, 'ann');
    await add(ann, 'New list', 'From a tarball');
    await status(ann, 'Synced (Online)');
    assert.deepEqual(ann.complaints, []);
  } finally {
    await it.end();
  }
});
