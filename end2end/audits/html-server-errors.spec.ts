import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultyMachine } from '../fixtures/fault-injector';
import { Server } from '../fixtures/server';
import { inLanguage, LANGUAGES } from '../fixtures/test';
import { judge, pages } from './html-checker';
import { expect, test } from './audit-test';
import type { Seen } from './page-states';
import { Walker } from './http-client';

/** More writes than the server attempts. */
const EVERY_ONE = 1_000_000;

/** More bytes than the default header limit. */
const TOO_MANY = 33_000;

let folder: string;

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-trouble-'));
});

test.afterEach(() => rm(folder, { recursive: true, force: true }));

test('the HTML checker finds nothing on the pages of a site that cannot write', async ({}, info) => {
  const machine = await FaultyMachine.in(folder);
  const settings = { ...machine.settings, HARMONY_LOG: 'off' };
  const seen = await inEveryLanguage(settings, async (walker, at) => {
    await machine.failAt(1, { failures: EVERY_ONE });
    await walker.post(at('/api/consent/answer'), { answer: 'no', return_to: '/' });
    await walker.post(at('/api/account/sign_up'), { email: 'somebody@example.org', new_password: 'correct horse battery' });
  });
  expect(statuses(seen)).toEqual([503]);
  expect(await judge(pages(seen), info.outputPath('documents'))).toEqual([]);
});

test('the HTML checker finds nothing on the pages of a site that is asked for too much, or under the name of another', async ({}, info) => {
  const tooMuch = await inEveryLanguage({}, async (walker, at) => {
    await walker.get(at('/'), { 'x-long': 'x'.repeat(TOO_MANY) });
  });
  const elsewhere = await inEveryLanguage({ HARMONY_ORIGIN: 'https://elsewhere.example' }, async (walker, at) => {
    await walker.get(at('/'));
  });
  expect([statuses(tooMuch), statuses(elsewhere)]).toEqual([[431], [421]]);
  expect(await judge(pages([...tooMuch, ...elsewhere]), info.outputPath('documents'))).toEqual([]);
});

/** The responses of a server with these settings in each language. */
async function inEveryLanguage(settings: NodeJS.ProcessEnv, walk: (walker: Walker, at: (path: string) => string) => Promise<void>): Promise<Seen[]> {
  const server = await Server.start(join(folder, 'data'), { settings });
  const seen: Seen[] = [];
  for (const { tag } of LANGUAGES) {
    const walker = new Walker(`http://127.0.0.1:${server.port}`, {}, (answer) => seen.push({ ...answer, who: `somebody in trouble, ${tag}` }));
    await walk(walker, (path) => inLanguage(tag, path));
  }
  await server.kill();
  expect(pages(seen), 'each is a page').toHaveLength(seen.length);
  return seen;
}

function statuses(seen: Seen[]): number[] {
  return [...new Set(seen.map(({ status }) => status))];
}
