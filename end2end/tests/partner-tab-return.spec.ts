import { chromium } from '@playwright/test';
import { bfcacheOptions } from '../fixtures/chromium-options';
import { EVERYTHING, expect, NOTHING, test } from '../fixtures/partner-test';
import { Preferences } from '../pages/preferences';
import { Shop } from '../pages/shop';

/** Lets the page believe that the reader went to another tab and came back. */
async function comeBack(shop: Shop): Promise<void> {
  await shop.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

test('two tabs: what is answered in one is known in the other when the reader comes back to it', async ({ shop, context, servers }) => {
  const other = new Shop(await context.newPage(), servers.shop);
  await shop.open();
  await other.open();
  await shop.accept.focus();
  await other.reject.click();
  await expect(other.preferences).toBeVisible();
  await comeBack(shop);
  await expect(shop.preferences).toBeFocused();
  await expect(shop.banner).toHaveCount(0);
  await shop.expectRan(NOTHING);
});

test.describe('a yes to a question that was answered with no at Harmony meanwhile', () => {
  test.use({ allowedErrors: /status of 409/ });

  test('is not taken, and the page says so', async ({ shop, home, servers }) => {
    await shop.open();
    await home.goto(`${servers.policy}/preferences`);
    await new Preferences(home).decide([]);
    const answered = shop.page.waitForResponse((response) => response.request().method() === 'POST');
    await shop.accept.click();
    expect((await answered).status()).toBe(409);
    await expect(shop.status).toContainText('What you allowed was not saved');
    await expect(shop.banner).toHaveCount(0);
    await shop.expectRan(NOTHING);
  });
});

test('a page that the browser kept for going back asks again, and runs no more what was withdrawn', async ({ servers }) => {
  const browser = await chromium.launch(bfcacheOptions());
  const page = await browser.newPage();
  const shop = new Shop(page, servers.shop);
  await shop.open();
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
  await page.evaluate(() => {
    window.addEventListener('pageshow', ({ persisted }) => (sessionStorage.restored = String(persisted)));
  });
  await page.goto(`${servers.policy}/preferences`);
  await new Preferences(page).withdraw('analytics');
  // As often back as leads to the shop.
  while (!page.url().startsWith(servers.shop)) await page.goBack({ waitUntil: 'commit' });
  await shop.expectRan({ analytics: false, preferences: true });
  expect(await page.evaluate(() => sessionStorage.restored), 'it was kept').toBe('true');
  await browser.close();
});
