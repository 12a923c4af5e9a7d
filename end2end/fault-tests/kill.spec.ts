import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { IN_FULL, recordResult, fullOrShort } from '../fixtures/results';
import { harmony, Server } from '../fixtures/server';
import { LoadClients } from '../fixtures/load-clients';

/** The number of kills. */
const KILLS = fullOrShort(200, 40);

/** The number of concurrent clients. */
const CLIENTS = 64;

/** The minimum number of decisions acknowledged before a kill. */
const BEFORE_A_KILL = 200;

test('kills while decisions pour in lose nothing that was acknowledged, and double nothing', async () => {
  test.setTimeout(15 * 60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-kill-'));
  const clients = new LoadClients();
  let pouring = 0;
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const server = await Server.start(data);
      const began = performance.now();
      clients.start(server, CLIENTS);
      // A few more each time, so that the kill hits every part of a commit.
      await clients.awaitDecisions(BEFORE_A_KILL + kill);
      pouring += performance.now() - began;
      await server.kill();
      await clients.stop();
      expect(await harmony(data, {}, 'ledger', 'verify'), `after kill ${kill + 1}`).toContain('as they were written');
    }
    expect(clients.rejected, 'nobody was refused').toEqual([]);
    const kept = await clients.verifyRecords(data);
    const rate = Math.round((clients.acknowledged.length / pouring) * 1000);
    await recordResult('kill', `${KILLS} kills, ${clients.acknowledged.length} decisions acknowledged at ${rate} a second, 0 lost, 0 doubled, ${kept} kept.`);
    if (IN_FULL) expect(rate, 'decisions a second').toBeGreaterThan(1_000);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
