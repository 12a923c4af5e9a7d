import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from '@playwright/test';
import { chromiumOptions } from '../fixtures/chromium-options';
import { CookieJar } from '../fixtures/cookie-jar';
import { expect, test as base } from '../fixtures/test';
import { Account } from '../pages/account';

interface PersistentBrowser {
  /** Starts the browser with what it kept; one that runs is closed before. */
  start: () => Promise<{ account: Account; jar: CookieJar; context: BrowserContext }>;
}

/** A browser that really closes and starts again, with one profile folder throughout. */
const test = base.extend<{ persistentBrowser: PersistentBrowser }>({
  persistentBrowser: async ({ playwright, baseURL, javaScriptEnabled, pageErrors, inventory, site }, use) => {
    const profile = await mkdtemp(join(tmpdir(), 'harmony-profile-'));
    const openedAt = Date.now() / 1000;
    let running: BrowserContext | undefined;
    const start = async () => {
      await running?.close();
      const options = { ...chromiumOptions(), baseURL, javaScriptEnabled };
      const context = await playwright.chromium.launchPersistentContext(profile, options);
      running = context;
      pageErrors.listen(context);
      const account = new Account(context.pages()[0] ?? (await context.newPage()));
      return { account, jar: new CookieJar(context, inventory, new URL(site.address).hostname, openedAt), context };
    };
    await use({ start });
    await running?.close();
    await rm(profile, { recursive: true, force: true });
  },
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('closing the browser signs out', async ({ persistentBrowser, guest }) => {
      const first = await persistentBrowser.start();
      await first.account.signUp(guest);
      await first.jar.expectAllowed('nothing', 'in');
      const second = await persistentBrowser.start();
      expect(await second.jar.names()).toEqual(['__Host-Http-device']);
      await second.account.expectSignedOut();
      await second.jar.expectAllowed('nothing', 'out');
    });

    test('closing the browser keeps a user who asked for it signed in, time after time', async ({ persistentBrowser, guest }) => {
      let browser = await persistentBrowser.start();
      await browser.account.signUp(guest, { remember: true });
      await expect(browser.account.sessions).toContainText('stays signed in');
      let remembered = await browser.jar.get('__Host-Http-remember');
      for (let restart = 0; restart < 2; restart += 1) {
        browser = await persistentBrowser.start();
        expect(await browser.jar.names()).toEqual(['__Host-Http-device', '__Host-Http-remember']);
        await browser.account.expectSignedIn(guest.email);
        await expect(browser.account.sessions, 'it is the same session still').toHaveCount(1);
        const next = await browser.jar.get('__Host-Http-remember');
        expect(next?.value, 'a remember token is good for one use').not.toBe(remembered?.value);
        remembered = next;
        await browser.jar.expectAllowed('nothing', 'remembered');
        await browser.account.open();
        expect((await browser.jar.get('__Host-Http-remember'))?.value, 'and is not used while the session holds').toBe(next?.value);
      }
    });

    test('signing out ends being kept signed in', async ({ persistentBrowser, guest }) => {
      const first = await persistentBrowser.start();
      await first.account.signUp(guest, { remember: true });
      await first.account.signOut();
      await first.jar.expectAllowed('nothing', 'out');
      const second = await persistentBrowser.start();
      await second.account.expectSignedOut();
    });

    test('signing in without it afterwards ends it too', async ({ persistentBrowser, guest }) => {
      const first = await persistentBrowser.start();
      await first.account.signUp(guest, { remember: true });
      await first.account.signOut();
      await first.account.signIn(guest);
      await first.jar.expectAllowed('nothing', 'in');
      const second = await persistentBrowser.start();
      await second.account.expectSignedOut();
    });
  });
}
