import { join } from 'node:path';
import { REPOSITORY } from '../fixtures/site';
import { test } from '../fixtures/test';

/** `npm run screenshots`: every page in every dress, to be looked at; and the picture of the README. */
const FOLDER = join(REPOSITORY, 'end2end/test-results/screenshots');

const PICTURES = {
  home: '/',
  policy: '/policy',
  'policy-1.0': '/policy/1.0',
  'policy-history': '/policy/history',
  comparison: '/policy/compare/1.0/1.1',
  preferences: '/preferences',
  history: '/preferences/history',
  verify: '/verify',
  statistics: '/statistics',
  'not-found': '/nowhere',
};

const DRESSES = {
  light: { colorScheme: 'light', forcedColors: 'none', width: 1280, dir: 'ltr' },
  dark: { colorScheme: 'dark', forcedColors: 'none', width: 1280, dir: 'ltr' },
  narrow: { colorScheme: 'light', forcedColors: 'none', width: 320, dir: 'ltr' },
  forced: { colorScheme: 'dark', forcedColors: 'active', width: 1280, dir: 'ltr' },
  rtl: { colorScheme: 'light', forcedColors: 'none', width: 1280, dir: 'rtl' },
} as const;

for (const [name, path] of Object.entries(PICTURES)) {
  for (const decided of [false, true]) {
    test(`${name}${decided ? ', decided' : ''}`, async ({ page, pageErrors, preferences }) => {
      pageErrors.expectStatus(404);
      if (decided) {
        await preferences.open();
        await preferences.decide(['preferences', 'analytics']);
      }
      await page.goto(path);
      for (const [dress, { width, dir, ...media }] of Object.entries(DRESSES)) {
        await page.emulateMedia(media);
        await page.setViewportSize({ width, height: 900 });
        await page.evaluate((direction) => {
          document.documentElement.dir = direction;
        }, dir);
        const file = `${name}${decided ? '-decided' : ''}-${dress}.png`;
        await page.screenshot({ path: join(FOLDER, file), fullPage: true });
      }
    });
  }
}

test('the picture of the README', async ({ page, preferences }) => {
  await preferences.open();
  await preferences.decide(['analytics']);
  await page.goto('/preferences');
  await page.screenshot({ path: join(REPOSITORY, 'docs/screenshot.png') });
});
