import { expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('nothing is selected before a choice', async ({ page, preferences }) => {
      await preferences.open();
      await expect(preferences.radios).toHaveCount(4);
      await expect(page.locator('#choices :checked')).toHaveCount(0);
      await expect(preferences.decision).toContainText('not chosen yet');
    });

    test('a choice without an answer to every question is not sent', async ({ page, preferences, jar }) => {
      await preferences.open();
      await preferences.answer('analytics', 'yes').check();
      await preferences.save.click();
      await expect(preferences.notice).toHaveCount(0);
      await expect(page.locator('#preferences-yes:invalid')).toHaveCount(1);
      expect(await jar.names()).toEqual(['__Host-visit']);
    });

    test('the stored choice is selected after it, with its date, its version and its end', async ({ page, preferences, inventory }) => {
      await preferences.open();
      const before = Date.now();
      await preferences.decide(['preferences']);
      const after = Date.now();
      await page.goto('/preferences');
      await expect(preferences.answer('preferences', 'yes')).toBeChecked();
      await expect(preferences.answer('analytics', 'no')).toBeChecked();
      await expect(preferences.decision).toContainText(inventory.edition.version);
      const { max_age } = inventory.find('__Host-consent');
      // It may be midnight in between.
      for (const later of [0, (max_age ?? 0) * 1000]) {
        const days = [before, after].map((at) => inWords(at + later));
        await expect(preferences.decision).toContainText(new RegExp(days.join('|')));
      }
    });

    test('every cookie is listed, by name and purpose, and none by value', async ({ page, banner, preferences, inventory, jar }) => {
      await page.goto('/');
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance({ theme: 'light' });
      await page.goto('/preferences');
      for (const { name, purpose, description } of inventory.allowed(['preferences', 'analytics'])) {
        await expect(preferences.row(name)).toContainText(new RegExp(purpose, 'i'));
        await expect(preferences.row(name)).toContainText(description);
      }
      await expect(preferences.rows).toHaveCount((await jar.names()).length);
      const html = await page.content();
      // What __Host-visit holds is no secret: a constant of one character.
      for (const secret of ['__Host-consent', '__Host-analytics']) {
        expect(html).not.toContain((await jar.get(secret))?.value);
      }
    });

    test('a cookie that is not ours is marked so, and can be deleted', async ({ page, preferences, jar }) => {
      await jar.addForeign('stranger', 'its-secret-value');
      await preferences.open();
      await expect(preferences.row('stranger')).toHaveClass(/foreign/);
      await expect(preferences.row('stranger')).toContainText('Not one of ours');
      expect(await page.content()).not.toContain('its-secret-value');
      await preferences.delete('stranger');
      await expect(preferences.row('stranger')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-visit']);
    });

    test('a cookie that is not ours can be deleted where it was set for this page alone', async ({ preferences, jar }) => {
      await jar.addForeign('stranger', 'elsewhere', '/preferences');
      await preferences.open();
      await preferences.delete('stranger');
      await expect(preferences.row('stranger')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-visit']);
    });

    test('a cookie that could not be deleted is said to be still there', async ({ page, preferences, jar }) => {
      await jar.addForeign('stranger', 'value');
      await page.goto('/preferences?notice=deleted&gone=stranger');
      await expect(preferences.notice).toContainText('still sends stranger');
      await expect(preferences.row('stranger')).toHaveCount(1);
    });

    test('deleting all takes what was set for another path too', async ({ preferences, jar }) => {
      await jar.addForeign('stranger', 'elsewhere', '/preferences');
      await preferences.open();
      await preferences.deleteAll();
      await expect(preferences.row('stranger')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-visit']);
    });

    test('deleting the decision deletes what hangs on it', async ({ page, banner, preferences, jar }) => {
      await page.goto('/');
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance({ theme: 'dark' });
      await preferences.delete('__Host-consent');
      await expect(preferences.notice).toContainText('__Host-analytics');
      await expect(preferences.notice).toContainText('__Host-appearance');
      expect(await jar.names()).toEqual(['__Host-visit']);
    });
  });
}

test.describe('a withdrawal', () => {
  test('is offered for what is granted and nothing else', async ({ page, preferences }) => {
    await preferences.open();
    await expect(page.locator('form.withdraw')).toHaveCount(0);
    await preferences.decide(['analytics']);
    await page.goto('/preferences');
    await expect(page.locator('form.withdraw')).toHaveCount(1);
    await expect(page.getByRole('button', { name: 'Withdraw analytics' })).toBeVisible();
  });
});

/** A day as the pages say it. */
function inWords(time: number): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}
