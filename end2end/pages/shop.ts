import { expect, type Locator, type Page } from '@playwright/test';

/** The page of the example partner service, with what Harmony's script puts into it. */
export class Shop {
  readonly banner: Locator;
  readonly accept: Locator;
  readonly reject: Locator;
  readonly choose: Locator;
  readonly links: Locator;
  readonly preferences: Locator;
  readonly status: Locator;
  /** What the partner's own server made of the token. */
  readonly visit: Locator;

  constructor(
    readonly page: Page,
    readonly address: string,
  ) {
    this.banner = page.locator('#harmony-banner');
    this.accept = page.locator('#harmony-accept');
    this.reject = page.locator('#harmony-reject');
    this.choose = page.locator('#harmony-choose');
    this.links = page.locator('#harmony-links');
    this.preferences = page.locator('#harmony-preferences');
    this.status = page.locator('#harmony-status');
    this.visit = page.locator('#visit');
  }

  /** Opens the page, and waits until it is known there what is granted. */
  async open(): Promise<void> {
    await this.page.goto(this.address);
    await this.page.locator('html[data-harmony]').waitFor({ state: 'attached' });
  }

  /**
   * Lets the browser get the page as a shop would send it that writes other HTML, or other headers. `{nonce}` in it becomes the nonce of
   * the page.
   */
  async alter(change: (html: string) => string, headers: Record<string, string> = {}): Promise<void> {
    // Chromium does not know that such a page came from this machine, and would not let it ask a server here.
    await this.page.context().grantPermissions(['local-network-access'], { origin: this.address });
    await this.page.route(`${this.address}/`, async (route) => {
      const response = await route.fetch();
      const html = await response.text();
      const nonce = /nonce="([^"]+)"/.exec(html)?.[1] ?? '';
      const body = change(html).replaceAll('{nonce}', nonce);
      const changed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replaceAll('{nonce}', nonce)]));
      await route.fulfill({ response, headers: { ...response.headers(), ...changed }, body });
    });
  }

  /** Checks which optional scripts have run in this page: the one with `src`, and the one in the page itself. */
  async expectRan({ analytics, preferences }: { analytics: boolean; preferences: boolean }): Promise<void> {
    const granted = [...(analytics ? ['analytics'] : []), ...(preferences ? ['preferences'] : [])].join(' ');
    await expect(this.page.locator('html')).toHaveAttribute('data-harmony', granted);
    await expect(this.visit).toHaveText(analytics ? 'counted' : 'not counted');
    expect(await this.page.evaluate(() => document.body.dataset.preferences)).toBe(preferences ? 'ran' : undefined);
    await expect(this.page.locator('script[type="text/plain"]')).toHaveCount(2 * Number(!analytics) + Number(!preferences));
  }

  /** How often the page was told of a change. */
  async changes(): Promise<number> {
    return this.page.evaluate(() => Number(document.body.dataset.changes ?? 0));
  }

  /** Asks again, as the page may at any time. */
  async askAgain(): Promise<void> {
    await this.page.evaluate(() => document.dispatchEvent(new Event('harmony:ask')));
  }
}
