// The page of components in a browser.

import { fileURLToPath } from 'node:url';
import { world as served } from '../../../packages/client/e2e/world.mjs';

const APPS = process.env.COMPONENTS ?? fileURLToPath(new URL('../../../target/web/components', import.meta.url));

export function world() {
  return served({ serve: ['--apps', APPS] });
}

/** A tab that shows one state after the other, the status of it opened. */
export async function states(it, options = {}) {
  // axe is a script of the test's, which the page's policy would keep out.
  const context = await it.browser('somebody', { viewport: { width: 390, height: 844 }, bypassCSP: true, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (said) => said.type() === 'error' && page.complaints.push(said.text()));
  const links = async () => {
    await page.goto(`${it.address}/components/`);
    await page.getByRole('heading', { name: 'Components' }).waitFor();
    return Object.fromEntries(await page.getByRole('main').getByRole('link').evaluateAll((all) => all.map((link) => [link.textContent, link.href])));
  };
  page.names = async () => Object.keys((page.links = await links()));
  page.show = async (name) => {
    await page.goto(page.links[name]);
    await page.locator('main').waitFor();
    const pill = page.locator('.fb-status');
    if (name.startsWith('status-')) {
      await pill.click();
      await page.getByRole('dialog').waitFor();
    }
    const wish = /^passphrase-(set|change|remove)$/.exec(name);
    if (wish) await page.getByRole('button', { name: new RegExp(`^${wish[1]} .* passphrase$`, 'i') }).click();
    if (name === 'locked-wrong') {
      await page.getByLabel('Passphrase').fill('not the right one');
      await page.getByRole('button', { name: 'Unlock' }).click();
      await page.getByRole('alert').waitFor();
    }
    const entry = page.locator('.fb-entry button').nth(6);
    if (name === 'news') await page.locator('.fb-entry button').first().click();
    if (name === 'log') await entry.click();
  };
  return page;
}
