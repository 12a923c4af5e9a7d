import { randomUUID } from 'node:crypto';
import type { Credentials } from '../pages/account';

/** The final response after all redirects. */
export interface HttpResponse {
  /** The URL path of the final response. */
  path: string;
  status: number;
  headers: Headers;
  text: string;
}

type Fields = Record<string, string>;

/** The maximum number of consecutive redirects. */
const MAX_REDIRECTS = 5;

/** A browser without JavaScript, from the server's view: stores cookies, follows redirects, submits forms. */
export class HttpClient {
  private readonly cookies = new Map<string, string>();

  constructor(
    readonly address: string,
    private readonly headers: Fields = {},
    private readonly note: (answer: HttpResponse) => void = () => {},
  ) {}

  /** The `Cookie` header that it would send now. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Adds a cookie that is not the site's. */
  addForeign(name: string, value: string): void {
    this.cookies.set(name, value);
  }

  /** Removes a cookie like a browser does, without a request. */
  drop(name: string): void {
    this.cookies.delete(name);
  }

  async get(path: string, headers: Fields = {}): Promise<HttpResponse> {
    return this.send(path, { headers: { 'sec-fetch-site': 'none', ...headers } });
  }

  /** Submits a form like a page of the site does. */
  async post(path: string, fields: Fields, headers: Fields = {}): Promise<HttpResponse> {
    const own = { origin: this.address, 'sec-fetch-site': 'same-origin' };
    return this.send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { ...own, ...headers } });
  }

  /** Answers the question on a page, with the form's hidden fields. */
  async answer(page: string, form: string, fields: Fields): Promise<HttpResponse> {
    const { text } = await this.get(page);
    const prompt = /name="prompt" value="([^"]+)"/.exec(text)?.[1];
    if (prompt === undefined) throw new Error(`${page} asks nothing.`);
    return this.post(form, { prompt, ...fields });
  }

  /** Creates an account, which also signs in. */
  async signUp(remember = false): Promise<Credentials> {
    const credentials = { email: `somebody-${randomUUID()}@example.org`, password: 'correct horse battery' };
    const keep: Fields = remember ? { remember: 'true' } : {};
    const { path } = await this.post('/sign-up', { email: credentials.email, new_password: credentials.password, ...keep });
    if (!path.startsWith('/account?notice=signed-up')) throw new Error(`No account was made; the site answered at ${path}.`);
    return credentials;
  }

  private async send(path: string, request: Omit<RequestInit, 'headers'> & { headers: Fields }, hops = 0): Promise<HttpResponse> {
    const headers: Fields = { accept: 'text/html', ...this.headers, ...request.headers };
    if (this.cookies.size > 0) headers.cookie = this.cookie;
    const response = await fetch(this.address + path, { ...request, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.take(line);
    const text = await response.text();
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      if (hops === MAX_REDIRECTS) throw new Error(`${path} leads round in circles.`);
      const to = new URL(location, this.address + path);
      if (to.origin !== this.address) throw new Error(`${path} leads away, to ${to}.`);
      return this.send(to.pathname + to.search, { headers: { 'sec-fetch-site': headers['sec-fetch-site'] ?? 'none' } }, hops + 1);
    }
    const answer = { path, status: response.status, headers: response.headers, text };
    this.note(answer);
    return answer;
  }

  private take(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
