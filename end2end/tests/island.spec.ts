import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';

test('choices are saved without leaving the page', async ({ page, preferences, jar }) => {
  await preferences.open();
  await preferences.wakeIsland();
  await mark(page);
  await preferences.decide(['analytics']);
  expect(await isMarked(page)).toBe(true);
  await expect(page).toHaveURL('/preferences');
  await expect(preferences.notice).toBeFocused();
  await expect(preferences.notice).toBeInViewport();
  await expect(preferences.answer('analytics', 'yes')).toBeChecked();
  await expect(preferences.row('__Host-Http-consent')).toHaveCount(1);
  await expect(preferences.row('__Host-Http-analytics')).toHaveCount(1);
  await jar.expectAllowed(['analytics']);
});

test('it works a second time, and a third', async ({ page, preferences, jar }) => {
  await preferences.open();
  await preferences.wakeIsland();
  await mark(page);
  for (const granted of [['analytics'], ['preferences'], []] as const) {
    await preferences.decide(granted);
    await expect(preferences.notice).toBeFocused();
    await expect(preferences.row('__Host-Http-analytics')).toHaveCount(granted.some((purpose) => purpose === 'analytics') ? 1 : 0);
  }
  await preferences.saveAppearance({ theme: 'dark', remember: 'yes' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await preferences.withdraw('preferences');
  expect(await isMarked(page)).toBe(true);
  // What deletes everything asks first, on a page of its own.
  await preferences.deleteAll();
  expect(await isMarked(page)).toBe(false);
  expect(await jar.names()).toEqual(['__Host-Http-visit']);
});

test('an unsaved change is told of until it is saved', async ({ preferences }) => {
  await preferences.open();
  await expect(preferences.unsaved).toBeHidden();
  await preferences.wakeIsland();
  await expect(preferences.unsaved).toBeVisible();
  await preferences.decide(['analytics']);
  await expect(preferences.unsaved).toBeHidden();
  await preferences.answer('analytics', 'no').check();
  await expect(preferences.unsaved).toBeVisible();
  await preferences.answer('analytics', 'yes').check();
  await expect(preferences.unsaved).toBeHidden();
});

test('the way back and forward shows the stored choice', async ({ page, preferences }) => {
  await page.goto('/policy');
  await page.goto('/preferences');
  await preferences.wakeIsland();
  await preferences.decide(['analytics']);
  await page.goBack();
  await expect(page).toHaveURL('/policy');
  await expect(page.locator('#banner')).toHaveCount(0);
  await page.goForward();
  await expect(page).toHaveURL('/preferences');
  await expect(preferences.answer('analytics', 'yes')).toBeChecked();
  await expect(preferences.row('__Host-Http-analytics')).toHaveCount(1);
  await preferences.decide([]);
  await page.reload();
  await expect(preferences.answer('analytics', 'no')).toBeChecked();
});

test('a refusal of the server is told in its own words, and nothing is saved', async ({ page, pageErrors, preferences, jar }) => {
  pageErrors.expectStatus(400, 422);
  await preferences.open();
  await preferences.wakeIsland();
  await mark(page);
  await preferences.decideUnchecked('perhaps');
  await expect(preferences.unsaved).toContainText('Not saved');
  await expect(preferences.unsaved).toContainText('we did not process it');
  await expect(preferences.unsaved).toHaveRole('status');
  await expect(preferences.notice).toHaveCount(0);
  expect(await isMarked(page)).toBe(true);
  expect(await jar.names()).toEqual(['__Host-Http-visit']);
});

test('a server that cannot be reached is told of', async ({ page, pageErrors, preferences, jar }) => {
  await preferences.open();
  await preferences.wakeIsland();
  await mark(page);
  pageErrors.expectFailure('/api/consent/decide');
  await page.route('**/api/consent/decide', (route) => route.abort('connectionrefused'));
  await preferences.answer('preferences', 'no').check();
  await preferences.answer('analytics', 'yes').check();
  await preferences.save.click();
  await expect(preferences.unsaved).toContainText('No connection. Your change may not be saved.');
  await expect(preferences.notice).toHaveCount(0);
  await expect(preferences.answer('analytics', 'yes')).toBeChecked();
  expect(await isMarked(page)).toBe(true);
  expect(await jar.names()).toEqual(['__Host-Http-visit']);
});

test('a deletion that did not reach the server is told of beside the cookies', async ({ page, context, site, pageErrors, preferences }) => {
  await context.addCookies([{ name: 'other', value: '1', url: site.address }]);
  await preferences.open();
  await preferences.wakeIsland();
  pageErrors.expectFailure('/api/cookies/delete');
  await page.route('**/api/cookies/delete', (route) => route.abort('connectionrefused'));
  await preferences.row('other').getByRole('button').click();
  await expect(page.locator('#stored .unsaved')).toContainText('No connection. Your change may not be saved.');
  await expect(preferences.row('other')).toHaveCount(1);
});

test('everything works before the island has loaded', async ({ page, preferences, pageErrors, jar }) => {
  pageErrors.expectFailure('.wasm');
  pageErrors.expectFailure('.js');
  await page.route(/\.(wasm|js)$/, (route) => route.abort('connectionrefused'));
  await preferences.open();
  await preferences.decide(['analytics']);
  await expect(page).toHaveURL('/preferences?notice=saved');
  await jar.expectAllowed(['analytics']);
});

/** Leaves a mark that is gone once the page is left. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { stayed: true }));
}

async function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => 'stayed' in window);
}
