import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './fixtures/chromium';

// `test` runs the project `browser`, the judges from outside and the faults, and then Lighthouse by itself, since it measures; `screenshots` and
// `compliance` by their own commands. Each worker starts a server of its own (fixtures/test.ts).
export default defineConfig({
  outputDir: 'test-results/run',
  reporter: 'list',
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
    { name: 'browser', testDir: 'tests' },
    { name: 'faults', testDir: 'faults', fullyParallel: false },
    { name: 'judges', testDir: 'judges', testIgnore: 'lighthouse.spec.ts' },
    { name: 'lighthouse', testDir: 'judges', testMatch: 'lighthouse.spec.ts' },
    { name: 'screenshots', testDir: 'screenshots' },
    { name: 'compliance', testDir: 'compliance' },
  ],
});
