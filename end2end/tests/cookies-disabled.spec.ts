import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from '../fixtures/accessibility';
import { chromiumOptions } from '../fixtures/chromium-options';
import { expect, test as base } from '../fixtures/test';

/** A browser whose owner chose "block all cookies" in its settings. */
const test = base.extend({
  context: async ({ playwright, baseURL }, use) => {
    const profile = await mkdtemp(join(tmpdir(), 'harmony-profile-'));
    await mkdir(join(profile, 'Default'));
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(settings));
    const context = await playwright.chromium.launchPersistentContext(profile, { ...chromiumOptions(), baseURL });
    await use(context);
    await context.close();
    await rm(profile, { recursive: true, force: true });
  },
  page: async ({ context }, use) => use(context.pages()[0] ?? (await context.newPage())),
});

test('a browser that keeps no cookies is told so, and what will not work', async ({ page, preferences, context }) => {
  test.slow(); // for axe
  await page.goto('/policy');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Cookie preferences' }).click();
  await expect(preferences.blocked).toBeVisible();
  await expect(page.getByText('Your browser sent no cookies.')).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  await expectAccessible(page);
});

test('a choice that such a browser cannot keep is not confirmed', async ({ page, banner, preferences }) => {
  await page.goto('/policy');
  await banner.reject.click();
  await expect(preferences.notice).toHaveCount(0);
  await expect(preferences.blocked).toBeVisible();
  await expect(banner.region).toBeVisible();
  await preferences.open();
  await preferences.answer('preferences', 'no').check();
  await preferences.answer('analytics', 'yes').check();
  await preferences.save.click();
  await expect(preferences.blocked).toBeVisible();
});

test('signing up and signing in says that it needs cookies, and that the account is made', async ({ page, account, guest }) => {
  const blocked = page.locator('#blocked');
  await account.trySignUp(guest);
  await expect(page).toHaveURL('/sign-in?return_to=/account&notice=signed-up');
  await expect(blocked).toContainText('Your account is created, but');
  await expect(blocked).toContainText('Signing in needs cookies.');
  await account.trySignIn(guest, { here: true });
  await expect(page).toHaveURL('/sign-in?return_to=/account&notice=signed-in');
  await expect(blocked).toContainText('you are not signed in');
});

base('a first visit is not mistaken for blocked cookies', async ({ preferences }) => {
  await preferences.open();
  await expect(preferences.blocked).toHaveCount(0);
});
