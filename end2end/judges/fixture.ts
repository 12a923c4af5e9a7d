import { test as base, expect } from '@playwright/test';
import { type Attempts, Site } from '../fixtures/site';

export { expect };

interface ForEachWorker {
  /** A file that names its site here has one to itself. */
  siteName: string;
  /** How many attempts at passwords its site hears. */
  attempts: Attempts;
  site: Site;
}

/** What the judges look at: the release build, running. Only those that need a browser start one. */
export const test = base.extend<object, ForEachWorker>({
  siteName: ['judged', { scope: 'worker', option: true }],
  attempts: ['generous', { scope: 'worker', option: true }],
  site: [
    async ({ siteName: _, attempts }, use) => {
      const site = await Site.start(attempts);
      await use(site);
      await site.stop();
    },
    { scope: 'worker', timeout: 30_000 },
  ],
});
