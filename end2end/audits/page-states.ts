import type { Site } from '../fixtures/site';
import { inLanguage, LANGUAGES, ACCOUNT_PAGES, PAGES } from '../fixtures/test';
import { type HttpResponse, HttpClient } from './http-client';

/** A response of the site, and the request state behind it. */
export interface PageResponse extends HttpResponse {
  /** The visitor and their state. */
  who: string;
}

/** URLs that return an error for every visitor. */
const NOWHERE = ['/nowhere', '/policy/9.9', '/policy/compare/1.0/9.9', '/policy/compare/1.0/1.0', '/pkg/nothing', '/receipts/nothing', '/sign-in/reset'];

/** One more than the default limit of login attempts for one account. */
const TOO_MANY = 6;

/** Crawls the whole site in every state that a server can distinguish, and returns each response. */
export async function crawlEveryState(site: Site, languages: readonly string[] = LANGUAGES.map(({ tag }) => tag)): Promise<PageResponse[]> {
  const seen: PageResponse[] = [];
  for (const tag of languages) await new StateCrawl(site, tag, seen).run();
  return seen;
}

/** Guesses passwords of one account until the site answers 429, in every language. Needs the default rate limits. */
export async function exceedLoginRateLimit(site: Site): Promise<PageResponse[]> {
  const seen: PageResponse[] = [];
  const guess = { email: 'nobody@example.org', password: 'a wrong guess' };
  for (let attempt = 1; attempt < TOO_MANY; attempt += 1) await new HttpClient(site.address).post('/sign-in', guess);
  for (const { tag } of LANGUAGES) {
    const client = new HttpClient(site.address, {}, (answer) => seen.push({ ...answer, who: `a client over the login rate limit, ${tag}` }));
    await client.post(inLanguage(tag, '/sign-in'), guess);
  }
  return seen;
}

/** The crawl in one language. */
class StateCrawl {
  constructor(
    private readonly site: Site,
    private readonly tag: string,
    private readonly seen: PageResponse[],
  ) {}

  async run(): Promise<void> {
    await this.guest();
    await this.undecided();
    await this.decided();
    await this.corrected();
    await this.refused();
    await this.user();
    await this.link();
    await this.verified();
  }

  private at(path: string): string {
    return inLanguage(this.tag, path);
  }

  private visitor(who: string, headers: Record<string, string> = {}): HttpClient {
    return new HttpClient(this.site.address, headers, (answer) => this.seen.push({ ...answer, who: `${who}, ${this.tag}` }));
  }

  private async look(client: HttpClient, paths: readonly string[]): Promise<void> {
    for (const path of paths) await client.get(this.at(path));
  }

  /** Answers the banner. */
  private async answer(client: HttpClient, answer: string, page: string): Promise<void> {
    await client.answer(this.at(page), this.at('/api/consent/answer'), { answer, return_to: page });
  }

  private async guest(): Promise<void> {
    const client = this.visitor('a guest');
    await this.look(client, PAGES);
    await this.look(client, ['/sign-in?return_to=/account', '/sign-up?return_to=/policy', ...NOWHERE]);
    await client.post(this.at('/api/consent/decide'), {});
  }

  /** Headers and cookies that a browser sends before any answer. */
  private async undecided(): Promise<void> {
    await this.look(this.visitor('a browser with a signal', { 'sec-gpc': '1' }), ['/', '/policy', '/preferences', '/statistics']);
    const stranger = this.visitor('a browser with foreign cookies');
    for (const name of ['stranger', 'another-one', '_ga']) stranger.addForeign(name, 'value');
    await this.look(stranger, ['/preferences']);
    await stranger.post(this.at('/api/cookies/delete'), { name: 'stranger' });
    await stranger.post(this.at('/preferences/cookies/delete_all'), {});
  }

  private async decided(): Promise<void> {
    for (const answer of ['yes', 'no']) {
      const client = this.visitor(`somebody who said ${answer}`);
      await this.answer(client, answer, '/policy');
      await this.look(client, PAGES);
      await this.look(client, NOWHERE);
      await client.post(this.at('/api/appearance/save'), { theme: 'dark', text_size: 'larger' });
      await client.answer(this.at('/preferences'), this.at('/api/appearance/save'), { theme: 'light', text_size: 'large', preferences: 'no' });
      await client.answer(this.at('/preferences'), this.at('/api/appearance/save'), { theme: 'dark', text_size: 'large', preferences: 'yes' });
      await this.look(client, ['/', '/preferences']);
      await client.answer(this.at('/preferences'), this.at('/api/consent/decide'), { preferences: 'yes', analytics: 'yes' });
      await client.post(this.at('/api/language/choose'), { locale: this.tag, return_to: '/preferences' });
      await client.post(this.at('/api/consent/withdraw'), { purpose: 'analytics' });
      await client.post(this.at('/api/cookies/delete'), { name: '__Host-Http-language' });
      await this.look(client, ['/preferences/history', '/statistics']);
      await client.post(this.at('/preferences/cookies/delete_all'), {});
    }
  }

  /** Forms shown again with their errors. */
  private async corrected(): Promise<void> {
    const client = this.visitor('somebody with a slip of the hand');
    for (const form of ['/sign-in', '/sign-up']) {
      for (const email of ['', 'no address', 'somebody@example.org']) {
        await client.post(this.at(form), { email, password: 'wrong', new_password: 'short', remember: 'true' });
      }
    }
  }

  private async refused(): Promise<void> {
    const client = this.visitor('a client with rejected requests');
    const decide = this.at('/api/consent/decide');
    await client.get(decide);
    await client.post(this.at('/policy'), {});
    await client.post(decide, { preferences: 'perhaps', analytics: 'yes' });
    await client.post(decide, { preferences: 'yes', analytics: 'x'.repeat(1_000_000) });
    await client.post(decide, {}, { 'content-type': 'text/plain' });
    await client.post(decide, { preferences: 'yes', analytics: 'yes' }, { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' });
    await client.post(this.at('/api/cookies/delete'), { name: 'no name' });
    await client.post(this.at('/verify'), {});
    await client.post(this.at('/api/session/end_others'), {});
    await client.get(this.at(`/${'x'.repeat(3_000)}`));
    await client.get(this.at('/?%ff'));
  }

  private async user(): Promise<void> {
    const client = this.visitor('a user');
    const { email, password } = await client.signUp();
    await this.look(client, [...ACCOUNT_PAGES, ...PAGES, ...NOWHERE]);
    const guesser = this.visitor('somebody with a wrong password');
    await guesser.post(this.at('/sign-in'), { email, password: 'wrong' });
    const other = this.visitor('a user in another browser');
    await other.post(this.at('/sign-in'), { email, password, remember: 'true' });
    await this.answer(other, 'yes', '/');
    await other.answer(this.at('/preferences'), this.at('/api/consent/decide'), { preferences: 'no', analytics: 'no' });
    await this.look(client, ['/account', '/account/security', '/preferences', '/preferences/history']);
    await this.nameBrowser(client);
    await this.endSession(client);
    await other.post(this.at('/sign-in'), { email, password });
    await client.post(this.at('/account/password'), { password: 'wrong', new_password: 'short' });
    await client.post(this.at('/account/delete'), { password: 'wrong' });
    await client.post(this.at('/api/session/end_others'), {});
    await client.post(this.at('/account/password'), { password, new_password: 'a fresh battery staple' });
    const gone = this.visitor('a user who was signed out meanwhile');
    await gone.post(this.at('/account/delete'), { password });
    await client.post(this.at('/api/session/sign_out'), {});
    await client.post(this.at('/sign-in'), { email, password: 'a fresh battery staple' });
    await client.post(this.at('/account/delete'), { password: 'a fresh battery staple' });
  }

  /** Gives a browser a name that must be escaped, and looks at the pages that show it. */
  private async nameBrowser(client: HttpClient): Promise<void> {
    const { text } = await client.get(this.at('/account'));
    const session = /<input[^>]* name="session"[^>]* value="([^"]*)"/.exec(text)?.[1];
    if (session === undefined) throw new Error('The account page names no session.');
    await client.post(this.at('/api/session/name'), { session, name: 'The <b>office</b> & "home"' });
    await this.look(client, ['/account', '/account/security']);
  }

  /** Ends the session of another browser. */
  private async endSession(client: HttpClient): Promise<void> {
    const { text } = await client.get(this.at('/account'));
    const session = /class="end"[^]*?<input[^>]* name="session"[^>]* value="([^"]*)"/.exec(text)?.[1];
    if (session === undefined) throw new Error('The account page offers to end no session.');
    await client.post(this.at('/api/session/end'), { session });
  }

  /** The one-time link that an operator issues. */
  private async link(): Promise<void> {
    const { email } = await new HttpClient(this.site.address).signUp();
    const link = new URL(await this.site.operator('password-reset', email));
    const token = link.searchParams.get('token') ?? '';
    const client = this.visitor('somebody with a password reset link');
    await this.look(client, [link.pathname + link.search]);
    await client.post(this.at('/sign-in/reset'), { token, new_password: 'short' });
    await client.post(this.at('/sign-in/reset'), { token, new_password: 'a fresh battery staple' });
    await this.look(this.visitor('somebody with a used link'), [link.pathname + link.search]);
  }

  private async verified(): Promise<void> {
    const client = this.visitor('somebody who verifies a receipt');
    await this.answer(client, 'yes', '/');
    const { text } = await client.get(this.at('/preferences'));
    const address = /href="(\/receipts\/[^"]*)"/.exec(text)?.[1];
    if (address === undefined) throw new Error('The preferences page leads to no receipt.');
    const { text: receipt } = await client.get(address);
    for (const given of [receipt, receipt.replace('yes', 'no'), '{}', 'no receipt <b>&amp;</b>', '']) {
      await client.post(this.at('/verify'), { receipt: given });
    }
  }
}
