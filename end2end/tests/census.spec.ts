import type { Decided } from '../fixtures/inventory';
import { expect, PAGES, test } from '../fixtures/test';
import type { Banner } from '../pages/banner';
import type { Preferences } from '../pages/preferences';

interface State {
  name: string;
  decided: Decided;
  /** The way there, from the home page of a first visit. */
  reach: (visitor: { banner: Banner; preferences: Preferences }) => Promise<void>;
}

const LOOK = { theme: 'dark' };

const STATES: State[] = [
  { name: 'without a choice', decided: 'nothing', reach: async () => {} },
  { name: 'after a refusal', decided: [], reach: async ({ banner }) => banner.reject.click() },
  {
    name: 'after accepting',
    decided: ['preferences', 'analytics'],
    reach: async ({ banner, preferences }) => {
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
    },
  },
  {
    name: 'with preferences alone',
    decided: ['preferences'],
    reach: async ({ preferences }) => {
      await preferences.open();
      await preferences.decide(['preferences']);
      await preferences.saveAppearance(LOOK);
    },
  },
  {
    name: 'with analytics alone',
    decided: ['analytics'],
    reach: async ({ preferences }) => {
      await preferences.open();
      await preferences.decide(['analytics']);
    },
  },
  {
    name: 'with preferences granted beside the appearance',
    decided: ['preferences'],
    reach: async ({ preferences }) => {
      await preferences.open();
      await preferences.saveAppearance({ ...LOOK, remember: 'yes' });
    },
  },
  {
    name: 'with the appearance refused beside the form',
    decided: 'nothing',
    reach: async ({ preferences }) => {
      await preferences.open();
      await preferences.saveAppearance({ ...LOOK, remember: 'no' });
    },
  },
  {
    name: 'after withdrawing analytics',
    decided: ['preferences'],
    reach: async ({ banner, preferences }) => {
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await preferences.withdraw('analytics');
    },
  },
  {
    name: 'after withdrawing preferences',
    decided: ['analytics'],
    reach: async ({ banner, preferences }) => {
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await preferences.withdraw('preferences');
    },
  },
  {
    name: 'after a yes and then a no',
    decided: [],
    reach: async ({ banner, preferences }) => {
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await preferences.decide([]);
    },
  },
  {
    name: 'after deleting the consent cookie',
    decided: 'nothing',
    reach: async ({ banner, preferences }) => {
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await preferences.delete('__Host-consent');
    },
  },
  {
    name: 'after deleting all',
    decided: 'nothing',
    reach: async ({ banner, preferences }) => {
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await preferences.deleteAll();
    },
  },
];

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    for (const { name, decided, reach } of STATES) {
      test(`${name} the browser holds what the inventory allows, as declared`, async ({ page, banner, preferences, jar }) => {
        await page.goto('/');
        await reach({ banner, preferences });
        for (const path of PAGES) await page.goto(path);
        await jar.expectAllowed(decided);
      });
    }
  });
}

test('a visit renews neither the decision nor the cookies that hang on it', async ({ page, banner, preferences, jar }) => {
  await page.goto('/');
  await banner.accept.click();
  await preferences.open();
  await preferences.saveAppearance(LOOK);
  const before = await Promise.all([jar.get('__Host-consent'), jar.get('__Host-appearance')]);
  for (const path of PAGES) await page.goto(path);
  expect(await Promise.all([jar.get('__Host-consent'), jar.get('__Host-appearance')])).toEqual(before);
});

test('pages alone set cookies, and what is no page sets none', async ({ page, watch, jar }) => {
  watch.expectStatus(404); // Chromium looks for /favicon.ico where no page names another.
  for (const path of ['/cookies.json', '/health', '/robots.txt', '/favicon.svg']) {
    await page.goto(path);
    expect(await jar.names(), path).toEqual([]);
  }
});
