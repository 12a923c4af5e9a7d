import { test as base, expect } from '@playwright/test';
import { type Attempts, Site } from '../fixtures/site';

export { expect };

interface ForEachWorker {
  /** A spec that sets a name gets a site of its own. */
  siteName: string;
  /** The login rate limit of its site. */
  attempts: Attempts;
  site: Site;
}

/** Runs the release build for the audits. Only specs that need a browser start one. */
export const test = base.extend<object, ForEachWorker>({
  siteName: ['audits', { scope: 'worker', option: true }],
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
