import type { Browser, Page } from '@playwright/test';
import { measure, type Screen } from './measure';
import { type Choice, look } from './banner-detector';
import type { State } from './report';
import type { Subject } from './target';
import { type Circumstances, type Observation, Visit } from './page-session';
import { accept, close, leadsToWithdrawal, readSettings, refuse, type Way, withdraw } from './interactions';

/** The extent of a crawl. */
export interface Extent {
  /** The number of pages opened in each state, besides the first. */
  pages: number;
  /** The screens on which the notice is measured. */
  screens: readonly Pick<Screen, 'width' | 'colorScheme'>[];
  /** An action after acceptance that sets more of this site's cookies, if there is one. */
  use?: (page: Page) => Promise<void>;
}

const NARROW_AND_WIDE = [
  { width: 1280, colorScheme: 'light' },
  { width: 320, colorScheme: 'light' },
] as const;

/** The full crawl, and the short one for the test suite. */
export const WHOLE: Extent = {
  pages: 12,
  screens: [...NARROW_AND_WIDE, { width: 1280, colorScheme: 'dark' }, { width: 320, colorScheme: 'dark' }],
};
export const SHORT: Extent = { pages: 2, screens: NARROW_AND_WIDE };

/** All observations of a site, in every state that a visitor can reach. */
export interface Walked {
  subject: Subject;
  observations: readonly Observation[];
  screens: readonly Screen[];
  /** Whether there was a notice. */
  hasNotice: boolean;
  /** Whether the notice was still there after scrolling, and after browsing on, without an answer. */
  noticeAfter: { scrolled: boolean; browsed: boolean };
  /** The controls that were pressed; undefined if none were found. */
  ways: { accept: Way | undefined; refuse: Way | undefined; withdraw: Way | undefined };
  /** The pages without a link to withdrawal after acceptance, and how many were examined. */
  withdrawal: { missing: readonly string[]; pages: number };
  /** The values of the settings in each state. */
  settings: Partial<Record<State, Choice[]>>;
}

/** Crawls a site in every state, each time in a new browser. */
export async function walk(browser: Browser, subject: Subject, extent: Extent): Promise<Walked> {
  return new Walk(browser, subject, extent).take();
}

class Walk {
  private readonly visits: Visit[] = [];
  private readonly screens: Screen[] = [];
  private readonly settings: Partial<Record<State, Choice[]>> = {};
  private links: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly subject: Subject,
    private readonly extent: Extent,
  ) {}

  async take(): Promise<Walked> {
    const silence = await this.sayNothing();
    await this.measure();
    await this.putAway();
    const refused = await this.refuse();
    const accepted = await this.acceptAndWithdraw();
    await this.sendSignal();
    return {
      subject: this.subject,
      observations: this.visits.flatMap(({ observations }) => observations),
      screens: this.screens,
      ...silence,
      ways: { refuse: refused, accept: accepted.accept, withdraw: accepted.withdraw },
      withdrawal: accepted.withdrawal,
      settings: this.settings,
    };
  }

  /** Opens the site, scrolls, browses on, and answers nothing. */
  private async sayNothing(): Promise<Pick<Walked, 'hasNotice' | 'noticeAfter'>> {
    return this.with({}, async (visit) => {
      this.links = await visit.links(this.extent.pages);
      const hasNotice = (await look(visit)).notice !== undefined;
      await visit.observe('fresh');
      visit.turn();
      await visit.page.mouse.move(400, 5);
      await visit.page.mouse.wheel(0, 5_000);
      await visit.page.keyboard.press('End');
      await visit.settle();
      await visit.observe('scrolled');
      const scrolled = (await look(visit)).notice !== undefined;
      visit.turn();
      await visit.browse(this.links);
      await visit.observe('browsed');
      await visit.go(this.subject.address);
      return { hasNotice, noticeAfter: { scrolled, browsed: (await look(visit)).notice !== undefined } };
    });
  }

  private async measure(): Promise<void> {
    const easel = await this.browser.newPage();
    for (const screen of this.extent.screens) {
      await this.with(screen, async (visit) => {
        this.screens.push(await measure(visit, easel, screen));
      });
    }
    await easel.close();
  }

  /** Dismisses the notice without an answer and browses on. */
  private async putAway(): Promise<void> {
    await this.with({}, async (visit) => {
      visit.turn();
      await close(visit);
      await visit.browse(this.links);
      await visit.observe('closed');
    });
  }

  private async refuse(): Promise<Way | undefined> {
    return this.with({}, async (visit) => {
      visit.turn();
      const way = await refuse(visit);
      if (way === undefined) return undefined;
      await visit.observe('refused');
      await visit.browse(this.links);
      await this.read('refused', visit);
      await visit.observe('refused');
      return way;
    });
  }

  private async acceptAndWithdraw(): Promise<Pick<Walked, 'withdrawal'> & { accept: Way | undefined; withdraw: Way | undefined }> {
    return this.with({}, async (visit) => {
      const missing: string[] = [];
      visit.turn();
      const acceptance = await accept(visit);
      if (acceptance === undefined) return { accept: undefined, withdraw: undefined, withdrawal: { missing, pages: 0 } };
      const pages = [this.subject.address, ...this.links];
      for (const page of pages) {
        await visit.go(page);
        if (!leadsToWithdrawal(await look(visit))) missing.push(new URL(page).pathname);
      }
      if (this.extent.use !== undefined) await this.extent.use(visit.page);
      await this.read('accepted', visit);
      await visit.observe('accepted');

      await visit.go(this.subject.address);
      const way = await withdraw(visit);
      visit.turn();
      if (way !== undefined) {
        await visit.observe('withdrawn');
        await visit.browse(this.links);
        await this.read('withdrawn', visit);
        await visit.observe('withdrawn');
      }
      return { accept: acceptance, withdraw: way, withdrawal: { missing, pages: pages.length } };
    });
  }

  /** Sends Global Privacy Control and answers nothing. */
  private async sendSignal(): Promise<void> {
    await this.with({ signal: true }, async (visit) => {
      await visit.browse(this.links);
      await visit.observe('signal');
    });
  }

  private async read(state: State, visit: Visit): Promise<void> {
    const choices = await readSettings(visit);
    if (choices !== undefined) this.settings[state] = choices;
  }

  /** Runs a function in a new browser. */
  private async with<T>(circumstances: Circumstances, act: (visit: Visit) => Promise<T>): Promise<T> {
    const visit = await Visit.begin(this.browser, this.subject, circumstances);
    this.visits.push(visit);
    try {
      return await act(visit);
    } finally {
      await visit.end();
    }
  }
}
