import type { Page } from '@playwright/test';
import { expect, PAGES, test } from '../fixtures/test';

test.use({ javaScriptEnabled: false, colorScheme: 'light' });

test('theme and text size are in the page as it is served, so nothing flashes', async ({ page, preferences }) => {
  await preferences.open();
  const [lightness, size] = [await backgroundLightness(page), await textSize(page)];
  expect(lightness).toBeGreaterThan(0.8);
  await preferences.saveAppearance({ theme: 'dark', textSize: 'larger', remember: 'yes' });
  for (const path of PAGES) {
    const response = await page.goto(path);
    const html = /<html[^>]*>/.exec((await response?.text()) ?? '')?.[0];
    expect(html, path).toContain('data-theme="dark"');
    expect(html, path).toContain('data-text-size="larger"');
    expect(await backgroundLightness(page), path).toBeLessThan(0.2);
    expect(await textSize(page), path).toBeCloseTo(size * 1.25, 1);
  }
});

for (const [device, theme, dark] of [
  ['light', 'system', false],
  ['dark', 'system', true],
  ['dark', 'light', false],
  ['light', 'dark', true],
] as const) {
  test(`the theme "${theme}" on a device that prefers ${device} is ${dark ? 'dark' : 'light'}`, async ({ page, preferences }) => {
    await page.emulateMedia({ colorScheme: device });
    await preferences.open();
    await preferences.saveAppearance({ theme, remember: 'yes' });
    await page.goto('/policy');
    expect((await backgroundLightness(page)) < 0.2).toBe(dark);
  });
}

test('the purpose is asked for in the same form, with nothing selected', async ({ page, preferences, jar }) => {
  await preferences.open();
  await expect(page.locator('#remember-yes')).not.toBeChecked();
  await expect(page.locator('#remember-no')).not.toBeChecked();
  await preferences.saveAppearance({ theme: 'dark', remember: 'yes' });
  await expect(page).toHaveURL('/preferences?notice=appearance-saved');
  await expect(page.locator('#remember-yes')).toHaveCount(0);
  await expect(page.locator('#theme-dark')).toBeChecked();
  await jar.expectAllowed(['preferences']);
});

test('an appearance that may not be remembered is not saved, and the page says so', async ({ page, preferences, jar }) => {
  await preferences.open();
  await preferences.saveAppearance({ theme: 'dark', remember: 'no' });
  await expect(page).toHaveURL('/preferences?notice=appearance-not-saved');
  await expect(preferences.notice).toContainText('not');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'system');
  await jar.expectAllowed('nothing');
});

/** How light the page behind the text is, from 0 to 1. */
function backgroundLightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d');
    if (canvas === null) throw new Error('no canvas');
    for (const element of [document.documentElement, document.body]) {
      canvas.fillStyle = getComputedStyle(element).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / (3 * 255);
  });
}

function textSize(page: Page): Promise<number> {
  return page.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize));
}
