import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { recordResult } from '../fixtures/results';
import { harmony, recordsOf, Server } from '../fixtures/server';

/** Forms that change data. */
const FORMS = [
  ['/api/consent/answer', 'answer=no&return_to=%2Fpolicy'],
  ['/api/consent/decide', 'preferences=no&analytics=no'],
  ['/api/consent/withdraw', 'purpose=analytics'],
  ['/api/appearance/save', 'theme=dark&text_size=large&preferences=no'],
  ['/sign-up', 'email=somebody%40example.org&new_password=correct+horse+battery&return_to=%2Fpolicy'],
] as const;

test('a body that is cut at any byte does nothing, and the whole one does', async () => {
  test.setTimeout(2 * 60_000);
  const data = await mkdtemp(join(tmpdir(), 'harmony-cut-'));
  try {
    const server = await Server.start(data);
    let cuts = 0;
    for (const [address, body] of FORMS) {
      for (let length = 0; length < body.length; length += 1) {
        for (const ending of ['end', 'reset'] as const) {
          const answer = await send(server.port, address, body, length, ending);
          cuts += 1;
          expect(answer, `${address} cut after ${length} bytes by ${ending}`).not.toMatch(/^HTTP\/1\.1 [23]/);
          expect(answer.toLowerCase()).not.toContain('set-cookie: __host-consent');
          expect(answer, 'no mistake of the server').not.toMatch(/^HTTP\/1\.1 5/);
        }
      }
    }
    expect(recordsOf(await harmony(data, {}, 'ledger', 'export')), 'nothing was recorded').toEqual([]);
    expect(await harmony(data, {}, 'account', 'list'), 'nobody has an account').not.toContain('somebody@example.org');
    let done = 0;
    for (const [address, body] of FORMS.filter(([address]) => !address.endsWith('withdraw'))) {
      expect(await send(server.port, address, body, body.length, 'wait'), address).toMatch(/^HTTP\/1\.1 303/);
      done += 1;
    }
    expect(recordsOf(await harmony(data, {}, 'ledger', 'export')).length, 'the whole ones were').toBeGreaterThan(0);
    expect(server.log.join(''), 'nothing was worth a warning').toBe('');
    await server.kill();
    await recordResult('truncated-body', `${cuts} bodies cut at every byte of ${FORMS.length} forms, by closing and by reset: nothing was done; ${done} whole ones were.`);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});

/** Sends part of a form's body, ends the connection, and returns what the server sent before that. */
async function send(port: number, address: string, body: string, length: number, ending: 'end' | 'reset' | 'wait'): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
    socket.once('end', () => socket.destroy());
  });
  const head = [
    `POST ${address} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Sec-Fetch-Site: same-origin',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  const sent = new Promise<void>((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, length)}`, () => resolve()));
  await sent;
  if (ending === 'end') socket.end();
  else if (ending === 'reset') socket.resetAndDestroy();
  await closed;
  return Buffer.concat(parts).toString();
}
