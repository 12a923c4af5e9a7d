import { readFile } from 'node:fs/promises';
import { ACCOUNT_PAGES, expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('somebody makes an account, signs out and signs in again', async ({ page, account, guest, jar }) => {
      await page.goto('/');
      await account.headerLink.click();
      await page.getByRole('main').getByRole('link', { name: 'Create one' }).click();
      await expect(page).toHaveURL('/sign-up?return_to=/');
      await account.signUp(guest, { here: true });
      await expect(page).toHaveURL('/?notice=signed-up');
      await expect(page.locator('#who')).toContainText(`Signed in as ${guest.email}`);
      await account.headerLink.click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account');
      await expect(account.headerLink).toHaveText('Your account');
      await expect(account.headerLink).toHaveAttribute('aria-current', 'page');
      await expect(account.sessions).toHaveCount(1);
      await expect(account.sessions).toContainText('this browser');
      await expect(account.endOthers).toHaveCount(0);
      await jar.expectAllowed('nothing', 'in');

      await account.signOut();
      await expect(page).toHaveURL('/?notice=signed-out');
      await expect(account.headerLink).toHaveText('Sign in');
      await account.expectSignedOut();
      await jar.expectAllowed('nothing', 'out');

      await account.signIn(guest, { here: true });
      await expect(page).toHaveURL('/account?notice=signed-in');
      await account.openSecurity();
      await expect(account.events.first()).toContainText('Signed in on this browser.');
      await account.expectSignedIn(guest.email);
      await jar.expectAllowed('nothing', 'in');
    });

    test('signing in leads back to the page one came from', async ({ page, account, user }) => {
      await account.signOut();
      for (const path of ['/', '/policy', '/policy/1.0', '/preferences', '/preferences/history', '/verify', '/statistics']) {
        await page.goto(path);
        await account.headerLink.click();
        await expect(page).toHaveURL(`/sign-in?return_to=${path}`);
        await account.signIn(user, { here: true });
        await expect(page).toHaveURL(`${path}?notice=signed-in`);
        await account.signOut();
      }
    });

    test('so does making an account, even by way of the sign-in and a mistake', async ({ page, account, guest, pageErrors }) => {
      pageErrors.expectStatus(422);
      await page.goto('/policy/1.0');
      await account.headerLink.click();
      await account.trySignIn(guest, { here: true });
      await account.expectNotRecognised();
      await page.getByRole('main').getByRole('link', { name: 'Create one' }).click();
      await expect(page).toHaveURL('/sign-up?return_to=/policy/1.0');
      await account.signUp(guest, { here: true });
      await expect(page).toHaveURL('/policy/1.0?notice=signed-up');
    });

    test('a page of the account is asked for, and comes after the sign-in', async ({ page, account, user }) => {
      await account.signOut();
      for (const path of ACCOUNT_PAGES) {
        await page.goto(path);
        await expect(page).toHaveURL(`/sign-in?return_to=${path}`);
        await account.signIn(user, { here: true });
        await expect(page).toHaveURL(`${path}?notice=signed-in`);
        await account.signOut();
      }
    });

    test('a way back that leads off the site is not taken', async ({ page, account, user }) => {
      await account.signOut();
      for (const elsewhere of ['https://example.org/', '//example.org', '/\\example.org', '/account/export', 'javascript:alert(1)']) {
        await page.goto(`/sign-in?return_to=${encodeURIComponent(elsewhere)}`);
        await account.signIn(user, { here: true });
        await expect(page).toHaveURL('/account?notice=signed-in');
        await account.signOut();
      }
    });

    test('the sign-in page redirects a signed-in user to the account', async ({ page, user }) => {
      for (const path of ['/sign-in', '/sign-up', '/sign-in?return_to=/policy']) {
        await page.goto(path);
        await expect(page).toHaveURL('/account');
        await expect(page.getByRole('main')).toContainText(user.email);
      }
    });

    test('a wrong password is told of, and nothing but the password is typed again', async ({
      page,
      account,
      user,
      pageErrors,
      jar,
    }) => {
      pageErrors.expectStatus(422);
      await account.signOut();
      await account.trySignIn({ ...user, password: 'a wrong password' }, { remember: true });
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in');
      await expect(account.problems.getByRole('link')).toHaveCount(1);
      await account.expectNotRecognised();
      await expect(account.email).toHaveValue(user.email);
      await expect(account.password).toHaveValue('');
      await expect(account.remember).toBeChecked();
      await jar.expectAllowed('nothing', 'out');

      // Enter in the address bar, where the form was sent to.
      await page.goto('/sign-in');
      await expect(page).toHaveURL('/sign-in');
      await account.email.fill(user.email);
      await account.password.fill(user.password);
      await account.remember.check();
      await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
      await expect(page).toHaveURL('/account?notice=signed-in');
      await account.openSecurity();
      await expect(page.locator('#activity li[data-event=failed]')).toHaveText(/Wrong password entered on a computer\./);
      await jar.expectAllowed('nothing', 'remembered');
    });

    test('a password of an address without an account gets the same answer', async ({ account, guest, pageErrors, jar }) => {
      pageErrors.expectStatus(422);
      await account.trySignIn(guest);
      await account.expectNotRecognised();
      await jar.expectAllowed('nothing');
    });

    test('an empty form tells what is missing, each with the way there', async ({ page, account, pageErrors }) => {
      pageErrors.expectStatus(422);
      await account.trySignIn({ email: '', password: '' });
      await expect(account.problems.getByRole('link')).toHaveCount(2);
      await account.expectProblem('email', /Enter an email address/);
      await account.trySignIn({ email: '', password: '' });
      await account.expectProblem('password', 'Enter your password.');
      await account.trySignUp({ email: '', password: '' });
      await expect(account.problems.getByRole('link')).toHaveCount(2);
      await account.expectProblem('email', /Enter an email address/);
      await expect(page.locator('#new_password-problem')).toHaveText(/\w+/);
    });

    test('a password that is guessed first is refused, and what was entered stays', async ({ page, account, guest, pageErrors, jar }) => {
      pageErrors.expectStatus(422);
      for (const password of ['short', 'password1234', guest.email]) {
        await account.trySignUp({ ...guest, password }, { remember: true });
        await account.expectProblem('new_password', /\w+/);
        await expect(account.email).toHaveValue(guest.email);
        await expect(account.newPassword).toHaveValue('');
        await expect(account.remember).toBeChecked();
      }
      await jar.expectAllowed('nothing');
      await account.newPassword.fill(guest.password);
      await page.getByRole('button', { name: 'Create the account' }).click();
      await expect(account.notice).toContainText('Your account is created');
      await jar.expectAllowed('nothing', 'remembered');
    });

    test('an address that has an account cannot get a second', async ({ account, user, pageErrors, jar }) => {
      pageErrors.expectStatus(422);
      await account.signOut();
      await account.trySignUp({ email: user.email.toUpperCase(), password: 'another horse entirely' });
      await account.expectProblem('email', /An account with this email address already exists/);
      await jar.expectAllowed('nothing', 'out');
      await account.signIn(user);
    });

    test('everything that is kept can be taken away as JSON', async ({ page, account, user, preferences }) => {
      await preferences.open();
      await preferences.decide(['analytics']);
      await account.openData();
      const coming = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download your data' }).click();
      const download = await coming;
      expect(download.suggestedFilename()).toBe('account.json');
      const text = await readFile(await download.path(), 'utf8');
      const taken = JSON.parse(text);
      expect(taken.email).toBe(user.email);
      expect(taken.browsers).toHaveLength(1);
      expect(taken.security_events.map(({ event }: { event: string }) => event)).toEqual(['signed-up']);
      expect(taken.decision.choices).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ purpose: 'analytics', granted: true }),
          expect.objectContaining({ purpose: 'preferences', granted: false }),
        ]),
      );
      expect(text).not.toContain(user.password);
      expect(text).not.toContain('argon2');
    });

    test('the export of somebody who is not signed in is no file but the sign-in', async ({ page }) => {
      await page.goto('/account/export');
      await expect(page).toHaveURL('/sign-in?return_to=/account');
    });

    test('a changed password is the one that signs in, and every other browser is signed out', async ({
      page,
      account,
      user,
      anotherBrowser,
      pageErrors,
      jar,
    }) => {
      pageErrors.expectStatus(422);
      const other = await anotherBrowser();
      await other.account.signIn(user, { remember: true });

      await account.changePassword('not the one', 'a fresh battery staple');
      await account.expectProblem('password', 'Wrong password.');
      await account.changePassword(user.password, 'short');
      await account.expectProblem('new_password', /\w+/);
      const before = await jar.get('__Host-Http-session');
      await account.changePassword(user.password, 'a fresh battery staple');
      await expect(page).toHaveURL('/account/security?notice=password-changed');
      await expect(account.notice).toHaveText('Your new password is set, and all other browsers are signed out.');
      await account.open();
      await expect(account.sessions).toHaveCount(1);
      expect((await jar.get('__Host-Http-session'))?.value).not.toBe(before?.value);
      await jar.expectAllowed('nothing', 'in');

      await other.account.expectSignedOut();
      await other.jar.expectAllowed('nothing', 'out');
      await other.account.trySignIn(user);
      await other.account.expectNotRecognised();
      await other.account.signIn({ ...user, password: 'a fresh battery staple' });
    });

    test('a deleted account is gone, everywhere, and its address is free again', async ({
      page,
      account,
      user,
      anotherBrowser,
      preferences,
      pageErrors,
      jar,
    }) => {
      pageErrors.expectStatus(422);
      await preferences.open();
      await preferences.decide([]);
      const other = await anotherBrowser();
      await other.account.signIn(user);

      await account.delete('not the one');
      await account.expectProblem('password', 'Wrong password.');
      await account.expectSignedIn(user.email);
      await account.delete(user.password);
      await expect(page).toHaveURL('/?notice=account-deleted');
      await expect(account.notice).toContainText('Your account is deleted.');
      await jar.expectAllowed([]);
      await account.expectSignedOut();

      await other.account.expectSignedOut();
      // The account's decision went with the account; this browser never made one of its own.
      await other.jar.expectAllowed('nothing', 'out');
      await account.trySignIn(user);
      await account.expectNotRecognised();
      await account.signUp(user);
      await account.openSecurity();
      await expect(account.events).toHaveCount(1);
    });

    for (const name of ['__Host-Http-session', '__Host-Http-remember']) {
      test(`deleting ${name} on the preferences page signs out, and every part of the page says so`, async ({
        account,
        guest,
        preferences,
        jar,
      }) => {
        await account.signUp(guest, { remember: true });
        await preferences.open();
        await expect(preferences.row('__Host-Http-remember')).toHaveCount(1);
        if (javaScriptEnabled) await preferences.wakeIsland();
        await preferences.delete(name);
        await expect(preferences.notice).toContainText('The cookie was deleted.');
        await expect(preferences.row('__Host-Http-session')).toHaveCount(0);
        await expect(preferences.row('__Host-Http-remember')).toHaveCount(0);
        await jar.expectAllowed('nothing', 'out');
        await expect(account.headerLink).toHaveText('Sign in');
        await account.expectSignedOut();
      });
    }

    test('deleting all cookies signs out, and every part of the page says so', async ({ account, guest, preferences, jar }) => {
      await account.signUp(guest, { remember: true });
      await preferences.open();
      if (javaScriptEnabled) await preferences.wakeIsland();
      await preferences.deleteAll();
      await jar.expectAllowed('nothing');
      await expect(account.headerLink).toHaveText('Sign in');
      await account.expectSignedOut();
    });
  });
}

test('no page about an account holds a script, and what it holds is kept by no cache', async ({ page, account, user, pageErrors }) => {
  for (const path of [...ACCOUNT_PAGES, '/account/export']) {
    const response = await page.request.get(path);
    expect(response.headers()['cache-control'], path).toContain('no-store');
  }
  for (const path of ACCOUNT_PAGES) {
    await page.goto(path);
    await expect(page.locator('script')).toHaveCount(0);
  }
  await expect(page.locator('#delete-account input[autocomplete=username]')).toHaveValue(user.email);
  await account.signOut();
  expect(pageErrors.scripts()).toEqual([]);
});
