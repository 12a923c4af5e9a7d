import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Server } from '../fixtures/server';
import { freePort } from '../fixtures/site';
import { startTlsProxy } from './tls-proxy';

/** The package's own command-line program. */
const PACKAGE = fileURLToPath(new URL('../node_modules/@mdn/mdn-http-observatory', import.meta.url));

/** The HSTS preload list. The package downloads it during installation; `localhost` is not on it. */
const PRELOADED = join(PACKAGE, 'conf/hsts-preload.json');

/** The minimum score. The maximum is 140, of which 5 are for domains on the HSTS preload list. */
const GOOD_ENOUGH = 130;

interface Report {
  scan: { score: number; grade: string };
  tests: Record<string, { pass: boolean; result: string; scoreModifier: number }>;
}

test('the MDN HTTP Observatory gives the site over https at least 130', async () => {
  const data = await mkdtemp(join(tmpdir(), 'harmony-observatory-'));
  const port = await freePort();
  const server = await Server.start(data, { settings: { HARMONY_ORIGIN: `https://localhost:${port}`, HARMONY_CLIENT_IP_HEADER: 'x-forwarded-for' } });
  const { host, certificate, stop } = await startTlsProxy(port, server.port);

  if (!existsSync(PRELOADED)) await writeFile(PRELOADED, '{}');
  const { stdout } = await promisify(execFile)(process.execPath, [join(PACKAGE, 'src/scan.js'), host], { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate } });
  await stop();
  await server.kill();
  await rm(data, { recursive: true, force: true });

  const { scan, tests } = JSON.parse(stdout) as Report;
  const results = Object.entries(tests).map(([name, { result, scoreModifier }]) => `${name} ${scoreModifier}: ${result}`);
  console.log(`The Observatory gives ${scan.score} (${scan.grade}):\n  ${results.join('\n  ')}`);
  const failed = Object.entries(tests).filter(([, { pass }]) => !pass);
  expect.soft(failed.map(([name, { result }]) => `${name}: ${result}`)).toEqual([]);
  expect(scan.score).toBeGreaterThanOrEqual(GOOD_ENOUGH);
});
