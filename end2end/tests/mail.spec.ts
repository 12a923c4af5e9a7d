import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test as base } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessibility';
import { CREDENTIALS, MailServer } from '../fixtures/mail-server';
import { PostgresServer } from '../fixtures/postgres';
import { Server } from '../fixtures/server';

const ANNA = 'anna@example.org';
const PASSWORD = 'tomorrow we sail at dawn';

interface WithMail {
  mail: MailServer;
  server: Server;
  address: string;
}

const test = base.extend<WithMail & { kind: 'plaintext' | 'starttls' | 'tls' }>({
  kind: ['plaintext', { option: true }],
  mail: async ({ kind }, use) => {
    const mail = await MailServer.start(kind);
    await use(mail);
    await mail.stop();
  },
  server: async ({ mail }, use) => {
    const data = await mkdtemp(join(tmpdir(), 'harmony-mail-data-'));
    const server = await Server.start(data, { settings: mail.settings });
    await use(server);
    await server.kill();
    await rm(data, { recursive: true });
  },
  address: async ({ server }, use) => use(`http://127.0.0.1:${server.port}`),
});

async function signUp(page: Page, address: string, email: string): Promise<void> {
  await page.goto(`${address}/sign-up`);
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.locator('#notice')).toContainText('We have sent a message to the address that you entered.');
}

async function confirm(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await expect(page.locator('#notice')).toHaveText('Your account is created, and you are signed in.');
}

async function askForReset(page: Page, address: string, email: string): Promise<void> {
  await page.goto(`${address}/sign-in/forgotten`);
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.locator('#notice')).toContainText('If the address that you entered has an account');
}

test('the pages of the links are accessible, in each direction', async ({ page, mail, address }) => {
  for (const path of ['/sign-in/forgotten', '/ar/sign-in/forgotten', '/sign-in', '/sign-up']) {
    await page.goto(`${address}${path}`);
    await expectAccessible(page);
  }
  await signUp(page, address, ANNA);
  const link = await mail.link(ANNA);
  for (const address of [link, link.replace('/en/', '/ar/')]) {
    await page.goto(address);
    await expect(page.locator('#confirm')).toBeVisible();
    await expectAccessible(page);
  }
});

for (const kind of ['plaintext', 'starttls', 'tls'] as const) {
  test.describe(`over ${kind}`, () => {
    test.use({ kind });

    test('a visitor signs up, confirms, forgets the password, sets a new one, and signs in elsewhere', async ({ page, browser, mail, address }) => {
      await signUp(page, address, ANNA);
      const message = await mail.mail(ANNA);
      expect(message.text).toMatch(/^Auto-Submitted: auto-generated$/m);
      expect(message.text).toMatch(/^Message-ID: <[^<>@\s]+@127\.0\.0\.1>$/m);
      expect(message.text).toMatch(/^From: Harmony <noreply@harmony\.example>$/m);
      expect([message.encrypted, message.user]).toEqual(kind === 'plaintext' ? [false, undefined] : [true, CREDENTIALS.user]);
      await confirm(page, /http:\/\/[^\s"<]+/.exec(message.text)?.[0] ?? '');

      await page.context().clearCookies();
      await askForReset(page, address, ANNA);
      await page.goto(await mail.link(ANNA));
      await page.getByLabel('New password').fill('a fresh battery staple');
      await page.getByRole('button', { name: 'Save and sign in' }).click();
      await expect(page).toHaveURL(/\/account\?notice=signed-in$/);
      expect((await mail.mail(ANNA)).text).toContain('A new password was set for your account at Harmony');

      const other = await browser.newPage();
      await other.goto(`${address}/sign-in`);
      await other.getByLabel('Email address').fill(ANNA);
      await other.getByLabel('Password').fill('a fresh battery staple');
      await other.getByRole('button', { name: 'Sign in' }).click();
      await expect(other).toHaveURL(/\/account\?notice=signed-in$/);
      await page.goto(await mail.link(ANNA));
      await page.getByRole('button', { name: 'Sign it out' }).click();
      await expect(page.locator('#notice')).toContainText('That browser is signed out.');
      await other.goto(`${address}/account`);
      await expect(other).toHaveURL(/\/sign-in/);
      await other.close();
    });
  });
}

test('a message that is greylisted twice arrives once', async ({ page, mail, address }) => {
  mail.next = ['greylist', 'greylist'];
  await signUp(page, address, ANNA);
  await mail.link(ANNA);
  expect(mail.attempts).toBe(3);
  await expect.poll(() => mail.taken.length).toBe(0);
});

test('a message that is refused is given up at once, and the user sees it', async ({ page, mail, address }) => {
  await signUp(page, address, ANNA);
  await confirm(page, await mail.link(ANNA));
  mail.next = ['refuse'];
  await askForReset(page, address, ANNA).catch(() => undefined);
  await expect.poll(() => mail.attempts).toBe(2);
  await expect(async () => {
    await page.goto(`${address}/account/security`);
    await expect(page.locator('#activity [data-event="mail-given-up"]')).toHaveCount(1, { timeout: 500 });
  }).toPass();
  expect(mail.taken).toEqual([]);
  expect(mail.attempts).toBe(2);
});

test('a mail server that hangs delays no answer, and the message arrives after it drops the connection', async ({ page, mail, server, address }) => {
  mail.next = ['hang', 'drop'];
  await signUp(page, address, ANNA);
  await expect.poll(() => mail.attempts).toBe(1);
  const began = performance.now();
  expect(await server.status('/policy')).toBe(200);
  await askForReset(page, address, 'nobody@example.org');
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(mail.taken).toEqual([]);
  mail.release();
  await mail.link(ANNA);
  expect(mail.attempts).toBe(3);
});

for (const [kind, change, what] of [
  ['plaintext', (settings: NodeJS.ProcessEnv) => ({ HARMONY_MAIL_SERVER: settings.HARMONY_MAIL_SERVER?.replace('smtp+plaintext', 'smtp') }), 'does not offer STARTTLS'],
  ['tls', () => ({ SSL_CERT_FILE: '' }), 'has a certificate of an unknown authority'],
] as const) {
  test(`a mail server that ${what} gets nothing`, async ({ page }) => {
    const mail = await MailServer.start(kind);
    const data = await mkdtemp(join(tmpdir(), 'harmony-mail-data-'));
    const server = await Server.start(data, { settings: { ...mail.settings, ...change(mail.settings) } });
    await signUp(page, `http://127.0.0.1:${server.port}`, ANNA);
    await expect.poll(() => server.log.join(''), { timeout: 10_000 }).toContain('a message was not sent, and is tried again');
    expect([mail.attempts, mail.taken.length]).toEqual([0, 0]);
    expect(server.log.join('')).not.toContain(ANNA);
    await server.kill();
    await mail.stop();
    await rm(data, { recursive: true });
  });
}

test('a message that waits survives a kill of the server', async ({ page, mail }) => {
  const data = await mkdtemp(join(tmpdir(), 'harmony-mail-data-'));
  try {
    mail.next = ['greylist'];
    const settings = { ...mail.settings, HARMONY_MAIL_RETRY_SECONDS: '3' };
    const first = await Server.start(data, { settings });
    await signUp(page, `http://127.0.0.1:${first.port}`, ANNA);
    // Killed before, it would keep the message to itself for five minutes.
    await expect.poll(() => first.log.join('')).toContain('is tried again');
    await first.kill();
    const second = await Server.start(data, { settings, at: first.port });
    await confirm(page, await mail.link(ANNA));
    await second.kill();
  } finally {
    await rm(data, { recursive: true });
  }
});

test('two servers on one PostgreSQL send each message once', async ({ mail }) => {
  const folder = await mkdtemp(join(tmpdir(), 'harmony-mail-two-'));
  const postgres = await PostgresServer.start();
  try {
    const settings = { ...mail.settings, HARMONY_DATABASE: postgres.address, HARMONY_CLIENT_IP_ATTEMPTS: '1000' };
    const servers = [await Server.start(join(folder, 'one'), { settings }), await Server.start(join(folder, 'other'), { settings })];
    const addresses = Array.from({ length: 20 }, (_, number) => `user${number}@example.org`);
    await Promise.all(
      addresses.map(async (email, number) => {
        const body = new URLSearchParams({ email, new_password: PASSWORD }).toString();
        expect((await servers[number % 2]?.ask('POST', '/sign-up', body))?.status).toBe(303);
      }),
    );
    await expect.poll(() => mail.taken.length, { timeout: 20_000 }).toBe(addresses.length);
    expect(mail.taken.map(({ to }) => to).sort()).toEqual([...addresses].sort());
    for (const server of servers) await server.stop();
    expect(mail.taken.length).toBe(addresses.length);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true });
  }
});
