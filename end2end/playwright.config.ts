import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './fixtures/chromium';

// `test` runs the project `browser`, the judges from outside and the faults, and then Lighthouse by itself, since it measures; `screenshots` and
// `compliance` by their own commands. Each worker starts a server of its own (fixtures/test.ts).
// A disk that stands still for longer than a test waits says nothing of a page, so those are tried a second time, and named at the end. A decision
// that was lost once was lost: the faults are tried once.
const AGAIN = { retries: 1 };

export default defineConfig({
  outputDir: 'test-results/run',
  reporter: [['list'], ['./fixtures/last_words.ts']],
  workers: 2,
  forbidOnly: !!process.env.CI,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  use: {
    launchOptions: chromiumOptions(),
    viewport: { width: 1280, height: 900 },
    locale: 'en',
    // Colours are measured: none is to be caught on its way to another.
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 5_000,
    navigationTimeout: 10_000,
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'browser', ...AGAIN, testDir: 'tests' },
    { name: 'faults', testDir: 'faults', fullyParallel: false },
    { name: 'judges', ...AGAIN, testDir: 'judges', testIgnore: 'lighthouse.spec.ts' },
    { name: 'lighthouse', ...AGAIN, testDir: 'judges', testMatch: 'lighthouse.spec.ts' },
    { name: 'screenshots', testDir: 'screenshots' },
    { name: 'compliance', testDir: 'compliance' },
  ],
});
