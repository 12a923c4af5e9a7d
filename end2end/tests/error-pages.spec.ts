import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';

test('a page that does not exist has the frame, the banner and a way back', async ({ page, pageErrors, banner }) => {
  pageErrors.expectStatus(404);
  for (const path of ['/nowhere', '/policy/9.9', '/policy/nonsense', '/pkg/nothing']) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(404);
    await expect(page).toHaveTitle(/not found/i);
    await expectFrame(page);
    await expect(banner.region).toBeVisible();
  }
  await page.locator('main a').first().click();
  await expect(page).toHaveURL(/\/(policy)?$/);
});

test('an answer given on such a page is taken and confirmed', async ({ page, pageErrors, banner }) => {
  pageErrors.expectStatus(404);
  await page.goto('/nowhere');
  await banner.reject.click();
  await expect(page.locator('#notice')).toBeVisible();
  await expect(banner.region).toHaveCount(0);
});

test('an address that only takes a form leads to the page of the form', async ({ page }) => {
  await page.goto('/api/consent/decide');
  await expect(page).toHaveURL('/preferences');
});

test.describe('a form that was tampered with', () => {
  test.use({ javaScriptEnabled: false });

  test('is refused with a sentence', async ({ page, pageErrors, preferences, jar }) => {
    pageErrors.expectStatus(400, 422);
    await preferences.open();
    await preferences.decideUnchecked('perhaps');
    await expectFrame(page);
    expect(await jar.names()).toEqual(['__Host-Http-visit']);
  });

  test('is refused with a sentence when it is far too long', async ({ page, pageErrors, preferences, jar }) => {
    pageErrors.expectStatus(413);
    await preferences.open();
    await preferences.decideUnchecked('x'.repeat(1_000_000));
    await expectFrame(page);
    expect(await jar.names()).toEqual(['__Host-Http-visit']);
  });
});

/** One heading, a sentence and a way back, between the header and the footer of every page. */
async function expectFrame(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(page.locator('main p').first()).toContainText(/\w+.*\./);
  await expect(page.locator('main a').first()).toBeVisible();
  await expect(page.getByRole('banner')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect(page.getByRole('contentinfo').getByRole('link', { name: 'Cookie preferences' })).toBeVisible();
}
