// The screens of Site, and how to get to each.

import { png } from './files.mjs';
import { go, letGo, openFloor, tool } from './screens.mjs';

/** The list is a sheet on a phone, and beside the plan elsewhere. */
async function sheet(page) {
  const button = page.getByRole('button', { name: 'Show the list' });
  if ((await button.isVisible()) && (await button.getAttribute('aria-expanded')) === 'false') await button.click();
  await page.getByRole('tab', { name: /^Assets/ }).waitFor();
}

async function floor(page) {
  await openFloor(page, 'Floor 3');
  await letGo(page);
}

export const SCREENS = {
  estates: (page) => go(page, 'Estates'),
  estate: async (page) => {
    await go(page, 'Estates');
    await page.getByRole('link', { name: 'Estate A' }).click();
    await page.getByRole('heading', { level: 1, name: 'Estate A' }).waitFor();
  },
  catalogue: async (page) => {
    await SCREENS.estate(page);
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await page.getByRole('heading', { level: 1, name: 'Catalogue' }).waitFor();
  },
  floor,
  list: async (page) => {
    await floor(page);
    await sheet(page);
  },
  asset: async (page) => {
    await floor(page);
    await sheet(page);
    await page.getByRole('complementary').getByRole('button', { name: /^Steel boiler/ }).first().click();
    await page.getByRole('heading', { level: 2, name: 'Steel boiler' }).waitFor();
  },
  several: async (page) => {
    await floor(page);
    await sheet(page);
    await page.getByRole('button', { name: /^Choose all/ }).click();
    await page.getByRole('heading', { level: 2, name: /assets$/ }).waitFor();
  },
  placing: async (page) => {
    await floor(page);
    await tool(page, 'Place an asset').click();
    await page.getByRole('heading', { level: 2, name: 'Place an asset' }).waitFor();
  },
  floors: async (page) => {
    await floor(page);
    await page.getByRole('button', { name: 'Other floors' }).click();
    await page.getByRole('dialog').waitFor();
  },
};

/** Those that are something else without a connection: what others did is told by the server alone. */
export const ONLINE = {
  history: async (page) => {
    await page.keyboard.press('Escape');
    await floor(page);
    await sheet(page);
    await page.getByRole('tab', { name: 'Floor', exact: true }).click();
    await page.getByRole('link', { name: 'History of this floor' }).click();
    await page.getByRole('heading', { level: 1, name: /^History of/ }).waitFor();
  },
  upload: async (page) => {
    await page.keyboard.press('Escape');
    await floor(page);
    await sheet(page);
    await page.getByRole('tab', { name: 'Floor', exact: true }).click();
    await page.getByRole('link', { name: /^(Upload a|Replace the) plan$/ }).click();
    await page.getByLabel('Choose a file').setInputFiles({ name: 'plan.png', mimeType: 'image/png', buffer: png(900, 600, [235, 240, 238]) });
    await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
  },
};
