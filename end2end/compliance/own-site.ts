import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { REPOSITORY } from '../fixtures/site';
import { Preferences } from '../pages/preferences';
import type { Report } from './report';

/** Saves an appearance, which sets the one optional cookie that viewing pages does not set. */
export async function saveAppearance(page: Page): Promise<void> {
  await page.goto(new URL('/preferences', page.url()).href);
  await new Preferences(page).saveAppearance({ theme: 'dark' });
}

/** Writes the report that `/transparency` shows. Nothing else writes that file. */
export async function publish(report: Report): Promise<string> {
  const file = join(REPOSITORY, 'content/compliance.json');
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return 'content/compliance.json';
}
