import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from '../fixtures/accessibility';
import { chromiumOptions } from '../fixtures/chromium-options';
import { Inventory } from '../fixtures/inventory';
import { expectNoHorizontalScroll } from '../fixtures/layout';
import { collectConsoleErrors, EVERYTHING, expect, NOTHING, test } from '../fixtures/partner-test';
import { Banner } from '../pages/banner';
import { Preferences } from '../pages/preferences';
import { Shop } from '../pages/shop';

test('before a choice the question stands first in the page, in its flow, and nothing optional runs', async ({ shop, page }) => {
  await shop.open();
  await expect(shop.banner).toBeVisible();
  await expect(shop.banner).toHaveRole('region');
  await expect(shop.banner).toHaveAccessibleName('Cookies on Harmony');
  expect(await page.evaluate(() => document.body.firstElementChild?.contains(document.getElementById('harmony-banner')))).toBe(true);
  const positions = await shop.banner.evaluate((region) => [region, ...region.querySelectorAll('*')].map((element) => getComputedStyle(element).position));
  expect(new Set(positions)).toEqual(new Set(['static']));
  expect(await page.evaluate(() => document.activeElement?.tagName), 'the focus is left where it was').toBe('BODY');
  await shop.expectRan(NOTHING);
  expect(await page.context().cookies(), 'looking at the page sets nothing').toEqual([]);
});

for (const [where, viewport] of Object.entries({ 'a wide screen': { width: 1280, height: 900 }, 'a telephone': { width: 320, height: 640 } })) {
  test(`accepting and refusing look and weigh the same in a partner's page on ${where}`, async ({ shop, page }) => {
    await page.setViewportSize(viewport);
    await shop.open();
    const look = (id: string) =>
      page.locator(id).evaluate((button) => {
        const style = getComputedStyle(button);
        return Object.fromEntries(Array.from(style, (property) => [property, style.getPropertyValue(property)]));
      });
    expect(await look('#harmony-reject')).toEqual(await look('#harmony-accept'));
    const [yes, no] = await Promise.all([shop.accept.boundingBox(), shop.reject.boundingBox()]);
    expect({ width: no?.width, height: no?.height }).toEqual({ width: yes?.width, height: yes?.height });
    await expectNoHorizontalScroll(page);
  });
}

test('a refusal takes one press, runs nothing, is not asked for again, and counts at Harmony', async ({ shop, home, servers, context }) => {
  await shop.open();
  await shop.reject.click();
  await expect(shop.banner).toHaveCount(0);
  await expect(shop.preferences).toBeVisible();
  await shop.expectRan(NOTHING);
  expect(await shop.changes()).toBe(2);
  await shop.open();
  await expect(shop.preferences).toBeVisible();
  await expect(shop.banner).toHaveCount(0);
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Host-Http-consent']);
  await home.goto(`${servers.policy}/policy`);
  await expect(new Banner(home).region).toHaveCount(0);
  await home.goto(`${servers.policy}/preferences`);
  await expect(new Preferences(home).about).toContainText('on a page of another service');
});

test('a yes runs what was granted under the strict policy of the page, and the server believes the token', async ({ shop, page }) => {
  await shop.open();
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
  const consent = await page.evaluate(() => (window as unknown as { consent: { token: string; choices: object; consentMode: Record<string, string> } }).consent);
  expect(consent.choices).toEqual(EVERYTHING);
  expect(consent.consentMode.analytics_storage).toBe('granted');
  const status = (token: string) =>
    page.evaluate(async (token) => (await fetch('/visits', { method: 'POST', headers: { Authorization: `Bearer ${token}` } })).status, token);
  expect(await status(consent.token)).toBe(200);
});

test("a page of the shop is measured after a yes, under the shop's name alone", async ({ shop, page, servers, context }) => {
  const beacons: { body: string; status: Promise<number | undefined> }[] = [];
  page.on('request', (request) => {
    const status = async () => (await request.response())?.status();
    if (request.url().endsWith('/api/measurements')) beacons.push({ body: request.postData() ?? '', status: status() });
  });
  const leave = () => page.evaluate(() => dispatchEvent(new Event('pagehide')));
  await shop.open();
  await leave();
  expect(beacons).toEqual([]);
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
  await shop.open();
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  // The script begins once it is loaded.
  await page.waitForFunction((address) => performance.getEntriesByName(address).length > 0, `${servers.policy}/measure/1.js`);
  beacons.length = 0;
  await leave();
  await expect.poll(() => beacons.length).toBe(1);
  expect(await beacons[0]?.status).toBe(204);
  const form = new URLSearchParams(beacons[0]?.body);
  expect([form.get('page'), form.get('navigation')]).toEqual([null, 'navigate']);
  expect(form.get('fcp')).toMatch(/^\d+$/);
  await expect.poll(async () => (await context.cookies()).map(({ name }) => name)).toContain('__Host-Http-analytics');
});

test.describe('with a forged token', () => {
  test.use({ allowedErrors: /status of 403/ });

  test("the partner's server counts nothing", async ({ shop, page }) => {
    await shop.open();
    await shop.accept.click();
    await shop.expectRan(EVERYTHING);
    const answers = await page.evaluate(async () => {
      const { token } = (window as unknown as { consent: { token: string } }).consent;
      const [header = '', claims = '', signature = ''] = token.split('.');
      const none = btoa(JSON.stringify({ alg: 'none', kid: JSON.parse(atob(header)).kid })).replaceAll('=', '');
      const forged = ['', 'x', `${header}.${claims}.`, `${none}.${claims}.`, `${header}.${claims}.${[...signature].reverse().join('')}`];
      const send = async (token: string) => (await fetch('/visits', { method: 'POST', headers: { Authorization: `Bearer ${token}` } })).status;
      return Promise.all(forged.map(send));
    });
    expect(new Set(answers)).toEqual(new Set([403]));
  });
});

test('only the scripts of the granted purpose run', async ({ shop, home, servers }) => {
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).decide(['analytics']);
  await shop.open();
  await expect(shop.banner).toHaveCount(0);
  await shop.expectRan({ analytics: true, preferences: false });
});

test('what is withdrawn at Harmony runs no more: the page is loaded anew without it', async ({ shop, home, servers }) => {
  await shop.open();
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).withdraw('analytics');
  const loaded = shop.page.waitForEvent('load');
  await shop.askAgain();
  await loaded;
  await shop.expectRan({ analytics: false, preferences: true });
  await expect(shop.banner).toHaveCount(0);
});

test('a decision that is deleted is asked for again, after nothing runs any more', async ({ shop, home, servers }) => {
  await shop.open();
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).deleteAll();
  const loaded = shop.page.waitForEvent('load');
  await shop.askAgain();
  await loaded;
  await expect(shop.banner).toBeVisible();
  await shop.expectRan(NOTHING);
});

test('a page of another site gets no decision, asks nothing that it could not keep, and runs nothing', async ({ page, servers, home }) => {
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).decide(['analytics', 'preferences']);
  const elsewhere = new Shop(page, servers.elsewhere);
  await elsewhere.open();
  await expect(elsewhere.preferences).toHaveAttribute('href', `${servers.policy}/preferences`);
  await expect(elsewhere.banner).toHaveCount(0);
  await elsewhere.expectRan(NOTHING);
  // Nor does it help to hand an answer on all the same.
  const posted = await page.evaluate(async (address) => {
    const { asks } = await (await fetch(address, { credentials: 'include' })).json();
    const question = asks.purposes.find(({ name }: { name: string }) => name === 'analytics').purpose;
    const body = JSON.stringify({ choices: { [question]: true } });
    const answer = await fetch(address, { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body });
    return answer.json();
  }, `${servers.policy}/api/v1/consent`);
  expect(posted.can_be_kept).toBe(false);
  expect(posted.recorded.record).toBeTruthy();
  await elsewhere.open();
  await elsewhere.expectRan(NOTHING);
});

test('a browser that keeps no cookies is told so after its answer, and nothing runs', async ({ playwright, servers }) => {
  const profile = await mkdtemp(join(tmpdir(), 'harmony-profile-'));
  await mkdir(join(profile, 'Default'));
  const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(settings));
  const context = await playwright.chromium.launchPersistentContext(profile, chromiumOptions());
  const consoleErrors = collectConsoleErrors(context);
  const shop = new Shop(context.pages()[0] ?? (await context.newPage()), servers.shop);
  await shop.open();
  await shop.accept.focus();
  await shop.page.keyboard.press('Enter');
  await expect(shop.status).toHaveText('Your browser did not save your choice, so nothing optional runs here.');
  await expect(shop.status).toHaveRole('status');
  await expect(shop.banner).toHaveCount(0);
  await shop.expectRan(NOTHING);
  expect(consoleErrors).toEqual([]);
  await context.close();
  await rm(profile, { recursive: true, force: true });
});

test.describe('when something is wrong', () => {
  test.use({ allowedErrors: /Failed to load resource|integrity/ });

  test('nothing optional runs if Harmony cannot be reached', async ({ shop, page, servers }) => {
    await page.route(`${servers.policy}/api/v1/consent`, (route) => route.abort());
    await page.goto(servers.shop);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('script[type="text/plain"]')).toHaveCount(3);
    await expect(shop.banner).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.dataset.harmony)).toBeUndefined();
  });

  test('an answer that could not be handed on is told, and can be given again', async ({ shop, page, servers }) => {
    await shop.open();
    const address = `${servers.policy}/api/v1/consent`;
    await page.route(address, (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
    await shop.accept.click();
    await expect(shop.status).toContainText('We could not confirm that your choice was saved.');
    await shop.expectRan(NOTHING);
    await page.unroute(address);
    await shop.accept.click();
    await shop.expectRan(EVERYTHING);
  });

  test('a script that is not the one that the page trusts is not run', async ({ page, servers }) => {
    await page.route(`${servers.policy}/embed/3.js`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${await response.text()}\n// altered` });
    });
    await page.goto(servers.shop);
    await expect(page.locator('script[type="text/plain"]')).toHaveCount(3);
    expect(await page.evaluate(() => document.documentElement.dataset.harmony)).toBeUndefined();
  });
});

test('a signal of the browser answers for it', async ({ browser, servers }) => {
  const context = await browser.newContext({ extraHTTPHeaders: { 'Sec-GPC': '1' } });
  const shop = new Shop(await context.newPage(), servers.shop);
  await shop.open();
  await expect(shop.banner).toHaveCount(0);
  await expect(shop.preferences).toBeVisible();
  await shop.expectRan(NOTHING);
  await context.close();
});

test('with the keyboard alone: the question comes first, and the focus goes on from the answer', async ({ shop, page }) => {
  await shop.open();
  await page.keyboard.press('Tab');
  await expect(shop.accept).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(shop.reject).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(shop.preferences).toBeFocused();
});

test('the question and the link are accessible, and follow right to left', async ({ shop, page, servers }) => {
  test.slow(); // for axe
  await shop.open();
  await expectAccessible(page);
  await shop.reject.click();
  await expect(shop.links).toBeVisible();
  await expectAccessible(page);
  await page.context().clearCookies();
  await page.route(`${servers.policy}/api/v1/consent`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), locale: 'ar', direction: 'rtl' } });
  });
  await shop.open();
  await expect(shop.banner).toBeVisible();
  expect(await shop.banner.evaluate((region) => getComputedStyle(region).direction)).toBe('rtl');
  expect(await page.evaluate(() => getComputedStyle(document.body).direction), "the page's own is left").toBe('ltr');
  await expectNoHorizontalScroll(page);
});

test('every service is listed with the edition that it incorporates', async ({ page, servers }) => {
  const { edition } = await Inventory.of(servers.policy);
  await page.goto(`${servers.policy}/services`);
  const entry = page.locator('[data-service="Example shop"]');
  await expect(entry).toContainText(`Has incorporated the policy by reference since version 1.1. Version ${edition.version} is in force.`);
  await expect(entry.getByRole('link', { name: 'Example shop' })).toHaveAttribute('href', `${servers.shop}/`);
  await expect(page.locator('#developers pre')).toContainText('/embed/3.js" integrity="sha384-');
});
