import type { Browser } from '@playwright/test';
import type { Report } from './report';
import { RULES } from './rules';
import type { Subject } from './target';
import { type Extent, walk } from './crawl';

/** Crawls a site in every state and applies every rule to the observations. */
export async function examine(browser: Browser, subject: Subject, extent: Extent): Promise<Report> {
  const walked = await walk(browser, subject, extent);
  return {
    format: 1,
    made: `${new Date().toISOString().slice(0, 19)}Z`,
    site: subject.own ? 'own' : 'other',
    edition: subject.edition ?? null,
    browser: { name: 'Chromium', version: browser.version() },
    rules: RULES.map(({ id, judge }) => ({ id, ...judge(walked) })),
  };
}
