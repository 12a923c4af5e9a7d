import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Prng } from '../fixtures/prng';
import { recordResult, fullOrShort } from '../fixtures/results';
import { type PipelinedResponse, PipelinedConnection } from '../fixtures/pipelined-connection';
import { Server, setsOptional } from '../fixtures/server';

/** The number of generated headers. */
const HEADERS = fullOrShort(1_000_000, 30_000);

/** The number of connections, and of pipelined requests on each. */
const CONNECTIONS = 8;
const UNDER_WAY = 16;

/** The maximum growth of resident memory after the first tenth of the requests, in bytes. */
const MEMORY = 32 << 20;

const NAMES = ['__Host-Http-consent', '__Host-Http-visit', '__Host-Http-analytics', '__Host-Http-appearance', '__Host-Http-session', '__Host-Http-remember', '__Host-Http-device', '__Host-Http-language'];

test('no cookie that is made up grants anything, fails the server, or fills its memory', async () => {
  test.setTimeout(20 * 60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-hostile-'));
  const seed = Date.now() % 2 ** 32;
  try {
    const server = await Server.start(data, { settings: { HARMONY_LOG: 'error' } });
    const genuine = (await server.decide('yes')).cookies.find((line) => line.startsWith('__Host-Http-consent='))?.split(';')[0] ?? '';
    const granted = await server.ask('GET', '/', undefined, genuine);
    expect(granted.cookies.some(setsOptional), 'the genuine one grants, so that a grant would be seen').toBe(true);

    const prng = new Prng(seed);
    const statuses = new Map<number, number>();
    let sent = 0;
    let early = 0;
    const check = (cookie: Buffer) => (answer: PipelinedResponse) => {
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (!(answer.status < 500) || answer.cookies.some(setsOptional)) {
        throw new Error(`seed ${seed}: ${answer.status} with ${answer.cookies.join(', ')} for ${cookie.toString('latin1')}`);
      }
    };
    const began = performance.now();
    const through = async () => {
      let connection = await PipelinedConnection.to(server.port);
      while (sent < HEADERS) {
        const batch = Array.from({ length: Math.min(UNDER_WAY, HEADERS - sent) }, () => madeUp(genuine, prng));
        sent += batch.length;
        const answers = batch.map((cookie) => connection.get('/', cookie).then(check(cookie)));
        await Promise.all(answers);
        if (early === 0 && sent > HEADERS / 10) early = await resident(server.process.pid);
        // A rejected header may close the connection.
        if (connection.isOver) connection = await PipelinedConnection.to(server.port);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, through));
    const rate = Math.round((HEADERS / (performance.now() - began)) * 1000);
    const late = await resident(server.process.pid);
    expect(late - early, 'memory').toBeLessThan(MEMORY);
    expect(server.log.join(''), 'nothing was logged as an error').toBe('');
    await server.kill();
    const seen = [...statuses].sort(([one], [other]) => one - other).map(([status, count]) => `${count} × ${status}`);
    await recordResult('malformed-cookies', `${HEADERS} made-up cookie headers at ${rate} a second: ${seen.join(', ')}; none granted a purpose, none a 5xx; ${megabytes(early)} MB resident after the first tenth, ${megabytes(late)} MB at the end (seed ${seed}).`);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});

/** A forged `Cookie` header. */
function madeUp(genuine: string, prng: Prng): Buffer {
  const kind = prng.below(9);
  const value = genuine.slice(genuine.indexOf('=') + 1);
  switch (kind) {
    // Bytes that are legal in a header.
    case 0:
      return legal(prng, 1 + prng.below(200));
    // A genuine header with one bit flipped.
    case 1: {
      const turned = Buffer.from(genuine);
      const at = '__Host-Http-consent='.length + prng.below(value.length);
      turned[at] = (turned[at] ?? 0) ^ (1 << prng.below(7));
      return clean(turned);
    }
    // Truncated, or with a suffix.
    case 2:
      return Buffer.from(`__Host-Http-consent=${value.slice(0, prng.below(value.length))}`);
    case 3:
      return Buffer.concat([Buffer.from(genuine), Buffer.from(prng.pick(['~', 'A', '=', '%41', '.'])), legal(prng, prng.below(4))]);
    // Another cookie's name, or nearly the right one.
    case 4:
      return Buffer.from(`${prng.pick(['__host-consent', '__HOST-CONSENT', '__Host-Consent', '__Secure-consent', 'consent', '__Host-Http-analytics', '__Host-Http-visit', '__Host-Http-session', '\u00e9__Host-Http-consent'])}=${value}`, 'latin1');
    // Twice, once with another answer.
    case 5:
      return Buffer.from(`${genuine}; __Host-Http-consent=${value.replace(/\d/, (digit) => String((Number(digit) + 1) % 10))}`);
    // A signature of another value.
    case 6: {
      const parts = value.split('~');
      const at = prng.below(parts.length);
      parts[at] = (parts[at] ?? '') + prng.pick(['0', '1', 'yes', '-', '_']);
      return Buffer.from(`__Host-Http-consent=${parts.join('~')}`);
    }
    // Many pairs, and malformed pairs.
    case 7:
      return Buffer.concat(Array.from({ length: 1 + prng.below(60) }, () => Buffer.concat([Buffer.from(`${prng.pick(NAMES)}${prng.pick(['=', ' = ', '==', ''])}`), legal(prng, prng.below(20)), Buffer.from(prng.pick(['; ', ';', ';;', ',', ' ']))])));
    // Every cookie of the inventory with an invalid value.
    default:
      return Buffer.from(NAMES.map((name) => `${name}=${prng.pick(['1', 'yes', 'true', '%00', '"yes"', '{}', 'a'.repeat(prng.below(400)), '-1', '1~1~1', value.slice(prng.below(value.length))])}`).join('; '));
  }
}

/** Random bytes that are legal in a header. */
function legal(prng: Prng, length: number): Buffer {
  return clean(Buffer.from(Array.from({ length }, () => 0x20 + prng.below(0xe0))));
}

function clean(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte < 0x20 || byte === 0x7f ? 0x21 : byte)));
}

/** The resident memory of the process, in bytes. */
async function resident(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function megabytes(bytes: number): string {
  return (bytes / (1 << 20)).toFixed(0);
}
