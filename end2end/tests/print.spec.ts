import type { Page } from '@playwright/test';
import { expect, ACCOUNT_PAGES, PAGES, test } from '../fixtures/test';

test.slow();

/** What can be pressed or filled in, and headings below which nothing stands, as they would be printed. */
async function useless(page: Page): Promise<string[]> {
  await page.emulateMedia({ media: 'print' });
  return page.evaluate(() => {
    const isSeen = (element: Element) => element.checkVisibility() && element.getBoundingClientRect().height > 1;
    const found = [...document.querySelectorAll('form, button, .button, input, select, textarea')]
      .filter(isSeen)
      .map((element) => element.outerHTML.slice(0, 80));
    const headings = [...document.querySelectorAll<HTMLElement>('h2, h3')].filter(isSeen);
    for (const heading of headings) {
      let next: Element | null = heading;
      // What follows it, or what follows that it is wrapped in within its section.
      let after: Element | null = null;
      while (next !== null && after === null && !next.matches('section, main')) {
        after = next.nextElementSibling;
        while (after !== null && !isSeen(after)) after = after.nextElementSibling;
        next = next.parentElement;
      }
      if (after === null || after.matches(heading.tagName)) {
        found.push(`nothing below ${heading.outerHTML.slice(0, 80)}`);
      }
    }
    return found;
  });
}

test('no printed page has buttons, forms or headings without content', async ({ page, preferences }) => {
  for (const decided of [false, true]) {
    if (decided) {
      await page.emulateMedia({ media: 'screen' });
      await preferences.open();
      await preferences.decide(['preferences', 'analytics']);
    }
    for (const path of PAGES) {
      await page.goto(path);
      expect(await useless(page), path).toEqual([]);
    }
  }
});

test('no printed page of an account has any either', async ({ page, user: _ }) => {
  for (const path of [...ACCOUNT_PAGES, '/preferences']) {
    await page.goto(path);
    expect(await useless(page), path).toEqual([]);
  }
});
