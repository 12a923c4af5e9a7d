import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../fixtures/site';

/** The timeout for starting the driver. */
const START_TIMEOUT = 20_000;

/** The timeout of one command. Loading a page is the longest. */
const COMMAND_TIMEOUT = 30_000;

/** The key under which WebDriver names an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Where Debian puts MiniBrowser: below a folder for the architecture, in one for the version of the API. */
const LIBRARIES = '/usr/lib';
const VERSIONS = ['webkitgtk-6.0', 'webkit2gtk-4.1', 'webkit2gtk-4.0'];

/** The screen, which is as high as a long page, so that a picture shows all of it. */
const SCREEN = { width: 1600, height: 8000 };

/** A cookie, as WebDriver describes it. */
export interface WebKitCookie {
  name: string;
  value: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite?: string;
  /** Seconds; absent for a session cookie. */
  expiry?: number;
}

export interface WebKitOptions {
  /** The host and port, and the file of the certificate that it is trusted with. */
  host: string;
  certificate: string;
  /** Whether its colour scheme is dark. */
  dark?: boolean;
}

/** What is missing on this machine to run WebKit, if anything. */
export function missingForWebKit(): string | undefined {
  if (onPath('WebKitWebDriver') === undefined || miniBrowser() === undefined) return 'WebKitGTK is not installed here: install the package webkit2gtk-driver';
  if (onPath('Xvfb') === undefined) return 'Xvfb is not installed here: install the package xvfb';
  return undefined;
}

/**
 * The system's WebKitGTK, on a screen of its own, driven by WebDriver: Playwright drives only its own build of WebKit.
 * Each has its own profile, which is gone with it.
 */
export class WebKit {
  private constructor(
    private readonly programs: readonly ChildProcess[],
    private readonly driver: string,
    private readonly session: string,
    private readonly host: string,
  ) {}

  static async start({ host, certificate, dark = false }: WebKitOptions): Promise<WebKit> {
    const [xvfb, screen] = await startScreen();
    const port = await freePort();
    const env = { ...process.env, DISPLAY: `:${screen}`, WAYLAND_DISPLAY: '', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1' };
    const child = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
    endWithThisProcess(child);
    const driver = `http://127.0.0.1:${port}`;
    try {
      await untilReady(driver, child);
      const browser = {
        binary: miniBrowser(),
        // On a full screen there is no toolbar, which would be wider than a phone.
        args: ['--automation', '--full-screen', ...(dark ? ['--dark-mode'] : [])],
        certificates: [{ host: new URL(`https://${host}`).hostname, certificateFile: certificate }],
      };
      const capabilities = { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': browser } };
      const { sessionId } = await send<{ sessionId: string }>('POST', `${driver}/session`, { capabilities });
      const webKit = new WebKit([child, xvfb], driver, sessionId, host);
      await webKit.resize(1280);
      return webKit;
    } catch (error) {
      for (const program of [child, xvfb]) await end(program);
      throw error;
    }
  }

  /** Opens a page of the site, and returns when it has loaded. */
  async goto(path: string): Promise<void> {
    await this.command('POST', 'url', { url: `https://${this.host}${path}` });
  }

  async reload(): Promise<void> {
    await this.command('POST', 'refresh', {});
  }

  async path(): Promise<string> {
    const { pathname, search } = new URL(await this.command<string>('GET', 'url'));
    return pathname + search;
  }

  /** Sets the size of the page, and returns when it has been drawn. It does not get narrower than 334 px. */
  async resize(width: number, height = 900): Promise<void> {
    await this.command('POST', 'window/rect', { x: 0, y: 0, width, height });
    await this.until(() => this.evaluate((...size) => [innerWidth, innerHeight].join() === size.join(), width, height), `no ${width} x ${height} px`);
    await this.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(null)))));
  }

  /** Runs a function in the page with arguments, and returns what it returns or promises. */
  async evaluate<Result, Arguments extends unknown[]>(run: (...given: Arguments) => Result, ...args: Arguments): Promise<Awaited<Result>> {
    return this.command<Awaited<Result>>('POST', 'execute/sync', { script: `return (${run})(...arguments)`, args });
  }

  /** How many elements match. */
  async count(selector: string): Promise<number> {
    return (await this.command<unknown[]>('POST', 'elements', { using: 'css selector', value: selector })).length;
  }

  /** The text that a visitor sees. */
  async text(selector: string): Promise<string> {
    return this.command('GET', `element/${await this.find(selector)}/text`);
  }

  /** Presses with the mouse, as a visitor would. */
  async press(selector: string): Promise<void> {
    await this.command('POST', `element/${await this.find(selector)}/click`, {});
  }

  /** Presses, and waits for a new flash message with the result, not one from before. */
  async pressAndAwaitMessage(selector: string): Promise<void> {
    await this.evaluate(() => document.getElementById('notice')?.setAttribute('data-seen', ''));
    await this.press(selector);
    await this.awaitCount('#notice:not([data-seen])', 1);
  }

  async awaitCount(selector: string, count: number): Promise<void> {
    await this.until(async () => (await this.count(selector)) === count, `${selector} is not there ${count} times`);
  }

  /** Types into an empty field, or chooses a file by its path. */
  async write(selector: string, text: string): Promise<void> {
    await this.command('POST', `element/${await this.find(selector)}/value`, { text });
  }

  /** The cookies of the site, including HttpOnly ones. */
  async cookies(): Promise<WebKitCookie[]> {
    return this.command('GET', 'cookie');
  }

  /** A picture of the whole page (PNG). Its width stays, and its height is 900 px afterwards. */
  async screenshot(): Promise<Buffer> {
    const { width, height } = await this.evaluate(() => {
      // It is as high as the window, which would grow it.
      const main = document.querySelector('main');
      if (main !== null) main.style.minHeight = `${main.offsetHeight}px`;
      return { width: innerWidth, height: document.documentElement.scrollHeight };
    });
    await this.resize(width, Math.min(height, SCREEN.height));
    const picture = Buffer.from(await this.command<string>('GET', 'screenshot'), 'base64');
    await this.resize(width);
    return picture;
  }

  /** Waits until a condition holds. During a navigation no script runs, so it may throw. */
  async until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
    const deadline = Date.now() + COMMAND_TIMEOUT;
    while (Date.now() < deadline) {
      if (await isSo().catch(() => false)) return;
      await pause(20);
    }
    throw new Error(`${otherwise} at ${await this.path()}`);
  }

  async stop(): Promise<void> {
    await this.command('DELETE', '').catch(() => undefined);
    for (const program of this.programs) await end(program);
  }

  private async find(selector: string): Promise<string> {
    const found = await this.command<Record<string, string>>('POST', 'element', { using: 'css selector', value: selector });
    const id = found[ELEMENT];
    if (id === undefined) throw new Error(`No element is ${selector}.`);
    return id;
  }

  private command<Result>(method: string, name: string, body?: unknown): Promise<Result> {
    return send(method, `${this.driver}/session/${this.session}${name === '' ? '' : `/${name}`}`, body);
  }
}

/** Sends a command, and returns its value. */
async function send<Result>(method: string, address: string, body?: unknown): Promise<Result> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(address, { method, ...sent, signal: AbortSignal.timeout(COMMAND_TIMEOUT) });
  const { value } = (await response.json()) as { value: Result & { error?: string; message?: string } };
  if (!response.ok) throw new Error(`${method} ${address} ${JSON.stringify(body) ?? ''}: ${value.error}: ${value.message}`);
  return value;
}

/** A screen that nobody sees. It chooses its number, so that several can run. */
async function startScreen(): Promise<[ChildProcess, string]> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${SCREEN.width}x${SCREEN.height}x24`, '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  endWithThisProcess(child);
  for await (const line of createInterface(child.stdio[3] as Readable)) return [child, line.trim()];
  throw new Error(`Xvfb ended with ${child.exitCode}.`);
}

async function untilReady(driver: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (Date.now() < deadline && child.exitCode === null) {
    const status = await send<{ ready: boolean }>('GET', `${driver}/status`).catch(() => undefined);
    if (status?.ready) return;
    await pause(20);
  }
  throw new Error('WebKitWebDriver did not answer.');
}

/** Playwright may stop a worker at any time. */
function endWithThisProcess(child: ChildProcess): void {
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  child.once('exit', () => process.off('exit', last));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
}

function miniBrowser(): string | undefined {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [];
  return folders.flatMap((folder) => VERSIONS.map((version) => join(LIBRARIES, folder, version, 'MiniBrowser'))).find((file) => existsSync(file));
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}
