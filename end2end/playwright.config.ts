import { defineConfig } from '@playwright/test';
import { bfcacheOptions, chromiumOptions, headlessShellOptions } from './fixtures/chromium-options';
import { firefoxOptions } from './fixtures/firefox-options';
import type { JourneyOptions } from './fixtures/journey-test';

// `npm test` runs `browser`, the journeys in Firefox with scripts and in Chromium without, `webkit`, the
// audits and the fault tests. Lighthouse runs last and alone, because it measures speed. `npm run journeys`
// runs both browsers with and without scripts. `screenshots` and `compliance` have their own
// commands. Each worker starts its own server (fixtures/test.ts).
//
// A stalled disk says nothing about a page, so those tests get a retry; the summary names them. Fault
// tests get none, because a decision lost once is lost.
const RETRY = { retries: 1 };

const BFCACHE_TESTS = 'back-button.spec.ts';

/** The same journeys in two browsers, each with and without scripts. */
const JOURNEYS = [true, false].flatMap((scripts) => {
  const journey = { ...RETRY, testDir: 'journeys', timeout: 60_000, expect: { timeout: 10_000 } };
  const patient = { scripts, actionTimeout: 10_000, navigationTimeout: 20_000 };
  const plain = scripts ? '' : '-plain';
  const inChromium = { ...patient, javaScriptEnabled: scripts };
  return [
    {
      ...journey,
      name: `journeys-chromium${plain}`,
      testIgnore: BFCACHE_TESTS,
      use: { ...inChromium, launchOptions: headlessShellOptions() },
    },
    {
      ...journey,
      name: `journeys-bfcache${plain}`,
      testMatch: BFCACHE_TESTS,
      use: { ...inChromium, launchOptions: bfcacheOptions() },
    },
    {
      ...journey,
      name: `journeys-firefox${plain}`,
      // For a screenshot Playwright adds a style, which the page's CSP forbids, and Firefox reports that.
      use: { ...patient, browserName: 'firefox' as const, screenshot: 'off' as const, launchOptions: firefoxOptions(scripts) },
    },
  ];
});

export default defineConfig<JourneyOptions>({
  outputDir: 'test-results/run',
  snapshotPathTemplate: '../docs/pictures/{arg}{ext}',
  reporter: [['list'], ['./fixtures/failure-summary-reporter.ts']],
  // Tests also wait for servers, so three of them keep two cores busy.
  workers: 3,
  forbidOnly: !!process.env.CI,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  use: {
    launchOptions: headlessShellOptions(),
    viewport: { width: 1280, height: 900 },
    locale: 'en',
    // Tests measure colours, so no transition may be in progress.
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 5_000,
    navigationTimeout: 10_000,
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'browser', ...RETRY, testDir: 'tests' },
    ...JOURNEYS,
    { name: 'fault-tests', testDir: 'fault-tests', fullyParallel: false },
    { name: 'webkit', ...RETRY, testDir: 'webkit', timeout: 60_000 },
    { name: 'audits', ...RETRY, testDir: 'audits', testIgnore: 'lighthouse.spec.ts' },
    { name: 'lighthouse', ...RETRY, testDir: 'audits', testMatch: 'lighthouse.spec.ts' },
    { name: 'screenshots', testDir: 'screenshots', use: { launchOptions: chromiumOptions() } },
    { name: 'compliance', testDir: 'compliance', use: { launchOptions: chromiumOptions() } },
  ],
});
