import type { Locator } from '@playwright/test';
import { expect, PAGES, test } from '../fixtures/test';

const ASKING = PAGES.filter((path) => path !== '/preferences');

test.describe('before a decision', () => {
  for (const path of ASKING) {
    test(`the banner stands first on ${path}, in the flow of the page`, async ({ page, banner }) => {
      await page.goto(path);
      await expect(banner.region).toHaveRole('region');
      await expect(banner.region).toHaveAccessibleName(/./);
      expect(await page.evaluate(() => document.body.firstElementChild?.id)).toBe('banner');
      const positions = await banner.region.evaluate((region) =>
        [region, ...region.querySelectorAll('*')].map((element) => getComputedStyle(element).position),
      );
      expect(positions).not.toContain('fixed');
      expect(positions).not.toContain('sticky');
      expect(positions).not.toContain('absolute');
      // No overlay: the page begins where the banner ends.
      const [above, below] = await Promise.all([banner.region.boundingBox(), page.locator('.site-header').boundingBox()]);
      expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0));
    });
  }

  test('the preferences page asks for itself and shows no banner', async ({ page, banner }) => {
    await page.goto('/preferences');
    await expect(banner.region).toHaveCount(0);
  });

  for (const [where, viewport] of Object.entries({
    'a wide screen': { width: 1280, height: 900 },
    'a telephone': { width: 320, height: 640 },
  })) {
    test(`accepting and refusing look and weigh the same on ${where}`, async ({ page, banner }) => {
      await page.setViewportSize(viewport);
      await page.goto('/');
      expect(await computedStyle(banner.reject)).toEqual(await computedStyle(banner.accept));
      const [yes, no] = await Promise.all([banner.accept.boundingBox(), banner.reject.boundingBox()]);
      expect({ width: no?.width, height: no?.height }).toEqual({ width: yes?.width, height: yes?.height });
    });
  }

  test('the banner links to the choice for each purpose', async ({ page, banner }) => {
    await page.goto('/policy');
    await banner.choose.click();
    await expect(page).toHaveURL('/preferences');
  });

  test('the page is usable beside the banner', async ({ page, banner }) => {
    await page.goto('/policy');
    await page.locator('nav.toc a').last().click();
    await expect(page).toHaveURL(/#/);
    await page.getByRole('contentinfo').getByRole('link', { name: 'Cookie preferences' }).click();
    await expect(page).toHaveURL('/preferences');
    await page.goto('/policy');
    await expect(banner.region).toBeVisible();
  });
});

for (const path of ASKING) {
  for (const answer of ['accept', 'reject'] as const) {
    test(`the answer "${answer}" on ${path} is confirmed there, and not asked for again`, async ({ page, banner }) => {
      await page.goto(path);
      await banner[answer].click();
      await expect(page).toHaveURL((url) => url.pathname === path && url.searchParams.get('notice') === `${answer}ed`);
      const notice = page.locator('#notice');
      await expect(notice).toBeVisible();
      expect(await page.evaluate(() => document.querySelector('main')?.firstElementChild?.id)).toBe('notice');
      // Once everywhere; after the others there alone.
      for (const next of path === '/' ? ASKING : [path]) {
        await page.goto(next);
        await expect(banner.region).toHaveCount(0);
        await expect(notice).toHaveCount(0);
      }
    });
  }
}

test('a notice in the address says nothing that is not so', async ({ page, banner }) => {
  await page.goto('/policy?notice=accepted');
  await expect(page.locator('#notice')).toHaveCount(0);
  await expect(banner.region).toBeVisible();
});

/** Every computed property of an element. */
function computedStyle(element: Locator): Promise<Record<string, string>> {
  return element.evaluate((node) => {
    const style = getComputedStyle(node);
    return Object.fromEntries(Array.from(style, (property) => [property, style.getPropertyValue(property)]));
  });
}
