import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { IN_FULL, recordResult } from '../fixtures/results';
import { Latencies } from '../fixtures/latency';
import { Server } from '../fixtures/server';

/** The number of clients that send a byte at a time. */
const SLOW = 1_000;

/** The interval between bytes, in milliseconds. */
const EVERY = 250;

/** The server's timeouts for headers and bodies, in seconds. */
const ALLOWED = 5;

/** The number of normal clients, and the maximum 99th percentile of their response times, in milliseconds. */
const OTHERS = 8;
const PROMPT = 250;

test('a thousand slow clients keep nobody waiting, and are cut off', async () => {
  test.setTimeout(90_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-slow-'));
  const settings = { HARMONY_HEADER_READ_TIMEOUT: String(ALLOWED), HARMONY_BODY_TIMEOUT: String(ALLOWED), HARMONY_LOG: 'off' };
  const server = await Server.start(data, { settings });
  const sockets: Socket[] = [];
  let dripping: NodeJS.Timeout | undefined;
  try {
    let cut = 0;
    let told = 0;
    for (let client = 0; client < SLOW; client += 1) {
      const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
      socket.on('error', () => {});
      socket.once('close', () => {
        cut += 1;
      });
      socket.once('data', (answer: Buffer) => {
        if (answer.subarray(0, 12).toString() === 'HTTP/1.1 408') told += 1;
      });
      await once(socket, 'connect');
      // Half of them begin a body; the others never finish their headers.
      socket.write(client % 2 === 0 ? `GET /policy HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-Slow: ` : beginningOfAForm(server.port));
      sockets.push(socket);
    }
    dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, EVERY);

    const waits = new Latencies();
    const began = performance.now();
    await Promise.all(
      Array.from({ length: OTHERS }, async (_, other) => {
        while (cut < SLOW && performance.now() - began < 4 * ALLOWED * 1000) {
          const answer = await waits.of(() => (other === 0 ? server.decide('no') : server.ask('GET', '/policy')));
          expect([200, 303]).toContain(answer.status);
        }
      }),
    );
    const after = (performance.now() - began) / 1000;
    expect(cut, 'all of the slow ones are cut off').toBe(SLOW);
    expect(told, 'those with a body are told why').toBe(SLOW / 2);
    // In parallel with other tests, the machine itself is slow.
    if (IN_FULL) expect(waits.p99).toBeLessThan(PROMPT);
    await recordResult('slow-clients', `${SLOW} clients that send a byte every ${EVERY} ms, all cut off after ${after.toFixed(1)} s (${ALLOWED} s are allowed), ${told} of them with a 408; meanwhile ${waits.count} answers to others, 99 of 100 within ${waits.p99.toFixed(1)} ms.`);
  } finally {
    clearInterval(dripping);
    for (const socket of sockets) socket.destroy();
    await server.kill();
    await rm(data, { recursive: true, force: true });
  }
});

function beginningOfAForm(port: number): string {
  const head = ['POST /api/consent/answer HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Sec-Fetch-Site: same-origin', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 5000'];
  return `${head.join('\r\n')}\r\n\r\nanswer=yes&return_to=`;
}
