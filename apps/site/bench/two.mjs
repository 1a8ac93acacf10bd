// What is measured between two people who look at one floor: how soon a teammate sees what one did, and how soon what waited is there
// once there is a network again. Both pages tell the time by the same machine's clock.

import { open, panel, status } from '../e2e/screens.mjs';

/** Two people with one asset open, which the first will move with the keyboard. */
export async function facing(first, second, { x, y, name }) {
  for (const page of [first, second]) await open(page, x, y, name);
  await first.evaluate(() => {
    const now = () => performance.timeOrigin + performance.now();
    window.acted = [];
    addEventListener('keydown', ({ key }) => key === 'Enter' && window.acted.push(now()), { capture: true });
  });
  await second.evaluate(() => {
    const now = () => performance.timeOrigin + performance.now();
    window.saw = [];
    let said;
    const look = () => {
      const told = /[\d.]+ m across, [\d.]+ m down/.exec(document.querySelector('.st-panel')?.textContent ?? '')?.[0];
      if (told === undefined || told === said) return;
      if (said !== undefined) window.saw.push({ told, at: now() });
      said = told;
    };
    look();
    new MutationObserver(look).observe(document.querySelector('.st-panel'), { subtree: true, childList: true, characterData: true });
  });
}

/** One step to the right or to the left, as one action. */
async function step(page, at) {
  await page.locator('.st-plan').focus();
  await page.keyboard.press(at % 2 === 0 ? 'ArrowRight' : 'ArrowLeft');
  await page.keyboard.press('Enter');
}

/** Milliseconds from a key of the first to the second's screen, each time. */
export async function seen(first, second, times) {
  const from = await second.evaluate(() => window.saw.length);
  for (let at = 0; at < times; at++) {
    await step(first, at);
    await second.waitForFunction((count) => window.saw.length >= count, from + at + 1, { timeout: 60_000 });
  }
  const [acted, saw] = [await first.evaluate(() => window.acted), await second.evaluate(() => window.saw)];
  return saw.slice(from, from + times).map(({ at }, index) => at - acted[acted.length - times + index]);
}

/** The first does so many things without a network. Milliseconds from its return until the second sees the last of them. */
export async function caughtUp(first, second, actions) {
  await first.context().setOffline(true);
  await status(first, 'Synced (Offline)');
  // The last is another way than the first, so that the second cannot take one for the other.
  for (let at = 0; at < actions - 1; at++) await step(first, at);
  await first.locator('.st-plan').focus();
  await first.keyboard.press('Shift+ArrowRight');
  await first.keyboard.press('Enter');
  await status(first, 'Pending (Offline)', 60_000);
  await first.locator('.fb-status').click();
  await first.getByRole('dialog').getByText(new RegExp(`\\b${actions}\\b`)).first().waitFor();
  await first.keyboard.press('Escape');
  const last = await panel(first).getByText(/m across/).innerText();
  const begun = Date.now();
  await first.context().setOffline(false);
  await second.waitForFunction((last) => window.saw.at(-1)?.told === last, /[\d.]+ m across, [\d.]+ m down/.exec(last)[0], { timeout: 60_000, polling: 50 });
  const at = await second.evaluate(() => window.saw.at(-1).at);
  await status(first, 'Synced (Online)', 60_000);
  return at - begun;
}
