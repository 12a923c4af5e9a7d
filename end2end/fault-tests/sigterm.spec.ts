import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { say, times } from '../fixtures/results';
import { Server } from '../fixtures/server';
import { Visitors } from '../fixtures/load-clients';

/** The number of SIGTERM signals. */
const STOPS = times(50, 10);

/** The number of concurrent visitors. */
const VISITORS = 64;

/** The maximum time for a graceful shutdown, in milliseconds. */
const PATIENCE = 10_000;

test('told to stop under load, the server finishes what has begun, loses nothing, and ends well', async () => {
  test.setTimeout(10 * 60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-stop-'));
  const visitors = new Visitors();
  let slowest = 0;
  try {
    for (let stop = 0; stop < STOPS; stop += 1) {
      const server = await Server.start(data);
      visitors.come(server, VISITORS);
      await visitors.haveDecided(200 + stop * 5);
      const began = performance.now();
      const ended = once(server.process, 'exit', { signal: AbortSignal.timeout(PATIENCE) });
      server.process.kill('SIGTERM');
      const [code] = await ended;
      slowest = Math.max(slowest, performance.now() - began);
      expect(code, `stop ${stop + 1}: ${server.log.join('')}`).toBe(0);
      await visitors.leave();
      await server.kill();
    }
    expect(visitors.refused, 'whoever was answered was answered as always').toEqual([]);
    const kept = await visitors.findTheirRecords(data);
    // Each client may have had one decision in flight whose response it never read.
    expect(kept - visitors.acknowledged.length, 'nothing was done whose answer nobody could read').toBe(0);
    await say('sigterm', `${STOPS} times told to stop under load: exit 0 each time, after ${Math.round(slowest)} ms at most; ${visitors.acknowledged.length} decisions acknowledged, 0 lost, ${kept - visitors.acknowledged.length} done without an answer.`);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
