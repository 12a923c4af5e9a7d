import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { recordResult, fullOrShort } from '../fixtures/results';
import { Server } from '../fixtures/server';
import { LoadClients } from '../fixtures/load-clients';

/** The number of SIGTERM signals. */
const STOPS = fullOrShort(50, 10);

/** The number of concurrent clients. */
const CLIENTS = 64;

/** The maximum time for a graceful shutdown, in milliseconds. */
const RECOVERY_TIMEOUT = 10_000;

test('told to stop under load, the server finishes what has begun, loses nothing, and ends well', async () => {
  test.setTimeout(10 * 60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-stop-'));
  const clients = new LoadClients();
  let slowest = 0;
  try {
    for (let stop = 0; stop < STOPS; stop += 1) {
      const server = await Server.start(data);
      clients.start(server, CLIENTS);
      await clients.awaitDecisions(200 + stop * 5);
      const began = performance.now();
      const ended = once(server.process, 'exit', { signal: AbortSignal.timeout(RECOVERY_TIMEOUT) });
      server.process.kill('SIGTERM');
      const [code] = await ended;
      slowest = Math.max(slowest, performance.now() - began);
      expect(code, `stop ${stop + 1}: ${server.log.join('')}`).toBe(0);
      await clients.stop();
      await server.kill();
    }
    expect(clients.rejected, 'every response is a normal one').toEqual([]);
    const kept = await clients.verifyRecords(data);
    // Each client may have had one decision in flight whose response it never read.
    expect(kept - clients.acknowledged.length, 'nothing was done whose answer nobody could read').toBe(0);
    await recordResult('sigterm', `${STOPS} times told to stop under load: exit 0 each time, after ${Math.round(slowest)} ms at most; ${clients.acknowledged.length} decisions acknowledged, 0 lost, ${kept - clients.acknowledged.length} done without an answer.`);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
