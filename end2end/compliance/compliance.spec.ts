import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { REPOSITORY, Site } from '../fixtures/site';
import { examine } from './examine';
import { publish, saveAppearance } from './own-site';
import { brokenRules, formatReport } from './report';
import { fetchTarget } from './target';
import { FULL_CRAWL } from './crawl';

// Run by `make compliance`, on a Harmony started for it, or with SITE=https://… on any site.
test('the site keeps every rule that could be tried', async ({ browser }) => {
  test.setTimeout(15 * 60_000);
  const elsewhere = process.env.SITE;
  const site = elsewhere === undefined || elsewhere === '' ? await Site.start('generous') : undefined;
  try {
    const target = await fetchTarget(site?.address ?? elsewhere ?? '', site !== undefined);
    const report = await examine(browser, target, site === undefined ? FULL_CRAWL : { ...FULL_CRAWL, afterAcceptance: saveAppearance });
    const file = site === undefined ? await writeReport(JSON.stringify(report, undefined, 2)) : await publish(report);
    console.log(`${formatReport(report)}\nwritten to ${file}`);
    expect(brokenRules(report), 'the broken rules').toEqual([]);
  } finally {
    await site?.stop();
  }
});

/** Writes another site's report outside this site's content. */
async function writeReport(report: string): Promise<string> {
  const file = 'end2end/test-results/compliance.json';
  await mkdir(dirname(join(REPOSITORY, file)), { recursive: true });
  await writeFile(join(REPOSITORY, file), `${report}\n`);
  return file;
}
