import { expect, test } from '../fixtures/journey-test';

test('going back after an answer finds no page that still asks', async ({ actor }) => {
  await actor.page.goto('/preferences');
  await actor.page.goto('/policy');
  await actor.page.goto('/statistics');
  await actor.pressAndAwaitMessage(actor.answerButton('yes'));
  for (const path of ['/statistics', '/policy', '/preferences']) {
    await actor.back();
    await actor.expectAt(path);
    await actor.expectShown(['preferences', 'analytics']);
  }
  await actor.expectEffective(['preferences', 'analytics']);
});

test('going back after a refusal finds no page that still asks', async ({ actor }) => {
  await actor.page.goto('/policy');
  await actor.page.goto('/statistics');
  await actor.pressAndAwaitMessage(actor.answerButton('no'));
  for (const path of ['/statistics', '/policy']) {
    await actor.back();
    await actor.expectAt(path);
    await actor.expectShown([]);
  }
});

test('going back after a withdrawal finds no page that says it is granted', async ({ actor }) => {
  await actor.answer('yes');
  await actor.page.goto('/preferences');
  await actor.page.goto('/policy/history');
  await actor.page.goto('/policy');
  await actor.pressAndAwaitMessage(actor.withdrawAll);
  for (const path of ['/policy', '/policy/history', '/preferences']) {
    await actor.back();
    await actor.expectAt(path);
    await actor.expectShown([]);
  }
  await actor.expectEffective([]);
});

test('answers that were left without saving are not there after going back', async ({ actor }) => {
  await actor.decide([]);
  await actor.page.goto('/preferences');
  await actor.choose(actor.radio('analytics', 'yes'));
  await actor.press(actor.page.locator('.site-footer a[href$="/policy"]'));
  await actor.expectAt('/policy');
  await actor.back();
  await actor.expectAt('/preferences');
  // A page that was brought back as it was left may show what was begun, if it says so; else it shows what is stored.
  const unsaved = actor.page.locator('#choices .unsaved');
  if (!(await unsaved.isVisible())) await actor.expectShown([]);
  await actor.page.goto('/policy');
  await actor.expectEffective([]);
});

test('this browser brings left pages back as they were, so the journeys above mean something', async ({ actor }) => {
  await actor.answer('no');
  await actor.page.goto('/policy');
  // Firefox says that a page is loaded a moment before the next script may run in it.
  await expect(() => actor.page.evaluate(() => document.body.setAttribute('data-stayed', ''))).toPass({ timeout: 10_000 });
  await actor.page.goto('/policy/history');
  await actor.back();
  await actor.expectAt('/policy');
  await actor.expectCount(actor.page.locator('body[data-stayed]'), 1, 'the body of before');
});
