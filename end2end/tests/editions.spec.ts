import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from '../fixtures/accessibility';
import { harmony, Server } from '../fixtures/server';
import { REPOSITORY } from '../fixtures/site';
import { expect, test } from '../fixtures/test';

const COMPARED = '/policy/compare/1.0/1.1';

/** What the history says of an edition, by its standing in `/policy.json`. */
const MARKS = { past: 'Replaced', in_force: 'In force', coming: 'Announced' } as const;

test('the history leads from the policy to every edition and to what each changed', async ({ page, request }) => {
  const { editions } = (await (await request.get('/policy.json')).json()) as { editions: { version: string; standing: keyof typeof MARKS }[] };
  await page.goto('/policy');
  await page.locator('.policy-meta').getByRole('link', { name: 'All versions' }).click();
  await expect(page).toHaveURL('/policy/history');
  const headings = page.locator('.edition-list').getByRole('heading', { level: 2 });
  await expect(headings).toHaveText(editions.map(({ version, standing }) => `Version ${version} ${MARKS[standing]}`).reverse());
  for (const hash of await page.locator('.hash code').all()) await expect(hash).toHaveText(/^[0-9a-f]{64}$/);
  await page.getByRole('link', { name: 'What changed from version 1.0 to 1.1' }).click();
  await expect(page).toHaveURL(COMPARED);
  await page.goto('/policy/history');
  await page.getByRole('link', { name: 'Read version 1.0' }).click();
  await expect(page).toHaveURL('/policy/1.0');
});

test('what was removed and what was added are told apart by a line and by words', async ({ page }) => {
  await page.goto(COMPARED);
  const [removed, added] = [page.locator('#text-purposes del'), page.locator('#text-purposes ins')];
  expect(await removed.allTextContents()).toContain('[removed: Harmomny] ');
  expect(await added.allTextContents()).toContain('[added: Harmony] ');
  for (const media of [{ forcedColors: 'none' }, { forcedColors: 'active' }, { media: 'print' }] as const) {
    await page.emulateMedia(media);
    const line = (node: Element) => getComputedStyle(node).textDecorationLine;
    expect(await removed.first().evaluate(line)).toBe('line-through');
    expect(await added.first().evaluate(line)).toBe('underline');
  }
});

test('the words in front of a change are not seen', async ({ page }) => {
  await page.goto(COMPARED);
  const box = await page.locator('del .visually-hidden').first().boundingBox();
  expect(Math.max(box?.width ?? 0, box?.height ?? 0)).toBeLessThanOrEqual(1);
});

test('two editions are chosen with the keyboard alone', async ({ page }) => {
  await page.goto('/policy/compare');
  await page.getByLabel('From').focus();
  await page.keyboard.type('1.1');
  await page.keyboard.press('Tab');
  await page.keyboard.type('1.0');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(COMPARED);
});

test('each entry of what changed leads to its section', async ({ page }) => {
  await page.goto(COMPARED);
  for (const entry of await page.locator('nav.toc a').all()) {
    await entry.click();
    await expect(page.locator(`section${await entry.getAttribute('href')} h2`)).toBeInViewport();
  }
});

test('what is no comparison says so and is accessible', async ({ page, pageErrors }) => {
  pageErrors.expectStatus(404);
  await page.goto('/policy/compare/1.0/9.9');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Comparison not found');
  await expectAccessible(page);
});

test('the policy, the history and a comparison are documents on paper', async ({ page }, testInfo) => {
  for (const path of ['/policy', '/policy/1.0', '/policy/history', COMPARED]) {
    await page.goto(path);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    await testInfo.attach(`${path.replaceAll('/', '-')}.pdf`, { body: pdf, contentType: 'application/pdf' });
    expect(pdf.length).toBeGreaterThan(1_000);
    await page.emulateMedia({ media: 'print' });
    for (const press of await page.locator('button, select, input').all()) await expect(press).toBeHidden();
    await page.emulateMedia({ media: 'screen' });
  }
});

test('on paper the table of cookies is a table', async ({ page }) => {
  await page.setViewportSize({ width: 657, height: 900 });
  await page.emulateMedia({ media: 'print' });
  await page.goto('/policy');
  const row = page.locator('table.declarations tr[data-cookie]').first();
  await expect(row).toHaveCSS('display', 'table-row');
});

test('the sheet for paper says the version on each page, and only an edition has one', async ({ page, request, inventory }) => {
  const { version } = inventory.edition;
  await page.goto('/policy');
  const sheet = page.locator('link[rel=stylesheet][media=print]');
  const address = `/en/policy/${version}/print.css`;
  await expect(sheet).toHaveAttribute('href', address);
  const css = await (await request.get(address)).text();
  expect(css).toContain('@bottom-center');
  expect(css).toContain(`Cookie policy · version ${version} · `);
  await page.goto('/policy/history');
  await expect(sheet).toHaveCount(0);
});

test('the feed and the map of the site are well-formed and name the pages', async ({ page, request }) => {
  // The site's own pages let nothing read markup.
  await page.goto('about:blank');
  for (const [path, root] of [
    ['/policy/feed.xml', 'feed'],
    ['/sitemap.xml', 'urlset'],
  ] as const) {
    const xml = await (await request.get(path)).text();
    const read = await page.evaluate((text) => {
      const document = new DOMParser().parseFromString(text, 'application/xml');
      return { root: document.documentElement.localName, broken: document.querySelector('parsererror') !== null };
    }, xml);
    expect(read).toEqual({ root, broken: false });
    expect(xml).toContain('/policy/1.0');
  }
  await page.goto('/policy');
  await expect(page.locator('link[rel=alternate][type="application/atom+xml"]')).toHaveAttribute('href', '/policy/feed.xml');
});

test('an edition of tomorrow is announced', async ({ page, pageErrors, inventory }) => {
  test.slow(); // for axe on three pages
  const { version } = inventory.edition;
  const next = version.replace(/\d+$/, (minor) => String(Number(minor) + 1));
  const folder = await mkdtemp(join(tmpdir(), 'harmony-editions-'));
  const content = join(folder, 'content');
  await cp(join(REPOSITORY, 'content'), content, { recursive: true });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const head = `+++\nversion = "${next}"\neffective = ${tomorrow}\nsummary = ["The next edition."]\n+++\n`;
  const text = '# Cookies\n\n## Which {#which}\n\n{{ cookie-table }}\n\n## Why {#why}\n\n{{ purposes }}\n';
  await writeFile(join(content, `policy/en/${next}.md`), head + text);
  const settings = { HARMONY_CONTENT_DIR: content };
  await harmony(join(folder, 'data'), settings, 'lock');
  const server = await Server.start(join(folder, 'data'), { settings });
  const origin = `http://127.0.0.1:${server.port}`;
  pageErrors.expectOrigin(origin);
  try {
    await page.goto(`${origin}/policy`);
    await expect(page.locator('.announcement')).toContainText(`Version ${next} takes effect on`);
    await expect(page.locator('.announcement time')).toHaveAttribute('datetime', tomorrow);
    await expectAccessible(page);
    await page.getByRole('link', { name: 'see what changes' }).click();
    await expect(page).toHaveURL(`${origin}/policy/compare/${version}/${next}`);
    await expect(page.locator('#text-which')).toContainText('This section is new.');
    await expectAccessible(page);
    await page.goto(`${origin}/policy/history`);
    await expect(page.locator('.edition-list .badge').first()).toHaveText('Announced');
    await expectAccessible(page);
  } finally {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  }
});
