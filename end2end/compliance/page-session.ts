import type { Browser, BrowserContext, Cookie, Frame, Page, Request } from '@playwright/test';
import type { State } from './report';
import type { Target } from './target';

/** A page is idle after this time without requests, in milliseconds. */
const IDLE_AFTER = 250;
/** The longest wait for a page, in milliseconds. */
const LOAD_TIMEOUT = 4_000;

/** Data that a page stores in the browser outside cookies. */
export interface StoredItem {
  kind: 'localStorage' | 'sessionStorage' | 'IndexedDB' | 'Cache' | 'service worker';
  name: string;
}

/** A request that a page sends in the background, as on its way out (`navigator.sendBeacon`). */
export interface Beacon {
  path: string;
  body: string;
}

/** What a browser had stored at one moment, and its requests since the state began. */
export interface Observation {
  state: State;
  /** The state, and how many pages were opened so far. */
  session: PageSession;
  pages: number;
  /** Seconds since 1970. */
  at: number;
  /** When the browser was opened, in the same unit; no cookie can be older. */
  openedAt: number;
  cookies: readonly Cookie[];
  stored: readonly StoredItem[];
  /** The number of requests, and the hosts of those to third parties. */
  requests: number;
  foreign: readonly string[];
  beacons: readonly Beacon[];
}

/** Signal and appearance of the browser in a session. */
export interface BrowserOptions {
  /** Whether it sends Global Privacy Control. */
  signal?: boolean;
  width?: number;
  colorScheme?: 'light' | 'dark';
}

/** A new browser on a site, without cookies, stored data or choices. */
export class PageSession {
  readonly observations: Observation[] = [];
  pages = 0;
  private readonly openedAt = Date.now() / 1000;
  private asked: string[] = [];
  private beacons: Beacon[] = [];
  private lastAsked = 0;
  private readonly open = new Set<Request>();

  private constructor(
    readonly target: Target,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    context.on('request', (request) => {
      this.asked.push(request.url());
      if (request.resourceType() === 'ping') this.beacons.push({ path: new URL(request.url()).pathname, body: request.postData() ?? '' });
      this.lastAsked = Date.now();
      this.open.add(request);
    });
    const over = (request: Request) => {
      this.open.delete(request);
      this.lastAsked = Date.now();
    };
    context.on('requestfinished', over);
    context.on('requestfailed', over);
  }

  /** Opens a new browser and the first page. */
  static async open(browser: Browser, target: Target, { signal = false, width = 1280, colorScheme = 'light' }: BrowserOptions = {}): Promise<PageSession> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      reducedMotion: 'reduce',
      ...(signal ? { extraHTTPHeaders: { 'Sec-GPC': '1' } } : {}),
    });
    // Consent tools hide their notice from automated browsers.
    await context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false });
    });
    if (signal) {
      await context.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });
      });
    }
    const session = new PageSession(target, context, await context.newPage());
    await session.go(target.address);
    return session;
  }

  /** Opens a URL. */
  async go(address: string): Promise<void> {
    await this.leave();
    this.pages += 1;
    await this.page.goto(address, { waitUntil: 'load' });
    await this.settle();
  }

  /** Tells the page that its visitor leaves. What it sends after the next page has begun cannot be seen. */
  private async leave(): Promise<void> {
    await this.page.evaluate(() => dispatchEvent(new Event('pagehide'))).catch(() => undefined);
  }

  /** Opens these pages one after the other, like a visitor who browses on. */
  async browse(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) await this.go(address);
  }

  /** Waits until the page has loaded and sends no more requests. */
  async settle(): Promise<void> {
    const deadline = Date.now() + LOAD_TIMEOUT;
    await this.page.waitForLoadState('load', { timeout: LOAD_TIMEOUT }).catch(() => undefined);
    this.lastAsked = Math.max(this.lastAsked, Date.now());
    while (Date.now() < deadline && (this.open.size > 0 || Date.now() - this.lastAsked < IDLE_AFTER)) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await this.isDrawn(deadline);
  }

  /** Waits until the page has handled the last event and rendered the result. */
  private async isDrawn(deadline: number): Promise<void> {
    const drawn = this.page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
    // A page that is being unloaded renders no more frames.
    const over = drawn.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((done) => (timer = setTimeout(done, Math.max(IDLE_AFTER, deadline - Date.now()))));
    await Promise.race([over, late]);
    clearTimeout(timer);
  }

  /** Clears the recorded requests, because a new state begins. */
  startState(): void {
    this.asked = [];
    this.beacons = [];
  }

  /** Records what the browser has stored now. */
  async observe(state: State): Promise<Observation> {
    await this.leave();
    const cookies = await this.context.cookies();
    const stored = (await Promise.all(this.page.frames().map(storedItems))).flat();
    const workers = this.context.serviceWorkers().map((worker): StoredItem => ({ kind: 'service worker', name: new URL(worker.url()).pathname }));
    const hosts = this.asked.filter((address) => /^(https?|wss?):/.test(address)).map((address) => new URL(address).hostname);
    const observation = {
      state,
      session: this,
      pages: this.pages,
      at: Date.now() / 1000,
      openedAt: this.openedAt,
      cookies,
      stored: [...stored, ...workers],
      requests: hosts.length,
      beacons: [...this.beacons],
      foreign: [...new Set(hosts.filter((host) => !isSame(host, new URL(this.target.address).hostname)))].sort(),
    };
    this.observations.push(observation);
    return observation;
  }

  /** URLs of this site that the page links to, except itself, sign-out links and downloads. */
  async links(most: number): Promise<string[]> {
    const all = await this.page.evaluate(() =>
      [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map(({ href }) => href),
    );
    const origin = new URL(this.page.url()).origin;
    const here = this.page.url().split('#')[0];
    const pages = all
      .map((address) => address.split('#')[0] ?? '')
      .filter((address) => address.startsWith(origin) && address !== here)
      .filter((address) => !/(log|sign)-?out|\.(json|xml|txt|pdf|zip|png|jpe?g|svg)($|\?)/i.test(address));
    return [...new Set(pages)].slice(0, most);
  }

  async end(): Promise<void> {
    await this.context.close();
  }
}

/** Whether two hosts are same-site. Without the public suffix list, the last two labels count as the site. */
function isSame(one: string, other: string): boolean {
  const site = (host: string) => (/^[\d.]+$|^\[/.test(host) ? host : host.split('.').slice(-2).join('.'));
  return site(one) === site(other);
}

/** What a frame has stored; nothing if it has no access to storage. */
async function storedItems(frame: Frame): Promise<StoredItem[]> {
  return frame
    .evaluate(async () => {
      const found: StoredItem[] = [];
      const note = (kind: StoredItem['kind'], names: readonly string[]) => found.push(...names.map((name) => ({ kind, name })));
      const tried = async (look: () => Promise<void> | void) => {
        try {
          await look();
        } catch {
          // The browser denies the page access.
        }
      };
      await tried(() => void note('localStorage', Object.keys(localStorage)));
      await tried(() => void note('sessionStorage', Object.keys(sessionStorage)));
      await tried(async () => void note('IndexedDB', (await indexedDB.databases()).map(({ name }) => name ?? '')));
      await tried(async () => void note('Cache', await caches.keys()));
      return found;
    })
    .catch(() => []);
}
