// Every screen, in both themes and both languages, on a phone's width and on a desk's: nothing that axe finds serious, no word missing,
// nothing cut off at the side.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { checklist, go, SCREENS, torn } from './screens.mjs';

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

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious on any screen in ${theme}`, async () => {
    await ann.emulateMedia({ colorScheme: theme });
    for (const [name, show] of Object.entries(SCREENS)) {
      for (const size of SIZES) {
        await ann.setViewportSize(size);
        await show(ann);
        assert.deepEqual(await axe(ann), [], `${name} at ${size.width}`);
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
