import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CDPSession, expect, type Page, test as base } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessibility';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';

const ANNA = 'anna@example.org';
const PASSWORD = 'tomorrow we sail at dawn';

/** Chromium's virtual authenticator (CDP, domain `WebAuthn`). */
class Authenticator {
  private constructor(
    private readonly session: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  static async attach(page: Page, options: { hasResidentKey?: boolean; isUserVerified?: boolean } = {}): Promise<Authenticator> {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...options,
      },
    });
    return new Authenticator(session, authenticatorId);
  }

  async credentials() {
    const { credentials } = await this.session.send('WebAuthn.getCredentials', { authenticatorId: this.authenticatorId });
    return credentials;
  }

  /** Sets the counter of the one passkey, as a copy of it has it. */
  async setCounter(signCount: number): Promise<void> {
    const [credential] = await this.credentials();
    if (credential === undefined) throw new Error('There is no passkey.');
    await this.session.send('WebAuthn.removeCredential', { authenticatorId: this.authenticatorId, credentialId: credential.credentialId });
    await this.session.send('WebAuthn.addCredential', { authenticatorId: this.authenticatorId, credential: { ...credential, signCount } });
  }

  /** Takes the authenticator away, with its passkeys. */
  async detach(): Promise<void> {
    await this.session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.authenticatorId });
  }

  /** Has the user ignore every prompt, or confirm each. */
  async setPresent(enabled: boolean): Promise<void> {
    await this.session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.authenticatorId, enabled });
  }
}

interface WithServer {
  server: Server;
  /** The site under a name: browsers have no passkeys for an IP address. */
  address: string;
}

const test = base.extend<WithServer>({
  server: async ({}, use) => {
    const data = await mkdtemp(join(tmpdir(), 'harmony-passkeys-'));
    const port = await freePort();
    const settings = { HARMONY_ORIGIN: `http://localhost:${port}`, HARMONY_ACCOUNT_ATTEMPTS: '1000', HARMONY_CLIENT_IP_ATTEMPTS: '1000' };
    const server = await Server.start(data, { at: port, settings });
    await use(server);
    await server.kill();
    await rm(data, { recursive: true });
  },
  address: async ({ server }, use) => use(`http://localhost:${server.port}`),
});

async function signUp(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/sign-up`);
  await page.getByLabel('Email address').fill(ANNA);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page).toHaveURL(/notice=signed-up/);
}

async function tryToAdd(page: Page, address: string, name: string): Promise<void> {
  await page.goto(`${address}/account/security`);
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await expect(page.locator('#passkey-status'), 'the script runs').toHaveText('');
  await page.getByLabel('Name of the passkey').fill(name);
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Add the passkey' }).click();
}

async function add(page: Page, address: string, name: string): Promise<void> {
  await tryToAdd(page, address, name);
  await expect(page.locator('#notice')).toHaveText('Your passkey is added. You can sign in with it now.');
}

async function signOut(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/account`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/notice=signed-out/);
}

const button = (page: Page) => page.getByRole('button', { name: 'Sign in with a passkey' });
const REJECTED = 'This passkey could not be used.';

/** Answers nothing to the offer in the field, so that only the button signs in. */
const WITHOUT_OFFER = () => {
  PublicKeyCredential.isConditionalMediationAvailable = async () => false;
};

test('a user adds passkeys, names them, signs in with one and removes it', async ({ page, address }) => {
  await page.addInitScript(WITHOUT_OFFER);
  const authenticator = await Authenticator.attach(page);
  await signUp(page, address);
  await add(page, address, 'Laptop');
  const [credential] = await authenticator.credentials();
  expect(credential).toMatchObject({ isResidentCredential: true, rpId: 'localhost' });
  await tryToAdd(page, address, 'Again');
  await expect(page.locator('#passkey-status')).toHaveText('That device or security key already has a passkey for your account.');

  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  await button(page).click();
  await expect(page).toHaveURL(/\/account\?notice=signed-in$/);
  await page.goto(`${address}/account/security`);
  await expect(page.locator('#passkeys li').filter({ hasText: 'Laptop' })).toContainText('last used on');
  await page.locator('#passkeys summary').click();
  await page.getByLabel('Name of the passkey').fill('Old laptop');
  await page.getByRole('button', { name: 'Save the name' }).click();
  await page.locator('#passkeys').getByRole('link', { name: 'Remove Old laptop' }).click();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Remove the passkey' }).click();
  await expect(page.locator('#passkeys li strong')).toHaveCount(0);
  await expect(page.locator('#activity li').first()).toContainText('You removed a passkey');

  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  await button(page).click();
  await expect(page.locator('#problems')).toContainText(REJECTED);
  await page.getByLabel('Email address').fill(ANNA);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page, 'the password still works').toHaveURL(/notice=signed-in/);
});

test('a user removes the password, signs in with a passkey alone and sets a password again', async ({ page, address }) => {
  await page.addInitScript(WITHOUT_OFFER);
  const authenticator = await Authenticator.attach(page);
  await signUp(page, address);
  await add(page, address, 'Laptop');
  await page.goto(`${address}/account/password/remove`);
  await expect(page.locator('main'), 'one passkey is not enough').toContainText('once you have two passkeys');
  await authenticator.detach();
  await Authenticator.attach(page);
  await add(page, address, 'Key');
  await page.getByRole('link', { name: 'Remove your password' }).click();
  await expectAccessible(page);
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Remove the password' }).click();
  await expect(page.locator('#notice')).toContainText('Your password is removed.');
  await expectAccessible(page);

  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  await page.getByLabel('Email address').fill(ANNA);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.locator('#problems')).toContainText('Wrong email address or password.');
  await page.goto(`${address}/sign-in`);
  await button(page).click();
  await expect(page).toHaveURL(/notice=signed-in/);
  for (const path of ['/account/passkey/remove', '/account/password', '/ar/account/passkey/remove', '/ar/account/password']) {
    await page.goto(`${address}${path}`);
    await expect(page.locator('main')).toBeVisible();
    await expectAccessible(page);
  }
  await page.goto(`${address}/account/security`);
  await page.getByRole('link', { name: 'Set a password' }).click();
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set a password' }).click();
  await expect(page.locator('#notice')).toContainText('Your new password is set');
});

test('the browser offers the passkey in the field for the address', async ({ page, address }) => {
  await Authenticator.attach(page);
  await signUp(page, address);
  await add(page, address, 'Laptop');
  await signOut(page, address);
  await page.goto(`${address}/sign-in?return_to=/policy`);
  await expect(page, 'the virtual authenticator accepts the offer').toHaveURL(/\/policy\?notice=signed-in$/);
});

test('what the browser does not do is said beside the button', async ({ page, address }) => {
  await page.addInitScript(WITHOUT_OFFER);
  await signUp(page, address);
  const plain = await Authenticator.attach(page, { hasResidentKey: false });
  await tryToAdd(page, address, 'Old key');
  await expect(page.locator('#passkey-status')).toContainText('No passkey was used');
  await expect(page.locator('#passkey-status')).toHaveAttribute('role', 'status');
  expect(await plain.credentials()).toEqual([]);
  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  await button(page).click();
  await expect(page.locator('#passkey-status')).toContainText('No passkey was used');
});

test('an authenticator that does not verify the user is refused', async ({ page, address }) => {
  await page.addInitScript(WITHOUT_OFFER);
  await Authenticator.attach(page, { isUserVerified: false });
  await signUp(page, address);
  await tryToAdd(page, address, 'Laptop');
  await expect(page.locator('#passkey-status')).toContainText('No passkey was used');
});

test('an answer that was sent before, a copied passkey and another origin sign nobody in', async ({ page, browser, address, server }) => {
  await page.addInitScript(WITHOUT_OFFER);
  const authenticator = await Authenticator.attach(page);
  await signUp(page, address);
  await add(page, address, 'Laptop');
  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  const [request] = await Promise.all([page.waitForRequest((sent) => sent.method() === 'POST'), button(page).click()]);
  await expect(page).toHaveURL(/notice=signed-in/);
  const body = request.postData() ?? '';
  expect(body).toContain('credential=%7B');

  const thief = await browser.newContext();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: address, 'sec-fetch-site': 'same-origin', accept: 'text/html' };
  const replayed = await thief.request.post(`${address}/sign-in`, { data: body.replace(/(^|&)key=[^&]*/, ''), headers, maxRedirects: 0 });
  expect(replayed.status()).toBe(422);
  expect(await replayed.text()).toContain('was sent twice');
  await thief.close();

  await signOut(page, address);
  await authenticator.setCounter(0);
  await page.goto(`${address}/sign-in`);
  await button(page).click();
  await expect(page.locator('#problems')).toContainText(REJECTED);
  await authenticator.setCounter(100);
  await page.goto(`${address}/sign-in`);
  await button(page).click();
  await expect(page).toHaveURL(/notice=signed-in/);
  await page.goto(`${address}/account/security`);
  await expect(page.locator('#attention')).toContainText('its counter went back');

  await signOut(page, address);
  await page.goto(`${address}/sign-in`);
  const options = await page.locator('#sign-in').getAttribute('data-passkey');
  // The same machine under another name: the browser signs nothing for the name of this site.
  await page.goto(`http://127.0.0.1:${server.port}/health`);
  const error = await page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(json));
    return navigator.credentials.get({ publicKey }).then(() => 'signed', (reason) => reason.name);
  }, options ?? '');
  expect(error).toBe('SecurityError');
});

test('the pages are accessible, in each direction', async ({ page, address }) => {
  await Authenticator.attach(page);
  await signUp(page, address);
  await add(page, address, 'Laptop');
  for (const path of ['security', 'passkey', 'passkey/remove', 'password/remove'].flatMap((name) => [`/account/${name}`, `/ar/account/${name}`])) {
    await page.goto(`${address}${path}`);
    await expect(page.locator('main')).toBeVisible();
    await expectAccessible(page);
  }
  await page.addInitScript(WITHOUT_OFFER);
  await signOut(page, address);
  for (const path of ['/sign-in', '/ar/sign-in']) {
    await page.goto(`${address}${path}`);
    await expect(page.locator('#passkey')).toBeVisible();
    await expectAccessible(page);
  }
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the password works, and the page says why a passkey does not', async ({ page, address }) => {
    await signUp(page, address);
    await signOut(page, address);
    await page.goto(`${address}/sign-in`);
    await expect(page.locator('#passkey')).toBeHidden();
    await page.getByLabel('Email address').fill(ANNA);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page).toHaveURL(/notice=signed-in/);
    await page.goto(`${address}/account/passkey`);
    await expect(page.locator('#passkey-status')).toContainText('needs JavaScript');
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Add the passkey' }).click();
    await expect(page.locator('#problems')).toContainText('This browser created no passkey.');
  });
});
