// Uploading a plan: every kind of file, every refusal, and what is said without a connection.

import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { HOSTILE, lockedPdf, noisyPng, pdf, png, pngHead, scanned } from './files.mjs';
import { choose, founded, loaded, offline, online, openFloor, person, site, toUpload, upload } from './screens.mjs';

let it;
let ann;
before(async () => {
  it = await site();
  ann = await person(it, 'ann');
  await founded(ann);
});
after(() => it.end());

/** Waits until the plan on the screen is of a colour, give or take what a picture loses when it is packed. */
function shows(page, colour) {
  const isShown = (wanted) => {
    const canvas = document.querySelector('canvas.st-back');
    const [...seen] = canvas.getContext('2d').getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data;
    return wanted.every((part, at) => Math.abs(part - seen[at]) < 12);
  };
  return page.waitForFunction(isShown, colour, { timeout: 60_000 });
}

async function measures(page, words) {
  await page.getByRole('tab', { name: 'Floor', exact: true }).click();
  await page.getByText(words).waitFor();
}

test('a PNG of 21 million pixels becomes the plan, in tiles', async () => {
  await toUpload(ann);
  await choose(ann, 'plan.png', png(5600, 3800, [200, 30, 30]));
  await upload(ann, 56);
  await shows(ann, [200, 30, 30]);
  await measures(ann, 'The plan is 56.0 m wide and 38.0 m high.');
});

test('a JPEG takes its place, and a width with a comma is understood', async () => {
  const bytes = await ann.evaluate(async () => {
    const canvas = new OffscreenCanvas(900, 600);
    const on = canvas.getContext('2d');
    on.fillStyle = '#1e1ec8';
    on.fillRect(0, 0, 900, 600);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())];
  });
  await toUpload(ann);
  await choose(ann, 'plan of the third floor', bytes);
  await upload(ann, '37,5');
  await shows(ann, [30, 30, 200]);
  await measures(ann, 'The plan is 37.5 m wide and 25.0 m high.');
});

test('an SVG with a script in it is a picture: nothing runs, and nothing is asked of anybody', async () => {
  await toUpload(ann);
  await choose(ann, 'plan.svg', HOSTILE);
  await upload(ann, 30);
  await shows(ann, [0, 160, 0]);
  assert.notEqual(await ann.title(), 'ran');
  // Reading it, the browser says of each handler and style that the page's policy holds it off, which is so; all else is a fault.
  assert.deepEqual(ann.complaints.splice(0).filter((said) => !/^(Executing|Applying) inline .* violates/.test(said)), []);
});

test('what is drawn of an SVG has no script, no event and no address in it', async () => {
  const source = fileURLToPath(new URL('../src/upload/svg.ts', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, write: false, format: 'iife', globalName: 'svg', target: 'es2022' });
  const { text, size } = await ann.evaluate(`${outputFiles[0].text}; svg.cleaned(new TextEncoder().encode(${JSON.stringify(HOSTILE)}))`);
  assert.doesNotMatch(text, /script|onload|onclick|elsewhere|foreignObject|iframe|import/i);
  ann.complaints.length = 0;
  assert.match(text, /<rect[^>]*fill="#00a000"/);
  assert.deepEqual(size, { width: 6144, height: 4096 });
});

test('of a PDF of two pages the second becomes the plan', async () => {
  await toUpload(ann);
  await choose(ann, 'plans.pdf', pdf([[0, 0, 0], [0.8, 0.6, 0]]));
  await ann.getByText('This file has 2 pages.', { exact: false }).waitFor();
  await ann.getByLabel('Page', { exact: false }).selectOption('2');
  await upload(ann, 42);
  await shows(ann, [204, 153, 0]);
  await measures(ann, 'The plan is 42.0 m wide and 29.7 m high.');
  assert.deepEqual(ann.complaints, []);
});

for (const [how, colour] of [
  ['jpx', [20, 120, 200]],
  ['jbig2', [255, 255, 255]],
]) {
  test(`a scan inside a PDF is drawn: ${how}`, async () => {
    await toUpload(ann);
    await choose(ann, 'scan.pdf', scanned(how));
    await upload(ann, 20);
    await shows(ann, colour);
    assert.deepEqual(ann.complaints, []);
  });
}

test('two points and how far they are from each other tell the scale, by the mouse and by the keyboard', async () => {
  await toUpload(ann);
  await choose(ann, 'plan.png', png(1000, 500, [240, 240, 240]));
  await ann.getByText('By two points', { exact: true }).click();
  const canvas = ann.getByRole('img', { name: 'The plan, as it will be' });
  const save = ann.getByRole('button', { name: 'Upload', exact: true });
  const box = await canvas.boundingBox();
  const at = (x, y) => [box.x + (x * box.width) / 1000, box.y + (y * box.height) / 500];
  const drag = async (from, to) => {
    await ann.mouse.move(...at(...from));
    await ann.mouse.down();
    await ann.mouse.move(...at(...to), { steps: 3 });
    await ann.mouse.up();
  };
  // Both begin in the middle of the height.
  await drag([300, 250], [100, 125]);
  await drag([700, 250], [500, 125]);
  await ann.getByRole('button', { name: 'Point 1, 10 % from the left and 25 % from the top' }).waitFor();
  await ann.getByRole('button', { name: 'Point 2, 50 % from the left and 25 % from the top' }).focus();
  for (let presses = 0; presses < 5; presses += 1) await ann.keyboard.press('Shift+ArrowRight');
  await ann.getByRole('button', { name: 'Point 2, 60 % from the left and 25 % from the top' }).waitFor();
  const distance = ann.getByLabel('How far the points are from each other, in metres');
  // Without a distance there is no scale.
  await ann.locator('button:disabled', { hasText: 'Upload' }).waitFor();
  await distance.fill('far');
  await ann.getByText('Give a number of metres', { exact: false }).waitFor();
  await distance.fill('12,5');
  // Half of the width, as exactly as a mouse puts points.
  await ann.getByText(/^The whole picture is then (24\.9|25\.0|25\.1) m wide and 12\.[456] m high/).waitFor();
  await save.click();
  await ann.getByRole('heading', { level: 1, name: 'Floor 3' }).waitFor({ timeout: 120_000 });
  await measures(ann, /^The plan is (24\.9|25\.0|25\.1) m wide and 12\.[456] m high\.$/);
});

test('points that lie on each other tell no scale', async () => {
  await toUpload(ann);
  await choose(ann, 'plan.png', png(1000, 500, [240, 240, 240]));
  await ann.getByText('By two points', { exact: true }).click();
  await ann.getByLabel('How far the points are from each other, in metres').fill('5');
  await ann.getByRole('button', { name: /^Point 1/ }).focus();
  for (let presses = 0; presses < 20; presses += 1) await ann.keyboard.press('Shift+ArrowRight');
  await ann.getByText('too close to each other', { exact: false }).waitFor();
  await ann.locator('button:disabled', { hasText: 'Upload' }).waitFor();
});

test('what becomes no plan is refused, with what to do', async () => {
  await toUpload(ann);
  const refused = (words) => ann.getByRole('alert').filter({ hasText: words }).waitFor();
  for (const [name, bytes, words] of [
    ['plan.png', 'a letter that somebody named a picture', 'whatever its name says'],
    ['plan.gif', 'GIF89a', 'whatever its name says'],
    ['plan.png', pngHead(9000, 9000), 'more than 64 million pixels'],
    ['plan.png', pngHead(20_000, 10), 'longer than 16384'],
    ['plan.png', png(600, 400, [0, 0, 0]).subarray(0, 40), 'This file is damaged'],
    ['plan.jpg', [0xff, 0xd8, 0xff, 0xe0], 'This file is damaged'],
    ['plan.svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><rect></svg>', 'This file is damaged'],
    ['plan.pdf', '%PDF-1.4 and nothing behind it', 'This file is damaged'],
    ['plan.pdf', lockedPdf(), 'This PDF opens with a password'],
  ]) {
    await choose(ann, name, bytes);
    await refused(words);
    assert.equal(await ann.getByRole('button', { name: 'Upload', exact: true }).count(), 0, name);
  }
  const folder = await mkdtemp(join(tmpdir(), 'plan-'));
  try {
    const large = join(folder, 'large.png');
    await writeFile(large, png(10, 10, [0, 0, 0]));
    await truncate(large, (50 << 20) + 1);
    await ann.getByLabel('Choose a file').setInputFiles(large);
    await refused('larger than 50 MB');
  } finally {
    await rm(folder, { recursive: true });
  }
  await choose(ann, 'plan.png', png(30, 20, [0, 0, 0]));
  await ann.getByLabel('Width of the whole picture, in metres').fill('0');
  await ann.getByText('Give a number of metres from 0.5 to 10000.', { exact: false }).waitFor();
  await ann.locator('button:disabled', { hasText: 'Upload' }).waitFor();
});

test('where what reads PDFs does not come from the server, it says so and not that the file is damaged', async () => {
  // A service worker would have it from its own store.
  const cleo = await person(it, 'ann', { serviceWorkers: 'block' });
  await loaded(cleo, 'Floor 3');
  for (const [part, left] of [['**/assets/pdf-worker-*', 1], ['**/assets/pdf-*', 0]]) {
    await cleo.route(part, (asked) => asked.abort());
    await cleo.reload();
    await toUpload(cleo);
    await choose(cleo, 'plan.pdf', pdf([[1, 0, 0]]));
    await cleo.getByRole('alert').filter({ hasText: 'What reads PDFs could not be fetched' }).waitFor();
    assert.equal(await cleo.getByRole('button', { name: 'Upload', exact: true }).count(), 0, part);
    if (left > 0) await cleo.unroute(part);
  }
  await cleo.unroute('**/assets/pdf-*');
  await cleo.reload();
  await toUpload(cleo);
  await choose(cleo, 'plan.pdf', pdf([[1, 0, 0]]));
  await cleo.getByLabel('Width of the whole picture, in metres').waitFor();
  await cleo.context().close();
});

test('upload floor plan images: without a connection it says what it needs, and the plan that is here stays', async () => {
  await openFloor(ann, 'Floor 3');
  await offline(ann);
  await toUpload(ann);
  await ann.getByText('This needs a connection').waitFor();
  await ann.getByText('Placing, moving and editing assets works without it.', { exact: false }).waitFor();
  assert.equal(await ann.getByLabel('Choose a file').count(), 0);
  await openFloor(ann, 'Floor 3');
  await shows(ann, [240, 240, 240]);
  await online(ann);
  await toUpload(ann);
  await ann.getByLabel('Choose a file').waitFor();
});

test('a plan that does not fit says so before somebody leaves, and the small one does', async () => {
  await toUpload(ann);
  await choose(ann, 'noise.png', noisyPng(3200, 2400));
  await upload(ann, 50);
  // What a browser says of the room that it leaves is asked for in the worker.
  const ben = await person(it, 'ben', { serviceWorkers: 'block' });
  await ben.context().route('**/assets/worker-*.js', async (route) => {
    const answer = await route.fetch();
    const little = 'navigator.storage.estimate = () => Promise.resolve({ usage: 1e6, quota: 9e6 });';
    await route.fulfill({ response: answer, body: `${little}\n${await answer.text()}` });
  });
  await ben.reload();
  await loaded(ben, 'Floor 3');
  await ben.getByRole('tab', { name: 'Floor', exact: true }).click();
  await ben.locator('.st-panel').getByText(/The whole plan takes .* MB, and this device has .* MB left/).waitFor();
  await ben.getByText('The plan is 50.0 m wide').waitFor();
  // Noise is grey from afar.
  await ben.waitForFunction(() => {
    const canvas = document.querySelector('canvas.st-back');
    return [...canvas.getContext('2d').getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data.slice(0, 3)].every((part) => part > 30 && part < 225);
  });
  await ben.getByRole('link', { name: 'Estate A' }).first().click();
  await ben.getByRole('listitem').filter({ hasText: 'Floor 3' }).getByText(/The whole plan takes/).waitFor();
  await ben.context().close();
});
