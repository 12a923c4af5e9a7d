import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { REPOSITORY, Site } from '../fixtures/site';
import { examine } from './examine';
import { publish, use } from './own-site';
import { broken, say } from './report';
import { introduce } from './target';
import { WHOLE } from './crawl';

// Run by `make compliance`, on a Harmony started for it, or with SITE=https://… on any site.
test('the site keeps every rule that could be tried', async ({ browser }) => {
  test.setTimeout(15 * 60_000);
  const elsewhere = process.env.SITE;
  const site = elsewhere === undefined || elsewhere === '' ? await Site.start('generous') : undefined;
  try {
    const subject = await introduce(site?.address ?? elsewhere ?? '', site !== undefined);
    const report = await examine(browser, subject, site === undefined ? WHOLE : { ...WHOLE, use });
    const file = site === undefined ? await keep(JSON.stringify(report, undefined, 2)) : await publish(report);
    console.log(`${say(report)}\nwritten to ${file}`);
    expect(broken(report), 'the rules that are broken').toEqual([]);
  } finally {
    await site?.stop();
  }
});

/** Writes another site's report outside this site's content. */
async function keep(report: string): Promise<string> {
  const file = 'end2end/test-results/compliance.json';
  await mkdir(dirname(join(REPOSITORY, file)), { recursive: true });
  await writeFile(join(REPOSITORY, file), `${report}\n`);
  return file;
}
