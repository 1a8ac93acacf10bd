// Pictures of every screen, on a phone's width and on a desk's, light and dark: `node screenshots.mjs OUT`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ONLINE, SCREENS } from './looks.mjs';
import { founded, person, place, site } from './screens.mjs';

const [out] = process.argv.slice(2);
await mkdir(out, { recursive: true });
const it = await site();
try {
  const ann = await person(it, 'ann', { viewport: { width: 1280, height: 800 } });
  await founded(ann);
  for (const [listing, x, y] of [['Steel boiler', 30, 20], ['Powder extinguisher', 10, 10], ['Steel boiler', 50, 35]]) await place(ann, listing, x, y);
  for (const theme of ['light', 'dark']) {
    await ann.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const [width, height] of [[390, 844], [1440, 900]]) {
      await ann.setViewportSize({ width, height });
      for (const [name, show] of Object.entries({ ...SCREENS, ...ONLINE })) {
        await show(ann);
        await ann.screenshot({ path: join(out, `site-${name}-${width}-${theme}.png`) });
        await ann.keyboard.press('Escape');
      }
    }
  }
} finally {
  await it.end();
}
