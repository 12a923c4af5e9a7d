import { expectAccessible } from '../fixtures/accessibility';
import { expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('the operator hands out a password reset link, which sets a new password once', async ({ page, account, user, anotherBrowser, site, pageErrors, jar }) => {
      pageErrors.expectStatus(410, 422);
      const link = await site.operator('password-reset', user.email);
      expect(link).toContain(`${site.address}/sign-in/reset?token=`);
      const other = await anotherBrowser();

      await test.step('looking at it uses nothing up', async () => {
        for (let look = 0; look < 2; look += 1) {
          await other.page.goto(link);
          await expect(other.page.getByRole('heading', { level: 1 })).toHaveText('Choose a new password');
          await expect(other.page.getByRole('main')).toContainText(user.email);
        }
        await other.jar.expectAllowed('nothing');
      });

      await test.step('a weak password is told of, and the link still holds', async () => {
        await other.account.newPassword.fill('short');
        await other.page.getByRole('button', { name: 'Save and sign in' }).click();
        await other.account.expectProblem('new_password', /\w+/);
      });

      await test.step('a good one signs in, here and nowhere else', async () => {
        await other.account.newPassword.fill('a fresh battery staple');
        await other.page.getByRole('button', { name: 'Save and sign in' }).click();
        await expect(other.page).toHaveURL('/account?notice=signed-in');
        await expect(other.account.sessions).toHaveCount(1);
        await other.account.openSecurity();
        await expect(other.account.events.nth(0)).toContainText('The link to set a new password was used');
        await expect(other.account.events.nth(1)).toContainText('The site owner created a one-time link for you to set a new password');
        await other.jar.expectAllowed('nothing', 'in');
        await account.expectSignedOut();
        await jar.expectAllowed('nothing', 'out');
      });

      await test.step('used once, it is over', async () => {
        const response = await page.goto(link);
        expect(response?.status()).toBe(410);
        await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link no longer works');
        await page.getByRole('link', { name: 'Go to the sign-in page' }).click();
        await account.trySignIn(user, { here: true });
        await account.expectNotRecognised();
        await account.signIn({ ...user, password: 'a fresh battery staple' });
      });
    });

    test('a newer link ends the one before, and one that was made up is none', async ({ page, user, site, pageErrors, account }) => {
      pageErrors.expectStatus(410);
      const [first, second] = [await site.operator('password-reset', user.email), await site.operator('password-reset', user.email)];
      for (const over of [first, `${site.address}/sign-in/reset?token=made-up`, `${site.address}/sign-in/reset`]) {
        const response = await page.goto(over);
        expect(response?.status(), over).toBe(410);
        await expect(page).toHaveTitle(/This link no longer works/);
      }
      expect((await page.goto(second))?.status()).toBe(200);
      await account.expectSignedIn(user.email);
    });

    test('a disabled account is signed out, and lets its user take their data and no more until it is enabled', async ({ account, guest, site, pageErrors, jar, page }) => {
      pageErrors.expectStatus(410, 422);
      await account.signUp(guest, { remember: true });
      const link = await site.operator('password-reset', guest.email);
      await site.operator('disable', guest.email);
      await account.expectSignedOut();
      await jar.expectAllowed('nothing', 'out');
      await account.trySignIn({ ...guest, password: 'a wrong password' });
      await account.expectNotRecognised();
      expect((await page.goto(link))?.status()).toBe(410);
      await account.trySignIn(guest);
      await expect(page.locator('#disabled')).toContainText('The site owner has disabled this account.');
      await page.locator('#sign-out button').click();
      await site.operator('enable', guest.email);
      await account.signIn(guest);
      await account.openSecurity();
      await expect(account.events.filter({ hasText: 'The site owner disabled this account.' })).toHaveCount(1);
      await expect(account.events.filter({ hasText: 'The site owner enabled this account again.' })).toHaveCount(1);
    });

    test('the operator signs out every browser of a user', async ({ account, guest, anotherBrowser, site }) => {
      await account.signUp(guest, { remember: true });
      const other = await anotherBrowser();
      await other.account.signIn(guest);
      expect(await site.operator('end-sessions', guest.email)).toContain('browsers signed out: 2');
      await account.expectSignedOut();
      await other.account.expectSignedOut();
      await account.signIn(guest);
      await account.openSecurity();
      await expect(account.events.filter({ hasText: 'The site owner signed out all your browsers.' })).toHaveCount(1);
    });
  });
}

test('a password reset link is accessible when it holds, when the password is weak, and when it is over', async ({ page, account, user, site, pageErrors }) => {
  test.slow(); // for axe
  pageErrors.expectStatus(410, 422);
  await page.goto(await site.operator('password-reset', user.email));
  await expectAccessible(page);
  await account.newPassword.fill('short');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(account.problems).toBeVisible();
  await expectAccessible(page);
  await page.goto('/sign-in/reset?token=made-up');
  await expectAccessible(page);
});
