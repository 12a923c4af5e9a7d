import type { Locator, Page } from '@playwright/test';

/** The question that stands first on a page until there is a decision. */
export class Banner {
  readonly region: Locator;
  readonly accept: Locator;
  readonly reject: Locator;
  readonly choose: Locator;

  constructor(page: Page) {
    this.region = page.locator('#banner');
    this.accept = this.region.getByRole('button', { name: 'Accept optional cookies' });
    this.reject = this.region.getByRole('button', { name: 'Reject optional cookies' });
    this.choose = this.region.getByRole('link', { name: 'Choose for each purpose' });
  }
}
