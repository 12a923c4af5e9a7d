import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@playwright/test';
import { recordResult } from '../fixtures/results';
import { Server } from '../fixtures/server';

/** The server's limit of open files. */
const DESCRIPTORS = 128;

/** The number of connections opened and left open. */
const IDLE = 1_000;

/** The maximum recovery time, in milliseconds. */
const RECOVERY_TIMEOUT = 5_000;

/** The time over which CPU use shows that the server does not busy-loop, in milliseconds. */
const WATCHED = 2_000;

test('with no descriptors left the server keeps still, and answers everybody when there are some again', async () => {
  test.setTimeout(60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-descriptors-'));
  const wrap = ['sh', '-c', `ulimit -n ${DESCRIPTORS} && exec "$@"`, 'sh'];
  const server = await Server.start(data, { wrap, settings: { HARMONY_LOG: 'off' } });
  const idle: Socket[] = [];
  try {
    expect((await server.decide('yes')).status).toBe(303);
    for (let connection = 0; connection < IDLE; connection += 1) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      idle.push(socket);
    }
    const before = await processorTime(server.process.pid);
    await pause(WATCHED);
    const share = ((await processorTime(server.process.pid)) - before) / WATCHED;
    expect(share, 'share of one core while nobody asks').toBeLessThan(0.2);
    for (const socket of idle) socket.destroy();
    const began = performance.now();
    await server.until(async () => (await server.decide('no')).status === 303, RECOVERY_TIMEOUT);
    const back = performance.now() - began;
    expect(await server.status('/policy')).toBe(200);
    await server.until(async () => (await server.status('/ready')) === 200, 2_000);
    await recordResult('file-descriptors', `${IDLE} connections to a server with ${DESCRIPTORS} descriptors: ${(share * 100).toFixed(1)} % of a core while they last, and ${Math.round(back)} ms after their end a decision is kept.`);
  } finally {
    await server.kill();
    await rm(data, { recursive: true, force: true });
  }
});

/** The CPU time of the process, in milliseconds. */
async function processorTime(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
