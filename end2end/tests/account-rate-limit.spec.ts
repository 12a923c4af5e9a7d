import { expectAccessible } from '../fixtures/accessibility';
import { expect, test } from '../fixtures/test';

// The limits are those of a server where nothing is configured: 5 attempts for an account, 20 from an address. All that is
// tried here comes from one address and adds up to less.
test.use({ siteName: 'guessing', attempts: 'default' });

const ATTEMPTS = 5;

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a client that guesses too often is told how long to wait', async ({ page, account, guest, pageErrors, jar }) => {
      test.slow(); // for axe
      pageErrors.expectStatus(422, 429);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        await account.trySignIn({ ...guest, password: `guess ${attempt}` });
        await account.expectNotRecognised();
      }
      await page.goto('/sign-in');
      const answer = page.waitForResponse((response) => response.url().endsWith('/sign-in'));
      await account.trySignIn(guest, { here: true });
      expect((await answer).status()).toBe(429);
      expect(Number(await (await answer).headerValue('retry-after'))).toBeGreaterThan(0);
      expect(Number(await (await answer).headerValue('retry-after'))).toBeLessThanOrEqual(60);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Too many attempts');
      await expect(account.wait).toHaveText(/^You can try again in \d+ seconds?\.$/);
      await jar.expectAllowed('nothing');
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByRole('link', { name: 'Go to the sign-in page' }).click();
      await expect(page).toHaveURL('/sign-in');
    });
  });
}

test('a stranger who guesses does not lock the user out of a browser that has signed in before', async ({
  account,
  user,
  anotherBrowser,
  pageErrors,
}) => {
  pageErrors.expectStatus(422, 429);
  await account.signOut();
  const stranger = await anotherBrowser();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await stranger.account.trySignIn({ ...user, password: `guess ${attempt}` });
    await stranger.account.expectNotRecognised();
  }
  await stranger.account.trySignIn({ ...user, password: 'one guess more' });
  await expect(stranger.account.wait).toBeVisible();
  await account.signIn(user);
  await account.openSecurity();
  await expect(account.events.filter({ hasText: `Wrong password entered ${ATTEMPTS} times that day` })).toHaveCount(1);
});
