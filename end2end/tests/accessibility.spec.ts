import { expectAccessible } from '../fixtures/accessibility';
import { expect, MEMBER_PAGES, PAGES, test } from '../fixtures/test';
import type { Account } from '../pages/account';

// Each look at a page takes axe about a second.
test.slow();

for (const path of PAGES) {
  test(`${path} is accessible before a decision`, async ({ page }) => {
    await page.goto(path);
    await expectAccessible(page);
  });
}

for (const path of ['/', '/policy', '/insights']) {
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

test('a page that does not exist is accessible', async ({ page, watch }) => {
  watch.expectStatus(404);
  await page.goto('/nowhere');
  await expectAccessible(page);
});

test('a refusal is accessible', async ({ page, watch, preferences }) => {
  watch.expectStatus(400, 422);
  await preferences.open();
  await page.locator('#choices').evaluate((form: HTMLFormElement) => HTMLFormElement.prototype.submit.call(form));
  await expect(page.locator('.refusal')).toBeVisible();
  await expectAccessible(page);
});

for (const path of MEMBER_PAGES) {
  test(`${path} is accessible before a decision`, async ({ page, account, member: _ }) => {
    await page.goto(path);
    await expect(page).toHaveURL(path);
    await expect(account.way).toHaveText('Your account');
    await expectAccessible(page);
  });
}

test('the account is accessible with two sessions, alarming activity and a notice', async ({ page, account, member, another, watch }) => {
  watch.expectStatus(422);
  const other = await another();
  await other.account.trySignIn({ ...member, password: 'a wrong password' });
  await other.account.signIn(member, { remember: true });
  await account.open();
  await expect(account.otherSessions).toHaveCount(1);
  await expect(page.locator('#activity .alarming')).toHaveCount(2);
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
  test(`${name} is accessible with problems`, async ({ page, account, watch }) => {
    watch.expectStatus(422);
    await wrong(account);
    await expect(account.problems).toBeVisible();
    await expectAccessible(page);
  });
}

for (const [name, wrong] of Object.entries({
  '/account/password': async (account: Account) => account.changePassword('not the one', 'short'),
  '/account/delete': async (account: Account) => account.delete('not the one'),
})) {
  test(`${name} is accessible with problems`, async ({ page, account, member: _, watch }) => {
    watch.expectStatus(422);
    await wrong(account);
    await expect(account.problems).toBeVisible();
    await expectAccessible(page);
  });
}

test('the refusal of a form of somebody who was signed out meanwhile is accessible', async ({ page, account, member: _, jar, watch }) => {
  watch.expectStatus(403);
  await page.goto('/account/delete');
  await jar.drop('__Host-session');
  await account.password.fill('any');
  await page.getByRole('button', { name: 'Delete the account' }).click();
  await expect(page.locator('.refusal')).toBeVisible();
  await expectAccessible(page);
});
