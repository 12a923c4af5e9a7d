import { DAY, untilNextWeek, WEEK } from '../fixtures/site';
import { expect, test } from '../fixtures/test';

// The counts are compared with what this file alone did, and are published after the end of a week.
test.use({ siteName: 'statistics', clock: 'movable' });

test('only the views of who granted analytics are published, once their week is over', async ({ page, banner, preferences, context, site }) => {
  // The server counts a response, so no browser has to draw it. The requests have the page's cookies.
  const view = async (path: string, times: number) => {
    for (let view = 0; view < times; view += 1) await expect(await page.request.get(path)).toBeOK();
  };
  const tables = page.locator('main table');
  // All views are within one week, whenever this runs.
  const monday = untilNextWeek();
  await site.setClockAhead(monday);

  await test.step('before a choice nothing counts', async () => {
    await page.goto('/policy');
    await view('/policy', 12);
  });

  await test.step('nor after a refusal', async () => {
    await banner.reject.click();
    await view('/policy', 12);
  });

  await test.step('with a grant each view does, but is not shown yet', async () => {
    await preferences.open();
    await preferences.decide(['analytics']);
    await view('/policy', 14);
    await view('/services', 12);
    await page.goto('/statistics');
    await expect(page.locator('.statistics > .empty-state')).toBeVisible();
    await expect(tables).toHaveCount(0);
  });

  await test.step('after a withdrawal none does', async () => {
    await preferences.open();
    await preferences.withdraw('analytics');
    await view('/policy', 12);
  });

  await test.step('after the week everybody sees the counts', async () => {
    await context.clearCookies();
    await site.setClockAhead(monday + WEEK + DAY);
    await page.goto('/statistics');
    await expect(page.getByRole('row', { name: /^\/policy 14\b/ })).toBeVisible();
    // The few other views hide the smallest group that could be shown.
    await expect(page.getByRole('row', { name: /services/ })).toHaveCount(0);
    await expect(page.getByRole('img')).toHaveAccessibleName(/Highest: \d+ in a day\./);
    await expect(page.getByRole('link', { name: '4 weeks' })).toHaveAttribute('aria-current', 'true');
  });

  await test.step('a quarter of a year has them by week', async () => {
    await page.getByRole('link', { name: '13 weeks' }).click();
    await expect(page.getByRole('table', { name: 'By week' })).toBeVisible();
    await expect(page.getByRole('row', { name: /^\/policy 14\b/ })).toBeVisible();
  });

  await test.step('they can be downloaded', async () => {
    const csv = await (await page.request.get('/statistics.csv')).text();
    expect(csv).toContain(',page,/policy,views,14\r\n');
    const json = await (await page.request.get('/statistics.json')).json();
    expect(json.weeks.flatMap(({ tables }: { tables: unknown[] }) => tables)[0].groups).toMatchObject([{ group: '/policy', views: 14 }]);
  });
});
