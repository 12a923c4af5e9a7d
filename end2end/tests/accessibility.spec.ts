import { expectAccessible } from '../fixtures/accessibility';
import { expect, ACCOUNT_PAGES, PAGES, test } from '../fixtures/test';
import type { Account } from '../pages/account';

// Each look at a page takes axe about a second.
test.slow();

/** How many wrong passwords of one day need attention. */
const ALARMING = 5;

for (const path of PAGES) {
  test(`${path} is accessible before a decision`, async ({ page }) => {
    await page.goto(path);
    await expectAccessible(page);
  });
}

for (const path of ['/', '/policy', '/statistics']) {
  test(`${path} is accessible with a notice and a decision`, async ({ page, banner }) => {
    await page.goto(path);
    await banner.accept.click();
    await expect(page.locator('#notice')).toBeVisible();
    await expectAccessible(page);
  });
}

test('the preferences are accessible while unsaved, saved, and full of cookies', async ({ page, preferences, jar }) => {
  await jar.addForeign('stranger', 'value');
  await preferences.open();
  await preferences.wakeIsland();
  await expectAccessible(page);
  await preferences.decide(['preferences', 'analytics']);
  await expectAccessible(page);
  await preferences.saveAppearance({ theme: 'dark', textSize: 'larger' });
  await expectAccessible(page);
});

test('the preferences are accessible after everything is deleted', async ({ page, preferences }) => {
  await preferences.open();
  await preferences.deleteAll();
  await expectAccessible(page);
});

test('a page that does not exist is accessible', async ({ page, pageErrors }) => {
  pageErrors.expectStatus(404);
  await page.goto('/nowhere');
  await expectAccessible(page);
});

test('a refusal is accessible', async ({ page, pageErrors, preferences }) => {
  pageErrors.expectStatus(400, 422);
  await preferences.open();
  await page.locator('#analytics-yes').evaluate((radio) => radio.setAttribute('value', 'perhaps'));
  await page.locator('#analytics-yes').check();
  await page.locator('#choices').evaluate((form: HTMLFormElement) => HTMLFormElement.prototype.submit.call(form));
  await expect(page.locator('.error-page')).toBeVisible();
  await expectAccessible(page);
});

for (const path of ACCOUNT_PAGES) {
  test(`${path} is accessible before a decision`, async ({ page, account, user: _ }) => {
    await page.goto(path);
    await expect(page).toHaveURL(path);
    await expect(account.headerLink).toHaveText('Your account');
    await expectAccessible(page);
  });
}

test('the account is accessible with two sessions, alarming activity and a notice', async ({ page, account, user, anotherBrowser, pageErrors }) => {
  pageErrors.expectStatus(422);
  const other = await anotherBrowser();
  for (let attempt = 0; attempt < ALARMING; attempt += 1) {
    await other.account.trySignIn({ ...user, password: 'a wrong password' });
    await other.account.expectNotRecognised();
  }
  await other.account.signIn(user, { remember: true });
  await account.openSecurity();
  await expect(account.alarms).toHaveCount(2);
  await expectAccessible(page);
  await account.open();
  await expect(page.locator('#look')).toBeVisible();
  await expect(account.otherSessions).toHaveCount(1);
  await expectAccessible(page);
  await account.endOther();
  await expectAccessible(page);
});

test('the preferences are accessible while signed in', async ({ page, account, guest, preferences }) => {
  await account.signUp(guest, { remember: true });
  await preferences.open();
  await expect(page.locator('#follows')).toContainText('You are signed in');
  await expectAccessible(page);
});

for (const [name, wrong] of Object.entries({
  '/sign-in': async (account: Account) => account.trySignIn({ email: '', password: '' }),
  '/sign-up': async (account: Account) => account.trySignUp({ email: '', password: '' }),
})) {
  test(`${name} is accessible with problems`, async ({ page, account, pageErrors }) => {
    pageErrors.expectStatus(422);
    await wrong(account);
    await expect(account.problems).toBeVisible();
    await expectAccessible(page);
  });
}

for (const [name, wrong] of Object.entries({
  '/account/password': async (account: Account) => account.changePassword('not the one', 'short'),
  '/account/delete': async (account: Account) => account.delete('not the one'),
})) {
  test(`${name} is accessible with problems`, async ({ page, account, user: _, pageErrors }) => {
    pageErrors.expectStatus(422);
    await wrong(account);
    await expect(account.problems).toBeVisible();
    await expectAccessible(page);
  });
}

test('the refusal of a form of somebody who was signed out meanwhile is accessible', async ({ page, account, user: _, jar, pageErrors }) => {
  pageErrors.expectStatus(403);
  await page.goto('/account/delete');
  await jar.drop('__Host-Http-session');
  await account.password.fill('any');
  await page.getByRole('button', { name: 'Delete the account' }).click();
  await expect(page.locator('.error-page')).toBeVisible();
  await expectAccessible(page);
});
