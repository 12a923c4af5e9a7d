import { expect, test } from '../fixtures/journey-test';

test('a yes in the banner is in force on every page', async ({ actor }) => {
  await actor.page.goto('/policy');
  await actor.expectShown('nothing');
  await actor.answer('yes', '/policy');
  await actor.expectEffective(['preferences', 'analytics']);
});

test('a no in the banner is in force on every page, and leaves nothing by which a browser is known again', async ({ actor }) => {
  await actor.answer('no', '/statistics');
  await actor.expectEffective([]);
  expect((await actor.jar.get('__Host-Http-visit'))?.value).toBe('1');
});

test('what is changed on the preferences page is in force, and changed again too', async ({ actor }) => {
  await actor.page.goto('/preferences');
  await actor.expectShown('nothing');
  await actor.decide(['preferences']);
  await actor.expectEffective(['preferences']);
  await actor.decide(['analytics']);
  await actor.expectEffective(['analytics']);
  await actor.decide([]);
  await actor.expectEffective([]);
});

test('one purpose is withdrawn on the preferences page, all of them at the foot of any page', async ({ actor }) => {
  await actor.answer('yes');
  await actor.page.goto('/preferences');
  await actor.choose(actor.radio('analytics', 'no'));
  await actor.pressAndAwaitMessage(actor.save);
  await actor.expectEffective(['preferences']);
  await actor.decide(['preferences', 'analytics']);
  await actor.page.goto('/policy/history');
  await actor.pressAndAwaitMessage(actor.withdrawAll);
  await actor.expectEffective([]);
});

test('one cookie is deleted, and nothing with it', async ({ actor }) => {
  await actor.answer('yes');
  await actor.jar.addForeign('stranger', 'value');
  await actor.page.goto('/preferences');
  await actor.pressAndAwaitMessage(actor.deletion('stranger'));
  await actor.expectEffective(['preferences', 'analytics']);
});

test('deleting an optional cookie takes back the yes that would set it again', async ({ actor }) => {
  await actor.answer('yes');
  await actor.page.goto('/preferences');
  await actor.pressAndAwaitMessage(actor.deletion('__Host-Http-analytics'));
  await actor.expectEffective(['preferences']);
});

test('after the choice is deleted, the visitor counts as new', async ({ actor }) => {
  await actor.answer('yes');
  await actor.page.goto('/preferences');
  await actor.pressAndAwaitMessage(actor.deletion('__Host-Http-consent'));
  await actor.expectEffective('nothing');
});

test('what is set again on every page is not offered to be deleted', async ({ actor }) => {
  // Once as set with the page, once as carried.
  for (const _ of ['set', 'carried']) {
    await actor.page.goto('/preferences');
    await actor.expectCount(actor.page.locator('tr[data-cookie="__Host-Http-visit"]'), 1, 'its row');
    await actor.expectCount(actor.deletion('__Host-Http-visit'), 0, 'its button');
  }
});

test('after all cookies are deleted, the visitor counts as new', async ({ actor }) => {
  await actor.answer('yes');
  await actor.jar.addForeign('stranger', 'value');
  await actor.page.goto('/preferences');
  await actor.press(actor.page.locator('#delete-all'));
  await actor.expectAt('/preferences/delete');
  await actor.pressAndAwaitMessage(actor.page.locator('#delete-all button'));
  await actor.expectEffective('nothing');
});

test('a reload shows the answers that are stored, not those that were left', async ({ actor }) => {
  await actor.decide(['preferences', 'analytics']);
  await actor.page.goto('/preferences');
  await actor.choose(actor.radio('analytics', 'no'));
  await actor.page.reload();
  await actor.expectEffective(['preferences', 'analytics']);
});

test('a reload shows a new visitor no answer', async ({ actor }) => {
  await actor.page.goto('/preferences');
  await actor.choose(actor.radio('analytics', 'yes'));
  await actor.page.reload();
  await actor.expectEffective('nothing');
});
