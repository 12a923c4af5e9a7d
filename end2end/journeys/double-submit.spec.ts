import type { Locator } from '@playwright/test';
import type { Credentials } from '../pages/account';
import { expect, test as base } from '../fixtures/journey-test';
import { recordsOf } from '../fixtures/server';
import type { Site } from '../fixtures/site';
import { DelayProxy } from '../fixtures/delay-proxy';
import type { Actor } from '../fixtures/actor';

const test = base.extend<{ baseURL: string }, { delayProxy: DelayProxy }>({
  delayProxy: [
    async ({ site }, use) => {
      const delayProxy = await DelayProxy.to(site.address);
      await use(delayProxy);
      delayProxy.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ delayProxy }, use) => use(delayProxy.address),
});

// The longest file of the journeys is shared by all workers.
test.describe.configure({ mode: 'parallel' });

interface With {
  actor: Actor;
  guest: Credentials;
  site: Site;
  /** The same person in another browser. */
  anotherActor: () => Promise<Actor>;
}

interface Form {
  name: string;
  /** Comes to the form, fills it in, and returns its button. */
  reach: (given: With) => Promise<Locator>;
  /** What else there is to be seen afterwards. */
  look?: (given: With) => Promise<unknown>;
  /** How many decisions are recorded by it, where that is known. */
  records?: number;
}

const at = (path: string, button: string) => async ({ actor }: With) => {
  await actor.page.goto(path);
  return actor.page.locator(button).first();
};

const granted = (path: string, button: string) => async (given: With) => {
  await given.actor.answer('yes');
  return at(path, button)(given);
};

const asUser = (path: string, button: string, fields: Record<string, string> = {}) => async (given: With) => {
  await given.actor.signUp(given.guest);
  const found = await at(path, button)(given);
  for (const [field, text] of Object.entries(fields)) await given.actor.write(given.actor.page.locator(field), text);
  return found;
};

/** How many browsers the account is signed in on. */
const sessions = async ({ actor }: With) => {
  await actor.page.goto('/account');
  return actor.page.locator('ul.sessions > li').count();
};

const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'a fresh battery staple';

/** Whether an account is there, and opens with that password. */
const signsInWith = (password: string) => async ({ actor, guest }: With) => {
  await actor.context.clearCookies();
  await actor.press(await actor.fillIn('#sign-in', { ...guest, password }));
  await actor.expectCount(actor.page.locator('#notice, #problems'), 1, 'whether it was taken');
  return actor.page.locator('#problems').count();
};

const FORMS: Form[] = [
  { name: 'yes in the banner', reach: at('/policy', '#banner button[value=yes]'), records: 1 },
  { name: 'no in the banner', reach: at('/policy', '#banner button[value=no]'), records: 1 },
  {
    name: 'save the choices',
    reach: async (given) => {
      const button = await at('/preferences', '#save-choices')(given);
      await given.actor.chooseAll(['analytics']);
      return button;
    },
    records: 1,
  },
  { name: 'turn off one purpose', reach: granted('/preferences', 'form.turn-off button') },
  { name: 'withdraw all', reach: granted('/policy', '#withdraw-all button') },
  {
    name: 'delete a cookie',
    reach: async (given) => {
      await given.actor.jar.addForeign('stranger', 'value');
      return at('/preferences', 'tr[data-cookie=stranger] button')(given);
    },
  },
  { name: 'delete an optional cookie', reach: granted('/preferences', 'tr[data-cookie="__Host-Http-analytics"] button') },
  { name: 'delete all', reach: granted('/preferences/delete', '#delete-all button') },
  {
    name: 'save the appearance',
    reach: async (given) => {
      const button = await granted('/preferences', '#save-appearance')(given);
      await given.actor.unfold('#appearance');
      await given.actor.choose(given.actor.page.locator('#theme-dark'));
      return button;
    },
  },
  {
    name: 'save the appearance, and allow that it is remembered',
    reach: async (given) => {
      const button = await at('/preferences', '#save-appearance')(given);
      await given.actor.unfold('#appearance');
      for (const answer of ['#theme-dark', '#remember-yes']) await given.actor.choose(given.actor.page.locator(answer));
      return button;
    },
    records: 1,
  },
  {
    name: 'choose a language',
    reach: async (given) => {
      const button = await granted('/policy', '#languages button[value=de]')(given);
      await given.actor.unfold('#languages details');
      return button;
    },
  },
  {
    name: 'sign up',
    reach: ({ actor, guest }) => actor.fillIn('#sign-up', guest),
    look: async (given) => [await sessions(given), await signsInWith(PASSWORD)(given)],
  },
  {
    name: 'sign in',
    reach: async ({ actor, guest }) => {
      await actor.signUp(guest);
      await actor.signOut();
      return actor.fillIn('#sign-in', guest);
    },
    look: sessions,
  },
  { name: 'sign out', reach: asUser('/account', '#sign-out button'), look: signsInWith(PASSWORD) },
  {
    name: 'change the password',
    reach: asUser('/account/password', '#change-password button', {
      '#change-password input#password': PASSWORD,
      '#change-password input#new_password': NEW_PASSWORD,
    }),
    look: signsInWith(NEW_PASSWORD),
  },
  {
    name: 'delete the account',
    reach: asUser('/account/delete', '#delete-account button', { '#delete-account input#password': PASSWORD }),
    look: signsInWith(PASSWORD),
  },
  {
    name: 'end one session',
    reach: async (given) => {
      await given.actor.signUp(given.guest);
      const other = await given.anotherActor();
      await other.signIn(given.guest);
      return at('/account', 'ul.sessions > li:not([data-this]) .end button')(given);
    },
    look: sessions,
  },
  {
    name: 'end all other sessions',
    reach: async (given) => {
      await given.actor.signUp(given.guest);
      const other = await given.anotherActor();
      await other.signIn(given.guest);
      return at('/account', '#end-others button')(given);
    },
    look: sessions,
  },
  {
    name: 'use a password reset link',
    reach: async (given) => {
      await given.actor.signUp(given.guest);
      await given.actor.context.clearCookies();
      const link = new URL(await given.site.operator('password-reset', given.guest.email));
      const button = await at(link.pathname + link.search, '#reset-password button')(given);
      await given.actor.write(given.actor.page.locator('#reset-password input#new_password'), NEW_PASSWORD);
      return button;
    },
    look: async (given) => [await sessions(given), await signsInWith(NEW_PASSWORD)(given)],
  },
  {
    name: 'verify a receipt',
    reach: async (given) => {
      const button = await at('/verify', '#verify button')(given);
      await given.actor.unfold('main details');
      await given.actor.write(given.actor.page.locator('#verify textarea'), '{}');
      return button;
    },
  },
];

for (const { name, reach, look, records } of FORMS) {
  test(`pressed twice on a slow connection, it ends where one press ends: ${name}`, async ({ actor, anotherActor, guest, site, delayProxy, pageErrors }) => {
    // Whether there is an account, and whether a text is a receipt, is found out by what is refused.
    pageErrors.expectStatus(422);
    const one = { actor: await anotherActor(), guest: { ...guest, email: `one-${guest.email}` }, site, anotherActor };
    const once = await outcome(one, reach, look, async (button) => {
      await delayProxy.submit(await pointAt(one.actor, button));
    });
    const two = { actor, guest, site, anotherActor };
    const twice = await outcome(two, reach, look, async (button) => {
      await delayProxy.pressTwice(await pointAt(actor, button));
    });
    expect(twice).toEqual(once);
    if (records !== undefined) expect(once.records, 'one press is one decision').toBe(records);
  });
}

/** What is to be seen of somebody after a form was sent. */
async function outcome(given: With, reach: Form['reach'], look: Form['look'], press: (button: Locator) => Promise<void>) {
  const { page, jar, banner, notice } = given.actor;
  const button = await reach(given);
  const before = await countRecords(given.site);
  // Another page comes, or this one is replaced in place; either way the button is gone.
  await button.evaluate((element) => element.setAttribute('data-pressed', ''));
  await press(button);
  const isNext = () => page.evaluate(() => document.readyState === 'complete' && document.querySelector('[data-pressed]') === null);
  await expect.poll(() => isNext().catch(() => false), 'what comes of it').toBe(true);
  const problems = await page.locator('#problems').allInnerTexts();
  const said = await notice.allInnerTexts();
  const title = await page.locator('h1').allInnerTexts();
  const { pathname, searchParams } = new URL(page.url());
  // The way to the receipt is another one for each record.
  const hasReceipt = searchParams.has('receipt');
  searchParams.delete('receipt');
  return {
    page: `${pathname}?${searchParams}`,
    hasReceipt,
    title,
    said,
    problems,
    asks: await banner.count(),
    cookies: await jar.names(),
    answers: await given.actor.checked(),
    records: (await countRecords(given.site)) - before,
    more: await look?.(given),
  };
}

async function countRecords(site: Site): Promise<number> {
  return recordsOf(await site.command('ledger', 'export')).length;
}

/** Presses where a button is now, even if another element is there the next time, like a finger. */
async function pointAt({ page }: Actor, button: Locator): Promise<() => Promise<void>> {
  await button.evaluate((element) => element.scrollIntoView({ block: 'center', behavior: 'instant' }));
  const box = await button.boundingBox();
  if (box === null) throw new Error('The button is not to be seen.');
  return () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}
