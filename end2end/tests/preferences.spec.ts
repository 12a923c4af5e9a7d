import { expect, test } from '../fixtures/test';
import { unfold } from '../pages/preferences';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('nothing is selected before a choice', async ({ page, preferences }) => {
      await preferences.open();
      await expect(preferences.radios).toHaveCount(4);
      await expect(page.locator('#choices :checked')).toHaveCount(0);
      await expect(preferences.decision).toContainText('not chosen yet');
    });

    test('one answer is saved alone, and the other question stays open', async ({ page, preferences, banner, jar }) => {
      await preferences.open();
      await preferences.answer('analytics', 'yes').check();
      await preferences.save.click();
      await expect(preferences.notice).toContainText('saved');
      await expect(preferences.answer('analytics', 'yes')).toBeChecked();
      await expect(page.locator('#choices input[name=preferences]:checked')).toHaveCount(0);
      await jar.expectAllowed(['analytics']);
      await page.goto('/policy');
      await expect(banner.region).toHaveCount(0);
    });

    test('nothing chosen is nothing saved, and the page says so', async ({ page, preferences, jar }) => {
      await preferences.open();
      await preferences.save.click();
      await expect(preferences.notice).toContainText('You have not chosen anything.');
      await expect(preferences.notice).toBeFocused();
      await expect(page.locator('#choices :checked')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-Http-visit']);
    });

    for (const [label, answer, granted] of [
      ['Allow all', 'yes', ['preferences', 'analytics']],
      ['Reject all', 'no', []],
    ] as const) {
      test(`"${label}" answers every question with one press, whatever is selected`, async ({ page, preferences, jar }) => {
        await preferences.open();
        await preferences.answer('analytics', answer === 'yes' ? 'no' : 'yes').check();
        await page.getByRole('button', { name: label }).click();
        await expect(preferences.notice).toContainText(answer === 'yes' ? 'You allowed' : 'You rejected');
        for (const purpose of ['preferences', 'analytics'] as const) await expect(preferences.answer(purpose, answer)).toBeChecked();
        await page.goto('/policy');
        expect(await jar.names()).toEqual([...(granted.length > 0 ? ['__Host-Http-analytics'] : []), '__Host-Http-consent', '__Host-Http-visit']);
      });
    }

    test('saving, allowing and rejecting have one look', async ({ page, preferences }) => {
      await preferences.open();
      const looks = await page.locator('#choices .button-group button').evaluateAll((all) =>
        all.map((button) => {
          const { backgroundColor, borderColor, color, fontSize, fontWeight, padding, height } = getComputedStyle(button);
          return [backgroundColor, borderColor, color, fontSize, fontWeight, padding, height].join();
        }),
      );
      expect(looks).toHaveLength(3);
      expect(new Set(looks).size).toBe(1);
    });

    test('the stored choice is selected after it, with its date, its version and its end', async ({ page, preferences, inventory }) => {
      await preferences.open();
      const before = Date.now();
      await preferences.decide(['preferences']);
      const after = Date.now();
      await page.goto('/preferences');
      await expect(preferences.answer('preferences', 'yes')).toBeChecked();
      await expect(preferences.answer('analytics', 'no')).toBeChecked();
      await unfold(preferences.about);
      await expect(preferences.about).toContainText(inventory.edition.version);
      const { max_age } = inventory.find('__Host-Http-consent');
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
        const row = preferences.row(name);
        await expect(page.locator(`#stored tbody:has(tr[data-cookie="${name}"]) .group`)).toContainText(new RegExp(purpose, 'i'));
        // A long description is folded: a word of its end is there all the same.
        expect((await row.textContent())?.replaceAll(/\s/g, '')).toContain(description.slice(-40).replaceAll(/\s/g, ''));
      }
      await expect(preferences.rows).toHaveCount((await jar.names()).length);
      const html = await page.content();
      // What __Host-Http-visit holds is no secret: a constant of one character.
      for (const secret of ['__Host-Http-consent', '__Host-Http-analytics']) {
        expect(html).not.toContain((await jar.get(secret))?.value);
      }
    });

    test('a cookie that is not ours is marked so, and can be deleted', async ({ page, preferences, jar }) => {
      await jar.addForeign('stranger', 'its-secret-value');
      await preferences.open();
      await expect(preferences.row('stranger')).toHaveClass(/foreign/);
      await expect(page.getByRole('table', { name: 'Not set by this site' })).toContainText('stranger');
      expect(await page.content()).not.toContain('its-secret-value');
      await preferences.delete('stranger');
      await expect(preferences.row('stranger')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-Http-visit']);
    });

    test('a cookie that is not ours can be deleted where it was set for this page alone', async ({ preferences, jar }) => {
      await jar.addForeign('stranger', 'elsewhere', '/preferences');
      await preferences.open();
      await preferences.delete('stranger');
      await expect(preferences.row('stranger')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-Http-visit']);
    });

    test('a cookie that could not be deleted is said to be still there', async ({ page, preferences, jar }) => {
      await jar.addForeign('stranger', 'value');
      await preferences.open();
      // As the redirect after the form, which no link can imitate.
      await page.evaluate(() => window.location.assign('/preferences?notice=deleted&gone=stranger'));
      await expect(preferences.notice).toContainText('still sends stranger');
      await expect(preferences.row('stranger')).toHaveCount(1);
    });

    test('deleting all takes what was set for another path too', async ({ preferences, jar }) => {
      await jar.addForeign('stranger', 'elsewhere', '/preferences');
      await preferences.open();
      await preferences.deleteAll();
      await expect(preferences.row('stranger')).toHaveCount(0);
      expect(await jar.names()).toEqual(['__Host-Http-visit']);
    });

    test('deleting the decision deletes what hangs on it', async ({ page, banner, preferences, jar }) => {
      await page.goto('/');
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance({ theme: 'dark' });
      await preferences.delete('__Host-Http-consent');
      await expect(preferences.notice).toContainText('__Host-Http-analytics');
      await expect(preferences.notice).toContainText('__Host-Http-appearance');
      expect(await jar.names()).toEqual(['__Host-Http-visit']);
    });
  });
}

test('what a well-known name usually means is said, and it is no more than usual', async ({ page, preferences, jar }) => {
  await jar.addForeign('_ga', 'GA1.1.1');
  await preferences.open();
  await expect(preferences.row('_ga')).toContainText('Usually from Google Analytics, to count visits and see how a site is used.');
  await expect(page.locator('[data-count=foreign]')).toHaveText('1');
});

test('what is about to be deleted is listed first, and Cancel deletes nothing', async ({ page, preferences, jar }) => {
  await jar.addForeign('stranger', 'value');
  await preferences.open();
  await page.getByRole('link', { name: 'Delete all cookies' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Delete all cookies?');
  await expect(page.locator('.deletion-list li')).toHaveText(['stranger', '__Host-Http-visit']);
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL('/preferences');
  expect(await jar.names()).toEqual(['__Host-Http-visit', 'stranger']);
});

test('the choices stand on the first screen of a phone', async ({ page, preferences }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await preferences.open();
  for (const radio of await preferences.radios.all()) await expect(radio).toBeInViewport();
});

/** A day as the pages say it. */
function inWords(time: number): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}
