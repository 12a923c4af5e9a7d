import { examine } from '../compliance/examine';
import { saveAppearance } from '../compliance/own-site';
import { brokenRules, RULE_IDS, formatReport } from '../compliance/report';
import { fetchTarget } from '../compliance/target';
import { SHORT_CRAWL } from '../compliance/crawl';
import { expect, test } from '../fixtures/test';

test.use({ siteName: 'examined' });

test('this site keeps every rule of the compliance suite, and each of them is tried', async ({ browser, site }) => {
  test.setTimeout(120_000);
  const report = await examine(browser, await fetchTarget(site.address, true), { ...SHORT_CRAWL, afterAcceptance: saveAppearance });
  expect(report.rules.map(({ id }) => id)).toEqual(RULE_IDS);
  expect(brokenRules(report), formatReport(report)).toEqual([]);
  expect(report.rules.filter((rule) => 'not_tried' in rule)).toEqual([]);
  expect(report.edition?.version).toMatch(/^\d+\.\d+$/);
});
