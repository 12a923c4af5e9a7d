import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAccessible } from '../fixtures/accessibility';
import { coveredControls, expectNoHorizontalScroll } from '../fixtures/layout';
import { expect, test } from '../fixtures/test';
import { Receipts } from '../pages/receipts';

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a visitor finds their choices, takes the receipts away, and has one verified', async ({ page, banner, preferences, receipts, jar }) => {
      await test.step('before a choice there is none, and the page says so', async () => {
        await preferences.open();
        await expect(preferences.about.getByRole('link')).toHaveCount(0);
        await page.getByRole('link', { name: 'Your choice history' }).click();
        await expect(page).toHaveURL('/preferences/history');
        await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your choice history');
        await expect(page.locator('#browser-history .empty-state')).toContainText('No choices to show for this browser');
      });

      await test.step('each choice stands there, the newest first', async () => {
        await banner.accept.click();
        await preferences.open();
        await preferences.withdraw('analytics');
        await page.getByRole('link', { name: 'Your choice history' }).click();
        await expect(receipts.ofBrowser).toHaveCount(2);
        await expect(receipts.badges).toHaveText(['current', 'replaced']);
        await expect(receipts.ofBrowser.nth(0)).toContainText('Turned off some optional cookies');
        await expect(receipts.ofBrowser.nth(0).locator('[data-purpose=analytics] dd')).toHaveText('Rejected');
        await expect(receipts.ofBrowser.nth(1)).toContainText('In the banner');
      });

      const text = await test.step('each has a receipt, which is a file', async () => {
        const { name, text } = await receipts.download(receipts.ofBrowser.nth(1).getByRole('link', { name: /^Download the receipt/ }));
        expect(name).toMatch(/^harmony-receipt-\d{4}-\d{2}-\d{2}\.json$/);
        expect(JSON.parse(text)).toMatchObject({ schema: 'harmony-receipt/2', record: { event: { collected_via: 'banner' } } });
        expect(await receipts.take()).not.toBe(text);
        return text;
      });

      await test.step('it is genuine, and the page reads it out', async () => {
        await page.getByRole('contentinfo').getByRole('link', { name: 'Check a receipt' }).click();
        await page.getByLabel('Receipt file').setInputFiles({ name: 'receipt.json', mimeType: 'application/json', buffer: Buffer.from(text) });
        await page.locator('#verify-file button').click();
        await expect(page).toHaveURL('/verify');
        await expect(page).toHaveTitle(/^Genuine: /);
        await expect(receipts.verdict).toHaveRole('status');
        await expect(receipts.verdict).toBeFocused();
        await expect(receipts.verdict).toContainText('Genuine. It matches our records.');
        await expect(receipts.says).toContainText('In the banner');
        await expect(receipts.text).toHaveValue(text);
      });

      await test.step('altered it is not, and what was given stays', async () => {
        const altered = text.replace('"banner"', '"preferences"');
        await receipts.text.fill(altered);
        await receipts.check.click();
        await expect(page).toHaveTitle(/^Not genuine: /);
        await expect(receipts.verdict).toContainText('was altered');
        await expect(receipts.says).toHaveCount(0);
        await expect(receipts.text).toHaveValue(altered);
      });

      expect(await jar.names()).toEqual(['__Host-Http-consent', '__Host-Http-visit']);
    });

    test('what is given is never more than text', async ({ page, receipts }) => {
      for (const text of ['</textarea><img src=x onerror=alert(1)><h1>Genuine</h1>', '\n\n  {"a": "&lt;b&gt;"}\n', '[[[[', '☃ \u202e']) {
        await receipts.verify(text);
        await expect(receipts.verdict).toContainText('This is not a receipt.');
        await expect(receipts.text).toHaveValue(text);
        await expect(page.locator('main img')).toHaveCount(0);
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(['Check a receipt']);
      }
    });

    test('an empty form is not sent', async ({ page, receipts }) => {
      await receipts.openText();
      await receipts.check.click();
      await expect(page.locator('#receipt:invalid')).toHaveCount(1);
      await expect(receipts.verdict).toHaveCount(0);
    });

    test('a user finds what they chose in another browser until they sign out', async ({ page, account, preferences, user, receipts, anotherBrowser, pageErrors }) => {
      pageErrors.expectStatus(404);
      const other = await anotherBrowser();
      await other.account.signIn(user);
      await other.preferences.open();
      await other.preferences.decide(['preferences']);
      await preferences.open();
      await expect(preferences.about.getByRole('link')).toHaveCount(0);
      await page.getByRole('link', { name: 'Your choice history' }).click();
      await expect(receipts.ofBrowser).toHaveCount(0);
      await expect(receipts.ofAccount).toHaveCount(1);
      await expect(receipts.badges).toHaveText(['current']);
      const link = receipts.ofAccount.getByRole('link', { name: /^Download the receipt/ });
      const address = (await link.getAttribute('href')) ?? '';
      const { text } = await receipts.download(link);
      await receipts.verify(text);
      await expect(receipts.verdict).toContainText('Genuine. It matches our records.');
      await account.openData();
      await page.getByRole('link', { name: 'Your choice history' }).click();
      await expect(receipts.ofAccount).toHaveCount(1);
      await account.signOut();
      await receipts.open();
      await expect(page.locator('#account-history')).toHaveCount(0);
      expect((await page.goto(address))?.status()).toBe(404);
    });
  });
}

test('the keyboard alone takes a receipt to its verdict', async ({ page, banner, receipts }) => {
  await page.goto('/');
  await banner.accept.click();
  const text = await receipts.take();
  await receipts.openText();
  await receipts.text.focus();
  await page.keyboard.insertText(text);
  await page.keyboard.press('Tab');
  await expect(receipts.check).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(receipts.verdict).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(receipts.says.getByRole('link')).toBeFocused();
});

test('both pages are accessible and fit, with and without something on them', async ({ page, preferences, user: _, receipts }) => {
  test.slow(); // for axe
  await receipts.open();
  await expectAccessible(page);
  await preferences.open();
  await preferences.decide(['preferences', 'analytics']);
  await preferences.withdraw('analytics');
  await preferences.saveAppearance({ theme: 'system', textSize: 'larger' });
  const text = await receipts.take();
  const looks = [
    () => receipts.open(),
    () => receipts.verify(text),
    () => receipts.verify('x'.repeat(3_000)),
    () => preferences.open(),
  ];
  for (const look of looks) {
    await look();
    await expectAccessible(page);
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 900 });
      for (const direction of ['ltr', 'rtl']) {
        await page.evaluate((dir) => {
          document.documentElement.dir = dir;
        }, direction);
        await expectNoHorizontalScroll(page);
        expect(await page.evaluate(coveredControls), `${width} ${direction}`).toEqual([]);
      }
    }
  }
});

test('a receipt is nobody else’s, under any URL', async ({ page, banner, receipts, anotherBrowser, pageErrors }) => {
  pageErrors.expectStatus(404);
  await page.goto('/');
  await banner.accept.click();
  await receipts.open();
  const address = (await receipts.ofBrowser.getByRole('link', { name: /^Download the receipt/ }).getAttribute('href')) ?? '';
  const other = await anotherBrowser();
  for (const path of [address, address.toUpperCase(), '/receipts/x', '/receipts/']) {
    expect((await other.page.goto(path))?.status(), path).toBe(404);
    await expect(other.page.getByRole('heading', { level: 1 })).toHaveText('Page not found');
  }
  const elsewhere = new Receipts(other.page);
  await elsewhere.open();
  await expect(elsewhere.ofBrowser).toHaveCount(0);
});

test('the operator verifies the ledger and a receipt from the command line', async ({ page, banner, receipts, site }) => {
  await page.goto('/');
  await banner.accept.click();
  const text = await receipts.take();
  const [genuine, altered, exported] = ['receipt.json', 'altered.json', 'ledger.jsonl'].map((name) => join(site.data, name));
  if (genuine === undefined || altered === undefined || exported === undefined) throw new Error('three files');
  await writeFile(genuine, text);
  await writeFile(altered, text.replace('"banner"', '"preferences"'));
  expect(await site.command('ledger', 'verify')).toMatch(/^\d+ records? in 1 chain, as they were written$/);
  expect(await site.command('ledger', 'key')).toBe(JSON.parse(text).key);
  expect(await site.command('ledger', 'export', exported)).toMatch(/ledger\.jsonl: \d+ records$/);
  expect(await site.command('ledger', 'export')).toContain(JSON.parse(text).record.header.id);
  expect(await site.command('receipt', 'verify', genuine)).toContain('Genuine. It matches our records.');
  await expect(site.command('receipt', 'verify', altered)).rejects.toThrow(/was altered/);
});
