import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { FaultyMachine } from '../fixtures/fault-injector';
import { say, times } from '../fixtures/results';
import { Server } from '../fixtures/server';
import { Visitors } from '../fixtures/load-clients';

/** Each of this many writes after a decision fails once. */
const WRITES = times(400, 60);

/** Each of this many writes after startup fails once. */
const FIRST_WRITES = times(150, 30);

/** The maximum time until decisions are stored again, in milliseconds. */
const PATIENCE = 10_000;

test('whichever write fails while decisions are made, they are kept or refused, and the next ones are kept', async () => {
  test.setTimeout(10 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-io-'));
  const data = join(folder, 'data');
  const visitors = new Visitors();
  try {
    const machine = await FaultyMachine.in(folder);
    const server = await Server.start(data, { settings: { ...machine.settings, HARMONY_LOG: 'off' } });
    let failed = 0;
    let slowest = 0;
    for (let write = 1; write <= WRITES; write += 1) {
      await machine.failAt(write, { error: write % 2 === 0 ? 'ENOSPC' : 'EIO', failures: 1 + (write % 3) });
      visitors.come(server, 8);
      await server.until(async () => (await machine.failedSoFar()) > 0, PATIENCE);
      const began = performance.now();
      await visitors.leave();
      failed += await machine.mend();
      await server.until(async () => (await server.decide('no')).status === 303, PATIENCE);
      slowest = Math.max(slowest, performance.now() - began);
    }
    for (const answer of visitors.refused) {
      expect([503, 507]).toContain(answer.status);
      expect(answer.setsCookies, 'nothing is granted').toBe(false);
      expect(Number(answer.retryAfter)).toBeGreaterThan(0);
    }
    expect(visitors.refused.length, 'some failures were met').toBeGreaterThan(0);
    await server.until(async () => (await server.status('/ready')) === 200, 2_000);
    await server.kill();
    await visitors.findTheirRecords(data);
    await say(
      'io-error',
      `${failed} writes and flushes failed at ${WRITES} places: ${visitors.acknowledged.length} decisions acknowledged, 0 lost, ${visitors.refused.length} refused with a 503; kept again after ${Math.round(slowest)} ms at most.`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('whichever write fails at the start, the server starts or says why not, and starts the next time', async () => {
  test.setTimeout(5 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-io-start-'));
  let refusedToStart = 0;
  try {
    for (let write = 1; write <= FIRST_WRITES; write += 1) {
      const data = join(folder, `data-${write}`);
      const machine = await FaultyMachine.in(join(folder, `machine-${write}`));
      await machine.failAt(write, { failures: 1 + (write % 3) });
      const first = await Server.start(data, { settings: machine.settings }).catch((error: Error) => error);
      const failed = await machine.mend();
      if (first instanceof Error) {
        refusedToStart += 1;
        expect(failed, first.message).toBeGreaterThan(0);
        expect(first.message).toMatch(/harmony\.sqlite: .+/);
        expect(first.message).not.toContain('panicked');
      } else {
        await first.kill();
      }
      const next = await Server.start(data, { settings: machine.settings });
      expect((await next.decide('yes')).status).toBe(303);
      await next.kill();
      await rm(data, { recursive: true, force: true });
    }
    expect(refusedToStart, 'some failures were met').toBeGreaterThan(0);
    await say('io-error-at-start', `a failure at each of the first ${FIRST_WRITES} writes: ${refusedToStart} starts refused with a sentence, each next one succeeded.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
