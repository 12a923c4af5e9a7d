import { expect, test } from '../fixtures/journey-test';

test('a yes in the banner is in force on every page', async ({ traveller }) => {
  await traveller.page.goto('/policy');
  await traveller.expectShown('nothing');
  await traveller.answer('yes', '/policy');
  await traveller.expectInForce(['preferences', 'analytics']);
});

test('a no in the banner is in force on every page, and leaves nothing by which a browser is known again', async ({ traveller }) => {
  await traveller.answer('no', '/insights');
  await traveller.expectInForce([]);
  expect((await traveller.jar.get('__Host-visit'))?.value).toBe('1');
});

test('what is changed on the preferences page is in force, and changed again too', async ({ traveller }) => {
  await traveller.page.goto('/preferences');
  await traveller.expectShown('nothing');
  await traveller.decide(['preferences']);
  await traveller.expectInForce(['preferences']);
  await traveller.decide(['analytics']);
  await traveller.expectInForce(['analytics']);
  await traveller.decide([]);
  await traveller.expectInForce([]);
});

test('one purpose is withdrawn on the preferences page, all of them at the foot of any page', async ({ traveller }) => {
  await traveller.answer('yes');
  await traveller.page.goto('/preferences');
  await traveller.pressAndHear(traveller.page.locator('form.withdraw:has([value=analytics]) button'));
  await traveller.expectInForce(['preferences']);
  await traveller.decide(['preferences', 'analytics']);
  await traveller.page.goto('/policy/history');
  await traveller.pressAndHear(traveller.withdrawAll);
  await traveller.expectInForce([]);
});

test('one cookie is deleted, and nothing with it', async ({ traveller }) => {
  await traveller.answer('yes');
  await traveller.jar.addForeign('stranger', 'value');
  await traveller.page.goto('/preferences');
  await traveller.pressAndHear(traveller.deletion('stranger'));
  await traveller.expectInForce(['preferences', 'analytics']);
});

test('deleting an optional cookie takes back the yes that would set it again', async ({ traveller }) => {
  await traveller.answer('yes');
  await traveller.page.goto('/preferences');
  await traveller.pressAndHear(traveller.deletion('__Host-analytics'));
  await traveller.expectInForce(['preferences']);
});

test('deleting the choice makes a newcomer', async ({ traveller }) => {
  await traveller.answer('yes');
  await traveller.page.goto('/preferences');
  await traveller.pressAndHear(traveller.deletion('__Host-consent'));
  await traveller.expectInForce('nothing');
});

test('what is set again on every page is not offered to be deleted', async ({ traveller }) => {
  // Once as set with the page, once as carried.
  for (const _ of ['set', 'carried']) {
    await traveller.page.goto('/preferences');
    await traveller.expectCount(traveller.page.locator('tr[data-cookie="__Host-visit"]'), 1, 'its row');
    await traveller.expectCount(traveller.deletion('__Host-visit'), 0, 'its button');
  }
});

test('deleting all makes a newcomer', async ({ traveller }) => {
  await traveller.answer('yes');
  await traveller.jar.addForeign('stranger', 'value');
  await traveller.page.goto('/preferences');
  await traveller.pressAndHear(traveller.page.locator('#delete-all button'));
  await traveller.expectInForce('nothing');
});

test('a reload shows the answers that are stored, not those that were left', async ({ traveller }) => {
  await traveller.decide(['preferences', 'analytics']);
  await traveller.page.goto('/preferences');
  await traveller.choose(traveller.radio('analytics', 'no'));
  await traveller.page.reload();
  await traveller.expectInForce(['preferences', 'analytics']);
});

test('a reload shows a newcomer no answer', async ({ traveller }) => {
  await traveller.page.goto('/preferences');
  await traveller.choose(traveller.radio('analytics', 'yes'));
  await traveller.page.reload();
  await traveller.expectInForce('nothing');
});
