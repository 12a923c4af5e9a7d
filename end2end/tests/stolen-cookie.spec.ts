import { expectAccessible } from '../fixtures/accessibility';
import type { CookieJar } from '../fixtures/cookie-jar';
import { expect, test, type TestBrowser } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a copied remember cookie is recognised beside its owner at the same moment, as one session', async ({
      account,
      guest,
      anotherBrowser,
      jar,
    }) => {
      await account.signUp(guest, { remember: true });
      const thief = await anotherBrowser();
      await copyRemember(jar, thief);
      await thief.account.expectSignedIn(guest.email);
      await expect(thief.account.sessions).toHaveCount(1);
      // As when a browser opens many pages at once: the use that comes second is taken for the same.
      await account.expectSignedIn(guest.email);
      await expect(account.sessions).toHaveCount(1);
      await expect(account.otherSessions).toHaveCount(0);
    });

    test('once the copy was used a second time, its owner comes back with a used one, and both are signed out', async ({
      page,
      account,
      guest,
      anotherBrowser,
      jar,
      site,
    }) => {
      test.slow(); // for axe
      site.expectWarning('a remember token was replayed');
      await account.signUp(guest, { remember: true });
      const thief = await anotherBrowser();
      await copyRemember(jar, thief);
      for (let visit = 0; visit < 2; visit += 1) {
        await thief.jar.drop('__Host-Http-session');
        await thief.account.expectSignedIn(guest.email);
      }
      await account.expectSignedOut();
      await jar.expectAllowed('nothing', 'out');
      await thief.account.expectSignedOut();
      expect(await thief.jar.names()).toEqual(['__Host-Http-visit']);

      await account.signIn(guest);
      await expect(page.locator('#replayed')).toContainText('Someone may have copied your “keep me signed in” cookie.');
      if (javaScriptEnabled) await expectAccessible(page);
      await account.openSecurity();
      for (const list of ['#attention', '#activity']) await expect(page.locator(`${list} li[data-event=replayed]`)).toHaveCount(1);
      if (javaScriptEnabled) await expectAccessible(page);
      await page.locator('#replayed').getByRole('link', { name: 'change your password' }).click();
      await expect(page).toHaveURL('/account/password');
    });
  });
}

test('a session cookie copied by itself opens nothing once its owner has signed out', async ({ account, guest, anotherBrowser, jar }) => {
  await account.signUp(guest);
  const thief = await anotherBrowser();
  const session = await jar.get('__Host-Http-session');
  if (session === undefined) throw new Error('There is no session cookie.');
  await thief.jar.copy(session);
  await thief.account.expectSignedIn(guest.email);
  await account.signOut();
  await thief.account.expectSignedOut();
});

async function copyRemember(from: CookieJar, to: TestBrowser): Promise<void> {
  const cookie = await from.get('__Host-Http-remember');
  if (cookie === undefined) throw new Error('There is no remember cookie.');
  await to.jar.copy(cookie);
}
