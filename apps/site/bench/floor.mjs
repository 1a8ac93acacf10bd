// What is measured of a floor with thousands of assets, in Chromium as a person uses it: how soon it is there, and what a drag asks of the
// page's main thread, frame by frame, as Chromium's own trace has it.

import { counts, go, number } from '../e2e/screens.mjs';

/** So long is dragged. */
const DRAG_MS = 3_000;
/** A mouse tells of itself so often. */
const MOVE_MS = 8;

export const sorted = (values) => values.toSorted((a, b) => a - b);
export const quantile = (values, part) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))];

/** Milliseconds from the click on a floor's name until all that stands on it is on the screen, from the local database. */
export async function opened(page, floor, count) {
  await go(page, 'Estates');
  await page.getByRole('link', { name: 'Estate A' }).click();
  const link = page.getByRole('link', { name: floor, exact: true });
  await link.waitFor();
  const took_ms = await link.evaluate(
    (link, tab) =>
      new Promise((done) => {
        const begun = performance.now();
        // The list and the plan are drawn of the same rows; a frame later both are on the screen.
        const look = () => {
          const isThere = [...document.querySelectorAll('[role=tab]')].some((it) => it.textContent === tab);
          if (isThere && document.querySelector('.st-front')?.width > 0) requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
          else requestAnimationFrame(look);
        };
        link.click();
        look();
      }),
    `Assets (${number(count)})`,
  );
  await counts(page, count);
  return took_ms;
}

/** What each frame of a drag took of the main thread, in milliseconds: `work` by its own clock, `wall` with what others took of the machine. */
export async function dragged(page, from, to) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  // Under way before it is measured: the first step of a drag decides what is dragged.
  await page.mouse.move(from.x + 10, from.y + 10);
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'] } });
  const begun = performance.now();
  for (let at = 0; performance.now() - begun < DRAG_MS; at++) {
    const way = (1 - Math.cos(at / 25)) / 2;
    await page.mouse.move(from.x + 10 + (to.x - from.x) * way, from.y + 10 + (to.y - from.y) * way);
    await new Promise((done) => setTimeout(done, Math.max(0, begun + (at + 1) * MOVE_MS - performance.now())));
  }
  const complete = new Promise((done) => session.once('Tracing.tracingComplete', done));
  await session.send('Tracing.end');
  await complete;
  await page.mouse.up();
  await session.detach();
  return frames(events);
}

/** The tasks of the page's main thread, put together by the frames in which they ran. */
function frames(events) {
  const begun = events.filter(({ name }) => name === 'FireAnimationFrame');
  const [{ pid, tid }] = begun;
  const mine = (event) => event.pid === pid && event.tid === tid;
  const starts = sorted(begun.filter(mine).map(({ ts }) => ts));
  const tasks = events.filter((event) => mine(event) && event.name === 'RunTask' && event.ph === 'X').toSorted((a, b) => a.ts - b.ts);
  const found = starts.map(() => ({ work: 0, wall: 0, longest: 0 }));
  let at = 0;
  for (const { ts, dur, tdur = 0 } of tasks) {
    while (at < starts.length && starts[at] < ts) at++;
    const frame = found[at];
    if (!frame) break;
    frame.work += tdur / 1000;
    frame.wall += dur / 1000;
  }
  return found;
}
