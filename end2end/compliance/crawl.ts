import type { Browser, Page } from '@playwright/test';
import { measure, type Screen } from './measure';
import { type Choice, detectBanner } from './banner-detector';
import type { State } from './report';
import type { Target } from './target';
import { type BrowserOptions, type Observation, PageSession } from './page-session';
import { accept, close, leadsToWithdrawal, readSettings, refuse, type Interaction, withdraw } from './interactions';

/** The extent of a crawl. */
export interface Extent {
  /** The number of pages opened in each state, besides the first. */
  pages: number;
  /** The screens on which the notice is measured. */
  screens: readonly Pick<Screen, 'width' | 'colorScheme'>[];
  /** An action after acceptance that sets more of this site's cookies, if there is one. */
  afterAcceptance?: (page: Page) => Promise<void>;
}

const NARROW_AND_WIDE = [
  { width: 1280, colorScheme: 'light' },
  { width: 320, colorScheme: 'light' },
] as const;

/** The full crawl, and the short one for the test suite. */
export const FULL_CRAWL: Extent = {
  pages: 12,
  screens: [...NARROW_AND_WIDE, { width: 1280, colorScheme: 'dark' }, { width: 320, colorScheme: 'dark' }],
};
export const SHORT_CRAWL: Extent = { pages: 2, screens: NARROW_AND_WIDE };

/** All observations of a site, in every state that a visitor can reach. */
export interface CrawlResult {
  target: Target;
  observations: readonly Observation[];
  screens: readonly Screen[];
  /** Whether there was a notice. */
  hasNotice: boolean;
  /** Whether the notice was still there after scrolling, and after browsing on, without an answer. */
  noticeAfter: { scrolled: boolean; browsed: boolean };
  /** The controls that were pressed; undefined if none were found. */
  interactions: { accept: Interaction | undefined; refuse: Interaction | undefined; withdraw: Interaction | undefined };
  /** The pages without a link to withdrawal after acceptance, and how many were examined. */
  withdrawal: { missing: readonly string[]; pages: number };
  /** The values of the settings in each state. */
  settings: Partial<Record<State, Choice[]>>;
}

/** Crawls a site in every state, each time in a new browser. */
export async function crawl(browser: Browser, target: Target, extent: Extent): Promise<CrawlResult> {
  return new Crawler(browser, target, extent).run();
}

class Crawler {
  private readonly sessions: PageSession[] = [];
  private readonly screens: Screen[] = [];
  private readonly settings: Partial<Record<State, Choice[]>> = {};
  private links: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly target: Target,
    private readonly extent: Extent,
  ) {}

  async run(): Promise<CrawlResult> {
    const ignored = await this.ignoreBanner();
    await this.measure();
    await this.dismiss();
    const refused = await this.refuse();
    const accepted = await this.acceptAndWithdraw();
    await this.sendSignal();
    return {
      target: this.target,
      observations: this.sessions.flatMap(({ observations }) => observations),
      screens: this.screens,
      ...ignored,
      interactions: { refuse: refused, accept: accepted.accept, withdraw: accepted.withdraw },
      withdrawal: accepted.withdrawal,
      settings: this.settings,
    };
  }

  /** Opens the site, scrolls, browses on, and answers nothing. */
  private async ignoreBanner(): Promise<Pick<CrawlResult, 'hasNotice' | 'noticeAfter'>> {
    return this.with({}, async (session) => {
      this.links = await session.links(this.extent.pages);
      const hasNotice = (await detectBanner(session)).notice !== undefined;
      await session.observe('fresh');
      session.startState();
      await session.page.mouse.move(400, 5);
      await session.page.mouse.wheel(0, 5_000);
      await session.page.keyboard.press('End');
      await session.settle();
      await session.observe('scrolled');
      const scrolled = (await detectBanner(session)).notice !== undefined;
      session.startState();
      await session.browse(this.links);
      await session.observe('browsed');
      await session.go(this.target.address);
      return { hasNotice, noticeAfter: { scrolled, browsed: (await detectBanner(session)).notice !== undefined } };
    });
  }

  private async measure(): Promise<void> {
    const canvasPage = await this.browser.newPage();
    for (const screen of this.extent.screens) {
      await this.with(screen, async (session) => {
        this.screens.push(await measure(session, canvasPage, screen));
      });
    }
    await canvasPage.close();
  }

  /** Dismisses the notice without an answer and browses on. */
  private async dismiss(): Promise<void> {
    await this.with({}, async (session) => {
      session.startState();
      await close(session);
      await session.browse(this.links);
      await session.observe('closed');
    });
  }

  private async refuse(): Promise<Interaction | undefined> {
    return this.with({}, async (session) => {
      session.startState();
      const interaction = await refuse(session);
      if (interaction === undefined) return undefined;
      await session.observe('refused');
      await session.browse(this.links);
      await this.read('refused', session);
      await session.observe('refused');
      return interaction;
    });
  }

  private async acceptAndWithdraw(): Promise<Pick<CrawlResult, 'withdrawal'> & { accept: Interaction | undefined; withdraw: Interaction | undefined }> {
    return this.with({}, async (session) => {
      const missing: string[] = [];
      session.startState();
      const acceptance = await accept(session);
      if (acceptance === undefined) return { accept: undefined, withdraw: undefined, withdrawal: { missing, pages: 0 } };
      const pages = [this.target.address, ...this.links];
      for (const page of pages) {
        await session.go(page);
        if (!leadsToWithdrawal(await detectBanner(session))) missing.push(new URL(page).pathname);
      }
      if (this.extent.afterAcceptance !== undefined) await this.extent.afterAcceptance(session.page);
      await this.read('accepted', session);
      await session.observe('accepted');

      await session.go(this.target.address);
      const interaction = await withdraw(session);
      session.startState();
      if (interaction !== undefined) {
        await session.observe('withdrawn');
        await session.browse(this.links);
        await this.read('withdrawn', session);
        await session.observe('withdrawn');
      }
      return { accept: acceptance, withdraw: interaction, withdrawal: { missing, pages: pages.length } };
    });
  }

  /** Sends Global Privacy Control and answers nothing. */
  private async sendSignal(): Promise<void> {
    await this.with({ signal: true }, async (session) => {
      await session.browse(this.links);
      await session.observe('signal');
    });
  }

  private async read(state: State, session: PageSession): Promise<void> {
    const choices = await readSettings(session);
    if (choices !== undefined) this.settings[state] = choices;
  }

  /** Runs a function in a new browser. */
  private async with<T>(options: BrowserOptions, act: (session: PageSession) => Promise<T>): Promise<T> {
    const session = await PageSession.open(this.browser, this.target, options);
    this.sessions.push(session);
    try {
      return await act(session);
    } finally {
      await session.end();
    }
  }
}
