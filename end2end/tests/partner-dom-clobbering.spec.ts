import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, NOTHING, test } from '../fixtures/partner-test';

/** A server that is not Harmony and says that everything is granted. */
async function impostor(): Promise<{ address: string; asked: string[]; stop: () => Promise<void> }> {
  const asked: string[] = [];
  const choices = { preferences: true, analytics: true };
  const body = {
    schema: 'harmony-consent/1',
    decision: { choices },
    links: { preferences: 'https://impostor.example/', policy: 'https://impostor.example/' },
    words: { preferences: 'Cookie preferences', policy: 'Policy' },
  };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const headers = { 'Access-Control-Allow-Origin': request.headers.origin ?? '*', 'Access-Control-Allow-Credentials': 'true' };
    response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://127.0.0.1:${port}`, asked, stop };
}

/** Reads from the page by the methods of prototypes, since Playwright's own reading meets the same elements. */
async function read(page: Page): Promise<{ granted?: string; ran: string[]; question: boolean; link: boolean }> {
  return page.evaluate(() => {
    const find = (selector: string) => Document.prototype.querySelector.call(document, selector);
    const html = find('html') as HTMLElement;
    const granted = html.dataset.harmony;
    const ran = ((window as unknown as { ran?: string[] }).ran ?? []).slice();
    return { ...(granted === undefined ? {} : { granted }), ran, question: find('#harmony-banner') !== null, link: find('#harmony-preferences') !== null };
  });
}

const OPTIONAL_SCRIPTS = `
  <script type="text/plain" data-purpose="analytics" nonce="{nonce}">(window.ran ??= []).push('analytics');</script>
  <script type="text/plain" data-purpose="preferences" nonce="{nonce}">(window.ran ??= []).push('preferences');</script>`;

test.describe('an element named `currentScript`', () => {
  for (const element of ['<img name="currentScript" src="{impostor}/embed/3.js">', '<object id="currentScript"></object>', '<form name="currentScript"><input name="src" value="{impostor}/embed/3.js"></form>']) {
    test(`does not stand in for the script: ${element}`, async ({ shop }) => {
      const other = await impostor();
      // Without a policy of the page's own, nothing but the script itself keeps to Harmony.
      await shop.alter((html) => html.replace('<body>', `<body>${element.replace('{impostor}', other.address)}`), { 'content-security-policy': '' });
      await shop.open();
      await expect(shop.banner).toBeVisible();
      await shop.reject.click();
      await expect(shop.preferences).toHaveAttribute('href', /\/preferences$/);
      await shop.expectRan(NOTHING);
      expect(other.asked.filter((line) => line.includes('/api/'))).toEqual([]);
      await other.stop();
    });
  }
});

test('markup that names everything that a document has changes nothing', async ({ shop, page }) => {
  // Such as a comment of a reader, where a shop lets readers write HTML.
  const names = await page.evaluate(() => {
    const found = new Set<string>(['harmony', 'fetch', 'started', 'page', 'status', 'box']);
    for (let object: object | null = document; object !== null; object = Object.getPrototypeOf(object)) for (const name of Object.getOwnPropertyNames(object)) found.add(name);
    for (const name of Object.getOwnPropertyNames(window)) found.add(name);
    return [...found];
  });
  expect(names.length).toBeGreaterThan(500);
  const markup = names.map((name) => `<img name="${name}" id="${name}" alt=""><form name="${name}"><input name="${name}"></form>`).join('');
  // The shop's own scripts would fail, so they are left out.
  await shop.alter((html) => html.replaceAll(/<script (src="\/shop.js"|type="text\/plain").*?<\/script>/g, '').replace('<main>', `${markup}${OPTIONAL_SCRIPTS}<main>`));
  await page.goto(shop.address);
  await expect.poll(() => read(page)).toMatchObject({ granted: '', ran: [], question: true });
  expect(await page.evaluate(() => document.currentScript !== null), 'the names count').toBe(true);
  await page.evaluate(() => (Document.prototype.querySelector.call(document, '#harmony-accept') as HTMLElement).click());
  await expect.poll(() => read(page)).toEqual({ granted: 'analytics preferences', ran: ['analytics', 'preferences'], question: false, link: true });
});

test("elements with the script's own ids and forms with its words as fields change nothing", async ({ shop, page }) => {
  const ids = ['banner', 'title', 'text', 'form', 'accept', 'reject', 'choose', 'policy', 'links', 'preferences', 'status'];
  const fields = ['replaceChildren', 'isConnected', 'contains', 'append', 'remove', 'dataset', 'querySelector', 'matches', 'nodeType'];
  const markup = [
    ...ids.map((id) => `<b id="harmony-${id}">x</b>`),
    `<form id="harmony">${fields.map((name) => `<input name="${name}">`).join('')}</form>`,
    `<form id="harmony-box">${fields.map((name) => `<input name="${name}">`).join('')}</form>`,
  ].join('');
  await shop.alter((html) => html.replace('<h1>', `${markup}<h1>`).replace('</main>', `</main>${OPTIONAL_SCRIPTS}`));
  await page.goto(shop.address);
  const region = page.getByRole('region', { name: 'Cookies on Harmony' });
  await expect(region).toBeVisible();
  await region.getByRole('button', { name: 'Allow' }).focus();
  await page.keyboard.press('Enter');
  await expect(region).toHaveCount(0);
  await expect(page.getByRole('navigation').getByRole('link').first()).toBeFocused();
  expect((await read(page)).ran).toEqual(['analytics', 'preferences']);
  const left = (selector: string) => page.evaluate((selector) => document.querySelectorAll(selector).length, selector);
  expect(await left('form#harmony > input')).toBe(fields.length);
  expect(await left('b')).toBe(ids.length);
});

test('what a page does to its globals after the script has started does not stop it', async ({ shop, page }) => {
  await shop.open();
  await page.evaluate(() => {
    window.fetch = () => new Promise(() => {});
    for (const name of ['querySelector', 'querySelectorAll', 'createElement', 'createTextNode', 'dispatchEvent'] as const) {
      Object.defineProperty(document, name, { value: () => { throw new Error(`document.${name}`); }, configurable: true });
    }
  });
  await page.evaluate(() => (Document.prototype.querySelector.call(document, '#harmony-accept') as HTMLElement).click());
  await expect.poll(() => read(page)).toMatchObject({ granted: 'analytics preferences', question: false, link: true });
});

test('a property that every object has is no yes', async ({ shop, page }) => {
  await page.addInitScript(() => Object.assign(Object.prototype, { analytics: true, preferences: true }));
  await shop.open();
  await expect(shop.banner).toBeVisible();
  await shop.reject.click();
  await expect(shop.preferences).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-harmony', '');
  await expect(page.locator('script[type="text/plain"]')).toHaveCount(3);
});

test.describe('where the script is not loaded from Harmony by its own address', () => {
  test('it does nothing, as in a bundle of the shop', async ({ shop, page, servers }) => {
    const text = await (await fetch(`${servers.policy}/embed/3.js`)).text();
    await shop.alter((html) => html.replace(/<script src="[^"]*\/embed\/3.js".*?<\/script>/, (_) => `<script nonce="{nonce}">${text}</script>`));
    await page.goto(shop.address);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await shop.askAgain();
    await expect(page.locator('script[type="text/plain"]')).toHaveCount(3);
    expect(await read(page)).toEqual({ ran: [], question: false, link: false });
  });

  test('loaded twice it asks once', async ({ shop, page }) => {
    await shop.alter((html) => html.replace(/<script src="[^"]*\/embed\/3.js".*?<\/script>/, '$&\n$&'));
    await shop.open();
    await expect(shop.banner).toHaveCount(1);
    await shop.accept.click();
    await expect(shop.links).toHaveCount(1);
    await expect(page.locator('#harmony-box')).toHaveCount(1);
  });
});
