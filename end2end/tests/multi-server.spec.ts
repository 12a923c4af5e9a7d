import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { PostgresServer } from '../fixtures/postgres';
import { harmony, recordsOf, Server } from '../fixtures/server';

/** How many decisions each server acknowledges. */
const EACH = 10_000;

/** How many decide at once at each server. */
const CLIENTS = 64;

test('two servers write ten thousand records each to one database without a fork, and when one is killed nothing acknowledged is lost', async () => {
  test.setTimeout(5 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-two-'));
  const postgres = await PostgresServer.start();
  const settings = { HARMONY_DATABASE: postgres.address };
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  const acknowledged: string[] = [];
  try {
    const servers = [await Server.start(one, { settings }), await Server.start(other, { settings })];
    const [first, second] = servers as [Server, Server];
    const pour = (server: Server, enough: (done: number) => boolean) => {
      let done = 0;
      return Promise.all(
        Array.from({ length: CLIENTS }, async (_, visitor) => {
          while (!enough(done)) {
            const answer = await server.decide(visitor % 2 === 0 ? 'yes' : 'no').catch(() => undefined);
            if (answer?.record === undefined) return;
            done += 1;
            acknowledged.push(answer.record);
          }
        }),
      );
    };
    const began = performance.now();
    await Promise.all(servers.map((server) => pour(server, (done) => done >= EACH)));
    expect(acknowledged.length).toBeGreaterThanOrEqual(2 * EACH);
    console.log(`two servers, one PostgreSQL: ${Math.round(acknowledged.length / ((performance.now() - began) / 1000))} decisions/s`);

    let killed = false;
    const pouring = [pour(first, () => false), pour(second, () => killed)];
    const before = acknowledged.length;
    await expect.poll(() => acknowledged.length - before, { timeout: 20_000 }).toBeGreaterThan(500);
    await first.kill();
    killed = true;
    await Promise.all(pouring);
    expect((await second.decide('no')).status, 'the other goes on').toBe(303);

    await expect(harmony(other, settings, 'ledger', 'verify'), 'each believes what it knows').rejects.toThrow('its key is not known here');
    const known = { ...settings, HARMONY_LEDGER_KEYS: (await harmony(one, settings, 'ledger', 'key')).trim() };
    expect(await harmony(other, known, 'ledger', 'verify')).toContain('in 2 chains, as they were written');
    const kept = recordsOf(await harmony(other, settings, 'ledger', 'export'));
    const unique = new Set(kept);
    expect(unique.size, 'no record stands twice').toBe(kept.length);
    expect(acknowledged.filter((record) => !unique.has(record)), 'none that was acknowledged is lost').toEqual([]);
    await second.kill();
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
