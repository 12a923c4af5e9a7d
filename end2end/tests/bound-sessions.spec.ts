import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type CDPSession, chromium, expect, type Page, test } from '@playwright/test';
import { chromiumOptions } from '../fixtures/chromium-options';
import { FaultInjector } from '../fixtures/fault-injector';
import { ReverseProxy } from '../fixtures/reverse-proxy';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';
import { Account } from '../pages/account';

const BOUND = '__Host-bound';
const ELEVEN_MINUTES = 660;
const GUEST = { email: 'guest@example.org', password: 'tomorrow we sail at dawn' };

/** Keys without a TPM, and no limit of signatures, which tests reach at once. */
const FEATURES = 'DeviceBoundSessions:RefreshQuota/false,EnableBoundSessionCredentialsSoftwareKeysForManualTesting';

let folder: string;
let server: Server;
let proxy: ReverseProxy;
let origin: string;
let browser: Browser;
let clock: FaultInjector;

test.skip(spawnSync('nginx', ['-v']).status !== 0, 'nginx is not installed here');

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-bound-'));
  const [port, behind] = [await freePort(), await freePort()] as const;
  origin = `https://localhost:${port}`;
  clock = await FaultInjector.in(join(folder, 'faults'));
  const settings = { ...clock.settings, HARMONY_ORIGIN: origin, HARMONY_BOUND_SESSIONS: 'on' };
  server = await Server.start(join(folder, 'data'), { at: behind, settings });
  proxy = await ReverseProxy.nginx(folder, port, [behind]);
  const options = chromiumOptions();
  // Chromium takes such a session only if it counts the certificate as valid.
  const pin = await pinOf(join(folder, 'proxy.pem'));
  const args = [...(options.args ?? []), `--enable-features=${FEATURES}`, `--ignore-certificate-errors-spki-list=${pin}`];
  browser = await chromium.launch({ ...options, args });
});

test.afterEach(async () => {
  await browser?.close();
  await proxy?.stop();
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
});

for (const javaScriptEnabled of [true, false]) {
  test(`a session is bound to its device, with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const owner = await browser.newContext({ baseURL: origin, javaScriptEnabled });
    const page = await owner.newPage();
    const events = await BindingEvents.of(owner, page);
    const account = new Account(page);
    const created = events.next('creation');
    await account.signUp(GUEST);
    expect(await created).toBe(true);
    await expect.poll(() => names(owner)).toContain(BOUND);
    await page.goto('/account');
    await expect(page.locator('.session-facts')).toContainText('bound to its device');

    // The browser fetches the next cookie before it asks for the page.
    await owner.clearCookies({ name: BOUND });
    const refreshed = events.next('refresh');
    await page.goto('/account');
    expect(await refreshed).toBe(true);
    await expect(page.locator('#sessions')).toBeVisible();
    expect(await names(owner)).toContain(BOUND);

    // A copy of all cookies, which no browser lets expire, works for eleven minutes at most.
    const thief = await browser.newContext({ baseURL: origin });
    await thief.addCookies((await owner.cookies()).map((cookie) => ({ ...cookie, expires: -1 })));
    const stolen = await thief.newPage();
    await stolen.goto('/account');
    await expect(stolen.locator('#sessions')).toBeVisible();
    await clock.setClockAhead(ELEVEN_MINUTES);
    expect((await stolen.goto('/account'))?.status()).toBe(503);
    await stolen.goto('/account');
    await expect(stolen).toHaveURL(/\/sign-in/);

    // The owner has a cookie that this clock counts as expired. The browser fetches the next one.
    expect((await page.goto('/account'))?.status()).toBe(503);
    await page.goto('/account');
    await expect(page.locator('#sessions')).toBeVisible();

    // It also does for a link of another site.
    await page.goto(`data:text/html,<a href="${origin}/account">Account</a>`);
    await owner.clearCookies({ name: BOUND });
    await page.getByRole('link').click();
    await expect(page.locator('#sessions')).toBeVisible();

    await account.signOut();
    expect(await names(owner)).not.toContain(BOUND);
  });
}

/** What the browser says about the sessions that it binds. */
class BindingEvents {
  private constructor(private readonly session: CDPSession) {}

  static async of(context: BrowserContext, page: Page): Promise<BindingEvents> {
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.enableDeviceBoundSessions' as never, { enable: true } as never);
    return new BindingEvents(session);
  }

  /** Whether the next event of that kind is a success. */
  next(kind: 'creation' | 'refresh'): Promise<boolean> {
    return new Promise((resolve) => {
      const listen = (event: Record<string, unknown>) => {
        if (event[`${kind}EventDetails`] === undefined) return;
        this.session.off('Network.deviceBoundSessionEventOccurred' as never, listen as never);
        resolve(event.succeeded === true);
      };
      this.session.on('Network.deviceBoundSessionEventOccurred' as never, listen as never);
    });
  }
}

async function names(context: BrowserContext): Promise<string[]> {
  return (await context.cookies()).map(({ name }) => name);
}

/** The hash of the public key of a certificate, by which Chromium can be told to trust it. */
async function pinOf(file: string): Promise<string> {
  const key = new X509Certificate(await readFile(file)).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
