import { expect, test } from '../fixtures/test';

// The counts are compared with what this file alone did.
test.use({ siteName: 'insights' });

test('only the views of who granted analytics are counted', async ({ page, banner, preferences, context }) => {
  const row = page.getByRole('row', { name: '/policy 12', exact: true });

  await test.step('before a choice nothing counts', async () => {
    for (let view = 0; view < 12; view += 1) await page.goto('/policy');
    await page.goto('/insights');
    await expect(page.locator('main table')).toHaveCount(0);
    await expect(page.locator('main svg')).toHaveCount(0);
  });

  await test.step('nor after a refusal', async () => {
    await banner.reject.click();
    for (let view = 0; view < 12; view += 1) await page.goto('/policy');
    await page.goto('/insights');
    await expect(page.locator('main table')).toHaveCount(0);
  });

  await test.step('with a grant each view does', async () => {
    await preferences.open();
    await preferences.decide(['analytics']);
    for (let view = 0; view < 12; view += 1) await page.goto('/policy');
    await expect(async () => {
      await page.goto('/insights');
      await expect(row).toBeVisible({ timeout: 200 });
    }).toPass({ timeout: 5_000 });
    await expect(page.getByRole('img')).toHaveAccessibleName(/./);
  });

  await test.step('and after a withdrawal none', async () => {
    await preferences.open();
    await preferences.withdraw('analytics');
    for (let view = 0; view < 12; view += 1) await page.goto('/policy');
    await page.goto('/insights');
    await expect(row).toBeVisible();
  });

  await test.step('everybody may see the counts', async () => {
    await context.clearCookies();
    await page.goto('/insights');
    await expect(row).toBeVisible();
  });
});
