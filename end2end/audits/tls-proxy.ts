import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createPlain, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The first byte of a TLS connection (RFC 8446, section 5.1): a handshake. */
const HANDSHAKE = 0x16;

/** Protects a key that exists only during one test. */
const PASSPHRASE = 'only for a test';

/** A minimal reverse proxy that terminates TLS and redirects plain HTTP to https. */
export interface TlsProxy {
  /** `localhost` and the port, which serves both TLS and plain HTTP. */
  host: string;
  /** The certificate file, for clients that must trust it. */
  certificate: string;
  stop: () => Promise<void>;
}

/** Starts the proxy on `port` in front of the server on port `upstream`. */
export async function startTlsProxy(port: number, upstream: number): Promise<TlsProxy> {
  const host = `localhost:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'harmony-tls-proxy-'));
  const [store, certificate] = [join(folder, 'proxy.p12'), join(folder, 'proxy.pem')];
  // The HTML checker needs Java anyway, so its keytool creates the certificate.
  const key = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', PASSPHRASE, '-alias', 'proxy'];
  const made = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '1', '-dname', 'CN=localhost', '-ext', 'san=dns:localhost'];
  await promisify(execFile)('keytool', ['-genkeypair', ...key, ...made]);
  await promisify(execFile)('keytool', ['-exportcert', '-rfc', '-file', certificate, ...key]);

  const secure = createSecure({ pfx: await readFile(store), passphrase: PASSPHRASE }, (request, response) => forward(upstream, request, response));
  const plain = createPlain((request, response) => {
    response.writeHead(308, { location: `https://${host}${request.url}` }).end();
  });
  const open = new Set<Socket>();
  const listener = createTcpServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      (first[0] === HANDSHAKE ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  }).listen(port, '127.0.0.1');
  await once(listener, 'listening');
  const stop = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    listener.close();
    await once(listener, 'close');
    await rm(folder, { recursive: true, force: true });
  };
  return { host, certificate, stop };
}

/** Forwards a request unchanged, with its original `Host`. */
function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const asking = send({ host: '127.0.0.1', port, method, path, headers: { ...headers, 'x-forwarded-for': '192.0.2.1' } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  asking.once('error', () => response.writeHead(502).end());
  request.pipe(asking);
}
