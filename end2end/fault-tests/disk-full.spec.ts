import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { recordResult } from '../fixtures/results';
import { type DecisionResponse, recordsOf, Server } from '../fixtures/server';
import { binary } from '../fixtures/site';

const run = promisify(execFile);

/** Flags of `unshare` for a mount namespace with a small file system as data folder, as root or in a user namespace. */
const WAYS = [['--mount'], ['--user', '--map-root-user', '--mount']];

async function way(): Promise<string[]> {
  for (const flags of WAYS) {
    const works = await run('unshare', [...flags, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).then(() => true, () => false);
    if (works) return flags;
  }
  throw new Error('A small disk cannot be made: unshare (util-linux) must be allowed to mount, as root or in a user namespace.');
}

test('on a full disk decisions are refused with a 503, none that was acknowledged is lost, and room is enough to go on', async () => {
  test.setTimeout(120_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-full-'));
  const mount = `mount -t tmpfs -o size=12m tmpfs '${data}' && exec "$@"`;
  const server = await Server.start(data, { wrap: ['unshare', ...(await way()), 'sh', '-c', mount, 'sh'], settings: { HARMONY_LOG: 'off' } });
  // Only the server sees the small disk; this path reaches it from outside.
  const disk = `/proc/${server.process.pid}/root${data}`;
  try {
    const acknowledged: string[] = [];
    const decide = async (): Promise<DecisionResponse> => {
      const answer = await server.decide('yes');
      if (answer.record !== undefined) acknowledged.push(answer.record);
      return answer;
    };
    for (let decision = 0; decision < 50; decision += 1) expect((await decide()).status).toBe(303);

    const filler = join(disk, 'filler');
    const full = await writeFile(filler, Buffer.alloc(64 << 20)).then(() => '', (error: NodeJS.ErrnoException) => error.code);
    expect(full, 'the disk is full now').toBe('ENOSPC');
    let refused = 0;
    for (let decision = 0; decision < 2_000 && refused < 50; decision += 1) {
      const answer = await decide();
      expect([303, 503, 507]).toContain(answer.status);
      if (answer.status === 303) continue;
      refused += 1;
      expect(answer.setsCookies, 'nothing is granted').toBe(false);
      expect(Number(answer.retryAfter)).toBeGreaterThan(0);
    }
    expect(refused, 'what cannot be kept is refused').toBe(50);
    expect(await server.status('/policy')).toBe(200);
    expect(await server.status('/preferences')).toBe(200);
    expect(await server.status('/health')).toBe(200);
    await server.until(async () => (await server.status('/ready')) === 503, 2_000);

    await truncate(filler, 0);
    const began = performance.now();
    await server.until(async () => (await decide()).status === 303, 10_000);
    const back = Math.round(performance.now() - began);
    // The server reuses the result of a readiness check for one second.
    await server.until(async () => (await server.status('/ready')) === 200, 2_000);

    const enter = ['--target', String(server.process.pid), '--mount', ...(process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'])];
    const env = { ...process.env, HARMONY_DATA_DIR: data };
    const command = async (...words: string[]) => (await run('nsenter', [...enter, binary(), ...words], { env })).stdout;
    expect(await command('ledger', 'verify')).toContain('as they were written');
    const kept = new Set(recordsOf(await command('ledger', 'export')));
    expect(acknowledged.filter((record) => !kept.has(record)), 'none that was acknowledged is lost').toEqual([]);
    await recordResult('disk-full', `${acknowledged.length} decisions acknowledged, 0 lost; ${refused} refused with a 503; writable again ${back} ms after there was room, without a restart.`);
  } finally {
    await server.kill();
    await rm(data, { recursive: true, force: true });
  }
});
