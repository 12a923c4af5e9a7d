import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { PostgresServer } from '../fixtures/postgres';
import { ReverseProxy } from '../fixtures/reverse-proxy';
import { TcpProxy } from '../fixtures/tcp-proxy';
import { restartEach } from '../fixtures/rolling-restart';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';

let folder: string;
let proxy: ReverseProxy;
let servers: Server[] = [];

test.describe.configure({ mode: 'serial' });
test.skip(spawnSync('caddy', ['version']).status !== 0, 'Caddy is not installed here');

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-caddy-'));
});

test.afterEach(async () => {
  await proxy?.stop();
  for (const server of servers) await server.kill();
  servers = [];
  await rm(folder, { recursive: true, force: true });
});

test('behind the shipped Caddyfile pages and forms come through, within the limits', async () => {
  const port = await freePort();
  const server = await start(await freePort(), port, { HARMONY_CLIENT_IP_FORMS: '8' });
  proxy = await ReverseProxy.caddy(folder, port, [server.port]);

  const policy = await proxy.ask('GET', '/policy');
  expect(policy.status).toBe(200);
  expect(policy.headers['strict-transport-security']).toBe('max-age=63072000');
  expect(policy.headers.server).toBeUndefined();

  for (const size of [33_000, 5_000_000]) expect((await proxy.ask('POST', '/api/consent/answer', 'x'.repeat(size))).status).toBe(413);
  const cookie = Array.from({ length: 30 }, (_, number) => `_hjSessionUser_${1_000_000 + number}=1`).join('; ');
  expect((await proxy.ask('POST', '/preferences/cookies/delete_all', '', { cookie })).removed).toBeGreaterThanOrEqual(30);

  // What a client says of its own address is not believed: its forms are counted together.
  const sent: number[] = [];
  for (let each = 1; each <= 9; each += 1) sent.push(await proxy.decide({ 'x-forwarded-for': `198.51.100.${each}` }));
  expect(sent.at(0)).toBe(303);
  expect(sent.at(-1)).toBe(429);
  expect((await proxy.ask('GET', '/policy')).status).toBe(200);
});

test('the policy is read through Caddy while the database is gone', async () => {
  const postgres = await PostgresServer.start();
  const port = await freePort();
  const server = await start(await freePort(), port, { HARMONY_DATABASE: postgres.address });
  const tcpProxy = await TcpProxy.to(server.port);
  proxy = await ReverseProxy.caddy(folder, port, [tcpProxy.port], [[/health_interval 1s/, 'health_interval 100ms']]);
  await postgres.crash();
  await server.until(async () => (await server.status('/ready')) === 503, 10_000);
  // Caddy has asked how the server is, and has taken the answer to heart, before it asks once more.
  const before = healthQuestions(tcpProxy);
  await expect.poll(() => healthQuestions(tcpProxy), { timeout: 10_000 }).toBeGreaterThan(before + 2);
  expect((await proxy.ask('GET', '/policy')).status).toBe(200);
  expect(await proxy.decide()).toBe(503);
  await tcpProxy.stop();
  await postgres.stop();
});

test('no reader notices that two servers are restarted one after the other', async () => {
  const [port, ...behind] = [await freePort(), await freePort(), await freePort()] as const;
  for (const at of behind) await start(at, port);
  proxy = await ReverseProxy.caddy(folder, port, behind);
  // Of forms, Caddy 2.6 promises less: docs/operating/Caddyfile says what.
  expect((await restartEach(servers, proxy, (at) => start(at, port))).pages).toEqual([200]);
});

test('Caddy closes idle connections before Harmony does', async () => {
  const port = await freePort();
  // All lengths of time are a tenth of those that are shipped and of the default.
  const server = await start(await freePort(), port, { HARMONY_HEADER_READ_TIMEOUT: '2' });
  const tcpProxy = await TcpProxy.to(server.port);
  proxy = await ReverseProxy.caddy(folder, port, [tcpProxy.port], [[/keepalive 15s/, 'keepalive 1500ms'], [/health_interval 1s/, 'health_interval 5s']]);
  expect((await proxy.ask('GET', '/policy')).status).toBe(200);
  await expect.poll(() => tcpProxy.closed.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(new Set(tcpProxy.closed)).toEqual(new Set(['client']));
  expect(await proxy.decide()).toBe(303);
  await tcpProxy.stop();
});

/** The number of health checks by Caddy, on either path. */
function healthQuestions(tcpProxy: TcpProxy): number {
  return tcpProxy.count('GET /health') + tcpProxy.count('GET /ready');
}

/** A server behind the proxy, which is stopped with the test. */
async function start(at: number, port: number, more: NodeJS.ProcessEnv = {}): Promise<Server> {
  const settings = { HARMONY_ORIGIN: `https://localhost:${port}`, HARMONY_CLIENT_IP_HEADER: 'x-forwarded-for', ...more };
  const server = await Server.start(join(folder, 'data'), { settings, at });
  if (!servers.some((each) => each.port === at)) servers.push(server);
  return server;
}
