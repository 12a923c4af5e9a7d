import type { Browser } from '@playwright/test';
import type { Report } from './report';
import { RULES } from './rules';
import type { Target } from './target';
import { type Extent, crawl } from './crawl';

const BROWSER_NAMES: Readonly<Record<string, string>> = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };

/** Crawls a site in every state and applies every rule to the observations. */
export async function examine(browser: Browser, target: Target, extent: Extent): Promise<Report> {
  const crawled = await crawl(browser, target, extent);
  return {
    format: 1,
    made: `${new Date().toISOString().slice(0, 19)}Z`,
    site: target.own ? 'own' : 'other',
    edition: target.edition ?? null,
    browser: { name: BROWSER_NAMES[browser.browserType().name()] ?? browser.browserType().name(), version: browser.version() },
    rules: RULES.map(({ id, check }) => ({ id, ...check(crawled) })),
  };
}
