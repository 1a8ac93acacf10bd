// The keyboard alone, the languages, and what axe says of every screen.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe } from '../../sample/e2e/axe.mjs';
import { ONLINE, SCREENS } from './looks.mjs';
import { counts, founded, go, letGo, panel, person, place, site, standsAt, tab } from './screens.mjs';

let it;
let ann;
before(async () => {
  it = await site();
  // axe is a script of the test's, which the page's policy would keep out.
  ann = await person(it, 'ann', { bypassCSP: true });
  await founded(ann);
});
after(() => it.end());

test('keyboard alone places, moves and deletes an asset', async () => {
  await ann.getByRole('toolbar').getByRole('button', { name: 'Place an asset' }).focus();
  await ann.keyboard.press('Enter');
  await panel(ann).getByRole('button', { name: 'Steel boiler' }).focus();
  await ann.keyboard.press('Enter');
  await ann.locator('.st-plan').focus();
  await ann.keyboard.press('Enter');
  await ann.keyboard.press('Escape');
  await counts(ann, 1);
  await ann.keyboard.press('Enter');
  await panel(ann).getByRole('heading', { level: 2, name: 'Steel boiler' }).waitFor();
  await standsAt(ann, 30, 20);
  for (const key of ['ArrowRight', 'ArrowRight', 'Shift+ArrowDown']) await ann.keyboard.press(key);
  await standsAt(ann, 30.2, 21);
  await ann.keyboard.press('Delete');
  await counts(ann, 0);
  await ann.keyboard.press('Control+z');
  await counts(ann, 1);
});

test('moves that follow each other at once each count: none begins where the one before it began', async () => {
  await ann.keyboard.press('Enter');
  await panel(ann).getByRole('heading', { level: 2, name: 'Steel boiler' }).waitFor();
  await standsAt(ann, 30.2, 21);
  // As fast as keys come: what is read follows a moment later.
  for (const key of ['ArrowRight', 'ArrowLeft']) {
    for (let step = 0; step < 30; step++) {
      await ann.keyboard.press(key);
      await ann.keyboard.press('Enter');
    }
    await standsAt(ann, key === 'ArrowRight' ? 33.2 : 30.2, 21);
  }
  await letGo(ann);
});

test('Tab goes from asset to asset, and out of the plan where nothing is chosen', async () => {
  await place(ann, 'Powder extinguisher', 10, 10);
  await place(ann, 'Steel boiler', 50, 35);
  await letGo(ann);
  await ann.keyboard.press('Enter');
  await panel(ann).getByRole('heading', { level: 2, name: 'Steel boiler' }).waitFor();
  await standsAt(ann, 30.2, 21);
  await ann.keyboard.press('Shift+Tab');
  await panel(ann).getByRole('heading', { level: 2, name: 'Powder extinguisher' }).waitFor();
  await ann.keyboard.press('Enter');
  await ann.waitForFunction(() => document.activeElement?.closest('.st-panel'));
  await letGo(ann);
  await ann.keyboard.press('Tab');
  assert.equal(await ann.evaluate(() => document.activeElement?.className.includes('st-plan')), false);
});

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious on any screen in ${theme}`, async () => {
    await ann.emulateMedia({ colorScheme: theme });
    for (const size of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
      await ann.setViewportSize(size);
      for (const [name, show] of Object.entries({ ...SCREENS, ...ONLINE })) {
        await show(ann);
        assert.deepEqual(await axe(ann), [], `${name} at ${size.width}`);
        const wide = await ann.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${name} is ${wide} pixels too wide at ${size.width}`);
        await ann.keyboard.press('Escape');
      }
    }
  });
}

test('in German an error speaks German', async () => {
  const context = await it.browser('de', { locale: 'de-DE' });
  const page = await tab(context, it);
  await page.getByLabel('Arbeitsbereich').fill('home');
  await page.getByLabel('Benutzername').fill('ben');
  await page.getByLabel('Passwort').fill('falsch');
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByRole('alert').getByText('Arbeitsbereich, Name oder Passwort stimmt nicht.').waitFor();
  assert.doesNotMatch(await page.getByRole('alert').locator('p').first().innerText(), /\b(the|is|wrong|or)\b/);
  await context.close();
});

test('in German there is no English left, and no raw name', async () => {
  await ann.setViewportSize({ width: 1280, height: 800 });
  await go(ann, 'Device');
  await ann.getByText('Deutsch').click();
  for (const path of ['', 'log']) {
    await ann.goto(`${it.way.url}/site/${path}`);
    await ann.getByRole('heading', { level: 1 }).waitFor();
    const text = await ann.locator('body').innerText();
    assert.doesNotMatch(text, /\b(your|the|this|changes|placed|deleted|moved|history|catalogue)\b|[0-9a-f]{8}-[0-9a-f]{4}-/i, path);
  }
  await ann.goBack();
  assert.deepEqual(ann.complaints, []);
});
