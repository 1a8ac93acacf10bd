// Pictures of every screen, on a phone's width and on a desk's, light and dark: `node screenshots.mjs OUT`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ONLINE, SCREENS } from './looks.mjs';
import { founded, kept, letGo, loaded, offline, online, openFloor, person, place, site, status } from './screens.mjs';

const [out] = process.argv.slice(2);
await mkdir(out, { recursive: true });
const it = await site();

/** A teammate who looks at the floor; the same one without a network. */
async function present(ann, path) {
  await openFloor(ann, 'Floor 3');
  await letGo(ann);
  await ann.getByText('ben is here').waitFor();
  await ann.screenshot({ path: path('present') });
  await offline(ann);
  await ann.screenshot({ path: path('present-offline') });
  await online(ann);
}

try {
  const ann = await person(it, 'ann', { viewport: { width: 1280, height: 800 } });
  await founded(ann);
  for (const [listing, x, y] of [['Steel boiler', 30, 20], ['Powder extinguisher', 10, 10], ['Steel boiler', 50, 35]]) await place(ann, listing, x, y);
  await status(ann, 'Synced (Online)');
  await loaded(await person(it, 'ben'), 'Floor 3');
  await kept(ann);
  for (const theme of ['light', 'dark']) {
    await ann.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const [width, height] of [[390, 844], [1440, 900]]) {
      await ann.setViewportSize({ width, height });
      for (const [name, show] of Object.entries({ ...SCREENS, ...ONLINE })) {
        await show(ann);
        await ann.screenshot({ path: join(out, `site-${name}-${width}-${theme}.png`) });
        await ann.keyboard.press('Escape');
      }
      await present(ann, (what) => join(out, `site-${what}-${width}-${theme}.png`));
    }
  }
} finally {
  await it.end();
}
