import type { Browser, Page } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessibility';
import { expect, test } from '../fixtures/partner-test';
import { Preferences } from '../pages/preferences';

/** The page of the shop on another domain, which needs no script. */
class Elsewhere {
  constructor(
    readonly page: Page,
    readonly address: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(`${this.address}/consent`);
  }

  /** Asks Harmony for the choice, and comes back. */
  async useMyChoice(): Promise<void> {
    const arrived = this.page.waitForResponse((response) => new URL(response.url()).pathname === '/consent/callback');
    await this.page.getByRole('link', { name: 'Use my choice from Harmony' }).click();
    await arrived;
    await this.page.waitForURL(`${this.address}/**`, { waitUntil: 'load' });
  }

  /** Answers the questions of the shop's form, and sends it to Harmony. */
  async answer(answers: ('Yes' | 'No')[]): Promise<void> {
    const questions = this.page.locator('#answers fieldset');
    await expect(questions).toHaveCount(answers.length);
    for (const [index, answer] of answers.entries()) await questions.nth(index).getByLabel(answer).check();
    await this.page.getByRole('button', { name: 'Continue' }).click();
    await expect(this.page.locator('#service-answers')).toBeVisible();
  }

  async expectChoice(text: string): Promise<void> {
    await expect(this.page).toHaveURL(`${this.address}/consent`);
    await expect(this.page.locator('#choice')).toHaveText(text);
  }
}

const ALLOWED = 'Analytics is allowed.';
const NOTHING = 'Nothing optional is allowed.';
const OPEN = 'You have not chosen here yet, so nothing optional runs.';

/** Collects the URLs that the browser requests. */
function collectUrls(page: Page): URL[] {
  const urls: URL[] = [];
  page.on('request', (request) => urls.push(new URL(request.url())));
  return urls;
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a choice at Harmony counts on another domain, and its own cookie keeps it', async ({ page, servers, context }) => {
      await page.goto(`${servers.policy}/preferences`);
      await new Preferences(page).decide(['analytics']);
      const elsewhere = new Elsewhere(page, servers.elsewhere);
      await elsewhere.open();
      await elsewhere.expectChoice(OPEN);
      const urls = collectUrls(page);
      await elsewhere.useMyChoice();
      await elsewhere.expectChoice(ALLOWED);
      const callback = urls.find((url) => url.pathname === '/consent/callback');
      expect([...(callback?.searchParams.keys() ?? [])]).toEqual(['code', 'state']);
      const own = (await context.cookies(`${servers.elsewhere}/consent`)).find(({ name }) => name === 'shop-choice');
      const days = ((own?.expires ?? 0) - Date.now() / 1000) / 86_400;
      expect(days).toBeGreaterThan(178);
      expect(days).toBeLessThan(181);
      await elsewhere.open();
      await elsewhere.expectChoice(ALLOWED);
      // The code was used: to load its URL again gets nothing and changes nothing.
      await page.goto(callback?.href ?? '');
      await elsewhere.expectChoice(ALLOWED);
    });

    test('an answer given on another domain counts at Harmony once it is saved there', async ({ page, servers }) => {
      const elsewhere = new Elsewhere(page, servers.elsewhere);
      await elsewhere.open();
      await elsewhere.useMyChoice();
      await elsewhere.answer(['No', 'Yes']);
      await expect(page).toHaveURL(`${servers.policy}/connect/answer`);
      await expect(page.locator('.lead')).toContainText('Example shop sent these choices.');
      const given = new Preferences(page);
      await expect(given.answer('preferences', 'no')).toBeChecked();
      await expect(given.answer('analytics', 'yes')).toBeChecked();
      await page.getByRole('button', { name: 'Save these choices' }).click();
      await elsewhere.expectChoice(ALLOWED);
      await page.goto(`${servers.policy}/preferences`);
      await expect(given.answer('analytics', 'yes')).toBeChecked();
      await expect(page.locator('#banner')).toHaveCount(0);
    });

    test('the way back saves nothing', async ({ page, servers, context }) => {
      const elsewhere = new Elsewhere(page, servers.elsewhere);
      await elsewhere.open();
      await elsewhere.useMyChoice();
      await elsewhere.answer(['Yes', 'Yes']);
      await page.getByRole('link', { name: 'Back to Example shop without saving' }).click();
      await expect(page.locator('#answers')).toBeVisible();
      expect((await context.cookies()).map(({ name }) => name)).not.toContain('__Host-Http-consent');
    });
  });
}

test('a choice that is withdrawn at Harmony is gone on the other domain with the next code', async ({ page, home, servers }) => {
  const elsewhere = new Elsewhere(page, servers.elsewhere);
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).decide(['analytics']);
  await elsewhere.open();
  await elsewhere.useMyChoice();
  await elsewhere.expectChoice(ALLOWED);
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).withdraw('analytics');
  await elsewhere.useMyChoice();
  await elsewhere.expectChoice(NOTHING);
});

test('a signal of the browser answers for it on the other domain too', async ({ browser, servers }) => {
  const page = await signalling(browser);
  const elsewhere = new Elsewhere(page, servers.elsewhere);
  await elsewhere.open();
  await elsewhere.useMyChoice();
  await elsewhere.expectChoice(OPEN);
  await page.context().close();
});

async function signalling(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ extraHTTPHeaders: { 'Sec-GPC': '1' } });
  return context.newPage();
}

test.describe('with a forged form', () => {
  test.use({ allowedErrors: /status of 403/ });

  test('a page of another site cannot even show answers of its own', async ({ page, servers, context }) => {
    const query = 'service=shop&state=x&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&analytics=yes';
    const inputs = query.split('&').map((field) => field.split('='));
    const fields = inputs.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('');
    const form = `<form method="post" action="${servers.policy}/connect/answer">${fields}<button>Win a prize</button></form>`;
    await page.goto(`data:text/html,${encodeURIComponent(`<!doctype html><link rel="icon" href="data:,">${form}`)}`);
    const answer = page.waitForResponse((response) => response.url().endsWith('/connect/answer'));
    await page.getByRole('button').click();
    expect((await answer).status()).toBe(403);
    await expect(page.locator('#service-answers')).toHaveCount(0);
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('__Host-Http-consent');
  });
});

test('the page that asks to save is accessible', async ({ page, servers }) => {
  test.slow(); // for axe
  const elsewhere = new Elsewhere(page, servers.elsewhere);
  await elsewhere.open();
  await elsewhere.useMyChoice();
  await elsewhere.answer(['No', 'No']);
  await expectAccessible(page);
});
