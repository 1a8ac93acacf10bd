// Fingers on the plan: one taps and drags, two zoom.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { counts, founded, panel, person, site, standsAt, tool } from './screens.mjs';

let it;
let ann;
let fingers;
before(async () => {
  it = await site();
  ann = await person(it, 'ann', { hasTouch: true });
  await founded(ann);
  fingers = await ann.context().newCDPSession(ann);
});
after(() => it.end());

const touch = (type, ...points) => fingers.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(({ x, y }, id) => ({ x, y, id })) });

/** The middle of the plan, whose floor of 60 by 40 metres is shown whole, and so many pixels of it are a metre. */
async function middle() {
  await ann.getByRole('button', { name: 'Show all of the plan' }).click();
  const box = await ann.locator('.st-plan').boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, metre: Math.min((box.width - 48) / 60, (box.height - 48) / 40) };
}

async function tap(at) {
  await touch('touchStart', at);
  await touch('touchEnd');
}

/** From where each finger is to where it goes, in steps as a hand makes them. */
async function go(from, to) {
  await touch('touchStart', ...from);
  for (let step = 1; step <= 8; step += 1) {
    await touch('touchMove', ...from.map((a, at) => ({ x: a.x + ((to[at].x - a.x) * step) / 8, y: a.y + ((to[at].y - a.y) * step) / 8 })));
  }
  await touch('touchEnd');
}

test('a tap places an asset, and a tap chooses it', async () => {
  await tool(ann, 'Place an asset').tap();
  await panel(ann).getByRole('button', { name: 'Steel boiler' }).tap();
  await tap(await middle());
  await tool(ann, 'Choose and move').tap();
  await counts(ann, 1);
  await tap(await middle());
  await panel(ann).getByRole('heading', { level: 2, name: 'Steel boiler' }).waitFor();
  await standsAt(ann, 30, 20);
});

test('a finger drags the asset that is chosen', async () => {
  const { x, y, metre } = await middle();
  await go([{ x, y }], [{ x: x + 10 * metre, y: y - 5 * metre }]);
  await standsAt(ann, 40, 15);
});

test('two fingers that go apart zoom in, and what lies between them stays there', async () => {
  const { x, y, metre } = await middle();
  await go([{ x: x - 50, y }, { x: x + 50, y }], [{ x: x - 150, y }, { x: x + 150, y }]);
  // The plan is three times as large: the asset, which stood 10 m right of the middle, stands as far off as 30 m did.
  await ann.locator('.st-plan').focus();
  await ann.keyboard.press('Escape');
  await tap({ x: x + 30 * metre * 0.98, y: y - 15 * metre * 0.98 });
  await panel(ann).getByRole('heading', { level: 2, name: 'Steel boiler' }).waitFor();
  assert.deepEqual(ann.complaints, []);
});
