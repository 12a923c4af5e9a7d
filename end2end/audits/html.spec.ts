import type { Site } from '../fixtures/site';
import { type Document, checkDocuments, htmlDocuments } from './html-checker';
import { expect, siteTest as test } from '../fixtures/site-test';
import { crawlEveryState } from './page-states';
import { HttpClient } from './http-client';

test.setTimeout(300_000);

/** Each of these statuses must occur; otherwise the crawl checks less than it claims. */
const STATUSES = [200, 400, 403, 404, 405, 410, 413, 414, 415, 422];

test('the HTML checker finds no error and no warning on any page in any state', async ({ site }, info) => {
  const seen = await crawlEveryState(site);
  expect([...new Set(seen.map(({ status }) => status))].sort()).toEqual(STATUSES);
  expect(await checkDocuments(htmlDocuments(seen), info.outputPath('documents'))).toEqual([]);
});

test('the checker finds no error in the style sheets and the pictures of the site', async ({ site }, info) => {
  const documents = await styleAndPictures(site);
  expect(documents.map(({ kind }) => kind).sort()).toEqual(['css', 'css', 'css', 'svg']);
  expect(await checkDocuments(documents, info.outputPath('documents'))).toEqual([]);
});

test('the checker is listened to', async ({}, info) => {
  const wrong = '<!doctype html><html lang="en"><title>Wrong</title><p><h1 id="a"></h1><p id="a"><img src="x">';
  const found = await checkDocuments([{ name: 'a wrong page', kind: 'html', text: wrong }], info.outputPath('documents'));
  expect(found.join('\n')).toContain('a wrong page: error: Duplicate ID');
});

/** CSS and images that pages use: the site's style sheet, the print styles of editions, and the icon. */
async function styleAndPictures(site: Site): Promise<Document[]> {
  const client = new HttpClient(site.address);
  const found = new Map<string, Document>();
  for (const page of ['/', '/policy/1.0', '/policy']) {
    const { text } = await client.get(page);
    for (const [tag] of text.matchAll(/<link [^>]*>/g)) {
      const kind = tag.includes('rel="stylesheet"') ? 'css' : tag.includes('image/svg+xml') ? 'svg' : undefined;
      const path = /href="([^"]*)"/.exec(tag)?.[1];
      if (kind === undefined || path === undefined || found.has(path)) continue;
      found.set(path, { name: path, kind, text: (await client.get(path)).text });
    }
  }
  return [...found.values()];
}
