import { expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a visitor reads, refuses, changes their mind, looks at their cookies, and leaves none behind', async ({
      page,
      banner,
      preferences,
      jar,
      inventory,
    }) => {
      const heading = page.getByRole('heading', { level: 1 });
      const menu = page.getByRole('navigation', { name: 'Main' });

      await test.step('the home page tells what Harmony is and asks', async () => {
        await page.goto('/');
        await expect(page).toHaveTitle(/Harmony/);
        await expect(heading).toHaveCount(1);
        await expect(banner.region).toBeVisible();
      });

      await test.step('the policy is read without answering', async () => {
        await menu.getByRole('link', { name: 'Cookie policy' }).click();
        await expect(page).toHaveURL('/policy');
        await expect(page).toHaveTitle(/Cookie policy/);
        await expect(heading).toHaveText('Cookie policy');
        await expect(menu.locator('[aria-current=page]')).toHaveText('Cookie policy');
      });

      await test.step('the banner takes a no, on the page it stands on', async () => {
        await banner.reject.click();
        await expect(page).toHaveURL(/\/policy\?notice=rejected&receipt=/);
        await expect(heading).toHaveText('Cookie policy');
        await expect(preferences.notice).toBeVisible();
        await expect(preferences.notice).toHaveRole('status');
        await expect(banner.region).toHaveCount(0);
      });

      await test.step('the preferences page knows the answer', async () => {
        await menu.getByRole('link', { name: 'Cookie preferences' }).click();
        await expect(page).toHaveURL('/preferences');
        await expect(page).toHaveTitle(/Cookie preferences/);
        await expect(heading).toHaveText('Cookie preferences');
        await expect(preferences.about).toContainText(inventory.edition.version);
        await expect(preferences.answer('preferences', 'no')).toBeChecked();
        await expect(preferences.answer('analytics', 'no')).toBeChecked();
      });

      await test.step('one purpose is granted', async () => {
        await preferences.decide(['analytics']);
        await expect(preferences.answer('preferences', 'no')).toBeChecked();
        await expect(preferences.answer('analytics', 'yes')).toBeChecked();
        await page.goto('/policy');
        await page.goto('/preferences');
        await expect(preferences.rows).toHaveCount(3);
        expect(await jar.names()).toEqual(['__Host-Http-analytics', '__Host-Http-consent', '__Host-Http-visit']);
      });

      await test.step('and withdrawn, which deletes its cookie', async () => {
        await preferences.withdraw('analytics');
        await expect(preferences.notice).toContainText('__Host-Http-analytics');
        await expect(preferences.row('__Host-Http-analytics')).toHaveCount(0);
        await expect(preferences.answer('analytics', 'no')).toBeChecked();
        expect(await jar.names()).toEqual(['__Host-Http-consent', '__Host-Http-visit']);
      });

      await test.step('one cookie is deleted: the decision itself', async () => {
        await preferences.delete('__Host-Http-consent');
        await expect(preferences.decision).toContainText('not chosen yet');
        expect(await jar.names()).toEqual(['__Host-Http-visit']);
      });

      await test.step('the appearance is set, and its purpose granted in the same form', async () => {
        await preferences.saveAppearance({ theme: 'dark', textSize: 'larger', remember: 'yes' });
        await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
        await expect(page.locator('html')).toHaveAttribute('data-text-size', 'larger');
        await expect(preferences.answer('preferences', 'yes')).toBeChecked();
        expect(await jar.names()).toContain('__Host-Http-appearance');
      });

      await test.step('everything is deleted, and the site is as on the first visit', async () => {
        await preferences.deleteAll();
        await expect(preferences.decision).toContainText('not chosen yet');
        await expect(preferences.radios.and(page.locator(':checked'))).toHaveCount(0);
        await expect(page.locator('html')).toHaveAttribute('data-theme', 'system');
        expect(await jar.names()).toEqual(['__Host-Http-visit']);
        await page.getByRole('contentinfo').getByRole('link', { name: 'Cookie policy' }).click();
        await expect(banner.region).toBeVisible();
      });
    });
  });
}
