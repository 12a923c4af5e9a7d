import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { FaultInjector } from '../fixtures/fault-injector';
import { recordResult } from '../fixtures/results';
import { harmony, recordsOf, Server, setsOptional } from '../fixtures/server';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Offsets of the clock, applied one after another while the server runs. */
const JUMPS = [
  ['an hour back', -HOUR],
  ['forty days ahead', 40 * DAY],
  ['ten years back', -3_652 * DAY],
  ['thirty years ahead', 10_957 * DAY],
] as const;

const PAGES = ['/', '/policy', '/policy/history', '/preferences', '/preferences/history', '/statistics', '/policy/feed.xml', '/cookies.json', '/ready'];

test('when the clock jumps nothing is granted that was refused, nothing fails, and the right time finds everything as it was', async () => {
  test.setTimeout(60_000);
  const folder = await mkdtemp(join(tmpdir(), 'harmony-clock-'));
  const data = join(folder, 'data');
  try {
    const injector = await FaultInjector.in(folder);
    const server = await Server.start(data, { settings: { ...injector.settings, HARMONY_LOG: 'off' } });
    const [accepted, refused] = [await server.decide('yes'), await server.decide('no')];
    const records = [accepted.record, refused.record];
    let pages = 0;
    for (const [name, seconds] of JUMPS) {
      await injector.setClockAhead(seconds);
      for (const cookie of [undefined, cookieOf(accepted.cookies), cookieOf(refused.cookies)]) {
        for (const path of PAGES) {
          const answer = await server.ask('GET', path, undefined, cookie);
          pages += 1;
          expect(answer.status, `${path}, ${name}`).toBe(200);
          if (cookie !== cookieOf(accepted.cookies)) expect(answer.cookies.filter(setsOptional), `${path}, ${name}`).toEqual([]);
        }
      }
      for (const choice of ['yes', 'no'] as const) {
        const answer = await server.decide(choice);
        expect(answer.status, name).toBe(303);
        records.push(answer.record);
      }
      expect(await harmony(data, {}, 'ledger', 'verify'), name).toContain('as they were written');
    }
    await injector.setClockAhead(0);
    const again = await server.ask('GET', '/policy', undefined, cookieOf(accepted.cookies));
    expect(again.cookies.filter(setsOptional), 'the yes counts as before').not.toEqual([]);
    expect(again.body).not.toContain('id="banner"');
    const still = await server.ask('GET', '/policy', undefined, cookieOf(refused.cookies));
    expect(still.cookies.filter(setsOptional)).toEqual([]);
    expect(still.body, 'a visitor who refused is not asked').not.toContain('id="banner"');
    await server.kill();
    const kept = new Set(recordsOf(await harmony(data, {}, 'ledger', 'export')));
    expect(records.filter((record) => record === undefined || !kept.has(record))).toEqual([]);
    await recordResult('clock-jump', `${JUMPS.length} jumps of a running server's clock (${JUMPS.map(([name]) => name).join(', ')}): ${pages} pages, all 200; ${records.length} decisions, all kept; the ledger verifies after each.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

for (const [name, seconds] of [['ten years back', -3_652 * DAY], ['forty days ahead', 40 * DAY], ['six years ahead', 2_192 * DAY]] as const) {
  test(`a server that starts with its clock ${name} deletes nothing`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'harmony-clock-start-'));
    const data = join(folder, 'data');
    try {
      const injector = await FaultInjector.in(folder);
      const { settings } = injector;
      const records: (string | undefined)[] = [];
      for (const ahead of [0, seconds, 0]) {
        await injector.setClockAhead(ahead);
        const server = await Server.start(data, { settings });
        for (const choice of ['yes', 'no', 'yes'] as const) records.push((await server.decide(choice)).record);
        expect(await server.status('/policy')).toBe(200);
        await server.kill();
      }
      const kept = new Set(recordsOf(await harmony(data, {}, 'ledger', 'export')));
      expect(records.filter((record) => record === undefined || !kept.has(record))).toEqual([]);
      expect(kept.size).toBe(9);
      expect(await harmony(data, {}, 'ledger', 'verify')).toContain('as they were written');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** The `Cookie` header that a browser sends after a response. */
function cookieOf(cookies: string[]): string {
  return cookies.filter((line) => !/Max-Age=0/i.test(line)).map((line) => line.split(';')[0]).join('; ');
}
