import { coveredControls, expectNoHorizontalScroll } from '../fixtures/layout';
import { expect, PAGES, test } from '../fixtures/test';

const NOWHERE = '/nowhere';

test.describe('at 320 px', () => {
  test.use({ viewport: { width: 320, height: 640 } });

  test('no page scrolls sideways', async ({ page, pageErrors, jar }) => {
    pageErrors.expectStatus(404);
    await jar.addForeign(`stranger-with-a-name-${'that-is-long-'.repeat(5)}`, 'value');
    for (const path of [...PAGES, NOWHERE]) {
      await page.goto(path);
      await expectNoHorizontalScroll(page);
    }
  });

  test('no page scrolls sideways with the largest text and a decision', async ({ page, pageErrors, preferences }) => {
    pageErrors.expectStatus(404);
    await preferences.open();
    await preferences.decide(['preferences', 'analytics']);
    await preferences.saveAppearance({ theme: 'dark', textSize: 'larger' });
    for (const path of [...PAGES, NOWHERE]) {
      await page.goto(path);
      await expectNoHorizontalScroll(page);
    }
  });

  test('no page scrolls sideways with the text spacing of WCAG 1.4.12', async ({ page }) => {
    for (const path of PAGES) {
      await page.goto(path);
      await page.evaluate(() => {
        for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
          element.style.lineHeight = '1.5';
          element.style.letterSpacing = '0.12em';
          element.style.wordSpacing = '0.16em';
        }
      });
      await expectNoHorizontalScroll(page);
    }
  });

  for (const path of ['/policy', '/preferences']) {
    test(`the table of cookies on ${path} becomes cards`, async ({ page }) => {
      await page.goto(path);
      await page.reload();
      const cells = page.locator('table.declarations tr[data-cookie]').first().locator('th, td');
      const tops = await cells.evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect().top));
      expect(tops.length).toBeGreaterThan(2);
      expect(new Set(tops).size, 'each cell stands on a line of its own').toBe(tops.length);
      await page.setViewportSize({ width: 1280, height: 900 });
      const wide = await cells.evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect().left));
      expect(new Set(wide).size, 'and in a column of its own where there is room').toBe(wide.length);
    });
  }

  test('everything to press is large enough for a finger', async ({ page, jar }) => {
    await jar.addForeign('stranger', 'value');
    for (const path of PAGES) {
      await page.goto(path);
      for (const button of await page.locator('button:visible').all()) {
        expect((await button.boundingBox())?.height, `${path} ${await button.innerText()}`).toBeGreaterThanOrEqual(24);
      }
    }
  });
});

for (const width of [1280, 320]) {
  test(`right to left, no page scrolls sideways at ${width} px`, async ({ page, banner }) => {
    await page.setViewportSize({ width, height: 900 });
    for (const path of PAGES) {
      await page.goto(path);
      const before = await banner.region.count();
      await page.evaluate(() => {
        document.documentElement.dir = 'rtl';
      });
      await expectNoHorizontalScroll(page);
      expect(await banner.region.count()).toBe(before);
    }
  });

  test(`in forced colours every button keeps an edge and no page scrolls sideways at ${width} px`, async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active' });
    await page.setViewportSize({ width, height: 900 });
    for (const path of PAGES) {
      await page.goto(path);
      await expectNoHorizontalScroll(page);
      const edges = await page
        .locator('button:visible')
        .evaluateAll((all) => all.map((button) => Number.parseFloat(getComputedStyle(button).borderTopWidth)));
      expect(Math.min(1, ...edges), path).toBe(1);
    }
  });
}

for (const width of [1280, 320]) {
  test(`nothing lies over what can be pressed, in either direction, at ${width} px`, async ({ page, jar }) => {
    await jar.addForeign('stranger', 'value');
    await page.setViewportSize({ width, height: 900 });
    for (const path of PAGES) {
      await page.goto(path);
      for (const direction of ['ltr', 'rtl']) {
        await page.evaluate((dir) => {
          document.documentElement.dir = dir;
        }, direction);
        expect(await page.evaluate(coveredControls), `${path} ${direction}`).toEqual([]);
      }
    }
  });
}
