import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { startTlsProxy, type TlsProxy } from '../audits/tls-proxy';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';
import { WebKit } from './webkit-driver';

export { expect };

/**
 * The test function for WebKit. The site is served over https: WebKitGTK keeps no `Secure` cookie over http, not even from
 * this machine.
 */
export const test = base.extend<{ webKit: WebKit }, { tls: TlsProxy }>({
  tls: [
    async ({}, use) => {
      const data = await mkdtemp(join(tmpdir(), 'harmony-webkit-'));
      const port = await freePort();
      const server = await Server.start(data, { settings: { HARMONY_ORIGIN: `https://localhost:${port}`, HARMONY_CLIENT_IP_HEADER: 'x-forwarded-for' } });
      const proxy = await startTlsProxy(port, server.port);
      await use(proxy);
      await proxy.stop();
      await server.stop();
      await rm(data, { recursive: true, force: true });
      expect(server.log, 'warnings of the server').toEqual([]);
    },
    { scope: 'worker', timeout: 30_000 },
  ],
  webKit: async ({ tls }, use, testInfo) => {
    const webKit = await WebKit.start(tls).catch((error: unknown) => String(error));
    // Its own start depends on the machine alone: some let no program of root have a sandbox.
    test.skip(typeof webKit === 'string', `WebKit does not start here: ${String(webKit)}`);
    if (typeof webKit === 'string') return;
    await use(webKit);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('WebKit', { body: await webKit.screenshot(), contentType: 'image/png' });
    }
    await webKit.stop();
  },
});
