import type { Page } from '@playwright/test';
import { COSMETIC_FILTERS } from '../fixtures/cosmetic-filters';
import { expect, inLanguage, LANGUAGES, ACCOUNT_PAGES, PAGES, test } from '../fixtures/test';

/** What a visitor reads, presses or fills in. */
const NEEDED = 'main, section, form, fieldset, input, button, select, textarea, label, table, th, td, h1, h2, h3, a, p, ul, ol, li, nav';

/** What blockers add to a page. */
const RULES = `${COSMETIC_FILTERS.join(', ')} { display: none !important; }`;

test('a new visitor with a blocker sees all of every page', async ({ page }) => {
  for (const path of PAGES) await expectNothingHidden(page, path);
});

test('somebody who decided sees all of every page with a blocker, in any language', async ({ page, banner, jar }) => {
  await page.goto('/');
  await banner.accept.click();
  await jar.addForeign('stranger', 'value');
  for (const { tag } of LANGUAGES) await expectNothingHidden(page, inLanguage(tag, '/preferences'));
  for (const path of PAGES) await expectNothingHidden(page, path);
});

test('a user with a blocker sees all of every page', async ({ page, user: _, banner }) => {
  await page.goto('/');
  await banner.accept.click();
  for (const path of [...PAGES, ...ACCOUNT_PAGES]) await expectNothingHidden(page, path);
});

test('the filters would hide a notice, so the tests above mean something', async ({ page }) => {
  expect(new Set(COSMETIC_FILTERS).size).toBe(COSMETIC_FILTERS.length);
  await page.goto('/policy');
  await page.evaluate(() => {
    const notice = document.createElement('section');
    notice.className = 'cookie-banner';
    notice.textContent = 'We value you.';
    document.querySelector('main')?.prepend(notice);
  });
  // A selector that is none would void the whole rule.
  await page.evaluate((all) => all.forEach((selector) => document.querySelector(selector)), COSMETIC_FILTERS);
  expect(await hidden(page)).not.toEqual([]);
});

async function expectNothingHidden(page: Page, path: string): Promise<void> {
  await page.goto(path);
  expect.soft(await hidden(page), path).toEqual([]);
}

/** What is seen without the rules and not with them. */
function hidden(page: Page): Promise<string[]> {
  return page.evaluate(
    ([needed, rules]) => {
      const seen = [...document.querySelectorAll(needed)].filter((element) => element.checkVisibility());
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rules);
      document.adoptedStyleSheets.push(sheet);
      return seen.filter((element) => !element.checkVisibility()).map((element) => element.cloneNode(false) as Element).map(({ outerHTML }) => outerHTML);
    },
    [NEEDED, RULES] as const,
  );
}
