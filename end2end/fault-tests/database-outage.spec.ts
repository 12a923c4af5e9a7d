import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Cluster } from '../fixtures/postgres';
import { say, times } from '../fixtures/results';
import { Server } from '../fixtures/server';
import { Visitors } from '../fixtures/load-clients';

/** The number of database outages. */
const OUTAGES = times(10, 2);

/** The number of concurrent visitors. */
const VISITORS = 16;

/** The maximum time to reject a decision during an outage, and to recover after it, in milliseconds. */
const REFUSED_WITHIN = 2_000;
const BACK_WITHIN = 5_000;

test('while PostgreSQL is gone the pages stay, decisions are refused in time, and it goes on when it is back', async () => {
  test.setTimeout(5 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-gone-'));
  const cluster = await Cluster.start();
  const settings = { HARMONY_DATABASE: cluster.address };
  const visitors = new Visitors();
  let [slowestRefusal, slowestReturn, refused] = [0, 0, 0];
  try {
    const server = await Server.start(folder, { settings: { ...settings, HARMONY_LOG: 'off' } });
    for (let outage = 0; outage < OUTAGES; outage += 1) {
      visitors.come(server, VISITORS);
      await visitors.haveDecided(200);
      await cluster.goAway();
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
      await visitors.leave();
      await cluster.comeBack();
      const began = performance.now();
      await server.until(async () => (await server.decide('no')).status === 303, BACK_WITHIN);
      slowestReturn = Math.max(slowestReturn, performance.now() - began);
      // The server reuses the result of a readiness check for one second.
      await server.until(async () => (await server.status('/ready')) === 200, 2_000);
    }
    for (const answer of visitors.refused) expect(answer.status).toBe(503);
    expect(slowestRefusal).toBeLessThan(REFUSED_WITHIN);
    await visitors.findTheirRecords(folder, settings);
    await server.kill();
    await say(
      'database-outage',
      `PostgreSQL killed ${OUTAGES} times under load: ${visitors.acknowledged.length} decisions acknowledged, 0 lost; ${refused} refused, after ${Math.round(slowestRefusal)} ms at most; kept again ${Math.round(slowestReturn)} ms after it was back, at most.`,
    );
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
