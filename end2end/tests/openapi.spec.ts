import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '../fixtures/test';
import { REPOSITORY } from '../fixtures/site';

const run = promisify(execFile);

/** The programs for Node: they want another TypeScript than these tests do. */
const NODE = join(REPOSITORY, 'end2end/openapi/node_modules');
const PYTHON = join(REPOSITORY, 'target/openapi/bin');

/** What a page of another site would write, with the generated types. */
const USE = `import type { paths } from './description';
type Answer = paths['/policy.json']['get']['responses'][200]['content']['application/json'];
export const version = (policy: Answer): string => policy.edition.version;
// @ts-expect-error Only fields that are described are there.
export const absent = (policy: Answer) => policy.absent;
`;

/** What redocly finds, by its library, which the generator for TypeScript brings along. */
const LINT = `import { createConfig, lint } from '@redocly/openapi-core';
const problems = await lint({ ref: process.argv[2], config: await createConfig({ extends: ['recommended'] }) });
for (const { severity, ruleId, message, location } of problems) {
  if (severity === 'error') console.log(ruleId, message, location[0]?.pointer);
}
`;

/** What a program does with the generated client: it takes in every module, and asks a server. */
const CLIENT = `import importlib, pkgutil, sys
import client
for module in pkgutil.walk_packages(client.__path__, 'client.'):
    importlib.import_module(module.name)
from client.api.policy import read_policy
print(read_policy.sync(client=client.Client(base_url=sys.argv[1])).edition.version)
`;

let folder: string;

test.beforeEach(async ({ site }) => {
  folder = await mkdtemp(join(tmpdir(), 'harmony-openapi-'));
  await writeFile(join(folder, 'openapi.json'), await (await fetch(`${site.address}/openapi.json`)).text());
});

test.afterEach(async () => rm(folder, { recursive: true, force: true }));

test('openapi-typescript makes types of the description that compile, and redocly finds no mistake in it', async () => {
  test.skip(!existsSync(join(NODE, '.package-lock.json')), 'the Node packages of end2end/openapi are not installed here');
  await symlink(NODE, join(folder, 'node_modules'));
  await writeFile(join(folder, 'lint.mjs'), LINT);
  await writeFile(join(folder, 'use.ts'), USE);
  expect((await run(process.execPath, ['lint.mjs', 'openapi.json'], { cwd: folder })).stdout).toBe('');
  await run(join(NODE, '.bin/openapi-typescript'), ['openapi.json', '--output', 'description.ts'], { cwd: folder });
  const compiled = await run(join(NODE, '.bin/tsc'), ['--noEmit', '--strict', 'description.ts', 'use.ts'], { cwd: folder }).catch((failed) => failed);
  expect(compiled.stdout).toBe('');
});

test('openapi-spec-validator takes the description, and the client that openapi-python-client makes reads the policy', async ({ site }) => {
  test.skip(!existsSync(join(PYTHON, '../requirements.txt')), 'the Python packages of end2end/openapi are not installed here');
  const checked = await run(join(PYTHON, 'openapi-spec-validator'), ['openapi.json'], { cwd: folder });
  expect(checked.stdout.trim()).toBe('openapi.json: OK');
  const path = `${PYTHON}:${process.env.PATH}`;
  const making = ['generate', '--path', 'openapi.json', '--output-path', 'client', '--meta', 'none', '--fail-on-warning'];
  await run(join(PYTHON, 'openapi-python-client'), making, { cwd: folder, env: { ...process.env, PATH: path } });
  expect(await readdir(join(folder, 'client'))).toContain('models');
  const read = await run(join(PYTHON, 'python'), ['-c', CLIENT, site.address], { cwd: folder });
  expect(read.stdout.trim()).toMatch(/^\d+\.\d+$/);
});
