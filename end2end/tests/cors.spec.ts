import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../fixtures/test';

const OPEN = ['/policy.json', '/editions/1.0', '/cookies.json', '/schemas/policy.json', '/openapi.json'];
const CLOSED = ['/preferences', '/health'];

test('a page of another site reads the policy, asks again by its tag, and reads nothing else', async ({ page, site, pageErrors, jar }) => {
  const foreign = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><link rel="icon" href="data:,"><h1>Another site</h1>');
  }).listen(0);
  await once(foreign, 'listening');
  const origin = `http://localhost:${(foreign.address() as AddressInfo).port}`;
  pageErrors.expectOrigin(origin);
  await page.goto(origin);

  for (const path of OPEN) {
    const read = await page.evaluate(async (address) => {
      const first = await fetch(address, { cache: 'no-store' });
      const tag = first.headers.get('etag') ?? '';
      // This one has a header of its own, so the browser asks beforehand whether it may.
      const again = await fetch(address, { cache: 'no-store', headers: { 'if-none-match': tag } });
      return { status: first.status, isObject: typeof (await first.json()) === 'object', tag, again: again.status };
    }, `${site.address}${path}`);
    expect(read, path).toMatchObject({ status: 200, isObject: true, again: 304 });
    expect(read.tag, path).not.toBe('');
  }
  expect(await jar.names()).toEqual([]);

  for (const path of CLOSED) {
    pageErrors.expectFailure(path);
    const failed = await page.evaluate(
      (address) => fetch(address).then(() => false, () => true),
      `${site.address}${path}`,
    );
    expect(failed, path).toBe(true);
  }

  foreign.closeAllConnections();
  foreign.close();
});
