import type { Page } from '@playwright/test';
import { bfcacheOptions } from '../fixtures/chromium-options';
import { expect, test } from '../fixtures/test';

// Playwright switches off what lets a browser bring a left page back as it was. Here that is just what is tried.
test.use({ launchOptions: bfcacheOptions() });

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('Back after signing out shows nothing private', async ({ page, account, user, preferences }) => {
      await preferences.open();
      await expect(page.locator('#follows')).toContainText('You are signed in');
      await page.goto('/account/password');
      await account.signOut();
      expect(await page.content()).not.toContain(user.email);
      for (const left of ['/sign-in?return_to=/account', '/sign-in?return_to=/account/password', '/preferences']) {
        await goBack(page);
        await expect(page).toHaveURL(left);
        await expect(account.headerLink).toHaveText('Sign in');
        await expect(page.getByText('You are signed in, so')).toHaveCount(0);
        expect(await page.content()).not.toContain(user.email);
      }
    });

    test('Back after deleting the account shows nothing private', async ({ page, account, user }) => {
      await account.delete(user.password);
      await expect(account.notice).toContainText('Your account is deleted.');
      await goBack(page);
      await expect(page).toHaveURL('/sign-in?return_to=/account/delete');
      expect(await page.content()).not.toContain(user.email);
    });

    test('Back to the sign-in finds no password there', async ({ page, account, user }) => {
      await account.signOut();
      await account.signIn(user);
      await account.signOut();
      for (const left of ['/sign-in?return_to=/account', '/sign-in?return_to=/account', '/sign-in']) {
        await goBack(page);
        await expect(page).toHaveURL(left);
        await expect(account.password).toHaveValue('');
      }
    });
  });
}

test('this browser does bring a page back as it was left, so the tests above mean something', async ({ page }) => {
  await page.goto('/policy');
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  await page.goto('/statistics');
  await goBack(page);
  await expect(page).toHaveURL('/policy');
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true);
});

/** A page that is brought back as it was does not load. */
async function goBack(page: Page): Promise<void> {
  await page.goBack({ waitUntil: 'commit' });
}
