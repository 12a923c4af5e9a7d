import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Cluster } from '../fixtures/postgres';
import { Front } from '../fixtures/reverse-proxy';
import { Relay } from '../fixtures/tcp-proxy';
import { restartEach } from '../fixtures/rolling-restart';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';

let folder: string;
let front: Front;
let servers: Server[] = [];

test.describe.configure({ mode: 'serial' });
test.skip(spawnSync('caddy', ['version']).status !== 0, 'Caddy is not installed here');

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-caddy-'));
});

test.afterEach(async () => {
  await front?.stop();
  for (const server of servers) await server.kill();
  servers = [];
  await rm(folder, { recursive: true, force: true });
});

test('behind the shipped Caddyfile pages and forms come through, within the limits', async () => {
  const port = await freePort();
  const server = await start(await freePort(), port, { HARMONY_CLIENT_IP_FORMS: '8' });
  front = await Front.caddy(folder, port, [server.port]);

  const policy = await front.ask('GET', '/policy');
  expect(policy.status).toBe(200);
  expect(policy.headers['strict-transport-security']).toBe('max-age=63072000');
  expect(policy.headers.server).toBeUndefined();

  for (const size of [33_000, 5_000_000]) expect((await front.ask('POST', '/api/consent/answer', 'x'.repeat(size))).status).toBe(413);
  const cookie = Array.from({ length: 30 }, (_, number) => `_hjSessionUser_${1_000_000 + number}=1`).join('; ');
  expect((await front.ask('POST', '/preferences/cookies/delete_all', '', { cookie })).removed).toBeGreaterThanOrEqual(30);

  // What a client says of its own address is not believed: its forms are counted together.
  const sent: number[] = [];
  for (let each = 1; each <= 9; each += 1) sent.push(await front.decide({ 'x-forwarded-for': `198.51.100.${each}` }));
  expect(sent.at(0)).toBe(303);
  expect(sent.at(-1)).toBe(429);
  expect((await front.ask('GET', '/policy')).status).toBe(200);
});

test('the policy is read through Caddy while the database is gone', async () => {
  const cluster = await Cluster.start();
  const port = await freePort();
  const server = await start(await freePort(), port, { HARMONY_DATABASE: cluster.address });
  const relay = await Relay.to(server.port);
  front = await Front.caddy(folder, port, [relay.port], [[/health_interval 1s/, 'health_interval 100ms']]);
  await cluster.goAway();
  await server.until(async () => (await server.status('/ready')) === 503, 10_000);
  // Caddy has asked how the server is, and has taken the answer to heart, before it asks once more.
  const before = healthQuestions(relay);
  await expect.poll(() => healthQuestions(relay), { timeout: 10_000 }).toBeGreaterThan(before + 2);
  expect((await front.ask('GET', '/policy')).status).toBe(200);
  expect(await front.decide()).toBe(503);
  await relay.stop();
  await cluster.stop();
});

test('no reader notices that two servers are restarted one after the other', async () => {
  const [port, ...behind] = [await freePort(), await freePort(), await freePort()] as const;
  for (const at of behind) await start(at, port);
  front = await Front.caddy(folder, port, behind);
  // Of forms, Caddy 2.6 promises less: docs/operating/Caddyfile says what.
  expect((await restartEach(servers, front, (at) => start(at, port))).pages).toEqual([200]);
});

test('Caddy closes idle connections before Harmony does', async () => {
  const port = await freePort();
  // All lengths of time are a tenth of those that are shipped and of the default.
  const server = await start(await freePort(), port, { HARMONY_HEADER_READ_TIMEOUT: '2' });
  const relay = await Relay.to(server.port);
  front = await Front.caddy(folder, port, [relay.port], [[/keepalive 15s/, 'keepalive 1500ms'], [/health_interval 1s/, 'health_interval 5s']]);
  expect((await front.ask('GET', '/policy')).status).toBe(200);
  await expect.poll(() => relay.closed.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(new Set(relay.closed)).toEqual(new Set(['front']));
  expect(await front.decide()).toBe(303);
  await relay.stop();
});

/** How often Caddy asked whether the server is well, in whichever of the two ways. */
function healthQuestions(relay: Relay): number {
  return relay.count('GET /health') + relay.count('GET /ready');
}

/** A server behind the proxy, which is stopped with the test. */
async function start(at: number, port: number, more: NodeJS.ProcessEnv = {}): Promise<Server> {
  const settings = { HARMONY_ORIGIN: `https://localhost:${port}`, HARMONY_CLIENT_IP_HEADER: 'x-forwarded-for', ...more };
  const server = await Server.start(join(folder, 'data'), { settings, at });
  if (!servers.some((each) => each.port === at)) servers.push(server);
  return server;
}
