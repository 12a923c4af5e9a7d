import { expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a user sees both their browsers and ends the session of the other', async ({ account, user, anotherBrowser }) => {
      const other = await anotherBrowser();
      await other.account.signIn(user, { remember: true });
      await other.account.openSecurity();
      await expect(other.account.events.first()).toContainText('First sign-in on this browser.');
      await account.open();
      await expect(account.sessions).toHaveCount(2);
      await expect(account.otherSessions).toHaveCount(1);
      await expect(account.otherSessions).toContainText('stays signed in');
      await account.endOther();
      await expect(account.sessions).toHaveCount(1);
      await account.openSecurity();
      await expect(account.events.first()).toContainText('You signed out another browser');
      await other.account.expectSignedOut();
      await other.jar.expectAllowed('nothing', 'out');
      await account.expectSignedIn(user.email);
    });

    test('a user ends every other session at once', async ({ account, user, anotherBrowser }) => {
      const others = [await anotherBrowser(), await anotherBrowser()];
      for (const other of others) await other.account.signIn(user);
      await account.open();
      await expect(account.otherSessions).toHaveCount(2);
      await account.endOthers.click();
      await expect(account.notice).toHaveText('All other browsers are signed out.');
      await expect(account.sessions).toHaveCount(1);
      await expect(account.endOthers).toHaveCount(0);
      for (const other of others) await other.account.expectSignedOut();
      await account.expectSignedIn(user.email);
    });

    test('a form of a browser that was signed out meanwhile changes nothing', async ({ page, account, user, anotherBrowser, pageErrors }) => {
      pageErrors.expectStatus(403);
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await account.open();
      await other.account.open();
      await other.account.endOther();
      await account.endOthers.click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are not signed in');
      await other.account.expectSignedIn(user.email);
    });

    test('a change of the choices in one browser shows in the next page of the other', async ({
      page,
      banner,
      preferences,
      user,
      anotherBrowser,
      jar,
    }) => {
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await page.goto('/');
      await banner.accept.click();
      await expect(preferences.notice).toContainText('You allowed');

      await other.page.goto('/policy');
      await expect(other.banner.region).toHaveCount(0);
      // The other browser never decided: it follows, and is given no decision of its own.
      expect(await other.jar.names()).toEqual(['__Host-Http-analytics', '__Host-Http-device', '__Host-Http-session', '__Host-Http-visit']);
      await other.preferences.open();
      await expect(other.preferences.answer('analytics', 'yes')).toBeChecked();
      await expect(other.preferences.answer('preferences', 'yes')).toBeChecked();
      await expect(other.page.locator('#follows')).toContainText('You are signed in');

      await preferences.open();
      await preferences.withdraw('analytics');
      expect(await jar.names()).not.toContain('__Host-Http-analytics');
      await other.page.goto('/policy');
      expect(await other.jar.names()).toEqual(['__Host-Http-device', '__Host-Http-session', '__Host-Http-visit']);
      await other.preferences.open();
      await expect(other.preferences.answer('analytics', 'no')).toBeChecked();
      await expect(other.preferences.answer('preferences', 'yes')).toBeChecked();
    });

    test('a withdrawal reaches a browser that said yes itself', async ({ preferences, user, anotherBrowser }) => {
      const other = await anotherBrowser();
      await other.preferences.open();
      await other.preferences.decide(['preferences', 'analytics']);
      await other.page.goto('/policy');
      expect(await other.jar.names()).toContain('__Host-Http-analytics');
      await other.account.signIn(user);
      await preferences.open();
      await expect(preferences.answer('analytics', 'yes')).toBeChecked();
      await preferences.withdraw('analytics');
      await other.page.goto('/policy');
      expect(await other.jar.names()).not.toContain('__Host-Http-analytics');
    });

    test('the appearance follows where it may be remembered', async ({ page, preferences, account, user, anotherBrowser }) => {
      await preferences.open();
      await preferences.saveAppearance({ theme: 'dark', textSize: 'larger', remember: 'yes' });
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await expect(other.page.locator('html')).toHaveAttribute('data-theme', 'dark');
      await expect(other.page.locator('html')).toHaveAttribute('data-text-size', 'larger');
      await other.preferences.open();
      await other.preferences.saveAppearance({ theme: 'light' });
      await account.open();
      await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
      await expect(page.locator('html')).toHaveAttribute('data-text-size', 'normal');
      await preferences.open();
      await preferences.withdraw('preferences');
      await other.page.goto('/policy');
      await expect(other.page.locator('html')).toHaveAttribute('data-theme', 'system');
    });

    test('choices made before the sign-in meet those of the account, and the newer answer wins', async ({
      account,
      user,
      preferences,
      anotherBrowser,
    }) => {
      await preferences.open();
      await preferences.decide(['preferences', 'analytics']);
      const other = await anotherBrowser();
      await other.preferences.open();
      await nextSecond();
      await other.preferences.decide(['analytics']);
      await other.account.signIn(user);
      await other.preferences.open();
      await expect(other.preferences.answer('preferences', 'no')).toBeChecked();
      await expect(other.preferences.answer('analytics', 'yes')).toBeChecked();
      await preferences.open();
      await expect(preferences.answer('preferences', 'no')).toBeChecked();
      await expect(preferences.answer('analytics', 'yes')).toBeChecked();
      await account.signOut();
    });

    test('a yes at a shared browser does not undo the no of a user who signs in there', async ({
      page,
      account,
      user,
      preferences,
      anotherBrowser,
    }) => {
      await preferences.open();
      await preferences.decide([]);
      const shared = await anotherBrowser();
      await shared.preferences.open();
      await nextSecond();
      await shared.preferences.decide(['analytics']);
      await shared.account.trySignIn(user);
      await expect(shared.account.notice).toContainText('This browser allowed analytics, but your account rejects that.');
      await shared.preferences.open();
      await expect(shared.preferences.answer('analytics', 'no')).toBeChecked();
      expect(await shared.jar.names()).not.toContain('__Host-Http-analytics');
      await page.goto('/policy');
      await preferences.open();
      await expect(preferences.answer('analytics', 'no')).toBeChecked();
      await account.signOut();
    });

    test('signing out keeps the last choice of this browser', async ({ page, banner, account, user, preferences, anotherBrowser, jar }) => {
      await preferences.open();
      await preferences.decide(['analytics']);
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await other.preferences.open();
      await nextSecond();
      await other.preferences.decide([]);
      await page.goto('/policy');
      expect(await jar.names(), 'the refusal of the other counts here while signed in').not.toContain('__Host-Http-analytics');

      await account.signOut();
      await expect(banner.region).toHaveCount(0);
      await preferences.open();
      await expect(preferences.answer('analytics', 'yes')).toBeChecked();
      await page.goto('/policy');
      await jar.expectAllowed(['analytics'], 'out');

      // What is chosen now is this browser's own business until the next sign-in.
      await preferences.open();
      await preferences.decide(['preferences']);
      await other.preferences.open();
      await expect(other.preferences.answer('preferences', 'no')).toBeChecked();
    });

    test('signing out of a browser that only followed leaves it as it was before', async ({ banner, account, user, preferences, anotherBrowser }) => {
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await preferences.open();
      await preferences.decide(['analytics']);
      await other.page.goto('/policy');
      expect(await other.jar.names()).toContain('__Host-Http-analytics');
      await other.account.signOut();
      await other.jar.expectAllowed('nothing', 'out');
      await expect(other.banner.region).toBeVisible();
      await account.open();
      await expect(banner.region).toHaveCount(0);
    });

    test('so does being signed out from another browser', async ({ account, user, preferences, anotherBrowser }) => {
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await preferences.open();
      await preferences.decide(['analytics']);
      await other.page.goto('/policy');
      expect(await other.jar.names()).toContain('__Host-Http-analytics');
      await account.open();
      await account.endOther();
      await other.page.goto('/policy');
      await expect(other.banner.region).toBeVisible();
      await other.jar.expectAllowed('nothing', 'out');
    });

    test('so does closing a browser that was signed in for this visit', async ({ user, preferences, anotherBrowser }) => {
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await preferences.open();
      await preferences.decide(['analytics']);
      await other.page.goto('/policy');
      expect(await other.jar.names()).toContain('__Host-Http-analytics');
      await other.jar.drop('__Host-Http-session');
      await other.page.goto('/policy');
      await expect(other.banner.region).toBeVisible();
      await other.jar.expectAllowed('nothing', 'out');
    });
  });
}

/** Answers are compared by the second: waits until one given now is newer than the last. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await expect.poll(() => Math.floor(Date.now() / 1000), { intervals: [50] }).toBeGreaterThan(second);
}
