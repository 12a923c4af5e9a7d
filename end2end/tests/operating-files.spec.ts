import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { binary, REPOSITORY } from '../fixtures/site';

const run = promisify(execFile);
const SHIPPED = join(REPOSITORY, 'docs/operating');

/** Whether that program is here. */
const isHere = (program: string) => spawnSync(program, ['--version']).status === 0;

test('systemd finds nothing wrong with the unit, and little that it exposes', async () => {
  test.skip(!isHere('systemd-analyze'), 'systemd-analyze is not installed here');
  const folder = await mkdtemp(join(tmpdir(), 'harmony-unit-'));
  const unit = join(folder, 'harmony.service');
  const shipped = await readFile(join(SHIPPED, 'harmony.service'), 'utf8');
  // It looks whether the program is there, which is not installed here.
  await writeFile(unit, shipped.replace('ExecStart=/opt/harmony/harmony', `ExecStart=${binary()}`));
  const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
  expect(stdout + stderr).toBe('');
  // The threshold is ten times the exposure: docs/operating.md says 0.9.
  await run('systemd-analyze', ['security', '--offline=true', '--threshold=9', unit]);
  await rm(folder, { recursive: true });
});

test('Prometheus takes the rules for alerts, and they fire when they shall', async () => {
  test.skip(!isHere('promtool'), 'promtool is not installed here');
  await run('promtool', ['check', 'rules', join(SHIPPED, 'alerts.yml')]);
  await run('promtool', ['test', 'rules', join(SHIPPED, 'alerts.test.yml')]);
});
