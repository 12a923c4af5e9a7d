import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { coveredControls, expectNoHorizontalScroll } from '../fixtures/layout';
import { expect, ACCOUNT_PAGES, test as base } from '../fixtures/test';

/** A user whose address is about as long as one can be, signed in on two browsers, with something to look at. */
const test = base.extend({
  guest: async ({}, use) => {
    const name = `somebody-with-a-name-that-does-not-end-${randomUUID()}`.slice(0, 64);
    await use({ email: `${name}@${'a-long-host.'.repeat(4)}example.org`, password: 'correct horse battery' });
  },
  user: async ({ guest, account, anotherBrowser, pageErrors }, use) => {
    pageErrors.expectStatus(422);
    await account.signUp(guest);
    const other = await anotherBrowser();
    await other.account.trySignIn({ ...guest, password: 'a wrong password' });
    await other.account.signIn(guest, { remember: true });
    await use(guest);
  },
});

/** Each page of a user, and its form when something is wrong. */
async function everyPage(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  for (const path of ['/', '/preferences', '/preferences/history', '/verify', ...ACCOUNT_PAGES]) {
    await page.goto(path);
    await look(path);
  }
  for (const [path, name] of [
    ['/account/password', 'Change the password'],
    ['/account/delete', 'Delete the account'],
  ] as const) {
    await page.goto(path);
    await page.getByRole('button', { name }).click();
    await expect(page.locator('#problems')).toBeVisible();
    await look(`${path}, with problems`);
  }
}

/** What somebody who is not signed in gets, when something is wrong. */
async function everyProblem(page: Page, email: string, look: (name: string) => Promise<void>): Promise<void> {
  for (const [path, name] of [
    ['/sign-up', 'Create the account'],
    ['/sign-in', 'Sign in'],
  ] as const) {
    await page.goto(path);
    await page.locator('input#email').fill(email);
    await page.getByRole('main').getByRole('button', { name }).click();
    await expect(page.locator('#problems')).toBeVisible();
    await look(`${path}, with problems`);
  }
}

for (const width of [1280, 320]) {
  test.describe(`at ${width} px`, () => {
    test.use({ viewport: { width, height: 900 } });

    test('no page of a user scrolls sideways, in either direction', async ({ page, user: _ }) => {
      await everyPage(page, async () => {
        for (const direction of ['ltr', 'rtl']) {
          await turn(page, direction);
          await expectNoHorizontalScroll(page);
        }
      });
    });

    test('nor does any with the largest text', async ({ page, user: _, preferences }) => {
      await preferences.open();
      await preferences.saveAppearance({ theme: 'dark', textSize: 'larger', remember: 'yes' });
      await everyPage(page, async () => expectNoHorizontalScroll(page));
    });

    test('nothing lies over what can be pressed on a page of a user', async ({ page, user: _ }) => {
      await everyPage(page, async (name) => {
        for (const direction of ['ltr', 'rtl']) {
          await turn(page, direction);
          expect(await page.evaluate(coveredControls), `${name} ${direction}`).toEqual([]);
        }
      });
    });

    test('in forced colours every button and every field of a user keeps an edge', async ({ page, user: _ }) => {
      await page.emulateMedia({ forcedColors: 'active' });
      await everyPage(page, async (name) => {
        await expectNoHorizontalScroll(page);
        const edges = await page
          .locator('button:visible, input:is([type=email], [type=password]):visible')
          .evaluateAll((all) => all.map((one) => Number.parseFloat(getComputedStyle(one).borderTopWidth)));
        expect(Math.min(1, ...edges), name).toBe(1);
      });
    });

    test('everything to press or to fill in on a page of a user is large enough for a finger', async ({ page, user: _ }) => {
      await everyPage(page, async (name) => expectLargeEnough(page, name));
    });

    test('a form with problems fits, in both directions, and is large enough for a finger', async ({ page, guest, pageErrors }) => {
      pageErrors.expectStatus(422);
      await everyProblem(page, guest.email, async (name) => {
        await expectLargeEnough(page, name);
        for (const direction of ['ltr', 'rtl']) {
          await turn(page, direction);
          await expectNoHorizontalScroll(page);
          expect(await page.evaluate(coveredControls), `${name} ${direction}`).toEqual([]);
        }
      });
    });
  });
}

/** WCAG 2.5.8: at least 24 by 24 pixels, of the label too where one belongs to the box. */
async function expectLargeEnough(page: Page, name: string): Promise<void> {
  const targets = page.locator('main').locator('button:visible, a.button:visible, input:is([type=email], [type=password]):visible, label.check:visible');
  for (const target of await targets.all()) {
    const box = await target.boundingBox();
    const what = `${name} ${await target.evaluate((element) => element.outerHTML.slice(0, 80))}`;
    expect(box?.height, what).toBeGreaterThanOrEqual(24);
    expect(box?.width, what).toBeGreaterThanOrEqual(24);
  }
}

async function turn(page: Page, direction: string): Promise<void> {
  await page.evaluate((dir) => {
    document.documentElement.dir = dir;
  }, direction);
}
