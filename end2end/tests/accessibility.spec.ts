import { expectAccessible } from '../fixtures/accessible';
import { expect, PAGES, test } from '../fixtures/test';

// Each look at a page takes axe about a second.
test.slow();

for (const path of PAGES) {
  test(`${path} is accessible before a decision`, async ({ page }) => {
    await page.goto(path);
    await expectAccessible(page);
  });
}

for (const path of ['/', '/policy', '/insights']) {
  test(`${path} is accessible with a notice and a decision`, async ({ page, banner }) => {
    await page.goto(path);
    await banner.accept.click();
    await expect(page.locator('#notice')).toBeVisible();
    await expectAccessible(page);
  });
}

test('the preferences are accessible while unsaved, saved, and full of cookies', async ({ page, preferences, jar }) => {
  await jar.addForeign('stranger', 'value');
  await preferences.open();
  await preferences.wakeIsland();
  await expectAccessible(page);
  await preferences.decide(['preferences', 'analytics']);
  await expectAccessible(page);
  await preferences.saveAppearance({ theme: 'dark', textSize: 'larger' });
  await expectAccessible(page);
});

test('the preferences are accessible after everything is deleted', async ({ page, preferences }) => {
  await preferences.open();
  await preferences.deleteAll();
  await expectAccessible(page);
});

test('a page that does not exist is accessible', async ({ page, watch }) => {
  watch.expectStatus(404);
  await page.goto('/nowhere');
  await expectAccessible(page);
});

test('a refusal is accessible', async ({ page, watch, preferences }) => {
  watch.expectStatus(400, 422);
  await preferences.open();
  await page.locator('#choices').evaluate((form: HTMLFormElement) => HTMLFormElement.prototype.submit.call(form));
  await expect(page.locator('.refusal')).toBeVisible();
  await expectAccessible(page);
});
