import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { PostgresServer } from '../fixtures/postgres';
import { recordResult, fullOrShort } from '../fixtures/results';
import { Server } from '../fixtures/server';
import { LoadClients } from '../fixtures/load-clients';

/** The number of database outages. */
const OUTAGES = fullOrShort(10, 2);

/** The number of concurrent clients. */
const CLIENTS = 16;

/** The maximum time to reject a decision during an outage, and to recover after it, in milliseconds. */
const REFUSED_WITHIN = 2_000;
const BACK_WITHIN = 5_000;

test('while PostgreSQL is gone the pages stay, decisions are refused in time, and it goes on when it is back', async () => {
  test.setTimeout(5 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-gone-'));
  const postgres = await PostgresServer.start();
  const settings = { HARMONY_DATABASE: postgres.address };
  const clients = new LoadClients();
  let [slowestRefusal, slowestReturn, refused] = [0, 0, 0];
  try {
    const server = await Server.start(folder, { settings: { ...settings, HARMONY_LOG: 'off' } });
    for (let outage = 0; outage < OUTAGES; outage += 1) {
      clients.start(server, CLIENTS);
      await clients.awaitDecisions(200);
      await postgres.crash();
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const began = performance.now();
        const answer = await server.decide('yes');
        slowestRefusal = Math.max(slowestRefusal, performance.now() - began);
        expect(answer.status).toBe(503);
        expect(answer.setsCookies, 'nothing is granted').toBe(false);
        expect(Number(answer.retryAfter)).toBeGreaterThan(0);
        refused += 1;
      }
      for (const path of ['/policy', '/preferences', '/health']) expect(await server.status(path), path).toBe(200);
      await server.until(async () => (await server.status('/ready')) === 503, 2_000);
      await clients.stop();
      await postgres.launch();
      const began = performance.now();
      await server.until(async () => (await server.decide('no')).status === 303, BACK_WITHIN);
      slowestReturn = Math.max(slowestReturn, performance.now() - began);
      // The server reuses the result of a readiness check for one second.
      await server.until(async () => (await server.status('/ready')) === 200, 2_000);
    }
    for (const answer of clients.rejected) expect(answer.status).toBe(503);
    expect(slowestRefusal).toBeLessThan(REFUSED_WITHIN);
    await clients.verifyRecords(folder, settings);
    await server.kill();
    await recordResult(
      'database-outage',
      `PostgreSQL killed ${OUTAGES} times under load: ${clients.acknowledged.length} decisions acknowledged, 0 lost; ${refused} refused, after ${Math.round(slowestRefusal)} ms at most; kept again ${Math.round(slowestReturn)} ms after it was back, at most.`,
    );
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
