import { expect, test } from '@playwright/test';
import { examine } from '../compliance/examine';
import { Known, KNOWN } from '../compliance/self-test/sites';
import { broken, say } from '../compliance/report';
import { introduce } from '../compliance/target';
import { SHORT } from '../compliance/crawl';

test.describe.configure({ mode: 'parallel' });

// Public consent tools, set up as sites commonly do: what is known to be wrong is found, and nothing is found where nothing is wrong.
for (const { name, wrong, setup } of KNOWN) {
  test(`the suite finds what is known of ${name}`, async ({ browser }) => {
    test.setTimeout(60_000);
    const site = await Known.serve(setup);
    try {
      const report = await examine(browser, await introduce(site.address, false), SHORT);
      expect(broken(report), say(report)).toEqual([...wrong]);
    } finally {
      await site.stop();
    }
  });
}
