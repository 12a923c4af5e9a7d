import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test as base } from '@playwright/test';
import { expectAccessible } from '../fixtures/accessibility';
import { expectNoHorizontalScroll } from '../fixtures/layout';
import { MailServer } from '../fixtures/mail-server';
import { PostgresServer } from '../fixtures/postgres';
import { harmony, Server } from '../fixtures/server';
import { REPOSITORY } from '../fixtures/site';

const ANNA = 'anna@example.org';

/** The version that subscribers are told of. */
const VERSION = '9.0';

/** Enough for two transactions of the sender. */
const SUBSCRIBERS = 510;

/** How long the messages to all of them may take. */
const MAIL_TIMEOUT = 120_000;

/** A folder for the data and the content of servers, and the mail server that they send through. */
interface Place {
  mail: MailServer;
  folder: string;
  /** The settings of each server. */
  settings: NodeJS.ProcessEnv;
}

const test = base.extend<Place>({
  mail: async ({}, use) => {
    const mail = await MailServer.start('plaintext', { greetsAtOnce: true });
    await use(mail);
    await mail.stop();
  },
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'harmony-subscriptions-'));
    await cp(join(REPOSITORY, 'content'), join(folder, 'content'), { recursive: true });
    await use(folder);
    await rm(folder, { recursive: true });
  },
  settings: async ({ mail, folder }, use) =>
    use({ ...mail.settings, HARMONY_CONTENT_DIR: join(folder, 'content'), HARMONY_CLIENT_IP_ATTEMPTS: '10000' }),
});

// Two of the tests wait for most of a minute until all messages are sent.
test.describe.configure({ mode: 'parallel' });

/** Adds an edition that takes effect in a week, and that subscribers are told of from now on. */
async function announce({ folder, settings }: Pick<Place, 'folder' | 'settings'>): Promise<void> {
  const editions = join(folder, 'content', 'policy', 'en');
  const newest = (await readdir(editions)).filter((name) => name.endsWith('.md')).sort().at(-1) ?? '';
  const effective = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  const text = (await readFile(join(editions, newest), 'utf8')).replace(/^\+\+\+\n[^]*?\n\+\+\+\n/, '');
  const head = `+++\nversion = "${VERSION}"\neffective = "${effective}"\nnotify = true\nsummary = ["Maps: a new service."]\n+++\n`;
  await writeFile(join(editions, `${VERSION}.md`), head + text);
  await harmony(join(folder, 'data'), settings, 'lock');
}

async function subscribe(page: Page, mail: MailServer, address: string): Promise<void> {
  await page.goto(`${address}/policy/history`);
  await page.getByRole('link', { name: 'get a message by email' }).click();
  await page.getByLabel('Email address').fill(ANNA);
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await expect(page.locator('#notice')).toContainText('We have sent a message to the address that you entered.');
  await page.goto(await mail.link(ANNA));
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await expect(page.locator('#notice')).toContainText('You get a message before a version takes effect');
}

/** Subscribes many addresses as their owners would, and returns them in order. */
async function subscribeMany(server: Server, mail: MailServer, count: number): Promise<string[]> {
  const addresses = Array.from({ length: count }, (_, number) => `reader${number}@example.org`);
  for (const email of addresses) {
    expect((await server.ask('POST', '/policy/subscribe', new URLSearchParams({ email }).toString())).status).toBe(303);
  }
  await expect.poll(() => mail.taken.length, { timeout: MAIL_TIMEOUT }).toBe(count);
  for (const { text } of mail.taken.splice(0)) {
    const token = /[?&]token=([0-9a-f]+)/.exec(text)?.[1] ?? '';
    expect((await server.ask('POST', '/confirm', `token=${token}`)).status).toBe(303);
  }
  return addresses.sort();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('a visitor subscribes, is told of a version, and stops', async ({ page, mail, folder, settings }) => {
      const data = join(folder, 'data');
      const first = await Server.start(data, { settings });
      await subscribe(page, mail, `http://127.0.0.1:${first.port}`);
      await announce({ folder, settings });
      await first.stop();
      const server = await Server.start(data, { settings, at: first.port });
      const message = await mail.mail(ANNA);
      expect(message.text).toContain(`version ${VERSION} from `);
      expect(message.text).toContain('- Maps: a new service.');
      const origin = `http://127.0.0.1:${server.port}`;
      const token = /\/policy\/unsubscribe\?token=([0-9a-f]{32})/.exec(message.text)?.[1] ?? '';
      expect(message.text).toContain(`\nList-Unsubscribe: <${origin}/en/api/unsubscribe?token=${token}>`);
      expect(message.text).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
      for (const path of [`/en/policy/${VERSION}`, '/en/policy/compare/']) expect(message.text).toContain(`${origin}${path}`);
      await page.goto(`${origin}/en/policy/unsubscribe?token=${token}`);
      await expect(page.getByText(ANNA)).toBeVisible();
      await page.getByRole('button', { name: 'Unsubscribe' }).click();
      await expect(page.locator('#notice')).toContainText('This subscription has ended.');
      await page.goto(`${origin}/en/policy/unsubscribe?token=${token}`);
      await expect(page.getByRole('button', { name: 'Unsubscribe' })).toHaveCount(0);
      await server.stop();
    });
  });
}

test('the pages are accessible, in each direction, and fit a narrow screen', async ({ page, mail, folder, settings }) => {
  const data = join(folder, 'data');
  const server = await Server.start(data, { settings });
  const origin = `http://127.0.0.1:${server.port}`;
  await subscribe(page, mail, origin);
  await announce({ folder, settings });
  await server.stop();
  const next = await Server.start(data, { settings, at: server.port });
  const token = /\/policy\/unsubscribe\?token=([0-9a-f]{32})/.exec((await mail.mail(ANNA)).text)?.[1] ?? '';
  for (const language of ['en', 'ar', 'de']) {
    for (const path of ['/policy/subscribe', `/policy/unsubscribe?token=${token}`]) {
      await page.goto(`${origin}/${language}${path}`);
      await expect(page.locator('main form')).toBeVisible();
      await expectAccessible(page);
      await expectNoHorizontalScroll(page);
    }
  }
  await next.stop();
});

test('a mail provider stops the messages with one click, without a cookie and an origin', async ({ mail, folder, settings, page }) => {
  const data = join(folder, 'data');
  const first = await Server.start(data, { settings });
  await subscribe(page, mail, `http://127.0.0.1:${first.port}`);
  await announce({ folder, settings });
  await first.stop();
  const server = await Server.start(data, { settings, at: first.port });
  const url = /^List-Unsubscribe: <([^>]+)>/m.exec((await mail.mail(ANNA)).text)?.[1] ?? '';
  const body = new FormData();
  body.append('List-Unsubscribe', 'One-Click');
  for (let again = 0; again < 2; again += 1) {
    const answer = await fetch(url, { method: 'POST', body, redirect: 'error' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, null]);
  }
  await page.goto(url);
  await expect(page).toHaveURL(/\/en\/policy\/unsubscribe\?token=/);
  await expect(page.getByRole('button', { name: 'Unsubscribe' })).toHaveCount(0);
  await server.stop();
});

test('each subscriber is told once, also when the server is killed in the middle', async ({ mail, folder, settings }) => {
  test.setTimeout(3 * MAIL_TIMEOUT);
  const data = join(folder, 'data');
  const first = await Server.start(data, { settings });
  const addresses = await subscribeMany(first, mail, SUBSCRIBERS);
  await announce({ folder, settings });
  await first.stop();
  const killed = await Server.start(data, { settings });
  await expect.poll(() => mail.taken.length, { timeout: 60_000, intervals: [20] }).toBeGreaterThan(100);
  await killed.kill();
  const before = mail.taken.length;
  expect(before).toBeLessThan(SUBSCRIBERS);
  const second = await Server.start(data, { settings });
  // The message that was on its way waits until its claim expires, in five minutes.
  await expect.poll(() => mail.taken.length, { timeout: MAIL_TIMEOUT }).toBeGreaterThanOrEqual(SUBSCRIBERS - 1);
  await second.stop();
  const told = mail.taken.map(({ to }) => to).sort();
  expect(new Set(told).size).toBe(told.length);
  expect(addresses.filter((address) => !told.includes(address)).length).toBeLessThanOrEqual(1);
  expect(new Set(mail.taken.map(({ text }) => /^Message-ID: .*$/m.exec(text)?.[0])).size).toBe(told.length);
});

test('two servers on one PostgreSQL tell each subscriber once', async ({ mail, folder, settings }) => {
  test.setTimeout(3 * MAIL_TIMEOUT);
  const postgres = await PostgresServer.start();
  try {
    const shared = { ...settings, HARMONY_DATABASE: postgres.address };
    const first = await Server.start(join(folder, 'one'), { settings: shared });
    const addresses = await subscribeMany(first, mail, 100);
    await announce({ folder, settings });
    await first.stop();
    const servers = await Promise.all(['one', 'two'].map((name) => Server.start(join(folder, name), { settings: shared })));
    await expect.poll(() => mail.taken.length, { timeout: MAIL_TIMEOUT }).toBe(addresses.length);
    for (const server of servers) await server.stop();
    expect(mail.taken.map(({ to }) => to).sort()).toEqual(addresses);
  } finally {
    await postgres.stop();
  }
});
