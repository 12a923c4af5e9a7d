import { expect, PAGES, test } from '../fixtures/test';

test('each entry of the table of contents leads to its heading', async ({ page }) => {
  await page.goto('/policy');
  const entries = page.locator('nav.toc > ol > li > a');
  await expect(entries).toHaveCount(6);
  for (const entry of await entries.all()) {
    const id = (await entry.getAttribute('href')) ?? '';
    await entry.click();
    await expect(page).toHaveURL(`/policy${id}`);
    const heading = page.locator(`section${id} h2`);
    await expect(heading).toBeInViewport();
    await expect(heading).toContainText((await entry.innerText()).replace(/^\d+\.?\s*/, ''));
  }
  // What the server inserts has entries too.
  const inserts = page.locator('nav.toc ul a');
  await expect(inserts).toHaveCount(4);
  for (const entry of await inserts.all()) {
    await entry.click();
    await expect(page.locator(`h3${await entry.getAttribute('href')}`)).toHaveText(await entry.innerText());
    await expect(page.locator(`h3${await entry.getAttribute('href')}`)).toBeInViewport();
  }
});

test('the summary counts what the table lists, and the table says what this browser holds', async ({ page, inventory, banner }) => {
  await page.goto('/policy');
  const essential = inventory.declarations.filter(({ purpose }) => !['preferences', 'analytics'].includes(purpose)).length;
  await expect(page.locator('.in-short [data-count=essential]')).toHaveText(String(essential));
  await expect(page.locator('.in-short [data-count=optional]')).toHaveText(String(inventory.declarations.length - essential));
  const held = (name: string) => page.locator(`tr[data-cookie="${name}"] .dot`);
  await expect(held('__Host-Http-visit')).toHaveText('set by this page');
  await expect(held('__Host-Http-consent')).toHaveText('No');
  await banner.reject.click();
  await expect(held('__Host-Http-visit')).toHaveText('Yes');
  await expect(held('__Host-Http-consent')).toHaveText('Yes');
  await expect(held('__Host-Http-analytics')).toHaveText('No');
});

test('each section has a number and an anchor to itself', async ({ page }) => {
  await page.goto('/policy');
  const sections = page.locator('article.policy section[id]:has(> .heading)');
  await expect(sections).toHaveCount(6);
  for (const [index, section] of (await sections.all()).entries()) {
    await expect(section.locator('h2 .number')).toContainText(String(index + 1));
    await expect(section.locator('a.anchor')).toHaveAttribute('href', `#${await section.getAttribute('id')}`);
  }
});

test('the edition in force gives its number and its date', async ({ page, inventory }) => {
  const { version, effective } = inventory.edition;
  for (const path of ['/policy', `/policy/${version}`]) {
    await page.goto(path);
    await expect(page.locator('.policy-meta')).toContainText(version);
    await expect(page.locator('.policy-meta time').first()).toHaveAttribute('datetime', effective);
    await expect(page.locator('.not-in-force')).toHaveCount(0);
  }
});

test('the older edition says that it is not in force, and where the one in force is', async ({ page }) => {
  await page.goto('/policy/1.0');
  await expect(page.locator('.not-in-force')).toContainText('no longer in force');
  await page.locator('.not-in-force a').click();
  await expect(page).toHaveURL('/policy');
  await expect(page.locator('.not-in-force')).toHaveCount(0);
});

test('what the server inserts is set apart from the text', async ({ page }) => {
  await page.goto('/policy');
  const inserts = page.locator('section.callout');
  await expect(inserts).toHaveCount(4);
  for (const insert of await inserts.all()) await expect(insert).toHaveAccessibleName(/./);
  await page.goto('/policy/1.0');
  await expect(inserts).toHaveCount(0);
});

test('the cookie table and /cookies.json are the same list', async ({ page, inventory }) => {
  await page.goto('/policy');
  const rows = page.locator('table.declarations tr[data-cookie]');
  const names = await rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-cookie')));
  expect(names.sort()).toEqual(inventory.declarations.map(({ name }) => name).sort());
  for (const { name, purpose, description, max_age } of inventory.declarations) {
    const row = page.locator(`tr[data-cookie="${name}"]`);
    await expect(row).toContainText(name);
    await expect(page.locator('tbody').filter({ has: row }).locator('.group')).toContainText(new RegExp(purpose, 'i'));
    const text = (await row.textContent())?.replaceAll(/\s/g, '');
    for (const part of [description.slice(0, 30), description.slice(-30)]) expect(text).toContain(part.replaceAll(/\s/g, ''));
    const kept = (seconds: number): string => (seconds < 86_400 ? `${seconds / 60} minutes` : `${seconds / 86_400} days`);
    await expect(row).toContainText(max_age === null ? 'Until you close the browser' : kept(max_age));
  }
});

test('no page but /preferences loads or holds a script before a choice, and then one that measures', async ({ page, pageErrors, banner, inventory }) => {
  const quiet = [...PAGES.filter((path) => path !== '/preferences'), `/policy/${inventory.edition.version}`];
  for (const path of quiet) {
    await page.goto(path);
    await expect(page.locator('script'), path).toHaveCount(0);
    await expect(page.locator('link[rel*=preload][as=script], link[rel=modulepreload]'), path).toHaveCount(0);
  }
  expect(pageErrors.scripts()).toEqual([]);
  await banner.accept.click();
  await expect(page.locator('script')).toHaveCount(1);
  await expect.poll(() => pageErrors.scripts().map((url) => new URL(url).pathname)).toEqual(['/measure/1.js']);
  await page.goto('/preferences');
  await expect.poll(() => pageErrors.scripts().some((url) => url.endsWith('.wasm'))).toBe(true);
});

test('on paper there is the policy and nothing to press', async ({ page, banner }) => {
  await page.goto('/policy');
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('article.policy')).toBeVisible();
  await expect(page.locator('table.declarations')).toBeVisible();
  await expect(banner.region).toBeHidden();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
  await expect(page.locator('nav.toc')).toBeHidden();
  await expect(page.locator('a.skip-link')).toBeHidden();
});

test('lines are of a length that is read with ease', async ({ page }) => {
  await page.goto('/policy');
  const paragraph = page.locator('.policy-body section > p').first();
  const characters = await paragraph.evaluate((node) => {
    const size = Number.parseFloat(getComputedStyle(node).fontSize);
    return node.getBoundingClientRect().width / (size * 0.5);
  });
  expect(characters).toBeLessThan(90);
});
