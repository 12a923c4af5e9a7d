import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request as send } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Server } from '../fixtures/server';
import { freePort, REPOSITORY } from '../fixtures/site';

/** What everyday services set, of which nginx must let every removal through. */
const FOREIGN = Array.from({ length: 30 }, (_, number) => `_hjSessionUser_${1_000_000 + number}`);

/** More than the file lets one address send at once. */
const MANY = 40;

let folder: string;
let front: Front;
let servers: Server[] = [];

test.describe.configure({ mode: 'serial' });
test.skip(spawnSync('nginx', ['-v']).status !== 0, 'nginx is not installed here');

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-nginx-'));
  const [port, ...behind] = [await freePort(), await freePort(), await freePort()] as const;
  // One after the other: the second finds what the first has made.
  for (const at of behind) servers.push(await start(at, port));
  front = await Front.start(port, behind);
});

test.afterAll(async () => {
  await front?.stop();
  for (const server of servers) await server.kill();
  await rm(folder, { recursive: true, force: true });
});

test('behind the shipped nginx.conf pages and forms come through, at any port', async () => {
  expect(await front.ask('GET', '/policy')).toEqual({ status: 200, removed: 0 });
  expect(await front.ask('POST', '/api/consent/answer', 'answer=no&return_to=/')).toMatchObject({ status: 303 });
});

test('an answer that deletes thirty cookies reaches the browser', async () => {
  const cookie = FOREIGN.map((name) => `${name}=1`).join('; ');
  const { status, removed } = await front.ask('POST', '/preferences/cookies/delete_all', '', { cookie });
  expect(status).toBe(303);
  expect(removed).toBeGreaterThanOrEqual(FOREIGN.length);
});

test('whoever only asks is not limited, and whoever sends form after form is told to wait', async () => {
  const asked = new Set<number>();
  const sent = new Set<number>();
  for (let each = 0; each < MANY; each += 1) {
    asked.add((await front.ask('GET', '/api/v1/consent', undefined, { origin: 'https://shop.example' })).status);
  }
  for (let each = 0; each < MANY; each += 1) sent.add((await front.ask('POST', '/api/consent/answer', 'answer=no&return_to=/')).status);
  expect([...asked]).toEqual([403]);
  expect([...sent].sort()).toEqual([303, 429]);
});

test('nobody notices that two servers are restarted one after the other', async () => {
  const seen = new Set<number>();
  let goesOn = true;
  const reading = (async () => {
    while (goesOn) seen.add((await front.ask('GET', '/policy')).status);
  })();
  for (const [number, server] of servers.entries()) {
    await server.stop();
    servers[number] = await start(server.port, front.port);
  }
  goesOn = false;
  await reading;
  expect([...seen]).toEqual([200]);
});

/** A server behind the proxy. */
async function start(at: number, port: number): Promise<Server> {
  const settings = { HARMONY_ORIGIN: `https://localhost:${port}`, HARMONY_ADDRESS_HEADER: 'x-forwarded-for' };
  return Server.start(join(folder, 'data'), { settings, at });
}

/** The real nginx with the shipped file, in which only names, ports and paths are other ones. */
class Front {
  private constructor(
    readonly port: number,
    private readonly nginx: ChildProcess,
    private readonly agent: Agent,
  ) {}

  static async start(port: number, behind: readonly number[]): Promise<Front> {
    const [certificate, key] = [join(folder, 'front.pem'), join(folder, 'front.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject]);
    let shipped = await readFile(join(REPOSITORY, 'docs/operating/nginx.conf'), 'utf8');
    const instead: [RegExp, string][] = [
      [/ {4}server 127\.0\.0\.1:3000(.*);/, behind.map((at) => `    server 127.0.0.1:${at}$1;`).join('\n')],
      [/ {4}listen 80;\n {4}listen \[::\]:80;/, `    listen 127.0.0.1:${await freePort()};`],
      [/ {4}listen 443 ssl http2;\n {4}listen \[::\]:443 ssl http2;/, `    listen 127.0.0.1:${port} ssl http2;`],
      [/(ssl_certificate) .*;/, `$1 ${certificate};`],
      [/(ssl_certificate_key) .*;/, `$1 ${key};`],
      [/(server_name) cookies\.example;/g, '$1 localhost;'],
    ];
    for (const [found, other] of instead) {
      expect(shipped).toMatch(found);
      shipped = shipped.replace(found, other);
    }
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${join(folder, what)};`);
    const around = `daemon off; pid ${join(folder, 'pid')}; events {} http { access_log off; ${temporary.join(' ')}\n${shipped}\n}`;
    const file = join(folder, 'nginx.conf');
    await writeFile(file, around);
    const nginx = spawn('nginx', ['-e', join(folder, 'error.log'), '-c', file], { stdio: 'inherit' });
    process.once('exit', () => nginx.kill('SIGKILL'));
    const front = new Front(port, nginx, new Agent({ ca: await readFile(certificate), keepAlive: true }));
    await expect(async () => front.ask('GET', '/policy')).toPass({ timeout: 10_000 });
    return front;
  }

  /** Sends a request, a form if it has a body, and returns its status and how many cookies its answer removes. */
  ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; removed: number }> {
    const own = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: `https://localhost:${this.port}` };
    const options = { host: 'localhost', port: this.port, method, path, agent: this.agent, headers: { ...own, ...headers } };
    return new Promise((resolve, reject) => {
      const asking = send(options, (answer) => {
        const removed = (answer.headers['set-cookie'] ?? []).filter((line) => line.includes('Max-Age=0')).length;
        answer.resume().once('end', () => resolve({ status: answer.statusCode ?? 0, removed }));
      });
      asking.once('error', reject).end(body);
    });
  }

  async stop(): Promise<void> {
    const ended = once(this.nginx, 'exit');
    this.nginx.kill('SIGQUIT');
    await Promise.race([ended, pause(5_000, undefined, { ref: false })]);
    this.agent.destroy();
    this.nginx.kill('SIGKILL');
  }
}
