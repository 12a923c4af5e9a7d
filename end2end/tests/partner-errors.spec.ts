import type { Page, Route } from '@playwright/test';
import { EVERYTHING, expect, NOTHING, test } from '../fixtures/partner-test';

/** Has something else happen to what the page asks of Harmony by that method. */
async function meet(page: Page, method: string, what: (route: Route) => Promise<void>): Promise<void> {
  await page.route('**/api/v1/consent', (route) => (route.request().method() === method ? what(route) : route.fallback()));
}

/** What would be answered, with another question. */
async function anotherQuestion(route: Route): Promise<void> {
  const response = await route.fetch();
  const json = await response.json();
  if (json.asks) {
    json.asks.title = 'May Harmony use other cookies?';
    for (const asked of json.asks.purposes) asked.purpose += '-other';
  }
  await route.fulfill({ response, json });
}

const conflict = (route: Route) =>
  route.fulfill({
    status: 409,
    contentType: 'application/problem+json',
    headers: { 'Access-Control-Allow-Origin': route.request().headers().origin ?? '', 'Access-Control-Allow-Credentials': 'true' },
    body: JSON.stringify({ type: 'about:blank', title: 'Conflict', status: 409, detail: 'The question has changed.' }),
  });

const ANSWERS: Record<string, { status?: number; body: string }> = {
  'no JSON': { body: '<!doctype html><title>Sign in to the wireless network</title>' },
  nothing: { body: '' },
  null: { body: 'null' },
  'an empty object': { body: '{}' },
  'another schema': { body: '{ "schema": "harmony-consent/9", "decision": { "choices": { "analytics": true } } }' },
  'a half': { body: '{ "schema": "harmony-consent/1", "decision": { "choices": { "analytics": true } } }' },
  'a list of choices': { body: '{ "schema": "harmony-consent/1", "decision": { "choices": ["analytics"] }, "asks": [], "words": 1, "links": null }' },
  'a refusal': { status: 403, body: '{ "status": 403 }' },
  'too many requests': { status: 429, body: '' },
  'a conflict': { status: 409, body: '{}' },
  'an inner fault': { status: 500, body: 'x' },
  'an overload': { status: 503, body: '{}' },
};

test.describe('when Harmony', () => {
  test.use({ allowedErrors: /Failed to load resource/ });

  for (const [what, { status = 200, body }] of Object.entries(ANSWERS)) {
    test(`answers ${what}, nothing runs, nothing is shown, and it is asked again later`, async ({ shop, page, servers }) => {
      const answered = page.waitForResponse(`${servers.policy}/api/v1/consent`);
      await meet(page, 'GET', (route) =>
        route.fulfill({ status, body, headers: { 'Access-Control-Allow-Origin': servers.shop, 'Access-Control-Allow-Credentials': 'true' } }),
      );
      await page.goto(shop.address);
      await answered;
      await expect(page.locator('script[type="text/plain"]')).toHaveCount(3);
      await expect(shop.banner).toHaveCount(0);
      await expect(page.locator('html')).not.toHaveAttribute('data-harmony');
      await page.unroute('**/api/v1/consent');
      await shop.askAgain();
      await expect(shop.banner).toBeVisible();
      await shop.accept.click();
      await shop.expectRan(EVERYTHING);
    });
  }

  test('cannot be reached, it is asked again when the browser is online again', async ({ shop, page, context }) => {
    await page.route('**/api/v1/consent', (route) => route.abort('internetdisconnected'));
    const failed = page.waitForEvent('requestfailed');
    await page.goto(shop.address);
    await failed;
    await expect(shop.banner).toHaveCount(0);
    await page.unroute('**/api/v1/consent');
    await context.setOffline(true);
    await context.setOffline(false);
    await expect(shop.banner).toBeVisible();
  });

  test('does not answer, the page does not wait for it for ever', async ({ shop, page }) => {
    await page.clock.install();
    let asked = 0;
    await meet(page, 'GET', async () => void (asked += 1));
    const failed = page.waitForEvent('requestfailed');
    await page.goto(shop.address);
    await expect.poll(() => asked).toBe(1);
    await page.clock.runFor(11_000);
    await failed;
    await page.unroute('**/api/v1/consent');
    await shop.askAgain();
    await expect(shop.banner).toBeVisible();
  });

  for (const [what, fails] of Object.entries<(route: Route) => Promise<void>>({
    'is not reached': (route) => route.abort(),
    'is in trouble': (route) => route.fulfill({ status: 503, body: '{}' }),
  })) {
    test(`${what} by an answer, the page says so beside the question`, async ({ shop, page }) => {
      await shop.open();
      await meet(page, 'POST', fails);
      await shop.accept.click();
      await expect(shop.status).toContainText('We could not confirm that your choice was saved.');
      await expect(shop.status).toHaveRole('status');
      await expect(shop.accept).toHaveAttribute('aria-disabled', 'false');
      await shop.expectRan(NOTHING);
      await page.unroute('**/api/v1/consent');
      await shop.accept.click();
      await shop.expectRan(EVERYTHING);
    });
  }

  test('took the answer, and its own answer got lost, the page finds out', async ({ shop, page }) => {
    await shop.open();
    await meet(page, 'POST', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await shop.accept.click();
    await shop.expectRan(EVERYTHING);
    await expect(shop.status).toHaveText('');
  });

  test('has another question by now, a yes to the old one is not taken, and the new one is asked', async ({ shop, page }) => {
    await shop.open();
    const posts: string[] = [];
    await meet(page, 'POST', async (route) => {
      posts.push(route.request().postData() ?? '');
      await conflict(route);
    });
    await meet(page, 'GET', anotherQuestion);
    await shop.accept.focus();
    await page.keyboard.press('Enter');
    await expect(shop.banner).toHaveAccessibleName('May Harmony use other cookies?');
    await expect(shop.status).toContainText('What you allowed was not saved');
    await expect(page.locator('#harmony-title'), 'no further press answers it unread').toBeFocused();
    await shop.expectRan(NOTHING);
    // The second press of a double click is no answer.
    await shop.accept.dispatchEvent('click');
    expect(posts).toHaveLength(1);
    await expect(shop.accept).toHaveAttribute('aria-disabled', 'false');
    await shop.accept.click();
    await expect.poll(() => posts).toHaveLength(2);
    const [old, other] = posts.map((post) => Object.keys(JSON.parse(post).choices));
    expect(other).toEqual(old?.map((purpose) => `${purpose}-other`));
    // The page asks anew after the second answer, and may still do so.
    await page.unrouteAll({ behavior: 'wait' });
  });
});

test('a second press while the answer is on its way sends nothing, and the buttons show it', async ({ shop, page }) => {
  await shop.open();
  let posts = 0;
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await meet(page, 'POST', async (route) => {
    posts += 1;
    await released;
    await route.continue();
  });
  await shop.accept.click();
  await expect(shop.banner).toHaveAttribute('aria-busy', 'true');
  for (const button of [shop.accept, shop.reject]) await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(shop.accept, 'it keeps the focus').toBeFocused();
  await shop.accept.dispatchEvent('click');
  await shop.reject.dispatchEvent('click');
  await page.keyboard.press('Enter');
  await shop.askAgain();
  release();
  await shop.expectRan(EVERYTHING);
  expect(posts).toBe(1);
});

test('a browser without what only the looks need asks all the same', async ({ shop, page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'CSSStyleSheet');
    Reflect.deleteProperty(Document.prototype, 'adoptedStyleSheets');
    Reflect.deleteProperty(SubmitEvent.prototype, 'submitter');
  });
  await shop.open();
  const [yes, no] = await Promise.all([shop.accept, shop.reject].map((button) => button.evaluate((button) => getComputedStyle(button).cssText)));
  expect(yes).toEqual(no);
  await shop.accept.click();
  await shop.expectRan(EVERYTHING);
});

test.describe('in a page that requires Trusted Types', () => {
  // What the browser says of the refused attempt to copy.
  test.use({ allowedErrors: /This document requires 'Trusted/ });
  const REQUIRED = "script-src 'nonce-{nonce}'; require-trusted-types-for 'script'";

  test('what the parser has read runs', async ({ shop }) => {
    await shop.alter((html) => html, { 'content-security-policy': `${REQUIRED}; trusted-types 'none'` });
    await shop.open();
    await shop.accept.click();
    await shop.expectRan(EVERYTHING);
  });

  test('what comes later runs with a default policy, and without one does not', async ({ shop, page }) => {
    const policies = { default: `<script nonce="{nonce}">trustedTypes.createPolicy('default', { createHTML: String, createScript: String, createScriptURL: String });</script>`, none: '' };
    const html = (nonce: string) => `<script type="text/plain" data-purpose="analytics" nonce="${nonce}">document.body.dataset.late = 'ran';</script>`;
    for (const [policy, script] of Object.entries(policies)) {
      await page.unroute(`${shop.address}/`);
      await shop.alter((page) => page.replace('<head>', `<head>${script}`), { 'content-security-policy': REQUIRED });
      await shop.open();
      if (policy === 'default') await shop.accept.click();
      await expect(shop.preferences).toBeVisible();
      const nonce = await page.evaluate(() => document.querySelector('script')?.nonce ?? '');
      // Without a default policy the page itself has one of another name, as a router of a shop does.
      await page.evaluate((html) => {
        type Policies = { defaultPolicy: unknown; createPolicy: (name: string, rules: object) => { createHTML: (text: string) => string } };
        const { trustedTypes } = window as unknown as { trustedTypes: Policies };
        const markup = trustedTypes.defaultPolicy ? html : trustedTypes.createPolicy('shop', { createHTML: String }).createHTML(html);
        document.body.insertAdjacentHTML('beforeend', markup);
      }, html(nonce));
      await expect(page.locator('script[type="text/plain"]')).toHaveCount(0);
      expect(await page.evaluate(() => document.body.dataset.late)).toBe(policy === 'default' ? 'ran' : undefined);
    }
  });
});
