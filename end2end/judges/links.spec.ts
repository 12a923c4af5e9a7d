import { LinkChecker, type LinkResult, LinkState } from 'linkinator';
import type { Site } from '../fixtures/site';
import { inLanguage, LANGUAGES, MEMBER_PAGES, PAGES } from '../fixtures/test';
import { expect, test } from './fixture';
import { Walker } from './walker';

test.setTimeout(120_000);

/** What leads away from the site is named and not asked: a test depends on nobody else's server. */
const AWAY = [/^mailto:/, /^https?:/];

test('no link of a guest leads nowhere, in any language', async ({ site }) => {
  const pages = LANGUAGES.flatMap(({ tag }) => PAGES.map((path) => inLanguage(tag, path)));
  await expectWhole(site, 'a guest', [...PAGES, ...pages], '');
});

test('no link of a member who has decided leads nowhere, in any language', async ({ site }) => {
  const walker = new Walker(site.address);
  await walker.signUp();
  await walker.post('/api/consent/answer', { answer: 'yes', return_to: '/' });
  const own = [...PAGES, ...MEMBER_PAGES].filter((path) => !path.startsWith('/sign-'));
  await expectWhole(site, 'a member', LANGUAGES.flatMap(({ tag }) => own.map((path) => inLanguage(tag, path))), walker.cookie);
});

test('what the sitemap, the feed and robots.txt name is there', async ({ site }) => {
  const walker = new Walker(site.address);
  const named = new Set<string>();
  for (const path of ['/sitemap.xml', '/policy/feed.xml', '/robots.txt']) {
    const { status, text } = await walker.get(path);
    expect(status, path).toBe(200);
    const before = named.size;
    for (const [address] of text.matchAll(/http:\/\/127\.0\.0\.1:[^\s<"']+/g)) named.add(address);
    expect(named.size, `${path} names something`).toBeGreaterThan(before);
  }
  for (const address of named) {
    const { pathname, search } = new URL(address);
    expect.soft((await walker.get(pathname + search)).status, address).toBe(200);
  }
  console.log(`The documents for programs name ${named.size} addresses.`);
});

test('the link checker is listened to', async ({ site }) => {
  const links = await crawl(site, ['/nowhere'], '');
  expect(links.filter(isBroken).map(({ url }) => url)).toContain(`${site.address}/nowhere`);
});

/** Follows every link from those pages on: addresses, and the places in a page that they name. */
async function expectWhole(site: Site, who: string, paths: string[], cookie: string): Promise<void> {
  const links = await crawl(site, paths, cookie);
  const away = [...new Set(links.filter(({ state }) => state === LinkState.SKIPPED).map(({ url }) => url))].sort();
  console.log(`The links of ${who}: ${new Set(links.map(({ url }) => url)).size}; not asked: ${away.join(' ')}`);
  expect(links.filter(isBroken).map(({ url, status, parent }) => `${parent ?? ''} -> ${url} (${status ?? 'no such place in it'})`)).toEqual([]);
  expect(links.length).toBeGreaterThan(paths.length);
}

async function crawl(site: Site, paths: string[], cookie: string): Promise<LinkResult[]> {
  const { links } = await new LinkChecker().check({
    path: paths.map((path) => site.address + path),
    recurse: true,
    checkFragments: true,
    checkCss: true,
    concurrency: 8,
    headers: { accept: 'text/html,*/*', ...(cookie === '' ? {} : { cookie }) },
    linksToSkip: async (link) => !link.startsWith(`${site.address}/`) && AWAY.some((away) => away.test(link)),
  });
  return links;
}

function isBroken({ state }: LinkResult): boolean {
  return state === LinkState.BROKEN;
}
