import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { harmony, recordsOf, Server } from '../fixtures/server';

/** How often the server is killed. */
const KILLS = 200;

/** How many decide at once. */
const VISITORS = 64;

/** How many decisions are acknowledged before a kill, at least. */
const BEFORE_A_KILL = 200;

test('two hundred kills while decisions pour in lose nothing that was acknowledged, and double nothing', async () => {
  test.setTimeout(15 * 60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-crash-'));
  const acknowledged: string[] = [];
  let pouring = 0;
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const server = await Server.start(data);
      const before = acknowledged.length;
      const began = performance.now();
      let isOver = false;
      let enough = () => {};
      const isEnough = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const visitors = Array.from({ length: VISITORS }, async (_, visitor) => {
        while (!isOver) {
          const answer = await server.decide(visitor % 2 === 0 ? 'yes' : 'no').catch(() => undefined);
          if (answer?.record !== undefined) acknowledged.push(answer.record);
          else if (!isOver) throw new Error(`a decision was answered with ${answer?.status}`);
          // A few more each time, so that the kill meets every part of a commit.
          if (acknowledged.length - before >= BEFORE_A_KILL + kill) enough();
        }
      });
      await Promise.race([isEnough, Promise.all(visitors)]);
      pouring += performance.now() - began;
      isOver = true;
      await server.kill();
      await Promise.all(visitors);
      expect(await harmony(data, {}, 'ledger', 'verify'), `after kill ${kill + 1}`).toContain('as they were written');
    }
    const kept = recordsOf(await harmony(data, {}, 'ledger', 'export'));
    const unique = new Set(kept);
    expect(unique.size, 'no record stands twice').toBe(kept.length);
    expect(new Set(acknowledged).size, 'no record was acknowledged twice').toBe(acknowledged.length);
    expect(acknowledged.filter((record) => !unique.has(record)), 'none that was acknowledged is lost').toEqual([]);
    const rate = Math.round((acknowledged.length / pouring) * 1000);
    console.log(`${KILLS} kills, ${acknowledged.length} acknowledged at ${rate}/s, ${kept.length} kept`);
    expect(rate, 'decisions a second').toBeGreaterThan(1_000);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
