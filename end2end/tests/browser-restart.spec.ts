import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from '@playwright/test';
import { chromiumOptions } from '../fixtures/chromium-options';
import { Jar } from '../fixtures/cookie-jar';
import { expect, test as base } from '../fixtures/test';
import { Account } from '../pages/account';

interface Machine {
  /** Starts the browser with what it kept; one that runs is closed before. */
  start: () => Promise<{ account: Account; jar: Jar; context: BrowserContext }>;
}

/** A browser that really closes and starts again, with one profile folder throughout. */
const test = base.extend<{ machine: Machine }>({
  machine: async ({ playwright, baseURL, javaScriptEnabled, watch, inventory, site }, use) => {
    const profile = await mkdtemp(join(tmpdir(), 'harmony-profile-'));
    const bought = Date.now() / 1000;
    let running: BrowserContext | undefined;
    const start = async () => {
      await running?.close();
      const options = { ...chromiumOptions(), baseURL, javaScriptEnabled };
      const context = await playwright.chromium.launchPersistentContext(profile, options);
      running = context;
      watch.listen(context);
      const account = new Account(context.pages()[0] ?? (await context.newPage()));
      return { account, jar: new Jar(context, inventory, new URL(site.address).hostname, bought), context };
    };
    await use({ start });
    await running?.close();
    await rm(profile, { recursive: true, force: true });
  },
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('closing the browser signs out', async ({ machine, guest }) => {
      const first = await machine.start();
      await first.account.signUp(guest);
      await first.jar.expectAllowed('nothing', 'in');
      const second = await machine.start();
      expect(await second.jar.names()).toEqual(['__Host-device']);
      await second.account.expectSignedOut();
      await second.jar.expectAllowed('nothing', 'out');
    });

    test('closing the browser keeps whoever asked for it signed in, time after time', async ({ machine, guest }) => {
      let browser = await machine.start();
      await browser.account.signUp(guest, { remember: true });
      await expect(browser.account.sessions).toContainText('Kept signed in');
      let remembered = await browser.jar.get('__Host-remember');
      for (let restart = 0; restart < 2; restart += 1) {
        browser = await machine.start();
        expect(await browser.jar.names()).toEqual(['__Host-device', '__Host-remember']);
        await browser.account.expectSignedIn(guest.email);
        await expect(browser.account.sessions, 'it is the same session still').toHaveCount(1);
        const next = await browser.jar.get('__Host-remember');
        expect(next?.value, 'a remember token is good for one use').not.toBe(remembered?.value);
        remembered = next;
        await browser.jar.expectAllowed('nothing', 'remembered');
        await browser.account.open();
        expect((await browser.jar.get('__Host-remember'))?.value, 'and is not used while the session holds').toBe(next?.value);
      }
    });

    test('signing out ends being kept signed in', async ({ machine, guest }) => {
      const first = await machine.start();
      await first.account.signUp(guest, { remember: true });
      await first.account.signOut();
      await first.jar.expectAllowed('nothing', 'out');
      const second = await machine.start();
      await second.account.expectSignedOut();
    });

    test('signing in without it afterwards ends it too', async ({ machine, guest }) => {
      const first = await machine.start();
      await first.account.signUp(guest, { remember: true });
      await first.account.signOut();
      await first.account.signIn(guest);
      await first.jar.expectAllowed('nothing', 'in');
      const second = await machine.start();
      await second.account.expectSignedOut();
    });
  });
}
