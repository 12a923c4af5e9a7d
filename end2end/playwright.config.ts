import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './fixtures/chromium-options';
import { firefoxOptions } from './fixtures/firefox-options';
import type { Journeying } from './fixtures/journey-test';

// `test` runs `browser`, the journeys in Firefox with scripts and in Chromium without, the judges from outside and the faults, and then Lighthouse by itself, since
// it measures; `journeys` runs them in both, with and without scripts; `screenshots` and `compliance` have commands of their own. Each worker starts a server of its own (fixtures/test.ts).
// A disk that stands still for longer than a test waits says nothing of a page, so those are tried a second time, and named at the end. A decision
// that was lost once was lost: the faults are tried once.
const AGAIN = { retries: 1 };

// Playwright switches off what lets Chromium bring a left page back as it was. People have it on.
const KEEPS_LEFT_PAGES = { ignoreDefaultArgs: ['--disable-back-forward-cache'] };

/** The same journeys in two browsers, each with and without scripts. */
const JOURNEYS = [true, false].flatMap((scripts) => {
  const journey = { ...AGAIN, testDir: 'journeys', timeout: 60_000, expect: { timeout: 10_000 } };
  const patient = { scripts, actionTimeout: 10_000, navigationTimeout: 20_000 };
  const plain = scripts ? '' : '-plain';
  return [
    {
      ...journey,
      name: `journeys-chromium${plain}`,
      use: { ...patient, javaScriptEnabled: scripts, launchOptions: { ...chromiumOptions(), ...KEEPS_LEFT_PAGES } },
    },
    {
      ...journey,
      name: `journeys-firefox${plain}`,
      // For a picture Playwright puts a style into the page, which the page's policy forbids, and Firefox says so.
      use: { ...patient, browserName: 'firefox' as const, screenshot: 'off' as const, launchOptions: firefoxOptions(scripts) },
    },
  ];
});

export default defineConfig<Journeying>({
  outputDir: 'test-results/run',
  reporter: [['list'], ['./fixtures/failure-summary-reporter.ts']],
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
    ...JOURNEYS,
    { name: 'faults', testDir: 'fault-tests', fullyParallel: false },
    { name: 'judges', ...AGAIN, testDir: 'audits', testIgnore: 'lighthouse.spec.ts' },
    { name: 'lighthouse', ...AGAIN, testDir: 'audits', testMatch: 'lighthouse.spec.ts' },
    { name: 'screenshots', testDir: 'screenshots' },
    { name: 'compliance', testDir: 'compliance' },
  ],
});
