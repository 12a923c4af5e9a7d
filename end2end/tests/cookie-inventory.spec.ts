import type { Decision, SignInState } from '../fixtures/inventory';
import { expect, inLanguage, LANGUAGES, ACCOUNT_PAGES, PAGES, test } from '../fixtures/test';
import type { Account, Credentials } from '../pages/account';
import type { Banner } from '../pages/banner';
import type { Preferences } from '../pages/preferences';

interface State {
  name: string;
  decided: Decision;
  /** Whether somebody is signed in; never, if nothing is said. */
  signed?: SignInState;
  /** The way there, from the home page of a first visit. */
  reach: (visitor: { banner: Banner; preferences: Preferences; account: Account; guest: Credentials }) => Promise<void>;
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
      await preferences.delete('__Host-Http-consent');
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
  { name: 'signed in without a choice', decided: 'nothing', signed: 'in', reach: async ({ account, guest }) => account.signUp(guest) },
  {
    name: 'kept signed in without a choice',
    decided: 'nothing',
    signed: 'remembered',
    reach: async ({ account, guest }) => account.signUp(guest, { remember: true }),
  },
  {
    name: 'signed out without a choice',
    decided: 'nothing',
    signed: 'out',
    reach: async ({ account, guest }) => {
      await account.signUp(guest, { remember: true });
      await account.signOut();
    },
  },
  {
    name: 'signed in after a refusal',
    decided: [],
    signed: 'in',
    reach: async ({ banner, account, guest }) => {
      await banner.reject.click();
      await account.signUp(guest);
    },
  },
  {
    name: 'kept signed in and then accepting',
    decided: ['preferences', 'analytics'],
    signed: 'remembered',
    reach: async ({ banner, preferences, account, guest }) => {
      await account.signUp(guest, { remember: true });
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
    },
  },
  {
    name: 'signed out after accepting',
    decided: ['preferences', 'analytics'],
    signed: 'out',
    reach: async ({ banner, preferences, account, guest }) => {
      await account.signUp(guest);
      await banner.accept.click();
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await account.signOut();
    },
  },
  {
    name: 'signed in again, and not to be kept signed in any more,',
    decided: [],
    signed: 'in',
    reach: async ({ banner, account, guest }) => {
      await account.signUp(guest, { remember: true });
      await banner.reject.click();
      await account.signOut();
      await account.signIn(guest);
    },
  },
  {
    name: 'signed in after withdrawing analytics',
    decided: ['preferences'],
    signed: 'in',
    reach: async ({ banner, preferences, account, guest }) => {
      await banner.accept.click();
      await account.signUp(guest);
      await preferences.open();
      await preferences.saveAppearance(LOOK);
      await preferences.withdraw('analytics');
    },
  },
  {
    name: 'kept signed in after changing the password',
    decided: 'nothing',
    signed: 'remembered',
    reach: async ({ account, guest }) => {
      await account.signUp(guest, { remember: true });
      await account.changePassword(guest.password, 'a fresh battery staple');
    },
  },
  {
    name: 'signed in again after deleting the mark of the browser',
    decided: 'nothing',
    signed: 'in',
    reach: async ({ preferences, account, guest }) => {
      await account.signUp(guest);
      await preferences.open();
      await preferences.delete('__Host-Http-device');
      await account.signOut();
      await account.signIn(guest);
    },
  },
  {
    name: 'after deleting the account',
    decided: [],
    reach: async ({ banner, account, guest }) => {
      await banner.reject.click();
      await account.signUp(guest, { remember: true });
      await account.delete(guest.password);
    },
  },
  {
    name: 'after deleting all while kept signed in',
    decided: 'nothing',
    reach: async ({ banner, preferences, account, guest }) => {
      await account.signUp(guest, { remember: true });
      await banner.accept.click();
      await preferences.open();
      await preferences.deleteAll();
    },
  },
];

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    for (const [index, { name, decided, signed, reach }] of STATES.entries()) {
      // Each language has its turn.
      const { tag } = LANGUAGES[index % LANGUAGES.length]!;
      test(`${name} the browser holds what the inventory allows, as declared, in ${tag}`, async ({
        page,
        banner,
        preferences,
        account,
        guest,
        jar,
      }) => {
        await page.goto('/');
        await reach({ banner, preferences, account, guest });
        // Which cookies come depends on the response alone, so the browser draws only two of the pages.
        for (const path of [...PAGES, ...ACCOUNT_PAGES]) await page.request.get(inLanguage(tag, path));
        for (const path of ['/policy', '/preferences']) await page.goto(inLanguage(tag, path));
        await jar.expectAllowed(decided, signed);
      });
    }
  });
}

test('a visit renews neither the decision nor the cookies that hang on it', async ({ page, banner, preferences, jar }) => {
  await page.goto('/');
  await banner.accept.click();
  await preferences.open();
  await preferences.saveAppearance(LOOK);
  const before = await Promise.all([jar.get('__Host-Http-consent'), jar.get('__Host-Http-appearance')]);
  for (const path of PAGES) await page.goto(path);
  expect(await Promise.all([jar.get('__Host-Http-consent'), jar.get('__Host-Http-appearance')])).toEqual(before);
});

test('pages alone set cookies, and what is no page sets none', async ({ page, pageErrors, jar }) => {
  pageErrors.expectStatus(404); // Chromium looks for /favicon.ico where no page names another.
  for (const path of ['/cookies.json', '/policy.json', '/editions/1.0', '/openapi.json', '/health', '/robots.txt', '/favicon.svg']) {
    await page.goto(path);
    expect(await jar.names(), path).toEqual([]);
  }
});
