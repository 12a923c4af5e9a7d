import { LinkChecker, type LinkResult, LinkState } from 'linkinator';
import { inLanguage, LANGUAGES, ACCOUNT_PAGES, PAGES } from '../fixtures/test';
import { expect, siteTest as test } from '../fixtures/site-test';
import { HttpClient } from './http-client';

test.setTimeout(120_000);

/** External links are listed but not requested, so that no test depends on other servers. */
const AWAY = [/^mailto:/, /^https?:/];

test('no link of a guest leads nowhere, in any language', async ({ site }) => {
  await expectWhole(new HttpClient(site.address), 'a guest', PAGES);
});

test('no link of a user who has decided leads nowhere, in any language', async ({ site }) => {
  const client = new HttpClient(site.address);
  // The export is linked in each language, and more at once than the server makes.
  site.expectWarning('exports: concurrency limit reached');
  await client.signUp();
  await client.post('/api/consent/answer', { answer: 'yes', return_to: '/' });
  await expectWhole(client, 'a user', [...PAGES, ...ACCOUNT_PAGES].filter((path) => !path.startsWith('/sign-')));
});

test('what the sitemap, the feed and robots.txt name is there', async ({ site }) => {
  const client = new HttpClient(site.address);
  const named = new Set<string>();
  for (const path of ['/sitemap.xml', '/policy/feed.xml', '/robots.txt']) {
    const { status, text } = await client.get(path);
    expect(status, path).toBe(200);
    const before = named.size;
    for (const [address] of text.matchAll(/http:\/\/127\.0\.0\.1:[^\s<"']+/g)) named.add(address);
    expect(named.size, `${path} names something`).toBeGreaterThan(before);
  }
  for (const address of named) {
    const { pathname, search } = new URL(address);
    expect.soft((await client.get(pathname + search)).status, address).toBe(200);
  }
  console.log(`The documents for programs name ${named.size} addresses.`);
});

test('the link checker is listened to', async ({ site }) => {
  const links = await crawl(new HttpClient(site.address), '/nowhere');
  expect(links.filter(isBroken).map(({ url }) => url)).toContain(`${site.address}/nowhere`);
  const texts = new Map([['http://a/', '<a href="/b#one">1</a><a href="#two">2</a><p id="three">'], ['http://a/b', '<a href="/#three"><i id="two">']]);
  expect(missingPlaces(texts)).toEqual(['http://a/ -> http://a/b#one', 'http://a/ -> http://a/#two']);
});

/** Follows every link from the home page, and checks that it reaches each of those pages in each language. */
async function expectWhole(client: HttpClient, who: string, paths: readonly string[]): Promise<void> {
  const links = await crawl(client, '/');
  const found = new Set(links.filter(({ state }) => state === LinkState.OK).map(({ url }) => url));
  const away = [...new Set(links.filter(({ state }) => state === LinkState.SKIPPED).map(({ url }) => url))].sort();
  console.log(`The links of ${who}: ${found.size} addresses; not asked: ${away.join(' ')}`);
  const broken: string[] = [];
  for (const { url, status, parent } of links.filter(isBroken)) {
    // An export that has to wait for others comes at the next request.
    const again = status === 503 ? (await client.get(url.slice(client.address.length))).status : status;
    if (again !== 200) broken.push(`${parent ?? ''} -> ${url} (${again})`);
  }
  expect(broken).toEqual([]);
  const pages = LANGUAGES.flatMap(({ tag }) => paths.map((path) => inLanguage(tag, path)));
  expect(pages.filter((path) => !found.has(client.address + path)), 'every page has a link to it').toEqual([]);

  const texts = new Map<string, string>();
  for (const url of found) {
    const { headers, text } = await client.get(url.slice(client.address.length));
    if (headers.get('content-type')?.startsWith('text/html')) texts.set(url, text);
  }
  expect(missingPlaces(texts)).toEqual([]);
}

/** Requests every link reachable from there, which is the whole site. */
async function crawl(client: HttpClient, start: string): Promise<LinkResult[]> {
  const { links } = await new LinkChecker().check({
    path: client.address + start,
    recurse: true,
    checkCss: true,
    // Otherwise it treats every path without a dot as a folder and resolves `#main` below it.
    cleanUrls: true,
    // The server writes two exports at once, and each language links to its own.
    concurrency: 2,
    headers: { accept: 'text/html,*/*', ...(client.cookie === '' ? {} : { cookie: client.cookie }) },
    linksToSkip: async (link) => !link.startsWith(`${client.address}/`) && AWAY.some((away) => away.test(link)),
  });
  return links;
}

/**
 * Links to missing fragments. linkinator's own check misses fragments in pages that it read before
 * it found the link, so this function does it.
 */
function missingPlaces(texts: Map<string, string>): string[] {
  const places = new Map([...texts].map(([url, text]) => [url, new Set([...text.matchAll(/ id="?([^"\s>]*)/g)].map(([, id]) => id))]));
  return [...texts].flatMap(([page, text]) => {
    const links = [...text.matchAll(/ href="([^"]*#[^"]+)"/g)].map(([, href]) => new URL((href ?? '').replaceAll('&amp;', '&'), page));
    return links.filter((link) => {
      const place = decodeURIComponent(link.hash.slice(1));
      return places.get(link.href.slice(0, link.href.indexOf('#')))?.has(place) === false;
    }).map(({ href }) => `${page} -> ${href}`);
  });
}

function isBroken({ state }: LinkResult): boolean {
  return state === LinkState.BROKEN;
}
