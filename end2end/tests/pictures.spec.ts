import type { Page } from '@playwright/test';
import { expect, inLanguage, test } from '../fixtures/test';

/** The main screens, as docs/pictures/ holds them. `make screenshots` takes them anew after a wanted change. */
const PICTURES = [
  { name: 'banner', path: '/' },
  { name: 'policy', path: '/policy', decided: true },
  { name: 'preferences', path: '/preferences' },
  { name: 'preferences-dark', path: '/preferences', dark: true },
  { name: 'preferences-ar', path: inLanguage('ar', '/preferences') },
  { name: 'sign-in', path: '/sign-in', decided: true },
] as const;

/** How wide some words are in the fonts that the pictures were taken with, in pixels at 100 px. */
const FONTS = { 'Cookie preferences': 964, تفضيلات: 349 };

/** Text is drawn a little differently from machine to machine. A box that moves or changes its colour is more. */
const TOLERANCE = { threshold: 0.25, maxDiffPixelRatio: 0.06 };

for (const { width, height } of [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
]) {
  for (const { name, path, ...state } of PICTURES) {
    test(`${name} looks as its picture does at ${width} px`, async ({ page, banner }) => {
      await page.emulateMedia({ colorScheme: 'dark' in state ? 'dark' : 'light' });
      await page.setViewportSize({ width, height });
      await page.goto(path);
      test.skip(!(await hasFonts(page)), 'This machine has other fonts than those of the pictures, so every line differs.');
      if ('decided' in state) {
        await banner.reject.click();
        await page.goto(path);
      }
      await expect(page).toHaveScreenshot(`${name}-${width}.png`, TOLERANCE);
    });
  }
}

/** Whether words are as wide as on the machine that took the pictures. */
async function hasFonts(page: Page): Promise<boolean> {
  const widths = await page.evaluate((words) => {
    const context = document.createElement('canvas').getContext('2d');
    if (context === null) return [];
    context.font = `100px ${getComputedStyle(document.documentElement).fontFamily}`;
    return words.map((text) => Math.round(context.measureText(text).width));
  }, Object.keys(FONTS));
  return Object.values(FONTS).every((width, at) => Math.abs(width - (widths[at] ?? 0)) <= 2);
}
