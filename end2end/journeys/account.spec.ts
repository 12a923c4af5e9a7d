import { expect, test } from '../fixtures/journey-test';

test('a member signs up, out and in, and the choice is what it was', async ({ traveller, guest }) => {
  await traveller.answer('yes');
  await traveller.signUp(guest);
  await traveller.expectInForce(['preferences', 'analytics'], 'in');
  await traveller.signOut();
  await traveller.expectInForce(['preferences', 'analytics'], 'out');
  await traveller.signIn(guest);
  await traveller.expectInForce(['preferences', 'analytics'], 'in');
});

test('a choice follows the account to another browser', async ({ traveller, elsewhere, guest }) => {
  await traveller.signUp(guest);
  await traveller.decide(['preferences']);
  const other = await elsewhere();
  await other.signIn(guest);
  await other.expectInForce(['preferences'], 'in', 'elsewhere');
  await other.page.goto('/policy');
  await other.pressAndHear(other.withdrawAll);
  await other.expectInForce([], 'in');
  await traveller.page.goto('/policy');
  await traveller.expectInForce([], 'in');
});

test('signing in on a browser where somebody accepted turns no answer into a yes', async ({ traveller, elsewhere, guest }) => {
  await traveller.signUp(guest);
  await traveller.answer('no', '/policy');
  const shared = await elsewhere();
  await shared.answer('yes', '/policy');
  await shared.signIn(guest);
  for (const at of [shared, traveller]) {
    await at.page.goto('/policy');
    await at.page.goto('/preferences');
    expect(await at.checked()).toEqual(['preferences-no', 'analytics-no']);
    expect(await at.jar.names()).not.toContain('__Host-analytics');
  }
});

test('Back after signing out shows nothing private', async ({ traveller, guest }) => {
  await traveller.signUp(guest);
  await traveller.page.goto('/account/password');
  await traveller.page.goto('/preferences');
  await traveller.signOut();
  for (const path of ['/sign-in', '/preferences', '/sign-in']) {
    await traveller.back();
    await traveller.expectAt(path);
    await traveller.expectCount(traveller.page.locator('.site-header .account a[href*="/sign-in"]'), 1, 'the way to sign in');
    expect(await traveller.page.content()).not.toContain(guest.email);
  }
});
