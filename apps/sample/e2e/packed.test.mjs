// The packages as somebody else gets them: packed, installed beside an app in a folder of its own, and the app built by them and used. Once
// the sample, and once what docs/guide/web-sdk.md makes from nothing: its files and its commands, as they stand there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FIELDBOOK, PASSWORD, world } from '../../../packages/client/e2e/world.mjs';
import { add, checklist, kept, person, signIn, status, tab } from './screens.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const GUIDE = join(ROOT, 'docs/guide/web-sdk.md');
const PACKAGES = ['client', 'react', 'shell', 'ui'];
let folder;
let tarballs;
let packed;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldbook-packed-'));
  tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  await run('npm', ['pack', '--silent', '--pack-destination', tarballs, ...PACKAGES.flatMap((name) => ['--workspace', `packages/${name}`])], { cwd: ROOT });
  packed = await readdir(tarballs);
  assert.equal(packed.length, PACKAGES.length, `${packed}`);
});
after(() => rm(folder, { recursive: true, force: true }));

test('an app in a folder of its own is built from the packed packages, and works', async () => {
  const [app, out] = ['app', 'out'].map((name) => join(folder, name));
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

test('the guide makes an app from nothing: its files, its commands, and what they come to', async () => {
  const guide = await readFile(GUIDE, 'utf8');
  const blocks = [...guide.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(([, language, name, text]) => ({ language, name, text }));
  const files = blocks.filter(({ language }) => language !== 'sh');
  const commands = ['app', 'office'].map((wanted) => blocks.find(({ language, name }) => language === 'sh' && name === wanted).text).join('');
  assert.deepEqual(files.map(({ name }) => name), ['package.json', 'app.json', 'icon.svg', 'schema.toml', 'src/main.tsx', 'office/app.json', 'office/src/main.tsx']);
  const app = join(folder, 'shopping');
  for (const { name, text } of files) {
    await mkdir(dirname(join(app, name)), { recursive: true });
    await writeFile(join(app, name), text);
  }
  const PATH = [dirname(resolve(FIELDBOOK)), process.env.PATH].join(delimiter);
  await run('sh', ['-e', '-c', commands], { cwd: app, env: { ...process.env, PATH, PACKAGES: tarballs } });
  // Its types are what the guide says: they fit, and a wrong value does not.
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ extends: join(ROOT, 'tsconfig.web.json'), compilerOptions: { rootDir: '/', typeRoots: [join(ROOT, 'node_modules/@types')], paths: { react: [join(ROOT, 'node_modules/@types/react')], 'react/*': [join(ROOT, 'node_modules/@types/react/*')], 'react-dom/*': [join(ROOT, 'node_modules/@types/react-dom/*')] } }, include: ['src', 'office'] }));
  const checked = () => run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: app });
  await checked();
  const main = join(app, 'src/main.tsx');
  const text = await readFile(main, 'utf8');
  await writeFile(main, text.replace('add: { amount: 1 }', "add: { amount: 'one' }"));
  await assert.rejects(checked(), ({ stdout }) => /main\.tsx\(\d+,\d+\): error TS2322: Type 'string' is not assignable to type 'number'/.test(stdout));

  const it = await world({ schema: await readFile(join(app, 'schema.toml'), 'utf8'), serve: ['--apps', join(app, 'out')], roles: { ann: 'owner' } });
  try {
    const ann = await tab(await it.browser('shopper'), it, 'shopping');
    await signIn(ann, 'ann');
    await ann.getByText('Nothing is missing.').waitFor();
    await ann.getByLabel('What is missing').fill('Milk');
    await ann.getByRole('button', { name: 'Add', exact: true }).click();
    await ann.getByRole('button', { name: 'One more Milk' }).click();
    await ann.getByLabel('2 × Milk').click();
    await status(ann, 'Synced (Online)');
    await kept(ann);
    it.way.turn('refuse');
    await ann.reload();
    await ann.getByLabel('2 × Milk').waitFor();
    assert.ok(await ann.getByLabel('2 × Milk').isChecked());
    it.way.turn('open');
    // How long it waits before it tries again depends on how long the server was gone: half a minute at most.
    await status(ann, 'Synced (Online)', 60_000);

    const desk = await tab(await it.browser('office'), it, 'office');
    await desk.getByLabel('User name').fill('ben');
    await desk.getByLabel('Password').fill('no password of anybody');
    await desk.getByRole('button', { name: 'Sign in' }).click();
    await desk.getByRole('alert').waitFor();
    await desk.getByLabel('Password').fill(PASSWORD);
    await desk.getByRole('button', { name: 'Sign in' }).click();
    await desk.getByText('0 still to buy').waitFor();
    await ann.getByLabel('What is missing').fill('Bread');
    await ann.getByRole('button', { name: 'Add', exact: true }).click();
    await desk.getByText('1 × Bread').waitFor();
    await desk.reload();
    await desk.getByText('1 × Bread').waitFor();
    it.way.turn('refuse');
    await desk.getByText('This needs a connection.', { exact: false }).waitFor();
    await desk.getByText('1 × Bread').waitFor();
    it.way.turn('open');
    await desk.getByText('This needs a connection.', { exact: false }).waitFor({ state: 'detached' });
    // A network that answers everything itself, with a page, is told apart from none.
    it.way.turn('portal');
    await desk.getByText("Something else answers in the server's place", { exact: false }).waitFor();
    it.way.turn('open');
    await desk.getByText('This needs a connection.', { exact: false }).waitFor({ state: 'detached' });
    assert.deepEqual([...ann.complaints, ...desk.complaints], []);
  } finally {
    await it.end();
  }
});
