import { expectNoHorizontalScroll } from '../fixtures/layout';
import { expect, inLanguage, LANGUAGES, PAGES, test } from '../fixtures/test';

test.describe('at a zoom of 400 %', () => {
  // What is left of 1280 × 1024 (WCAG 2.2, 1.4.10).
  test.use({ viewport: { width: 320, height: 256 } });

  for (const { tag, name } of LANGUAGES) {
    test(`both answers of the banner are on the first screen, and look alike, in ${name}`, async ({ page }) => {
      await page.goto(inLanguage(tag, '/policy'));
      const buttons = page.locator('#banner button');
      await expect(buttons).toHaveCount(2);
      const boxes = await buttons.evaluateAll((all) => all.map((button) => button.getBoundingClientRect().toJSON()));
      for (const box of boxes) {
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.bottom).toBeLessThanOrEqual(256);
      }
      expect(boxes[1].width).toBe(boxes[0].width);
      expect(boxes[1].height).toBe(boxes[0].height);
      // The question stands before its answers, and the yes before the no, for the eye and for the keyboard.
      const title = await page.locator('#banner-title').boundingBox();
      expect((title?.y ?? 0) + (title?.height ?? 0)).toBeLessThanOrEqual(boxes[0].top);
      await page.keyboard.press('Tab');
      await expect(buttons.first()).toBeFocused();
      await page.keyboard.press('Tab');
      await expect(buttons.last()).toBeFocused();
      await expectNoHorizontalScroll(page);
    });
  }
});

test.describe('with text alone at 200 %', () => {
  test.use({ viewport: { width: 320, height: 640 } });
  test.slow();

  for (const { tag, name } of LANGUAGES) {
    test(`no page scrolls sideways in ${name}`, async ({ page, jar }) => {
      await jar.addForeign('stranger', 'value');
      for (const path of PAGES) {
        await page.goto(inLanguage(tag, path));
        await page.evaluate(() => {
          document.documentElement.style.fontSize = '200%';
        });
        await expectNoHorizontalScroll(page);
      }
    });
  }
});

for (const width of [320, 375, 500, 1280]) {
  test(`both answers of the banner are of one size in every language at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 667 });
    for (const { tag } of LANGUAGES) {
      await page.goto(inLanguage(tag, '/'));
      const sizes = await page
        .locator('#banner button')
        .evaluateAll((all) => all.map((one) => `${one.getBoundingClientRect().width} ${one.getBoundingClientRect().height}`));
      expect(new Set(sizes).size, `${tag}: ${sizes}`).toBe(1);
    }
  });
}
