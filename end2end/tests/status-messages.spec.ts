import { expect, test } from '../fixtures/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    for (const path of ['/', '/policy', '/ar/policy', '/statistics']) {
      test(`the answer to the banner on ${path} is said by the title and takes the focus`, async ({ page }) => {
        await page.goto(path);
        const before = await page.title();
        await page.locator('#banner button').last().click();
        await expect(page.locator('#notice')).toBeFocused();
        const said = (await page.locator('#notice strong').textContent()) ?? '';
        // In Arabic each part stands in marks of its own, which are not seen.
        const seen = (text: string) => text.replace(/[\u2066-\u2069]/g, '');
        expect(seen(await page.title())).toBe(seen(`${said} · ${before}`));
      });
    }
  });
}

test('what was saved in place is said by the title too, and by the newest act alone', async ({ page, preferences }) => {
  await preferences.open();
  await preferences.wakeIsland();
  const before = await page.title();
  await preferences.decide(['preferences']);
  await expect(page.locator('#notice')).toBeFocused();
  await expect(page).toHaveTitle(`Your choices are saved. · ${before}`);
  await preferences.deleteAll();
  await expect(page).not.toHaveTitle(/saved/);
});
