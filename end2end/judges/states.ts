import type { Site } from '../fixtures/site';
import { inLanguage, LANGUAGES, MEMBER_PAGES, PAGES } from '../fixtures/test';
import { type Answer, Walker } from './walker';

/** A response of the site, and the request state behind it. */
export interface Seen extends Answer {
  /** The visitor and their state. */
  who: string;
}

/** The flash messages after a form. */
const NOTICES = [
  'accepted',
  'rejected',
  'answered',
  'saved',
  'withdrawn',
  'appearance-saved',
  'appearance-not-saved',
  'deleted',
  'all-deleted',
  'signed-up',
  'signed-in',
  'signed-out',
  'session-ended',
  'others-ended',
  'password-changed',
  'account-deleted',
];

/** URLs that return an error for every visitor. */
const NOWHERE = ['/nowhere', '/policy/9.9', '/policy/compare/1.0/9.9', '/policy/compare/1.0/1.0', '/pkg/nothing', '/receipts/nothing', '/sign-in/reset'];

/** One more than the default limit of login attempts for one account. */
const TOO_MANY = 6;

/** Crawls the whole site in every state that a server can distinguish, and returns each response. */
export async function walkEveryState(site: Site, languages: readonly string[] = LANGUAGES.map(({ tag }) => tag)): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const tag of languages) await new Round(site, tag, seen).walk();
  return seen;
}

/** Guesses passwords of one account until the site answers 429, in every language. Needs the default rate limits. */
export async function guessTooOften(site: Site): Promise<Seen[]> {
  const seen: Seen[] = [];
  const guess = { email: 'nobody@example.org', password: 'a wrong guess' };
  for (let attempt = 1; attempt < TOO_MANY; attempt += 1) await new Walker(site.address).post('/api/session/sign_in', guess);
  for (const { tag } of LANGUAGES) {
    const walker = new Walker(site.address, {}, (answer) => seen.push({ ...answer, who: `whoever guesses too often, ${tag}` }));
    await walker.post(inLanguage(tag, '/api/session/sign_in'), guess);
  }
  return seen;
}

/** The crawl in one language. */
class Round {
  constructor(
    private readonly site: Site,
    private readonly tag: string,
    private readonly seen: Seen[],
  ) {}

  async walk(): Promise<void> {
    await this.guest();
    await this.undecided();
    await this.decided();
    await this.corrected();
    await this.refused();
    await this.member();
    await this.link();
    await this.verified();
  }

  private at(path: string): string {
    return inLanguage(this.tag, path);
  }

  private visitor(who: string, headers: Record<string, string> = {}): Walker {
    return new Walker(this.site.address, headers, (answer) => this.seen.push({ ...answer, who: `${who}, ${this.tag}` }));
  }

  private async look(walker: Walker, paths: readonly string[]): Promise<void> {
    for (const path of paths) await walker.get(this.at(path));
  }

  /** Answers the banner. */
  private async answer(walker: Walker, answer: string, page: string): Promise<void> {
    await walker.answer(this.at(page), this.at('/api/consent/answer'), { answer, return_to: page });
  }

  private async guest(): Promise<void> {
    const walker = this.visitor('a guest');
    await this.look(walker, PAGES);
    await this.look(walker, ['/sign-in?return_to=/account', '/sign-up?return_to=/policy', ...NOWHERE]);
    for (const notice of NOTICES) await this.look(walker, [`/?notice=${notice}`, `/preferences?notice=${notice}`]);
  }

  /** Headers and cookies that a browser sends before any answer. */
  private async undecided(): Promise<void> {
    await this.look(this.visitor('a browser with a signal', { 'sec-gpc': '1' }), ['/', '/policy', '/preferences', '/insights']);
    const stranger = this.visitor('a browser with foreign cookies');
    for (const name of ['stranger', 'another-one', '_ga']) stranger.addForeign(name, 'value');
    await this.look(stranger, ['/preferences']);
    await stranger.post(this.at('/api/cookies/delete'), { name: 'stranger' });
    await stranger.post(this.at('/preferences/cookies/delete_all'), {});
  }

  private async decided(): Promise<void> {
    for (const answer of ['yes', 'no']) {
      const walker = this.visitor(`somebody who said ${answer}`);
      await this.answer(walker, answer, '/policy');
      await this.look(walker, PAGES);
      await this.look(walker, NOWHERE);
      await walker.post(this.at('/api/appearance/save'), { theme: 'dark', text_size: 'larger' });
      await walker.answer(this.at('/preferences'), this.at('/api/appearance/save'), { theme: 'light', text_size: 'large', preferences: 'no' });
      await walker.answer(this.at('/preferences'), this.at('/api/appearance/save'), { theme: 'dark', text_size: 'large', preferences: 'yes' });
      await this.look(walker, ['/', '/preferences']);
      await walker.answer(this.at('/preferences'), this.at('/api/consent/decide'), { preferences: 'yes', analytics: 'yes' });
      await walker.post(this.at('/api/language/choose'), { locale: this.tag, return_to: '/preferences' });
      await walker.post(this.at('/api/consent/withdraw'), { purpose: 'analytics' });
      await walker.post(this.at('/api/cookies/delete'), { name: '__Host-language' });
      await this.look(walker, ['/preferences/history', '/insights']);
      await walker.post(this.at('/preferences/cookies/delete_all'), {});
    }
  }

  /** Forms shown again with their errors. */
  private async corrected(): Promise<void> {
    const walker = this.visitor('somebody with a slip of the hand');
    for (const form of ['/api/session/sign_in', '/api/account/sign_up']) {
      for (const email of ['', 'no address', 'somebody@example.org']) {
        await walker.post(this.at(form), { email, password: 'wrong', new_password: 'short', remember: 'true' });
      }
    }
  }

  private async refused(): Promise<void> {
    const walker = this.visitor('whoever is refused');
    const decide = this.at('/api/consent/decide');
    await walker.get(decide);
    await walker.post(this.at('/policy'), {});
    await walker.post(decide, { preferences: 'perhaps', analytics: 'yes' });
    await walker.post(decide, { preferences: 'yes', analytics: 'x'.repeat(1_000_000) });
    await walker.post(decide, {}, { 'content-type': 'text/plain' });
    await walker.post(decide, { preferences: 'yes', analytics: 'yes' }, { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' });
    await walker.post(this.at('/api/cookies/delete'), { name: 'no name' });
    await walker.post(this.at('/verify'), {});
    await walker.post(this.at('/api/session/end_others'), {});
    await walker.get(this.at(`/${'x'.repeat(3_000)}`));
    await walker.get(this.at('/?%ff'));
  }

  private async member(): Promise<void> {
    const walker = this.visitor('a member');
    const { email, password } = await walker.signUp();
    await this.look(walker, [...MEMBER_PAGES, ...PAGES, ...NOWHERE]);
    for (const notice of NOTICES) await this.look(walker, [`/account?notice=${notice}`]);
    const guesser = this.visitor('somebody with a wrong password');
    await guesser.post(this.at('/api/session/sign_in'), { email, password: 'wrong' });
    const other = this.visitor('a member in another browser');
    await other.post(this.at('/api/session/sign_in'), { email, password, remember: 'true' });
    await this.answer(other, 'yes', '/');
    await other.answer(this.at('/preferences'), this.at('/api/consent/decide'), { preferences: 'no', analytics: 'no' });
    await this.look(walker, ['/account', '/preferences', '/preferences/history']);
    await walker.post(this.at('/api/account/change_password'), { password: 'wrong', new_password: 'short' });
    await walker.post(this.at('/api/account/delete'), { password: 'wrong' });
    await walker.post(this.at('/api/session/end_others'), {});
    await walker.post(this.at('/api/account/change_password'), { password, new_password: 'a fresh battery staple' });
    const gone = this.visitor('a member who was signed out meanwhile');
    await gone.post(this.at('/api/account/delete'), { password });
    await walker.post(this.at('/api/session/sign_out'), {});
    await walker.post(this.at('/api/session/sign_in'), { email, password: 'a fresh battery staple' });
    await walker.post(this.at('/api/account/delete'), { password: 'a fresh battery staple' });
  }

  /** The one-time link that an operator issues. */
  private async link(): Promise<void> {
    const { email } = await new Walker(this.site.address).signUp();
    const link = new URL(await this.site.operator('password-reset', email));
    const token = link.searchParams.get('token') ?? '';
    const walker = this.visitor('somebody with a password reset link');
    await this.look(walker, [link.pathname + link.search]);
    await walker.post(this.at('/api/session/reset_password'), { token, new_password: 'short' });
    await walker.post(this.at('/api/session/reset_password'), { token, new_password: 'a fresh battery staple' });
    await this.look(this.visitor('somebody with a used link'), [link.pathname + link.search]);
  }

  private async verified(): Promise<void> {
    const walker = this.visitor('somebody who verifies a receipt');
    await this.answer(walker, 'yes', '/');
    const { text } = await walker.get(this.at('/preferences'));
    const address = /href="(\/receipts\/[^"]*)"/.exec(text)?.[1];
    if (address === undefined) throw new Error('The preferences page leads to no receipt.');
    const { text: receipt } = await walker.get(address);
    for (const given of [receipt, receipt.replace('yes', 'no'), '{}', 'no receipt <b>&amp;</b>', '']) {
      await walker.post(this.at('/verify'), { receipt: given });
    }
  }
}
