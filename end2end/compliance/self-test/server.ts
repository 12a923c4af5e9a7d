import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A small site with a consent tool. */
export interface Setup {
  /** The tool's files in `node_modules`. */
  script?: string;
  style?: string;
  /** Script that runs after the tool is loaded; `{elsewhere}` is replaced with the third party's URL. */
  code: string;
  /** Additional CSS. */
  look?: string;
  /** The footer of every page. */
  foot?: string;
  /** Pages without that footer. */
  bare?: readonly string[];
  /** The body of `/cookies.json`, if the site publishes it. */
  declares?: readonly { name: string; purpose: string; essential: boolean; max_age: number | null }[];
}

/** A site with a consent tool and a third-party site, both local. */
export class ToolSite {
  private constructor(
    readonly address: string,
    private readonly servers: readonly Server[],
  ) {}

  static async serve(setup: Setup): Promise<ToolSite> {
    const other = await listen((_, answer) => send(answer, 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'));
    // A host name different from the site's, so that it counts as a third party.
    const elsewhere = `http://localhost:${(other.address() as AddressInfo).port}`;
    const site = await listen(async (path, answer) => {
      if (path === '/tool.js' && setup.script !== undefined) send(answer, 'text/javascript', await readFile(join(PACKAGES, setup.script)));
      else if (path === '/tool.css' && setup.style !== undefined) send(answer, 'text/css', await readFile(join(PACKAGES, setup.style)));
      else if (path === '/cookies.json' && setup.declares !== undefined) send(answer, 'application/json', JSON.stringify({ cookies: setup.declares }));
      else if (/^\/(one|two)?$/.test(path)) send(answer, 'text/html; charset=utf-8', page(setup, path, elsewhere));
      else answer.writeHead(404).end();
    });
    return new ToolSite(`http://127.0.0.1:${(site.address() as AddressInfo).port}`, [site, other]);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

async function listen(serve: (path: string, answer: ServerResponse) => void | Promise<void>): Promise<Server> {
  const server = createServer((request, answer) => void serve(request.url ?? '/', answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function send(answer: ServerResponse, kind: string, body: string | Buffer): void {
  answer.writeHead(200, { 'Content-Type': kind }).end(body);
}

function page(setup: Setup, path: string, elsewhere: string): string {
  const text = '<p>Nothing of interest is said here, at some length, so that the page is longer than the screen.</p>'.repeat(60);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop</title><link rel="icon" href="data:,">
${setup.style === undefined ? '' : '<link rel="stylesheet" href="/tool.css">'}
<style>${setup.look ?? ''}</style>
</head>
<body>
<main><h1>A shop</h1><p><a href="/one">One</a> <a href="/two">Two</a></p>${text}</main>
${setup.bare?.includes(path) ? '' : `<footer>${setup.foot ?? ''}</footer>`}
${setup.script === undefined ? '' : '<script src="/tool.js"></script>'}
<script>${setup.code.replaceAll('{elsewhere}', elsewhere)}</script>
</body>
</html>`;
}
