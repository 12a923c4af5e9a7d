import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Chance } from '../fixtures/prng';
import { FaultyMachine } from '../fixtures/fault-injector';
import { say, times } from '../fixtures/results';
import { harmony, recordsOf, Server } from '../fixtures/server';
import { Visitors } from '../fixtures/load-clients';

/** The number of power cuts. */
const CUTS = times(100, 15);

/** The number of concurrent visitors. */
const VISITORS = 32;

test('a power cut takes what was not flushed, and loses nothing that was acknowledged', async () => {
  test.setTimeout(15 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-power-'));
  const data = join(folder, 'data');
  const seed = Date.now() % 2 ** 32;
  const chance = new Chance(seed);
  const visitors = new Visitors();
  try {
    const machine = await FaultyMachine.in(folder);
    for (let cut = 0; cut < CUTS; cut += 1) {
      await machine.settle(data);
      const server = await Server.start(data, { settings: machine.settings });
      visitors.come(server, VISITORS);
      // Sometimes long enough for a WAL checkpoint, which is the riskiest moment.
      await visitors.haveDecided(chance.below(cut % 5 === 0 ? 5_000 : 400));
      await server.kill();
      await visitors.leave();
      await machine.cutPower(data, chance);
      expect(await harmony(data, {}, 'ledger', 'verify'), `after cut ${cut + 1}, seed ${seed}`).toContain('as they were written');
    }
    expect(visitors.refused, 'nobody was refused').toEqual([]);
    const kept = await visitors.findTheirRecords(data);
    const flushes = await machine.flushes();
    await say('power-cut', `${CUTS} power cuts, ${visitors.acknowledged.length} decisions acknowledged with ${flushes} flushes, 0 lost, ${kept} kept (seed ${seed}).`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('on a disk that says it has flushed and has not, the same test sees the loss', async () => {
  test.setTimeout(60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-lie-'));
  const data = join(folder, 'data');
  const visitors = new Visitors();
  try {
    const machine = await FaultyMachine.in(folder);
    const server = await Server.start(data, { settings: machine.settings });
    await machine.lie();
    visitors.come(server, VISITORS);
    await visitors.haveDecided(500);
    await server.kill();
    await visitors.leave();
    // It contains only what was flushed.
    await machine.cutPower(data, { below: () => 0 });
    const kept = new Set(recordsOf(await harmony(data, {}, 'ledger', 'export').catch(() => '')));
    expect(visitors.acknowledged.filter((record) => !kept.has(record)).length).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
