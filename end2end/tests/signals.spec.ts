import { expectAccessible } from '../fixtures/accessibility';
import { expectNoHorizontalScroll } from '../fixtures/layout';
import { expect, PAGES, test } from '../fixtures/test';

/** What a browser sends whose owner wants nothing optional, and what the pages call it. */
const SIGNALS = [
  { header: 'Sec-GPC', name: 'Global Privacy Control' },
  { header: 'DNT', name: 'Do Not Track' },
] as const;

for (const { header, name } of SIGNALS) {
  for (const javaScriptEnabled of [true, false]) {
    test.describe(`with ${header}: 1 and JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
      test.use({ javaScriptEnabled, extraHTTPHeaders: { [header]: '1' } });

      test('nothing optional is set, no banner asks, and the pages say why', async ({ page, banner, preferences, jar }) => {
        for (const path of PAGES) {
          await page.goto(path);
          await expect(banner.region, path).toHaveCount(0);
        }
        await jar.expectAllowed('nothing');
        await page.goto('/');
        await expect(page.locator('dl.facts')).toContainText(name);
        await preferences.open();
        await expect(preferences.signal).toContainText(`Your browser sends the signal ${name}.`);
        await expect(page.locator('#choices :checked')).toHaveCount(0);
      });

      test('an explicit choice counts before it, and is kept', async ({ page, context, preferences, jar }) => {
        await preferences.open();
        await preferences.decide(['analytics']);
        await expect(preferences.signal).toContainText('your choice overrides it');
        await expect(preferences.answer('analytics', 'yes')).toBeChecked();
        await expect(preferences.answer('preferences', 'no')).toBeChecked();
        await page.goto('/policy');
        await jar.expectAllowed(['analytics']);
        await context.setExtraHTTPHeaders({});
        await page.goto('/policy');
        await jar.expectAllowed(['analytics']);
      });

      test('an appearance is saved once that is allowed explicitly', async ({ page, preferences, jar }) => {
        await preferences.open();
        await preferences.saveAppearance({ theme: 'dark', remember: 'yes' });
        await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
        await page.goto('/policy');
        await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
        await jar.expectAllowed(['preferences']);
      });
    });
  }

  test(`a yes from before ${header}: 1 is set aside, with its cookies, for as long as it is sent`, async ({ page, banner, preferences, context, jar }) => {
    await page.goto('/');
    await banner.accept.click();
    await preferences.open();
    await preferences.saveAppearance({ theme: 'dark' });
    await jar.expectAllowed(['preferences', 'analytics']);
    await context.setExtraHTTPHeaders({ [header]: '1' });
    await page.goto('/policy');
    await expect(banner.region).toHaveCount(0);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'system');
    await jar.expectAllowed([]);
    await preferences.open();
    await expect(preferences.signal).toContainText('You allowed preferences and analytics');
    await expect(page.locator('#choices :checked')).toHaveCount(0);
    await context.setExtraHTTPHeaders({});
    await preferences.open();
    await expect(preferences.signal).toHaveCount(0);
    await expect(preferences.answer('analytics', 'yes')).toBeChecked();
    expect(await jar.names()).toContain('__Host-Http-analytics');
  });
}

test('a user’s yes follows to a browser with the signal only if it knew of it', async ({ preferences, user: credentials, anotherBrowser }) => {
  const other = await anotherBrowser();
  await other.context.setExtraHTTPHeaders({ 'Sec-GPC': '1' });
  await other.account.signIn(credentials);
  await preferences.open();
  await preferences.decide(['analytics']);
  await other.preferences.open();
  await expect(other.preferences.signal).toContainText('You allowed analytics');
  expect(await other.jar.names()).not.toContain('__Host-Http-analytics');
  await other.preferences.decide(['analytics']);
  await expect(other.preferences.signal).toContainText('your choice overrides it');
  await other.page.goto('/');
  expect(await other.jar.names()).toContain('__Host-Http-analytics');
});

test('what is said of the signal can be read by everybody', async ({ page, preferences, context }) => {
  test.slow(); // for axe
  await context.setExtraHTTPHeaders({ 'Sec-GPC': '1' });
  await preferences.open();
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoHorizontalScroll(page);
  await page.goto('/');
  await expectAccessible(page);
});

test('/.well-known/gpc.json says that the signal is honoured', async ({ request, context }) => {
  const response = await request.get('/.well-known/gpc.json');
  expect(response.headers()['content-type']).toBe('application/json');
  expect(await response.json()).toEqual({ gpc: true, lastUpdate: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) });
  expect(response.headers()['set-cookie']).toBeUndefined();
  expect(await context.cookies()).toEqual([]);
});
