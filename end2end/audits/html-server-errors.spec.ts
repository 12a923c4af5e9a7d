import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultInjector } from '../fixtures/fault-injector';
import { Server } from '../fixtures/server';
import { inLanguage, LANGUAGES } from '../fixtures/test';
import { checkDocuments, htmlDocuments } from './html-checker';
import { expect, siteTest as test } from '../fixtures/site-test';
import type { PageResponse } from './page-states';
import { HttpClient } from './http-client';

/** More writes than the server attempts. */
const EVERY_ONE = 1_000_000;

/** More bytes than the default header limit. */
const TOO_MANY = 33_000;

let folder: string;

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-server-errors-'));
});

test.afterEach(() => rm(folder, { recursive: true, force: true }));

test('the HTML checker finds nothing on the pages of a site that cannot write', async ({}, info) => {
  const injector = await FaultInjector.in(folder);
  const settings = { ...injector.settings, HARMONY_LOG: 'off' };
  const seen = await inEveryLanguage(settings, async (client, at) => {
    await injector.failAt(1, { failures: EVERY_ONE });
    await client.post(at('/api/consent/answer'), { answer: 'no', return_to: '/' });
    await client.post(at('/sign-up'), { email: 'somebody@example.org', new_password: 'correct horse battery' });
  });
  expect(statuses(seen)).toEqual([503]);
  expect(await checkDocuments(htmlDocuments(seen), info.outputPath('documents'))).toEqual([]);
});

test('the HTML checker finds nothing on the pages of a site that is asked for too much, or under the name of another', async ({}, info) => {
  const tooMuch = await inEveryLanguage({}, async (client, at) => {
    await client.get(at('/'), { 'x-long': 'x'.repeat(TOO_MANY) });
  });
  const elsewhere = await inEveryLanguage({ HARMONY_ORIGIN: 'https://elsewhere.example' }, async (client, at) => {
    await client.get(at('/'));
  });
  expect([statuses(tooMuch), statuses(elsewhere)]).toEqual([[431], [421]]);
  expect(await checkDocuments(htmlDocuments([...tooMuch, ...elsewhere]), info.outputPath('documents'))).toEqual([]);
});

/** The responses of a server with these settings in each language. */
async function inEveryLanguage(settings: NodeJS.ProcessEnv, crawl: (client: HttpClient, at: (path: string) => string) => Promise<void>): Promise<PageResponse[]> {
  const server = await Server.start(join(folder, 'data'), { settings });
  const seen: PageResponse[] = [];
  for (const { tag } of LANGUAGES) {
    const client = new HttpClient(`http://127.0.0.1:${server.port}`, {}, (answer) => seen.push({ ...answer, who: `a client in an outage, ${tag}` }));
    await crawl(client, (path) => inLanguage(tag, path));
  }
  await server.kill();
  expect(htmlDocuments(seen), 'each is a page').toHaveLength(seen.length);
  return seen;
}

function statuses(seen: PageResponse[]): number[] {
  return [...new Set(seen.map(({ status }) => status))];
}
