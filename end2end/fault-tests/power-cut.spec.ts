import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Prng } from '../fixtures/prng';
import { FaultInjector } from '../fixtures/fault-injector';
import { recordResult, fullOrShort } from '../fixtures/results';
import { harmony, recordsOf, Server } from '../fixtures/server';
import { LoadClients } from '../fixtures/load-clients';

/** The number of power cuts. */
const CUTS = fullOrShort(100, 15);

/** The number of concurrent clients. */
const CLIENTS = 32;

test('a power cut takes what was not flushed, and loses nothing that was acknowledged', async () => {
  test.setTimeout(15 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-power-'));
  const data = join(folder, 'data');
  const seed = Date.now() % 2 ** 32;
  const prng = new Prng(seed);
  const clients = new LoadClients();
  try {
    const injector = await FaultInjector.in(folder);
    for (let cut = 0; cut < CUTS; cut += 1) {
      await injector.markFlushed(data);
      const server = await Server.start(data, { settings: injector.settings });
      clients.start(server, CLIENTS);
      // Sometimes long enough for a WAL checkpoint, which is the riskiest moment.
      await clients.awaitDecisions(prng.below(cut % 5 === 0 ? 5_000 : 400));
      await server.kill();
      await clients.stop();
      await injector.cutPower(data, prng);
      expect(await harmony(data, {}, 'ledger', 'verify'), `after cut ${cut + 1}, seed ${seed}`).toContain('as they were written');
    }
    expect(clients.rejected, 'nobody was refused').toEqual([]);
    const kept = await clients.verifyRecords(data);
    const flushes = await injector.flushes();
    await recordResult('power-cut', `${CUTS} power cuts, ${clients.acknowledged.length} decisions acknowledged with ${flushes} flushes, 0 lost, ${kept} kept (seed ${seed}).`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('on a disk that says it has flushed and has not, the same test sees the loss', async () => {
  test.setTimeout(60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-unflushed-'));
  const data = join(folder, 'data');
  const clients = new LoadClients();
  try {
    const injector = await FaultInjector.in(folder);
    const server = await Server.start(data, { settings: injector.settings });
    await injector.ignoreFlushes();
    clients.start(server, CLIENTS);
    await clients.awaitDecisions(500);
    await server.kill();
    await clients.stop();
    // It contains only what was flushed.
    await injector.cutPower(data, { below: () => 0 });
    const kept = new Set(recordsOf(await harmony(data, {}, 'ledger', 'export').catch(() => '')));
    expect(clients.acknowledged.filter((record) => !kept.has(record)).length).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
