import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './fixtures/chromium';

// `test` runs the project `browser`; `screenshots` and `compliance` the others. Each worker starts a server of its own (fixtures/test.ts).
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
    { name: 'screenshots', testDir: 'screenshots' },
    { name: 'compliance', testDir: 'compliance' },
  ],
});
