import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { ReverseProxy } from '../fixtures/reverse-proxy';
import { TcpProxy } from '../fixtures/tcp-proxy';
import { restartEach } from '../fixtures/rolling-restart';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';

/** What everyday services set, of which nginx must let every removal through. */
const FOREIGN = Array.from({ length: 30 }, (_, number) => `_hjSessionUser_${1_000_000 + number}`);

/** More than the file lets one address send at once. */
const MANY = 40;

let folder: string;
let proxy: ReverseProxy;
let servers: Server[] = [];

test.describe.configure({ mode: 'serial' });
test.skip(spawnSync('nginx', ['-v']).status !== 0, 'nginx is not installed here');

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-nginx-'));
  const [port, ...behind] = [await freePort(), await freePort(), await freePort()] as const;
  // One after the other: the second finds what the first has made.
  for (const at of behind) servers.push(await start(at, port));
  proxy = await ReverseProxy.nginx(folder, port, behind);
});

test.afterEach(async () => {
  await proxy?.stop();
  for (const server of servers) await server.kill();
  servers = [];
  await rm(folder, { recursive: true, force: true });
});

test('behind the shipped nginx.conf pages and forms come through, at any port', async () => {
  expect(await proxy.ask('GET', '/policy')).toMatchObject({ status: 200, removed: 0 });
  expect(await proxy.decide()).toBe(303);
});

test('an answer that deletes thirty cookies reaches the browser', async () => {
  const cookie = FOREIGN.map((name) => `${name}=1`).join('; ');
  const { status, removed } = await proxy.ask('POST', '/preferences/cookies/delete_all', '', { cookie });
  expect(status).toBe(303);
  expect(removed).toBeGreaterThanOrEqual(FOREIGN.length);
});

test('a client that only reads is not limited, and one that sends form after form is told to wait', async () => {
  const asked = new Set<number>();
  const sent = new Set<number>();
  for (let each = 0; each < MANY; each += 1) {
    asked.add((await proxy.ask('GET', '/api/v1/consent', undefined, { origin: 'https://shop.example' })).status);
  }
  for (let each = 0; each < MANY; each += 1) sent.add(await proxy.decide());
  expect([...asked]).toEqual([403]);
  expect([...sent].sort()).toEqual([303, 429]);
});

test('nobody notices that two servers are restarted one after the other', async () => {
  expect(await restartEach(servers, proxy, (at) => start(at, proxy.port))).toEqual({ pages: [200], forms: [303] });
});

test('nginx closes idle connections before Harmony does', async () => {
  await proxy.stop();
  const port = await freePort();
  // All lengths of time are a tenth of those that are shipped and of the default.
  const server = await start(await freePort(), port, { HARMONY_HEADER_READ_TIMEOUT: '2' });
  servers.push(server);
  const tcpProxy = await TcpProxy.to(server.port);
  proxy = await ReverseProxy.nginx(folder, port, [tcpProxy.port], [[/keepalive_timeout 15s;/, 'keepalive_timeout 1500ms;']]);
  expect(await proxy.ask('GET', '/policy')).toMatchObject({ status: 200 });
  await expect.poll(() => tcpProxy.closed.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(new Set(tcpProxy.closed)).toEqual(new Set(['client']));
  expect(await proxy.decide()).toBe(303);
  await tcpProxy.stop();
});

/** A server behind the proxy. */
async function start(at: number, port: number, more: NodeJS.ProcessEnv = {}): Promise<Server> {
  const settings = { HARMONY_ORIGIN: `https://localhost:${port}`, HARMONY_CLIENT_IP_HEADER: 'x-forwarded-for', ...more };
  return Server.start(join(folder, 'data'), { settings, at });
}
