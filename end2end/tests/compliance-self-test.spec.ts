import { expect, test } from '@playwright/test';
import { examine } from '../compliance/examine';
import { ToolSite, TOOL_SITES } from '../compliance/self-test/sites';
import { brokenRules, formatReport } from '../compliance/report';
import { fetchTarget } from '../compliance/target';
import { SHORT_CRAWL } from '../compliance/crawl';

test.describe.configure({ mode: 'parallel' });

// Public consent tools, set up as sites commonly do: what is known to be wrong is found, and nothing is found where nothing is wrong.
for (const { name, wrong, setup } of TOOL_SITES) {
  test(`the suite finds what is known of ${name}`, async ({ browser }) => {
    test.setTimeout(60_000);
    const site = await ToolSite.serve(setup);
    try {
      const report = await examine(browser, await fetchTarget(site.address, false), SHORT_CRAWL);
      expect(brokenRules(report), formatReport(report)).toEqual([...wrong]);
    } finally {
      await site.stop();
    }
  });
}
