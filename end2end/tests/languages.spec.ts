import { expectAccessible } from '../fixtures/accessibility';
import { expectNoHorizontalScroll } from '../fixtures/layout';
import { expect, inLanguage, LANGUAGES, PAGES, test } from '../fixtures/test';

const TRANSLATED = LANGUAGES.slice(1);

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the switcher keeps the page and saves nothing before a choice', async ({ page, jar }) => {
    await page.goto('/policy/1.0');
    for (const { tag, name, dir } of LANGUAGES) {
      await page.locator('#languages summary').click();
      await page.locator('#languages').getByRole('link', { name, exact: true }).click();
      await expect(page).toHaveURL(`/${tag}/policy/1.0`);
      await expect(page.locator('html')).toHaveAttribute('lang', tag);
      await expect(page.locator('html')).toHaveAttribute('dir', dir);
      await expect(page.locator('#languages li [aria-current]')).toHaveText(name);
    }
    await jar.expectAllowed('nothing');
  });

  test('with permission a choice is saved, and goes with the permission', async ({ page, preferences, jar }) => {
    await preferences.open();
    await preferences.decide(['preferences']);
    await page.locator('#languages summary').click();
    await page.locator('#languages').getByRole('button', { name: 'Deutsch' }).click();
    await expect(page).toHaveURL('/de/preferences');
    expect(await jar.names()).toEqual(['__Host-Http-consent', '__Host-Http-language', '__Host-Http-visit']);
    expect((await jar.get('__Host-Http-language'))?.value).toBe('de');
    await page.goto('/policy');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page).toHaveURL('/policy');
    await page.goto('/de/preferences');
    await page.locator('#preferences-no').check();
    await page.locator('#save-choices').click();
    await expect(page).toHaveURL(/^[^?]*\/de\/preferences\?notice=saved/);
    expect(await jar.get('__Host-Http-language')).toBeUndefined();
    await page.goto('/policy');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  });

  for (const { tag } of TRANSLATED) {
    test(`a refusal with the banner in ${tag} leads back to the page in ${tag}, and nothing optional is set`, async ({ page, jar, banner }) => {
      await page.goto(`/${tag}/policy`);
      await banner.region.locator('button[value=no]').click();
      await expect(page).toHaveURL(new RegExp(`/${tag}/policy\\?notice=rejected&receipt=`));
      for (const path of PAGES) await page.request.get(inLanguage(tag, path));
      await jar.expectAllowed([]);
    });

    test(`after accepting in ${tag} only what was granted is set`, async ({ page, jar, banner }) => {
      await page.goto(`/${tag}`);
      await banner.region.locator('button[value=yes]').click();
      for (const path of PAGES) await page.request.get(inLanguage(tag, path));
      expect(await jar.names()).toEqual(['__Host-Http-analytics', '__Host-Http-consent', '__Host-Http-visit']);
    });

    test(`yes and no have one size in ${tag}`, async ({ page, banner }) => {
      await page.goto(`/${tag}`);
      const buttons = banner.region.locator('form button');
      const [yes, no] = [await buttons.nth(0).boundingBox(), await buttons.nth(1).boundingBox()];
      expect(yes?.height).toBe(no?.height);
      const looks = await buttons.evaluateAll((all) =>
        all.map((button) => {
          const { backgroundColor, color, fontSize, fontWeight, padding } = getComputedStyle(button);
          return [backgroundColor, color, fontSize, fontWeight, padding].join();
        }),
      );
      expect(looks[0]).toBe(looks[1]);
    });
  }
});

// A translation has the elements of the original, so one language from right to left stands for all.
test.describe('in Arabic', () => {
  for (const path of PAGES) {
    test(`${path} is accessible`, async ({ page }) => {
      test.slow(); // for axe
      await page.goto(inLanguage('ar', path));
      await expectAccessible(page, 'narrow');
    });
  }
});

for (const { tag } of TRANSLATED) {
  test(`no page scrolls sideways at 320 px in ${tag}`, async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of PAGES) {
      await page.goto(inLanguage(tag, path));
      await expectNoHorizontalScroll(page);
    }
  });
}

test('from right to left, the page begins at the right and names of cookies stay whole', async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.goto('/ar/policy');
  const brand = await page.locator('.brand').boundingBox();
  expect(brand?.x).toBeGreaterThan(600);
  const cookie = page.locator('table.declarations code').first();
  await expect(cookie).toHaveCSS('direction', 'ltr');
  await expect(cookie).toHaveText('__Host-Http-session');
  await expect(page.locator('h1')).toHaveCSS('direction', 'rtl');
});

test('a text in English on an Arabic page is read from left to right', async ({ page }) => {
  await page.goto('/ar/policy/1.0');
  await expect(page.locator('h1')).toHaveCSS('direction', 'ltr');
  await expect(page.locator('.introduction')).toHaveAttribute('lang', 'en');
  await expect(page.locator('.policy-meta')).toHaveCSS('direction', 'rtl');
});

test('the island saves in the language of its page', async ({ page, preferences }) => {
  await page.goto('/de/preferences');
  await preferences.wakeIsland();
  await page.locator('#preferences-yes').check();
  await page.locator('#analytics-no').check();
  await page.locator('#save-choices').click();
  await expect(page.locator('#notice')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.locator('#choices')).toHaveAttribute('action', '/de/api/consent/decide');
});
