import type { Page } from '@playwright/test';
import { expect, ACCOUNT_PAGES, PAGES, test } from '../fixtures/test';

test('the keyboard meets the banner first, then the way past the menu', async ({ page }) => {
  await page.goto('/policy');
  const stops: string[] = [];
  do {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement?.textContent?.trim() ?? ''));
  } while (await page.evaluate(() => document.activeElement?.closest('#banner') !== null));
  expect(stops.slice(0, -1)).toEqual(
    expect.arrayContaining(['Allow optional cookies', 'Reject optional cookies', 'Manage cookies']),
  );
  expect(stops.at(-1)).toBe('Skip to content');
  await expect(page.locator('a.skip-link')).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
});

for (const answer of ['Allow optional cookies', 'Reject optional cookies']) {
  test(`"${answer}" is pressed with Tab and Enter`, async ({ page, banner }) => {
    await page.goto('/');
    await tabTo(page, `#banner button:text-is("${answer}")`);
    await page.keyboard.press('Enter');
    await expect(page.locator('#notice')).toBeVisible();
    await expect(banner.region).toHaveCount(0);
  });
}

test('choices are made with Tab, Space, arrows and Enter', async ({ page, preferences, jar }) => {
  await preferences.open();
  await tabTo(page, '#preferences-yes');
  await page.keyboard.press('Space');
  await expect(preferences.answer('preferences', 'yes')).toBeChecked();
  await page.keyboard.press('ArrowDown');
  await expect(preferences.answer('preferences', 'no')).toBeChecked();
  await tabTo(page, '#analytics-yes');
  await page.keyboard.press('Space');
  await expect(preferences.answer('analytics', 'yes')).toBeChecked();
  await tabTo(page, '#save-choices');
  await page.keyboard.press('Enter');
  await expect(preferences.notice).toContainText(/saved/i);
  await expect(preferences.answer('preferences', 'no')).toBeChecked();
  await expect(preferences.answer('analytics', 'yes')).toBeChecked();
  await jar.expectAllowed(['analytics']);
});

test('a cookie is deleted with Tab and Enter', async ({ page, preferences, jar }) => {
  await jar.addForeign('stranger', 'value');
  await preferences.open();
  await tabTo(page, 'tr[data-cookie=stranger] button');
  await page.keyboard.press('Enter');
  await expect(preferences.notice).toContainText('deleted');
  await expect(preferences.row('stranger')).toHaveCount(0);
});

test('an account is made, left and entered again with the keyboard alone', async ({ page, account, guest, pageErrors, jar }) => {
  pageErrors.expectStatus(422);
  await page.goto('/sign-up');
  await tabTo(page, '#email');
  await page.keyboard.type(guest.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');

  // The list of what is wrong has the focus, and its first link leads to the field.
  await expect(account.problems).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(account.newPassword).toBeFocused();
  await page.keyboard.type(guest.password);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(account.remember).toBeChecked();
  await tabTo(page, '#sign-up button');
  await page.keyboard.press('Enter');
  await expect(account.notice).toContainText('Your account is created');
  await jar.expectAllowed('nothing', 'remembered');

  await tabTo(page, '#sign-out button');
  await page.keyboard.press('Enter');
  await expect(account.notice).toContainText('You are signed out');

  await tabTo(page, 'nav[aria-label=Main] a[href^="/sign-in"]');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/sign-in?return_to=/');
  await tabTo(page, '#email');
  await page.keyboard.type(guest.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(guest.password);
  await page.keyboard.press('Enter');
  await expect(account.notice).toContainText('You are signed in');
  await jar.expectAllowed('nothing', 'in');
});

for (const path of ACCOUNT_PAGES) {
  test(`the focus is seen wherever it goes on ${path}, and leaves again`, async ({ page, user, anotherBrowser }) => {
    const other = await anotherBrowser();
    await other.account.signIn(user);
    await page.goto(path);
    expect(await unseenStops(page)).toEqual([]);
  });
}

for (const path of PAGES) {
  test(`the focus is seen wherever it goes on ${path}, and leaves again`, async ({ page }) => {
    await page.goto(path);
    expect(await unseenStops(page)).toEqual([]);
  });
}

/** Goes through the page with Tab and returns what has the focus without showing it. */
async function unseenStops(page: Page): Promise<string[]> {
  const stops = await page.locator('a[href], button, input:not([type=hidden]), textarea, summary').count();
  const unseen: string[] = [];
  for (let stop = 0; stop < stops; stop += 1) {
    await page.keyboard.press('Tab');
    const missing = await page.evaluate(() => {
      const focused = document.activeElement;
      if (focused === null || focused === document.body) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const seen = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      return seen ? undefined : focused.outerHTML.slice(0, 200);
    });
    if (missing !== undefined) unseen.push(missing);
  }
  return unseen;
}

/** Presses Tab until the focus is there, as a person would. */
async function tabTo(page: Page, selector: string): Promise<void> {
  const goal = page.locator(selector);
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await goal.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`The keyboard does not reach ${selector}.`);
}
