import { expect, type Locator, type Page } from '@playwright/test';

/** The page of the example sibling, with what Harmony's script puts into it. */
export class Shop {
  readonly banner: Locator;
  readonly accept: Locator;
  readonly reject: Locator;
  readonly choose: Locator;
  readonly links: Locator;
  readonly preferences: Locator;
  readonly status: Locator;
  /** What the sibling's own server made of the token. */
  readonly visit: Locator;

  constructor(
    readonly page: Page,
    private readonly address: string,
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

  /** Checks which optional scripts have run in this page: the one with `src`, and the one in the page itself. */
  async expectRan({ analytics, preferences }: { analytics: boolean; preferences: boolean }): Promise<void> {
    const granted = [...(preferences ? ['preferences'] : []), ...(analytics ? ['analytics'] : [])].join(' ');
    await expect(this.page.locator('html')).toHaveAttribute('data-harmony', granted);
    await expect(this.visit).toHaveText(analytics ? 'counted' : 'not counted');
    expect(await this.page.evaluate(() => document.body.dataset.preferences)).toBe(preferences ? 'ran' : undefined);
    await expect(this.page.locator('script[type="text/plain"]')).toHaveCount(Number(!analytics) + Number(!preferences));
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
