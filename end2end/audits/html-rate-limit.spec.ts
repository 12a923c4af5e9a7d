import { checkDocuments, htmlDocuments } from './html-checker';
import { expect, siteTest as test } from '../fixtures/site-test';
import { exceedLoginRateLimit } from './page-states';

// Uses the default rate limits.
test.use({ siteName: 'counting', attempts: 'default' });

test('the HTML checker finds nothing on the page that asks to wait', async ({ site }, info) => {
  const seen = await exceedLoginRateLimit(site);
  expect(seen.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
  expect(await checkDocuments(htmlDocuments(seen), info.outputPath('documents'))).toEqual([]);
});
