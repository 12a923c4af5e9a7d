import { expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('one press at the foot of a page takes back every yes', async ({ page, banner, jar }) => {
      await page.goto('/policy/history');
      await expect(page.locator('#withdraw-all')).toHaveCount(0);
      await banner.accept.click();
      await page.goto('/policy/history');
      expect(await jar.names()).toContain('__Host-Http-analytics');
      await page.locator('#withdraw-all').getByRole('button', { name: 'Turn off optional cookies' }).click();
      await expect(page).toHaveURL(/\/policy\/history\?notice=withdrawn/);
      await expect(page.locator('#notice')).toContainText('Turned off: preferences and analytics.');
      await expect(page.locator('#withdraw-all')).toHaveCount(0);
      await jar.expectAllowed([]);
    });
  });
}

test('what is saved on the preferences page is followed by its foot', async ({ page, preferences }) => {
  await preferences.open();
  await preferences.wakeIsland();
  await preferences.decide(['analytics']);
  await expect(page.locator('#withdraw-all')).toHaveCount(1);
  await preferences.decide([]);
  await expect(page.locator('#withdraw-all')).toHaveCount(0);
});
