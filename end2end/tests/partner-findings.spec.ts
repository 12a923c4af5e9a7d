import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { EVERYTHING, expect, NOTHING, test } from '../fixtures/partner-test';
import { harmony } from '../fixtures/server';
import { Preferences } from '../pages/preferences';

/** An entry of the shop under the edition that is in force. */
function entry(name: string, purpose: string, more: string): string {
  const fields = { service: 'shop', name, purpose, party: 'first', description: `Serves ${name}.`, since: '1.3' };
  return `\n[[cookie]]\n${Object.entries(fields).map(([field, value]) => `${field} = "${value}"\n`).join('')}${more}\n`;
}

test.use({
  declared: [
    entry('shop_visited', 'analytics', 'lifetime = "30 days"\nhttp_only = true'),
    entry('_count_*', 'analytics', 'lifetime = "2 days"'),
    entry('shop_colour', 'preferences', 'lifetime = "30 days"'),
    entry('basket', 'security', 'lifetime = "session"'),
    entry('seen', 'analytics', 'kind = "local storage"\nlifetime = "until deleted"'),
    entry('tab', 'analytics', 'kind = "session storage"\nlifetime = "session"'),
    entry('numbers', 'analytics', 'kind = "indexeddb"\nlifetime = "until deleted"'),
  ].join(''),
});

/** Keeps something under each declared name, and a little that is not declared. */
async function fill(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const line of ['_count_1=1; path=/; max-age=86400', '_count_2=1', 'shop_colour=red; path=/', 'basket=1; path=/', 'visitor-20261128=1; path=/']) document.cookie = line;
    localStorage.setItem('seen', '1');
    localStorage.setItem('last anna@example.org', '1');
    sessionStorage.setItem('tab', '1');
    const request = indexedDB.open('numbers');
    await new Promise((done) => (request.onsuccess = done));
    request.result.close();
  });
}

/** The names that the page can see, without those of Harmony, which has the same host here. */
async function names(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => [
    ...document.cookie.split('; ').map((pair) => pair.split('=')[0] ?? ''),
    ...Object.keys(localStorage),
    ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map(({ name }) => name ?? ''),
  ]);
  return found.filter((name) => name !== '').sort();
}

const UNDECLARED = ['last anna@example.org', 'visitor-20261128'];

test('what is granted stays, and a withdrawal clears what is declared for the purpose, HttpOnly cookies too', async ({ shop, page, home, servers, context }) => {
  await shop.open();
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
  await fill(page);
  await shop.open();
  await shop.expectRan(EVERYTHING);
  expect(await names(page)).toEqual([...UNDECLARED, '_count_1', '_count_2', 'basket', 'numbers', 'seen', 'shop_colour', 'tab'].sort());
  const cookies = async () => (await context.cookies(servers.shop)).map(({ name }) => name);
  expect(await cookies()).toContain('shop_visited');

  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).withdraw('analytics');
  await page.bringToFront();
  await shop.askAgain();
  await shop.expectRan({ analytics: false, preferences: true });
  await expect.poll(() => names(page)).toEqual([...UNDECLARED, 'basket', 'shop_colour'].sort());
  await expect.poll(cookies).not.toContain('shop_visited');
});

test('a refusal clears everything optional, and nothing that is essential or not declared', async ({ shop, page }) => {
  await shop.open();
  await shop.reject.click();
  await shop.expectRan(NOTHING);
  await fill(page);
  await shop.open();
  await expect.poll(() => names(page)).toEqual([...UNDECLARED, 'basket'].sort());
});

test.describe('if Harmony does not answer', () => {
  test.use({ allowedErrors: /Failed to load resource/ });

  test('nothing is cleared', async ({ shop, page, servers }) => {
    await shop.open();
    await fill(page);
    const before = await names(page);
    await page.route(`${servers.policy}/api/v1/consent`, (route) => route.abort());
    const asked = page.waitForEvent('requestfailed');
    await page.goto(servers.shop);
    await asked;
    expect(await names(page)).toEqual(before);
  });
});

test('findings reach the operator by masked names, once a page and without a cookie', async ({ shop, page, servers }) => {
  test.slow(); // The script waits for five seconds.
  await shop.open();
  await shop.reject.click();
  await shop.expectRan(NOTHING);
  // A document of the shop without the script, so that nothing is reported from here.
  await page.goto(`${servers.shop}/shop.css`);
  await fill(page);
  await shop.open();
  const sent = page.waitForRequest(`${servers.policy}/api/v1/findings`, { timeout: 20_000 });
  await expect.poll(() => names(page)).not.toContain('_count_1');
  await page.evaluate(() => (document.cookie = '_count_3=1; path=/; max-age=2000000'));
  const request = await sent;
  expect((await request.response())?.status()).toBe(204);
  expect((await request.allHeaders()).cookie).toBeUndefined();
  const found = async () => {
    const list = await harmony(join(servers.folder, 'data'), { HARMONY_CONTENT_DIR: join(servers.folder, 'content') }, 'findings', '--json');
    return JSON.parse(list).map(({ service, kind, name, finding, count }: Record<string, unknown>) => [service, kind, name, finding, count].join(' ')).sort();
  };
  // Counts wait in memory for at most a second.
  await expect.poll(found).toEqual([
    'shop cookie _count_* too_long 1',
    'shop cookie _count_* without_consent 1',
    'shop cookie visitor-* undeclared 1',
    'shop local storage last * undeclared 1',
  ]);
});
