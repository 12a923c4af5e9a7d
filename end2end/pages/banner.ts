import type { Locator, Page } from '@playwright/test';

/** The consent banner, first on each page until the visitor decides. */
export class Banner {
  readonly region: Locator;
  readonly accept: Locator;
  readonly reject: Locator;
  readonly choose: Locator;

  constructor(page: Page) {
    this.region = page.locator('#banner');
    this.accept = this.region.getByRole('button', { name: 'Allow optional cookies' });
    this.reject = this.region.getByRole('button', { name: 'Reject optional cookies' });
    this.choose = this.region.getByRole('link', { name: 'Manage cookies' });
  }
}
