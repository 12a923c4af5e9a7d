import type { Page } from '@playwright/test';
import { DAY, untilNextWeek, WEEK } from '../fixtures/site';
import { expect, test } from '../fixtures/test';
import { Preferences } from '../pages/preferences';

// What is published is compared with what this file alone did.
test.use({ siteName: 'measurement', clock: 'movable' });

const SCRIPT = 'script[src^="/measure/"]';
/** Waits until the browser has painted the page, and knows it. */
async function painted(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
}

const FIELDS = ['page', 'token', 'navigation', 'cache', 'lcp', 'inp', 'cls', 'fcp', 'ttfb', 'server'];

test('a page is measured only with a grant, once, and without an identifier', async ({ page, banner, preferences }) => {
  const beacons: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/measurements')) beacons.push(request.postData() ?? '');
  });

  await test.step('no script before a choice, nor after a refusal', async () => {
    await page.goto('/policy');
    await expect(page.locator('script')).toHaveCount(0);
    await banner.reject.click();
    await page.goto('/policy');
    await expect(page.locator('script')).toHaveCount(0);
  });

  await test.step('with a grant, when the visitor leaves', async () => {
    await preferences.open();
    await preferences.decide(['analytics']);
    await page.goto('/policy');
    await expect(page.locator(SCRIPT)).toHaveCount(1);
    await painted(page);
    beacons.length = 0;
    // As the browser says it on the way to another page, where the request could not be seen here.
    const leave = () => page.evaluate(() => dispatchEvent(new Event('pagehide')));
    const answer = page.waitForResponse((response) => response.url().endsWith('/api/measurements'));
    await leave();
    expect((await answer).status()).toBe(204);
    await leave();
    expect(beacons).toHaveLength(1);
    const form = new URLSearchParams(beacons[0]);
    expect([...form.keys()].filter((name) => !FIELDS.includes(name))).toEqual([]);
    expect(form.get('page')).toBe('/policy');
    expect(form.get('navigation')).toBe('navigate');
    expect(form.get('cache')).toMatch(/^(hit|miss)$/);
    for (const name of ['lcp', 'cls', 'fcp', 'ttfb', 'server']) expect(form.get(name), name).toMatch(/^\d+$/);
  });

  await test.step('after a withdrawal nothing is sent', async () => {
    await preferences.open();
    await expect(page.locator(SCRIPT)).toHaveCount(1);
    await preferences.withdraw('analytics');
    beacons.length = 0;
    // The page stays the same, and its script stops.
    await page.evaluate(() => dispatchEvent(new Event('pagehide')));
    await page.goto('/policy');
    await expect(page.locator(SCRIPT)).toHaveCount(0);
    await page.evaluate(() => dispatchEvent(new Event('pagehide')));
    expect(beacons).toEqual([]);
  });
});

test('how fast the pages were is published once the week is over', async ({ page, preferences, site }) => {
  test.setTimeout(60_000);
  await preferences.open();
  await preferences.decide(['analytics']);
  // All views are within one week, whenever this runs.
  const monday = untilNextWeek();
  await test.step('forty views in as many minutes', async () => {
    for (let view = 0; view < 44; view += 1) {
      // A visitor counts once for a page and minute.
      await site.setClockAhead(monday + 60 * view);
      await page.goto('/policy');
      await painted(page);
    }
    await page.goto('/services');
  });
  await site.setClockAhead(monday + WEEK + DAY);
  await page.goto('/statistics');
  const card = page.locator('.metric').filter({ hasText: 'LCP' });
  await expect(card.locator('.metric-value')).toHaveText(/^[\d.]+ m?s$/);
  await expect(page.locator('.metric')).toHaveCount(5);
  await page.getByRole('link', { name: '90 of 100' }).click();
  await expect(page.getByText('We need at least 100.')).toBeVisible();
  const csv = await (await page.request.get('/statistics.csv')).text();
  expect(csv).toMatch(/,all,all,lcp_p75,\d+\r\n/);
});

test('two visitors of one minute send the same token, and no cookie of theirs', async ({ browser, site }) => {
  // Both visits are within one minute.
  await site.setClockAhead(60 - (Math.floor(Date.now() / 1000) % 60) + 5);
  const send = async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const preferences = new Preferences(page);
    await page.goto(`${site.address}/preferences`);
    await preferences.decide(['analytics']);
    await page.goto(`${site.address}/policy`);
    await painted(page);
    const request = page.waitForRequest((request) => request.url().endsWith('/api/measurements'));
    await page.evaluate(() => dispatchEvent(new Event('pagehide')));
    const form = new URLSearchParams((await request).postData() ?? '');
    const values = (await context.cookies()).map(({ value }) => value).filter((value) => value.length > 8);
    expect([...form.values()].filter((sent) => values.some((value) => sent.includes(value)))).toEqual([]);
    await context.close();
    return form.get('token');
  };
  expect(await send()).toBe(await send());
});
