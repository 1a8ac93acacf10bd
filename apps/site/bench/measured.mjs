// All that is measured of Site, beside what is promised.

import { crowd } from '../e2e/crowd.mjs';
import { counts, founded, letGo, loaded, number, openFloor, person, place, site, status } from '../e2e/screens.mjs';
import { dragged, opened, quantile } from './floor.mjs';
import { caughtUp, facing, seen } from './two.mjs';

/** So many assets stand on the floor. */
const CROWD = 5_000;
/** So many actions wait for a network. */
const QUEUED = 200;
/** An asset on a floor of its own, and where it stands, in metres. */
const LONE = { x: 30, y: 20, name: 'Steel boiler' };

/** Measures, so many times each: what it says, the value and its limit in milliseconds. */
export async function measured({ opens, changes }) {
  const it = await site();
  try {
    const ann = await person(it, 'ann');
    await founded(ann);
    await status(ann, 'Synced (Online)');
    await crowd(it, 'Floor 3', CROWD);
    await counts(ann, CROWD);
    const found = [];
    const tell = (says, value, limit) => found.push({ says, value, limit });

    const opening = [];
    for (let at = 0; at < opens; at++) opening.push(await opened(ann, 'Floor 3', CROWD));
    tell(`${CROWD} assets: a floor opens, median`, quantile(opening, 0.5), 500);

    const box = await ann.locator('.st-plan').boundingBox();
    const [edge, middle] = [{ x: box.x + 8, y: box.y + box.height / 2 }, { x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    const drags = [
      ['the floor is dragged', edge, async () => undefined],
      ['an asset is dragged', middle, async () => undefined],
      ['all of them are dragged', middle, () => ann.getByRole('button', { name: `Choose all ${number(CROWD)}` }).click()],
    ];
    for (const [says, from, ready] of drags) {
      await ann.getByRole('button', { name: 'Show all of the plan' }).click();
      await ready();
      const frames = await dragged(ann, from, { x: from.x + 160, y: from.y + 60 });
      const work = frames.map(({ work }) => work);
      tell(`${CROWD} assets: ${says}, a frame, p95 of ${frames.length}`, quantile(work, 0.95), 8);
      tell(`${CROWD} assets: ${says}, the longest frame`, quantile(work, 1), 50);
    }
    return [...found, ...(await together(it, ann, changes))];
  } finally {
    await it.end();
  }
}

/** What two people see of each other, on a floor where one thing stands. */
async function together(it, ann, changes) {
  await letGo(ann);
  await openFloor(ann, 'Floor 4');
  await place(ann, 'Steel boiler', LONE.x, LONE.y);
  const ben = await person(it, 'ben');
  await loaded(ben, 'Floor 4');
  await counts(ben, 1);
  await letGo(ann);
  await facing(ann, ben, LONE);
  const times = await seen(ann, ben, changes);
  return [
    { says: 'a teammate sees a change, median (aim 100 ms)', value: quantile(times, 0.5), limit: 2_000 },
    { says: `a teammate sees a change, p99 of ${changes}`, value: quantile(times, 0.99), limit: 2_000 },
    { says: `a teammate sees the last of ${QUEUED} queued actions`, value: await caughtUp(ann, ben, QUEUED), limit: 5_000 },
  ];
}
