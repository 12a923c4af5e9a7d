import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { REPOSITORY, type Site } from '../fixtures/site';
import { expect, test } from './fixture';
import { guessTooOften, type Seen, walkEveryState } from './states';
import { Walker } from './walker';

/** The Nu Html Checker as its package brings it: a program for Java 17. */
const CHECKER = fileURLToPath(new URL('../node_modules/vnu-jar/build/dist/vnu.jar', import.meta.url));

/** What it says of one document. */
interface Message {
  type: string;
  subType?: string;
  url: string;
  lastLine?: number;
  message: string;
  extract?: string;
}

/** A text that is judged, and how to name it in a complaint. */
interface Document {
  name: string;
  kind: 'html' | 'css' | 'svg';
  text: string;
}

test.setTimeout(180_000);

test('the HTML checker finds no error and no warning on any page in any state', async ({ site }, info) => {
  const seen = (await walkEveryState(site)).filter(isHtml);
  expectEveryKind(seen, [200, 400, 403, 404, 405, 410, 413, 414, 415, 422]);
  expect(await judge(seen.map(document), info.outputPath('documents'))).toEqual([]);
});

test('the checker finds no error in the style sheets and the pictures of the site', async ({ site }, info) => {
  const documents = await styleAndPictures(site);
  expect(documents.map(({ kind }) => kind).sort()).toEqual(['css', 'css', 'css', 'svg']);
  expect(await judge(documents, info.outputPath('documents'))).toEqual([]);
});

test.describe('where attempts are counted', () => {
  test.use({ siteName: 'counting', attempts: 'default' });

  test('the HTML checker finds nothing on the page that asks to wait', async ({ site }, info) => {
    const seen = await guessTooOften(site);
    expectEveryKind(seen, [429]);
    expect(await judge(seen.map(document), info.outputPath('documents'))).toEqual([]);
  });
});

test('the checker is listened to', async ({}, info) => {
  const wrong = '<!doctype html><html lang="en"><title>Wrong</title><p><h1 id="a"></h1><p id="a"><img src="x">';
  const found = await judge([{ name: 'a wrong page', kind: 'html', text: wrong }], info.outputPath('documents'));
  expect(found.join('\n')).toContain('a wrong page: error: Duplicate ID');
});

function isHtml({ headers }: Seen): boolean {
  return headers.get('content-type')?.startsWith('text/html') === true;
}

function document({ who, path, status, text }: Seen): Document {
  return { name: `${path.slice(0, 80)} (${status}, ${who})`, kind: 'html', text };
}

/** A walk that no longer meets what it was sent for would judge less than it says. */
function expectEveryKind(seen: Seen[], statuses: number[]): void {
  const met = [...new Set(seen.map(({ status }) => status))].sort();
  expect(met, 'every kind of answer was met, and no other').toEqual(statuses);
}

/** What is not HTML but shown with it: the style of the site, those that editions are printed with, and the icon. */
async function styleAndPictures(site: Site): Promise<Document[]> {
  const walker = new Walker(site.address);
  const found = new Map<string, Document>();
  for (const page of ['/', '/policy/1.0', '/policy']) {
    const { text } = await walker.get(page);
    for (const [tag] of text.matchAll(/<link [^>]*>/g)) {
      const kind = tag.includes('rel="stylesheet"') ? 'css' : tag.includes('image/svg+xml') ? 'svg' : undefined;
      const path = /href="([^"]*)"/.exec(tag)?.[1];
      if (kind === undefined || path === undefined || found.has(path)) continue;
      found.set(path, { name: path, kind, text: (await walker.get(path)).text });
    }
  }
  return [...found.values()];
}

/** Has all of them checked at once, and returns the complaints. Equal ones are checked once. */
async function judge(documents: Document[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = new Map<string, string>();
  for (const { name, kind, text } of documents) {
    const file = `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${kind}`;
    if (names.has(file)) continue;
    names.set(file, name);
    await writeFile(join(folder, file), text);
  }
  const options = ['--format', 'json', '--exit-zero-always', '--stdout', '--also-check-css', '--also-check-svg'];
  const { stdout } = await promisify(execFile)('java', ['-jar', CHECKER, ...options, folder], { cwd: REPOSITORY, maxBuffer: 1 << 28 });
  const { messages } = JSON.parse(stdout) as { messages: Message[] };
  console.log(`The HTML checker read ${names.size} different documents of ${documents.length}.`);
  return messages.map((message) => complaint(message, names));
}

function complaint({ type, subType, url, lastLine, message, extract }: Message, names: Map<string, string>): string {
  const name = names.get(url.slice(url.lastIndexOf('/') + 1)) ?? url;
  return `${name}: ${subType ?? type}: ${message}${lastLine === undefined ? '' : ` (line ${lastLine})`} ${extract?.trim() ?? ''}`;
}
