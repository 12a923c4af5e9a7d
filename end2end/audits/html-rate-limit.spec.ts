import { judge, pages } from './html-checker';
import { expect, test } from './audit-test';
import { guessTooOften } from './page-states';

// Uses the default rate limits.
test.use({ siteName: 'counting', attempts: 'default' });

test('the HTML checker finds nothing on the page that asks to wait', async ({ site }, info) => {
  const seen = await guessTooOften(site);
  expect(seen.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
  expect(await judge(pages(seen), info.outputPath('documents'))).toEqual([]);
});
