// Makes the pictures of the demo's plans as Site makes those that somebody uploads: `node plans.mjs PROGRAM FOLDER`.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const [folder] = process.argv.slice(2);
const source = fileURLToPath(new URL('../src/plan/picture.ts', import.meta.url));
const { outputFiles } = await build({ entryPoints: [source], bundle: true, write: false, format: 'iife', globalName: 'picture', target: 'es2022' });

execFileSync(process.env.FIELDBOOK, ['demo', '--drawings', folder], { stdio: 'inherit' });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
await page.addScriptTag({ content: outputFiles[0].text });
for (const name of readdirSync(folder).filter((file) => file.endsWith('.svg'))) {
  const svg = readFileSync(join(folder, name), 'utf8');
  const made = await page.evaluate(async (svg) => {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    await image.decode();
    const { plan, detail } = await picture.prepare(image, image.naturalWidth, image.naturalHeight);
    // Bytes go through the browser's protocol as text.
    const text = (bytes) => bytes.reduce((text, byte) => text + String.fromCharCode(byte), '');
    return { plan: btoa(text(plan)), detail: btoa(text(detail)) };
  }, svg);
  const stem = join(folder, name.slice(0, -'.svg'.length));
  for (const [ending, bytes] of [['webp', made.plan], ['tiles', made.detail]]) writeFileSync(`${stem}.${ending}`, Buffer.from(bytes, 'base64'));
  console.log(name);
}
await browser.close();
