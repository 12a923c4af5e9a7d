import { test } from '../fixtures/journey-test';

test('an older page of preferences, saved as it is, does not undo a withdrawal', async ({ actor, secondTab }) => {
  await actor.answer('yes');
  await actor.page.goto('/preferences');
  const newer = await secondTab();
  await newer.page.goto('/policy');
  await newer.pressAndAwaitMessage(newer.withdrawAll);
  await actor.pressAndAwaitMessage(actor.save);
  await actor.expectEffective([]);
});

test('a yes in the banner of an older page does not undo a refusal', async ({ actor, secondTab }) => {
  await actor.page.goto('/policy');
  const newer = await secondTab();
  await newer.answer('no');
  await actor.pressAndAwaitMessage(actor.answerButton('yes'));
  await actor.expectEffective([]);
});

test('a yes to remembering an appearance on an older page does not undo a refusal', async ({ actor, secondTab }) => {
  await actor.page.goto('/preferences');
  await actor.unfold('#appearance');
  await actor.choose(actor.page.locator('#theme-dark'));
  await actor.choose(actor.page.locator('#remember-yes'));
  const newer = await secondTab();
  await newer.answer('no');
  await actor.pressAndAwaitMessage(actor.page.locator('#save-appearance'));
  await actor.expectEffective([]);
});

test('a no in the banner of an older page counts', async ({ actor, secondTab }) => {
  await actor.page.goto('/policy');
  const newer = await secondTab();
  await newer.answer('yes');
  await actor.pressAndAwaitMessage(actor.answerButton('no'));
  await actor.expectEffective([]);
});

test('a page that went back before a withdrawal does not undo it', async ({ actor }) => {
  await actor.answer('yes');
  // Leaving while the scripts still load aborts them, which Firefox reports as an error.
  await actor.page.goto('/preferences', { waitUntil: 'networkidle' });
  await actor.page.goto('/policy');
  await actor.pressAndAwaitMessage(actor.withdrawAll);
  await actor.back();
  await actor.expectCount(actor.withdrawAll, 0, 'the withdrawal on the page of before');
  await actor.back();
  await actor.expectAt('/preferences');
  await actor.pressAndAwaitMessage(actor.save);
  await actor.expectEffective([]);
});
