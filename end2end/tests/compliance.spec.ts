import { examine } from '../compliance/examine';
import { use } from '../compliance/own-site';
import { broken, RULE_IDS, say } from '../compliance/report';
import { introduce } from '../compliance/target';
import { SHORT } from '../compliance/crawl';
import { expect, test } from '../fixtures/test';

test.use({ siteName: 'examined' });

test('this site keeps every rule of the compliance suite, and each of them is tried', async ({ browser, site }) => {
  test.setTimeout(120_000);
  const report = await examine(browser, await introduce(site.address, true), { ...SHORT, use });
  expect(report.rules.map(({ id }) => id)).toEqual(RULE_IDS);
  expect(broken(report), say(report)).toEqual([]);
  expect(report.rules.filter((rule) => 'not_tried' in rule)).toEqual([]);
  expect(report.edition?.version).toMatch(/^\d+\.\d+$/);
});
