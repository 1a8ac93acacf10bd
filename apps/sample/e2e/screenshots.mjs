// Pictures of every screen, on a phone's width and on a desk's, light and dark: `node screenshots.mjs OUT`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checklist, SCREENS, torn } from './screens.mjs';

const [out] = process.argv.slice(2);
await mkdir(out, { recursive: true });
const it = await checklist();
try {
  const { ann, ben } = await torn(it, ['Lamp', 'Rope'], { viewport: { width: 390, height: 844 } });
  await ben.context().close();
  for (const theme of ['light', 'dark']) {
    await ann.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const [name, show] of Object.entries(SCREENS)) {
      for (const [width, height] of [[390, 844], [1440, 900]]) {
        await ann.setViewportSize({ width, height });
        await show(ann);
        await ann.screenshot({ path: join(out, `${name}-${width}-${theme}.png`) });
        await ann.keyboard.press('Escape');
      }
    }
  }
} finally {
  await it.end();
}
