// Every screen, in both themes and both languages, on a phone's width and on a desk's: nothing that axe finds serious, no word missing,
// nothing cut off at the side.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { checklist, go, SCREENS, torn } from './screens.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
];
let it;
let ann;
before(async () => {
  it = await checklist();
  // axe is a script of the test's, which the page's policy would keep out.
  const both = await torn(it, ['Lamp', 'Rope'], { viewport: SIZES[0], bypassCSP: true });
  ann = both.ann;
  await both.ben.context().close();
});
after(() => it.end());

/** What axe finds that keeps people out. What the component library says aloud for a moment, in a place that nobody sees, is left out. */
async function found(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ exclude: [['[data-live-announcer]']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious on any screen in ${theme}`, async () => {
    await ann.emulateMedia({ colorScheme: theme });
    for (const [name, show] of Object.entries(SCREENS)) {
      for (const size of SIZES) {
        await ann.setViewportSize(size);
        await show(ann);
        assert.deepEqual(await found(ann), [], `${name} at ${size.width}`);
        const wide = await ann.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${name} is ${wide} pixels too wide at ${size.width}`);
        await ann.keyboard.press('Escape');
      }
    }
  });
}

test('in German there is no English left, and the choice stays', async () => {
  await go(ann, 'Device');
  await ann.getByText('Deutsch').click();
  for (const [path, words] of Object.entries({ '': 'Listen', log: 'Verlauf', conflicts: 'Konflikte', device: 'Dieses Gerät' })) {
    await ann.goto(`${it.way.url}/checklist/${path}`);
    await ann.getByRole('heading', { level: 1, name: words }).waitFor();
    const text = await ann.locator('body').innerText();
    assert.doesNotMatch(text, /\b(your|the|this|changes|server version|synced|waits|added|undo)\b/i, path);
  }
  assert.equal(await ann.evaluate(() => document.documentElement.lang), 'de');
  assert.deepEqual(ann.complaints, []);
});
