import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { FaultInjector } from '../fixtures/fault-injector';
import { recordResult, fullOrShort } from '../fixtures/results';
import { Server } from '../fixtures/server';
import { LoadClients } from '../fixtures/load-clients';

/** Each of this many writes after a decision fails once. */
const WRITES = fullOrShort(400, 60);

/** Each of this many writes after startup fails once. */
const FIRST_WRITES = fullOrShort(150, 30);

/** The maximum time until decisions are stored again, in milliseconds. */
const RECOVERY_TIMEOUT = 10_000;

test('if any write fails while decisions are made, each decision is stored or rejected, and later ones are stored', async () => {
  test.setTimeout(10 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-io-'));
  const data = join(folder, 'data');
  const clients = new LoadClients();
  try {
    const injector = await FaultInjector.in(folder);
    const server = await Server.start(data, { settings: { ...injector.settings, HARMONY_LOG: 'off' } });
    let failed = 0;
    let slowest = 0;
    for (let write = 1; write <= WRITES; write += 1) {
      await injector.failAt(write, { error: write % 2 === 0 ? 'ENOSPC' : 'EIO', failures: 1 + (write % 3) });
      clients.start(server, 8);
      await server.until(async () => (await injector.failureCount()) > 0, RECOVERY_TIMEOUT);
      const began = performance.now();
      await clients.stop();
      failed += await injector.stopFailures();
      await server.until(async () => (await server.decide('no')).status === 303, RECOVERY_TIMEOUT);
      slowest = Math.max(slowest, performance.now() - began);
    }
    for (const answer of clients.rejected) {
      expect([503, 507]).toContain(answer.status);
      expect(answer.setsCookies, 'nothing is granted').toBe(false);
      expect(Number(answer.retryAfter)).toBeGreaterThan(0);
    }
    expect(clients.rejected.length, 'some failures were met').toBeGreaterThan(0);
    await server.until(async () => (await server.status('/ready')) === 200, 2_000);
    await server.kill();
    await clients.verifyRecords(data);
    await recordResult(
      'io-error',
      `${failed} writes and flushes failed at ${WRITES} places: ${clients.acknowledged.length} decisions acknowledged, 0 lost, ${clients.rejected.length} refused with a 503; kept again after ${Math.round(slowest)} ms at most.`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('if any write fails at startup, the server starts or says why not, and starts the next time', async () => {
  test.setTimeout(5 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-io-start-'));
  let refusedToStart = 0;
  try {
    for (let write = 1; write <= FIRST_WRITES; write += 1) {
      const data = join(folder, `data-${write}`);
      const injector = await FaultInjector.in(join(folder, `machine-${write}`));
      await injector.failAt(write, { failures: 1 + (write % 3) });
      const first = await Server.start(data, { settings: injector.settings }).catch((error: Error) => error);
      const failed = await injector.stopFailures();
      if (first instanceof Error) {
        refusedToStart += 1;
        expect(failed, first.message).toBeGreaterThan(0);
        expect(first.message).toMatch(/harmony\.sqlite: .+/);
        expect(first.message).not.toContain('panicked');
      } else {
        await first.kill();
      }
      const next = await Server.start(data, { settings: injector.settings });
      expect((await next.decide('yes')).status).toBe(303);
      await next.kill();
      await rm(data, { recursive: true, force: true });
    }
    expect(refusedToStart, 'some failures were met').toBeGreaterThan(0);
    await recordResult('io-error-at-start', `a failure at each of the first ${FIRST_WRITES} writes: ${refusedToStart} starts refused with a sentence, each next one succeeded.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
