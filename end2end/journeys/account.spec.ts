import { expect, test } from '../fixtures/journey-test';

test('a user signs up, out and in, and the choice is what it was', async ({ actor, guest }) => {
  await actor.answer('yes');
  await actor.signUp(guest);
  await actor.expectEffective(['preferences', 'analytics'], 'in');
  await actor.signOut();
  await actor.expectEffective(['preferences', 'analytics'], 'out');
  await actor.signIn(guest);
  await actor.expectEffective(['preferences', 'analytics'], 'in');
});

test('a choice follows the account to another browser', async ({ actor, anotherActor, guest }) => {
  await actor.signUp(guest);
  await actor.decide(['preferences']);
  const other = await anotherActor();
  await other.signIn(guest);
  await other.expectEffective(['preferences'], 'in', 'elsewhere');
  await other.page.goto('/policy');
  await other.pressAndAwaitMessage(other.withdrawAll);
  await other.expectEffective([], 'in');
  await actor.page.goto('/policy');
  await actor.expectEffective([], 'in');
});

test('signing in on a browser where somebody accepted turns no answer into a yes', async ({ actor, anotherActor, guest }) => {
  await actor.signUp(guest);
  await actor.answer('no', '/policy');
  const shared = await anotherActor();
  await shared.answer('yes', '/policy');
  await shared.signIn(guest);
  for (const at of [shared, actor]) {
    await at.page.goto('/policy');
    await at.page.goto('/preferences');
    expect(await at.checked()).toEqual(['preferences-no', 'analytics-no']);
    expect(await at.jar.names()).not.toContain('__Host-Http-analytics');
  }
});

test('Back after signing out shows nothing private', async ({ actor, guest }) => {
  await actor.signUp(guest);
  await actor.page.goto('/account/password');
  await actor.page.goto('/preferences');
  await actor.signOut();
  for (const path of ['/sign-in', '/preferences', '/sign-in']) {
    await actor.back();
    await actor.expectAt(path);
    await actor.expectCount(actor.page.locator('.site-header .account a[href*="/sign-in"]'), 1, 'the way to sign in');
    expect(await actor.page.content()).not.toContain(guest.email);
  }
});
