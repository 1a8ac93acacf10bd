#!/usr/bin/env node
// Makes web apps that `fieldbook serve --apps` hands out: `node build.mjs OUT APP...`. An app's folder has `app.json` (name, id, colour), `icon.svg`
// and `src/main.tsx`. What `app.json` names in `files` is handed out as it is, alone (`NAME`) or
// with others whose names something else knows (`FOLDER/NAME`), and is not among what a device keeps to start without a server.
//
//   OUT/index.html                 the list of apps
//   OUT/ID/index.html              the page of an app        OUT/ID/sw.js   what keeps it on a device
//   OUT/ID/assets/NAME-HASH.EXT    everything else; each file also packed, as .br and .gz

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// What was packed before is not packed again: the engine alone takes ten seconds.
const CACHE = resolve('node_modules/.cache/fieldbook-shell');
const client = dirname(fileURLToPath(import.meta.resolve('@fieldbook/client')));
const PACKED = /\.(html|js|css|wasm|svg|webmanifest)$/;

const [out, ...folders] = process.argv.slice(2).map((path) => resolve(path));
if (!out || folders.length === 0) {
  console.error('What to make, and of what: node build.mjs OUT APP...');
  process.exit(2);
}

await rm(out, { recursive: true, force: true });
const apps = [];
for (const folder of folders) apps.push(await app(folder));
await put('', 'index.html', list(apps));
await packAll(out);

/** One app. */
async function app(folder) {
  const about = JSON.parse(await readFile(join(folder, 'app.json'), 'utf8'));
  const { id, name } = about;
  const base = `/${id}`;
  const worker = await asset(id, 'worker.js', await readFile(join(client, 'worker.js')));
  const engine = await asset(id, 'engine.wasm', await readFile(join(client, 'engine.wasm')));
  const icon = await asset(id, 'icon.svg', await readFile(join(folder, 'icon.svg')));
  const beside = await besides(id, about.files ?? {});
  const options = {
    entryPoints: { main: join(folder, 'src/main.tsx') },
    outdir: join(out, id, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
  const defined = (version) => ({ FIELDBOOK_SHELL: JSON.stringify({ worker, engine, base, version, files: beside }), 'process.env.NODE_ENV': '"production"' });
  // Of all that goes in, so that a script can say it that is itself a part of it.
  const { inputs } = (await build({ ...options, write: false, define: defined('') })).metafile;
  // What is no file is in angle brackets.
  const paths = Object.keys(inputs).filter((path) => !path.startsWith('<')).sort();
  const sources = await Promise.all(paths.map((path) => readFile(path)));
  const version = hash(worker, engine, icon, JSON.stringify(about), JSON.stringify(beside), ...sources);
  const made = await build({ ...options, define: defined(version) });
  const outputs = Object.entries(made.metafile.outputs);
  const [main, { cssBundle }] = outputs.find(([, { entryPoint }]) => entryPoint);
  const at = (path) => `${base}/assets/${basename(path)}`;
  await put(id, 'manifest.webmanifest', JSON.stringify(manifest(about, base, icon)));
  await put(id, 'index.html', page({ ...about, script: at(main), style: cssBundle && at(cssBundle), icon, base }));
  const files = [`${base}/`, `${base}/manifest.webmanifest`, worker, engine, icon, ...outputs.map(([path]) => at(path))];
  await build({
    entryPoints: [here('src/sw.ts')],
    outfile: join(out, id, 'sw.js'),
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
    define: { FIELDBOOK_FILES: JSON.stringify({ version: hash(version, ...files), base, files }) },
  });
  return { ...about, base, icon, name };
}

/** What an app names in `files`, by its name there. `FOLDER/NAME` keeps its name, in a folder that has the hash of all that lies in it, and is told as `FOLDER/`. */
async function besides(id, files) {
  const read = Object.entries(files).map(async ([file, from]) => ({ file, bytes: await readFile(fileURLToPath(import.meta.resolve(from))) }));
  const [told, folders] = [{}, {}];
  for (const { file, bytes } of await Promise.all(read)) {
    if (file.includes('/')) (folders[dirname(file)] ??= []).push({ file, bytes });
    else told[file] = await asset(id, file, bytes);
  }
  for (const [folder, within] of Object.entries(folders)) {
    const hashed = `assets/${folder}-${hash(...within.flatMap(({ file, bytes }) => [file, bytes]))}/`;
    for (const { file, bytes } of within) await put(id, hashed + basename(file), bytes);
    told[`${folder}/`] = `/${id}/${hashed}`;
  }
  return told;
}

/** A file whose name has its content's hash. Where it will lie. */
async function asset(id, name, bytes) {
  const [stem, ending] = name.split('.');
  const hashed = `${stem}-${hash(bytes)}.${ending}`;
  await put(id, `assets/${hashed}`, bytes);
  return `/${id}/assets/${hashed}`;
}

async function put(id, name, content) {
  const path = join(out, id, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function hash(...parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex').slice(0, 10);
}

function manifest({ name, colour, about }, base, icon) {
  return {
    name,
    short_name: name,
    description: about,
    id: `${base}/`,
    start_url: `${base}/`,
    scope: `${base}/`,
    display: 'standalone',
    background_color: '#f5f6f4',
    theme_color: colour,
    icons: [{ src: icon, sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
  };
}

function page({ name, colour, about, script, style, icon, base }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<title>${text(name)}</title>
<meta name="description" content="${text(about)}">
<meta name="theme-color" content="${text(colour)}">
<link rel="icon" href="${icon}" type="image/svg+xml">
<link rel="manifest" href="${base}/manifest.webmanifest">
${style ? `<link rel="stylesheet" href="${style}">` : ''}
<meta id="react-aria-pressable-style">
<script type="module" src="${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>This app needs JavaScript.</noscript>
</body>
</html>
`;
}

function list(apps) {
  const items = apps.map(({ base, name, about, icon }) => `<li><a href="${base}/"><img src="${icon}" alt="" width="48" height="48"><span><strong>${text(name)}</strong><br>${text(about)}</span></a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fieldbook</title>
<link rel="icon" href="${apps[0].icon}">
<link rel="stylesheet" href="/list.css">
</head>
<body>
<main>
<h1>Fieldbook</h1>
<ul>
${items.join('\n')}
</ul>
</main>
</body>
</html>
`;
}

function text(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** Beside each file, its packed forms where they are smaller. */
async function packAll(folder) {
  await put('', 'list.css', await readFile(here('src/list.css')));
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && PACKED.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  await mkdir(CACHE, { recursive: true });
  await Promise.all(
    files.map(async (path) => {
      const bytes = await readFile(path);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      await packed(path, bytes, 'br', () => promisify(brotliCompress)(bytes, { params }));
      await packed(path, bytes, 'gz', () => promisify(gzip)(bytes, { level: 9 }));
    }),
  );
}

async function packed(path, bytes, ending, pack) {
  const kept = join(CACHE, `${hash(bytes)}.${ending}`);
  const found = await readFile(kept).catch(() => undefined);
  const small = found ?? (await pack());
  if (!found) await writeFile(kept, small);
  if (small.length < bytes.length) await writeFile(`${path}.${ending}`, small);
}
