// Every shared screen in every state: drawn without a complaint, nothing that axe finds serious in either theme, nothing cut off at the side.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe } from '../../sample/e2e/axe.mjs';
import { states, world } from './states.mjs';

let it;
let page;
before(async () => {
  it = await world();
  page = await states(it);
});
after(() => it.end());

for (const theme of ['light', 'dark']) {
  test(`every state of every screen in ${theme}`, async () => {
    await page.emulateMedia({ colorScheme: theme });
    const names = await page.names();
    assert.ok(names.length > 30, `${names}`);
    const found = [];
    for (const name of names) {
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        await page.setViewportSize({ width, height });
        await page.show(name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) found.push(`${name} is ${wide} pixels too wide at ${width}`);
      }
      found.push(...(await axe(page)).map((what) => `${name}: ${what}`));
    }
    assert.deepEqual([...found, ...page.complaints], []);
  });
}
