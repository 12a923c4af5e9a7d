import { test } from '../fixtures/journey-test';

test('an older page of preferences, saved as it is, does not undo a withdrawal', async ({ traveller, secondTab }) => {
  await traveller.answer('yes');
  await traveller.page.goto('/preferences');
  const newer = await secondTab();
  await newer.page.goto('/policy');
  await newer.pressAndHear(newer.withdrawAll);
  await traveller.pressAndHear(traveller.save);
  await traveller.expectInForce([]);
});

test('a yes in the banner of an older page does not undo a refusal', async ({ traveller, secondTab }) => {
  await traveller.page.goto('/policy');
  const newer = await secondTab();
  await newer.answer('no');
  await traveller.pressAndHear(traveller.answerButton('yes'));
  await traveller.expectInForce([]);
});

test('a yes to remembering an appearance on an older page does not undo a refusal', async ({ traveller, secondTab }) => {
  await traveller.page.goto('/preferences');
  await traveller.choose(traveller.page.locator('#theme-dark'));
  await traveller.choose(traveller.page.locator('#remember-yes'));
  const newer = await secondTab();
  await newer.answer('no');
  await traveller.pressAndHear(traveller.page.locator('#save-appearance'));
  await traveller.expectInForce([]);
});

test('a no in the banner of an older page counts', async ({ traveller, secondTab }) => {
  await traveller.page.goto('/policy');
  const newer = await secondTab();
  await newer.answer('yes');
  await traveller.pressAndHear(traveller.answerButton('no'));
  await traveller.expectInForce([]);
});

test('a page that went back before a withdrawal does not undo it', async ({ traveller }) => {
  await traveller.answer('yes');
  // Leaving while the scripts still load aborts them, which Firefox reports as an error.
  await traveller.page.goto('/preferences', { waitUntil: 'networkidle' });
  await traveller.page.goto('/policy');
  await traveller.pressAndHear(traveller.withdrawAll);
  await traveller.back();
  await traveller.back();
  await traveller.expectAt('/preferences');
  await traveller.pressAndHear(traveller.save);
  await traveller.expectInForce([]);
});
