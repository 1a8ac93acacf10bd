// Pictures of every screen, on a phone's width and on a desk's, light and dark, and of every shared screen in every state: `node screenshots.mjs OUT`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { states, world } from '../../components/e2e/states.mjs';
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

const components = await world();
try {
  for (const theme of ['light', 'dark']) {
    const page = await states(components, { colorScheme: theme });
    for (const name of await page.names()) {
      await page.show(name);
      await page.screenshot({ path: join(out, `component-${name}-${theme}.png`) });
    }
    await page.context().close();
  }
} finally {
  await components.end();
}
