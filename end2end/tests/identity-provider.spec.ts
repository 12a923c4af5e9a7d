import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test as base } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessibility';
import { type Fault, IdentityProvider, providersFile } from '../fixtures/identity-provider';
import { harmony, Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';

const PASSWORD = 'tomorrow we sail at dawn';
const FAILED = 'Signing in with your company account did not work. Try again, or use another way.';
const DECLINED = 'Signing in with your company account was cancelled, or is not allowed there. Try again, or use another way.';
const EXPIRED = 'That took too long, was used before, or began in another browser. Try again.';
const COOKIE = '__Host-Http-signin';

interface WithProviders {
  /** The site, under another host than its providers. */
  address: string;
  server: Server;
  company: IdentityProvider;
  other: IdentityProvider;
}

const test = base.extend<WithProviders & { port: number; passwords: boolean; data: string; settings: NodeJS.ProcessEnv }>({
  passwords: [true, { option: true }],
  port: async ({}, use) => use(await freePort()),
  address: async ({ port }, use) => use(`http://localhost:${port}`),
  company: async ({ address }, use) => {
    const provider = await IdentityProvider.start('company', address);
    await use(provider);
    await provider.stop().catch(() => undefined);
  },
  other: async ({ address }, use) => {
    const provider = await IdentityProvider.start('other', address);
    await use(provider);
    await provider.stop();
  },
  data: async ({}, use) => {
    const data = await mkdtemp(join(tmpdir(), 'harmony-identity-'));
    await use(data);
    await rm(data, { recursive: true });
  },
  settings: async ({ address, company, other, passwords }, use) => {
    const file = await providersFile([company, other], passwords ? '' : 'passwords = false');
    await use({
      HARMONY_ORIGIN: address,
      HARMONY_IDENTITY_PROVIDERS: file.path,
      HARMONY_ACCOUNT_ATTEMPTS: '1000',
      HARMONY_CLIENT_IP_ATTEMPTS: '1000',
    });
    await file.remove();
  },
  server: [
    async ({ port, data, settings }, use) => {
      const server = await Server.start(data, { at: port, settings });
      await use(server);
      await server.kill();
    },
    { auto: true },
  ],
});

/** Signs in on the pages of the provider, and comes back. */
async function signInThere(page: Page, name: string): Promise<void> {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function signInWith(page: Page, address: string, name: string): Promise<void> {
  await page.goto(`${address}/sign-in`);
  await page.getByRole('link', { name: 'Sign in with company' }).click();
  await signInThere(page, name);
}

async function signUp(page: Page, address: string, email: string): Promise<void> {
  await page.goto(`${address}/sign-up`);
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page).toHaveURL(/notice=signed-up/);
}

async function signOut(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/account`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/notice=signed-out/);
}

const names = async (page: Page) => (await page.context().cookies()).map(({ name }) => name);

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with scripts ${javaScriptEnabled}`, () => {
    test.use({ javaScriptEnabled });

    test('the first sign-in creates an account, and the next finds it', async ({ page, address }) => {
      await page.goto(`${address}/de/sign-in?return_to=/preferences`);
      await page.getByRole('link', { name: 'Mit company anmelden' }).click();
      expect(await names(page)).toContain(COOKIE);
      await signInThere(page, 'ann');
      await expect(page).toHaveURL(new RegExp(`^${address}/de/preferences\\?notice=signed-up&proof=`));
      expect(await names(page)).not.toContain(COOKIE);
      await page.goto(`${address}/account`);
      await expect(page.locator('.lead')).toContainText('ann@company.example');

      await signOut(page, address);
      await page.goto(`${address}/sign-in`);
      await page.getByRole('link', { name: 'Sign in with company' }).click();
      // The provider knows the user, and asks nothing.
      await expect(page).toHaveURL(new RegExp(`^${address}/account\\?notice=signed-in&proof=`));
      await expect(page.locator('.lead')).toContainText('ann@company.example');
    });
  });
}

test('the pages are accessible, in each direction', async ({ page, address }) => {
  for (const path of ['/sign-in', '/ar/sign-in']) {
    await page.goto(`${address}${path}`);
    await expect(page.locator('a[href*="/sign-in/with/"]')).toHaveCount(2);
    await expectAccessible(page);
  }
  await signInWith(page, address, 'ann');
  for (const path of ['/account/security', '/ar/account/security']) {
    await page.goto(`${address}${path}`);
    await expect(page.locator('#identities li strong')).toHaveText('company');
    await expectAccessible(page);
  }
});

test('a user links a company account, signs in with it, and unlinks it', async ({ page, address }) => {
  await signUp(page, address, 'anna@example.org');
  await page.goto(`${address}/account/security`);
  await page.getByRole('link', { name: 'Link company' }).click();
  await signInThere(page, 'ann');
  await expect(page.locator('#notice')).toHaveText('Your company account is linked. You can sign in with it now.');
  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  await page.getByRole('link', { name: 'Sign in with company' }).click();
  await expect(page.locator('.lead')).toContainText('anna@example.org');

  await page.goto(`${address}/account/security`);
  await page.getByRole('button', { name: /^Unlink company/ }).click();
  await expect(page.locator('#notice')).toContainText('The company account is no longer linked.');
  await expect(page.locator('[data-event=identity-unlinked]')).toHaveCount(1);
});

test('the last way into an account stays', async ({ page, address }) => {
  await signInWith(page, address, 'ann');
  await page.goto(`${address}/account/security`);
  await expect(page.getByRole('button', { name: /^Unlink company/ })).toHaveCount(0);
  await expect(page.locator('#identities')).toContainText('This company account is the only way to sign in to your account.');
  await expect(page.locator('#identities li strong')).toHaveText('company');
});

test('an address that has an account is not taken over', async ({ page, address }) => {
  await signUp(page, address, 'ann@company.example');
  await signOut(page, address);
  await signInWith(page, address, 'ann');
  await expect(page.locator('#notice')).toContainText('An account already has your email address.');
  await page.goto(`${address}/account`);
  await expect(page).toHaveURL(/\/sign-in\?return_to=/);
});

const FAULTS: Fault[] = ['issuer', 'audience', 'nonce', 'expired', 'key', 'unsigned', 'slow'];
for (const fault of FAULTS) {
  test(`a wrong answer signs nobody in: ${fault}`, async ({ page, address, company }) => {
    company.fault = fault;
    await page.goto(`${address}/sign-in`);
    await page.getByRole('link', { name: 'Sign in with company' }).click();
    const back = signInThere(page, 'ann');
    // Others are served meanwhile.
    expect((await page.request.get(`${address}/policy`)).status()).toBe(200);
    await back;
    await expect(page.locator('#notice')).toHaveText(FAILED, { timeout: 15_000 });
    await page.goto(`${address}/account`);
    await expect(page).toHaveURL(/\/sign-in\?return_to=/);
    // With right answers, the same user gets in.
    company.fault = undefined;
    await page.getByRole('link', { name: 'Sign in with company' }).click();
    await expect(page).toHaveURL(/notice=signed-up/);
  });
}

test('an absent provider is named, and the site serves on', async ({ page, address, company }) => {
  await company.stop();
  await page.goto(`${address}/sign-in`);
  await page.getByRole('link', { name: 'Sign in with company' }).click();
  await expect(page.locator('#notice')).toHaveText(FAILED);
  await expect(page.getByRole('link', { name: 'Sign in with other' })).toBeVisible();
});

test('who cancels at the provider is told so', async ({ page, address }) => {
  await page.goto(`${address}/sign-in`);
  await page.getByRole('link', { name: 'Sign in with company' }).click();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page.locator('#notice')).toHaveText(DECLINED);
});

/** Signs in at the provider, and returns the answer without delivering it. */
async function answerFor(page: Page, address: string, company: IdentityProvider, name: string): Promise<URL> {
  company.keepsAnswers = true;
  await signInWith(page, address, name);
  await expect(page.locator('body')).toHaveText('kept');
  company.keepsAnswers = false;
  return new URL(company.answer ?? '');
}

test('an answer works in the browser that asked for it, once, and at its own provider', async ({ page, browser, address, company }) => {
  const answer = await answerFor(page, address, company, 'mallory');
  // Login CSRF: the answer of an attacker in the browser of another person.
  const victim = await (await browser.newContext()).newPage();
  await victim.goto(answer.href);
  await expect(victim.locator('#notice')).toHaveText(EXPIRED);
  await victim.goto(`${address}/sign-in`);
  await victim.getByRole('link', { name: 'Sign in with company' }).click();
  await victim.goto(answer.href);
  await expect(victim.locator('#notice')).toHaveText(EXPIRED);
  await victim.context().close();

  // Mix-up: the answer of one provider at the callback of another.
  await page.goto(answer.href.replace('/callback/company', '/callback/other'));
  await expect(page.locator('#notice')).toHaveText(EXPIRED);
  await page.goto(answer.href);
  await expect(page).toHaveURL(/\/account\?notice=signed-up/);
  await signOut(page, address);
  await page.goto(answer.href);
  await expect(page.locator('#notice')).toHaveText(EXPIRED);
});

test('an answer that names another issuer is refused', async ({ page, address, company, other }) => {
  const answer = await answerFor(page, address, company, 'ann');
  expect(answer.searchParams.get('iss')).not.toBeNull();
  answer.searchParams.set('iss', other.issuer);
  await page.goto(answer.href);
  await expect(page.locator('#notice')).toHaveText(FAILED);
});

test('a link on another site begins nothing and says nothing', async ({ page, address, other }) => {
  // The provider's host is another site; its answer to this path is a page.
  await page.goto(`${other.issuer}/nowhere`);
  const follow = async (path: string) => {
    await page.goto(`${other.issuer}/nowhere`);
    await page.setContent(`<a href="${address}${path}">here</a>`);
    await page.getByRole('link', { name: 'here' }).click();
  };
  await follow('/sign-in/with/company');
  await expect(page).toHaveURL(`${address}/sign-in`);
  expect(await names(page)).not.toContain(COOKIE);
  await follow('/sign-in/with/company?return_to=https://evil.example/');
  await expect(page).toHaveURL(`${address}/sign-in`);
  await follow('/sign-in?notice=provider-failed');
  await expect(page.locator('#sign-in')).toBeVisible();
  await expect(page.locator('#notice')).toHaveCount(0);

  await signUp(page, address, 'anna@example.org');
  await follow('/sign-in/with/company?link=1');
  await expect(page).toHaveURL(`${address}/account/security`);
  expect(await names(page)).not.toContain(COOKIE);
});

test('who signs out at the provider is signed out here', async ({ page, browser, address, company }) => {
  await signInWith(page, address, 'ann');
  await expect(page).toHaveURL(/notice=signed-up/);
  const elsewhere = await (await browser.newContext()).newPage();
  await signInWith(elsewhere, address, 'ann');
  await expect(elsewhere).toHaveURL(/notice=signed-in/);

  await page.goto(`${company.issuer}/session/end`);
  await page.getByRole('button', { name: /yes/i }).click();
  await expect.poll(async () => (await page.goto(`${address}/account`))?.url()).toMatch(/\/sign-in\?return_to=/);
  // Another session at the provider stays.
  await elsewhere.goto(`${address}/account/security`);
  await expect(elsewhere.locator('[data-event=provider-signed-out]')).toHaveCount(1);
  await elsewhere.context().close();

  const junk = await page.request.post(`${address}/sign-in/logout/company`, { form: { logout_token: 'junk' } });
  expect(junk.status()).toBe(400);
});

test.describe('without passwords', () => {
  test.use({ passwords: false });

  test('users sign in by provider and by passkey, and a recent sign-in confirms', async ({ page, address }) => {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable', { enableUI: false });
    await session.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await signInWith(page, address, 'ann');
    await expect(page).toHaveURL(/notice=signed-up/);
    await page.goto(`${address}/account/security`);
    await expect(page.locator('#sign-in-methods')).toContainText('This site uses no passwords.');
    await page.getByRole('link', { name: 'Add a passkey' }).click();
    await page.getByRole('button', { name: 'Add the passkey' }).click();
    await expect(page).toHaveURL(/notice=passkey-added/);

    await signOut(page, address);
    // An automatic authenticator would take the offer of the browser before anybody presses the button.
    await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = undefined;');
    await page.goto(`${address}/sign-in`);
    await page.getByLabel('Keep me signed in').check();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page).toHaveURL(/notice=signed-in/);
    expect(await names(page)).toContain('__Host-Http-remember');
    await page.goto(`${address}/account/delete`);
    await page.getByRole('button', { name: 'Delete the account' }).click();
    await expect(page).toHaveURL(/notice=account-deleted/);
  });

  test('the pages of a password are gone, and the operator is told so', async ({ page, address, data, settings }) => {
    for (const path of ['/sign-up', '/sign-in/forgotten', '/sign-in/reset?token=a', '/de/sign-up']) {
      expect((await page.goto(`${address}${path}`))?.status(), path).toBe(404);
      await expect(page.locator('main a').first()).toBeVisible();
    }
    const link = harmony(data, settings, 'account', 'password-reset', 'ann@company.example');
    await expect(link).rejects.toThrow(/passwords are switched off/);
  });

  for (const javaScriptEnabled of [true, false]) {
    test.describe(`with scripts ${javaScriptEnabled}`, () => {
      test.use({ javaScriptEnabled });

      test('the sign-in page has what works, in each direction and on a narrow screen', async ({ page, address }) => {
        await page.setViewportSize({ width: 320, height: 640 });
        for (const path of ['/sign-in', '/ar/sign-in']) {
          await page.goto(`${address}${path}`);
          await expect(page.locator('main a[href*="/sign-in/with/"]')).toHaveCount(2);
          await expect(page.locator('main input:visible')).toHaveCount(javaScriptEnabled ? 1 : 0);
          await expect(page.locator('#passkey')).toBeVisible({ visible: javaScriptEnabled });
          const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect(overflow).toBe(0);
          if (javaScriptEnabled) await expectAccessible(page);
        }
      });
    });
  }
});
