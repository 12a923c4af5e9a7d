import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';

const FORMS = {
  'the banner': ['/api/consent/answer', { answer: 'yes', return_to: '/' }],
  'the choices': ['/api/consent/decide', { preferences: 'yes', analytics: 'yes' }],
  'deleting all': ['/preferences/cookies/delete_all', {}],
} as const;

for (const [name, host] of [
  ['another site', 'localhost'],
  ['another port of the same host', '127.0.0.1'],
] as const) {
  for (const [form, [action, fields]] of Object.entries(FORMS)) {
    test(`a form of ${name} that poses as ${form} is refused and changes no cookie`, async ({ page, site, pageErrors, jar }) => {
      pageErrors.expectStatus(403);
      const foreign = createServer((_, response) => {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(pageWith(`${site.address}${action}`, fields));
      }).listen(0);
      await once(foreign, 'listening');
      const origin = `http://${host}:${(foreign.address() as AddressInfo).port}`;
      pageErrors.expectOrigin(origin);

      await page.goto('/');
      const before = await jar.names();
      await page.goto(origin);
      await refusedOn(page, action);
      expect(await jar.names()).toEqual(before);

      foreign.closeAllConnections();
      foreign.close();
    });
  }
}

test('a form of a page without an origin is refused and changes no cookie', async ({ page, site, pageErrors, jar }) => {
  pageErrors.expectStatus(403);
  const [action, fields] = FORMS['the banner'];
  await page.goto(`data:text/html,${encodeURIComponent(pageWith(`${site.address}${action}`, fields))}`);
  await refusedOn(page, action);
  expect(await jar.names()).toEqual([]);
});

async function refusedOn(page: Page, action: string): Promise<void> {
  const answer = page.waitForResponse((response) => response.url().endsWith(action));
  await page.getByRole('button').click();
  expect((await answer).status()).toBe(403);
  expect(await (await answer).headerValue('set-cookie')).toBeNull();
  expect(await (await answer).headerValue('clear-site-data')).toBeNull();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('main a').first()).toBeVisible();
}

function pageWith(action: string, fields: Record<string, string>): string {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
  return `<!doctype html><link rel="icon" href="data:,"><form method="post" action="${action}">${inputs.join('')}<button>Win a prize</button></form>`;
}
