import { expect, test } from '../fixtures/journey-test';

test('going back after an answer finds no page that still asks', async ({ traveller }) => {
  await traveller.page.goto('/preferences');
  await traveller.page.goto('/policy');
  await traveller.page.goto('/insights');
  await traveller.pressAndHear(traveller.answerButton('yes'));
  for (const path of ['/insights', '/policy', '/preferences']) {
    await traveller.back();
    await traveller.expectAt(path);
    await traveller.expectShown(['preferences', 'analytics']);
  }
  await traveller.expectInForce(['preferences', 'analytics']);
});

test('going back after a refusal finds no page that still asks', async ({ traveller }) => {
  await traveller.page.goto('/policy');
  await traveller.page.goto('/insights');
  await traveller.pressAndHear(traveller.answerButton('no'));
  for (const path of ['/insights', '/policy']) {
    await traveller.back();
    await traveller.expectAt(path);
    await traveller.expectShown([]);
  }
});

test('going back after a withdrawal finds no page that says it is granted', async ({ traveller }) => {
  await traveller.answer('yes');
  await traveller.page.goto('/preferences');
  await traveller.page.goto('/policy/history');
  await traveller.page.goto('/policy');
  await traveller.pressAndHear(traveller.withdrawAll);
  for (const path of ['/policy', '/policy/history', '/preferences']) {
    await traveller.back();
    await traveller.expectAt(path);
    await traveller.expectShown([]);
  }
  await traveller.expectInForce([]);
});

test('answers that were left without saving are not there after going back', async ({ traveller }) => {
  await traveller.decide([]);
  await traveller.page.goto('/preferences');
  await traveller.choose(traveller.radio('analytics', 'yes'));
  await traveller.press(traveller.page.locator('.site-footer a[href$="/policy"]'));
  await traveller.expectAt('/policy');
  await traveller.back();
  await traveller.expectAt('/preferences');
  // A page that was brought back as it was left may show what was begun, if it says so; else it shows what is stored.
  const unsaved = traveller.page.locator('#choices .unsaved');
  if (!(await unsaved.isVisible())) await traveller.expectShown([]);
  await traveller.page.goto('/policy');
  await traveller.expectInForce([]);
});

test('this browser brings left pages back as they were, so the journeys above mean something', async ({ traveller }) => {
  await traveller.answer('no');
  await traveller.page.goto('/policy');
  // Firefox says that a page is loaded a moment before the next script may run in it.
  await expect(() => traveller.page.evaluate(() => document.body.setAttribute('data-stayed', ''))).toPass({ timeout: 10_000 });
  await traveller.page.goto('/policy/history');
  await traveller.back();
  await traveller.expectAt('/policy');
  await traveller.expectCount(traveller.page.locator('body[data-stayed]'), 1, 'the body of before');
});
