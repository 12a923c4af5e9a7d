import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Server } from '../fixtures/server';
import { freePort, REPOSITORY } from '../fixtures/site';

const run = promisify(execFile);

let folder: string;
/** The folder that the archive is unpacked to. */
let root: string;

// Packing takes seven seconds of a core, of which others may want much.
test.describe.configure({ mode: 'serial', timeout: 120_000 });

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-dist-'));
  await pack('one');
  const [archive = ''] = (await readdir(join(folder, 'one'))).filter((name) => name.endsWith('.tar.gz'));
  await run('tar', ['-xzf', join('one', archive)], { cwd: folder });
  root = join(folder, archive.replace('.tar.gz', ''));
});

test.afterAll(async () => rm(folder, { recursive: true, force: true }));

test('an archive has the checksum that lies beside it, and is the same when it is packed again', async () => {
  const [sums = ''] = (await readdir(join(folder, 'one'))).filter((name) => name.endsWith('.sha256'));
  const { stdout } = await run('sha256sum', ['--check', sums], { cwd: join(folder, 'one') });
  expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/\.cdx\.json: OK$/), expect.stringMatching(/\.tar\.gz: OK$/)]);
  await pack('two');
  expect(await readFile(join(folder, 'two', sums), 'utf8')).toBe(await readFile(join(folder, 'one', sums), 'utf8'));
});

test('the unpacked program serves the policy and its style with the example settings', async () => {
  const settings = { ...(await settingsOf('docs/operating/settings')), HARMONY_METRICS_LISTEN: `127.0.0.1:${await freePort()}` };
  const installed = { HARMONY_STATIC_DIR: join(root, 'site'), HARMONY_CONTENT_DIR: join(root, 'content') };
  const server = await start({ ...settings, ...installed });
  const policy = await read(server.port, '/policy');
  expect(policy.statusCode).toBe(200);
  const style = /href="(\/pkg\/[^"]+\.css)"/.exec(await text(policy))?.[1];
  expect(style).toBeDefined();
  expect((await read(server.port, style ?? '')).resume().statusCode).toBe(200);
  await server.stop();
});

test('the example file of settings is packed, and can be used as it is', async () => {
  const { stdout } = await run(join(root, 'harmony'), ['--config', 'harmony.example.toml', 'check'], { cwd: root });
  expect(stdout).toContain('no mistakes');
});

test('with the settings of the Containerfile it answers over IPv6 and over IPv4', async () => {
  const file = await readFile(join(root, 'docs/operating/Containerfile'), 'utf8');
  const set = Object.fromEntries([...(/^ENV (.*)$/m.exec(file)?.[1] ?? '').matchAll(/(\S+?)=(\S+)/g)].map(([, name, value]) => [name, value]));
  expect(set).toMatchObject({ HARMONY_LISTEN: '[::]:3000', HARMONY_STATIC_DIR: '/opt/harmony/site' });
  const port = await freePort();
  // It is installed here instead of in /opt/harmony, and its volume lies here too.
  const here = Object.entries(set).map(([name, value]) => [name, String(value).replace('/opt/harmony', root).replace(':3000', `:${port}`)]);
  const settings: NodeJS.ProcessEnv = { ...Object.fromEntries(here), HARMONY_DATA_DIR: join(folder, 'data') };
  const server = await start(settings, port);
  for (const host of ['[::1]', '127.0.0.1']) expect((await fetch(`http://${host}:${port}/policy`)).status).toBe(200);
  const { stdout } = await run(join(root, 'harmony'), ['health'], { cwd: '/', env: { ...process.env, ...settings } });
  expect(stdout.trim()).toBe('ok');
  await server.stop();
});

test('every file that the Containerfile copies is there', async () => {
  const file = await readFile(join(REPOSITORY, 'docs/operating/Containerfile'), 'utf8');
  const fromHere = [...file.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
  const { stdout } = await run('git', ['ls-files', ...fromHere], { cwd: REPOSITORY });
  const known = stdout.trim().split('\n');
  expect(fromHere.length).toBeGreaterThan(10);
  expect(fromHere.filter((path) => !known.some((each) => each === path || each.startsWith(`${path}/`)))).toEqual([]);
  // Nor does the build miss one: it would change in silence.
  const unread = [
    ...['.gitattributes', '.gitignore', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'SECURITY.md'],
    ...['deny.toml', 'end2end', 'harmony.example.toml', 'proptest-regressions'],
  ];
  const { stdout: tracked } = await run('git', ['ls-tree', '--name-only', 'HEAD'], { cwd: REPOSITORY });
  expect(tracked.trim().split('\n').filter((path) => !fromHere.includes(path) && !unread.includes(path))).toEqual([]);
  // What the image holds is what the archive holds.
  const installed = /cp -a (.+) \/opt\/harmony\//.exec(file)?.[1]?.split(' ') ?? [];
  const packed = await readdir(root);
  expect(installed).toHaveLength(4);
  expect(installed.map((path) => path.split('/').at(-1)).filter((name) => !packed.includes(name ?? ''))).toEqual([]);
});

test('the guides of an archive lead to nothing that it lacks', async () => {
  const packed = (await readdir(root, { recursive: true })).map(normalize);
  const guides = packed.filter((path) => /^(docs\/.+|[A-Z]+)\.md$/.test(path));
  expect(guides).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/operating.md']));
  const astray: string[] = [];
  for (const guide of guides) {
    // What stands in a code span is an example, not a link.
    const prose = (await readFile(join(root, guide), 'utf8')).replace(/`[^`\n]*`/g, '');
    for (const [, to = ''] of prose.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)) {
      const path = relative(root, join(root, dirname(guide), to));
      if (!packed.includes(path)) astray.push(`${guide}: ${to}`);
    }
  }
  expect(astray).toEqual([]);
});

test('the list of what is in the program names its libraries and none of what only builds or tests it', async () => {
  const [list = ''] = (await readdir(join(folder, 'one'))).filter((name) => name.endsWith('.cdx.json'));
  const { components, dependencies, serialNumber } = JSON.parse(await readFile(join(folder, 'one', list), 'utf8'));
  const names = components.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['rusqlite', 'sqlite', 'axum', 'leptos', 'rustls', 'wasm-bindgen']));
  for (const absent of ['cc', 'serde_derive', 'proptest', 'scraper', 'wasm-bindgen-macro']) expect(names).not.toContain(absent);
  expect(components.filter((each: { licenses?: unknown[] }) => each.licenses?.length !== 1)).toEqual([]);
  const refs = new Set(dependencies.map(({ ref }: { ref: string }) => ref));
  expect(dependencies.flatMap(({ dependsOn }: { dependsOn: string[] }) => dependsOn).filter((ref: string) => !refs.has(ref))).toEqual([]);
  expect(serialNumber).toBeUndefined();
});

/** Packs the release build into that folder. */
async function pack(into: string): Promise<void> {
  await run(join(REPOSITORY, '.ci/dist'), [join(folder, into)]);
}

/** The lines of a file of settings. */
async function settingsOf(path: string): Promise<NodeJS.ProcessEnv> {
  const lines = (await readFile(join(root, path), 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Asks as the proxy does that the example settings are for. */
async function read(port: number, path: string): Promise<IncomingMessage> {
  const [answer] = await once(get({ host: '127.0.0.1', port, path, headers: { host: 'cookies.example' } }), 'response');
  return answer;
}

/** The unpacked program, started where nothing else of the project lies. */
async function start(settings: NodeJS.ProcessEnv, at?: number): Promise<Server> {
  return Server.start(join(folder, 'data'), { program: join(root, 'harmony'), cwd: '/', settings, ...(at === undefined ? {} : { at }) });
}
