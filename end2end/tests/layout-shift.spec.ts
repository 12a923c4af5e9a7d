import { startThrottleProxy, type ThrottleProxy } from '../fixtures/throttle-proxy';
import { Banner } from '../pages/banner';
import { DAY, untilNextWeek, WEEK } from '../fixtures/site';
import { expect, PAGES, test } from '../fixtures/test';

/** What moved, as `LayoutShift` tells it, which TypeScript does not know. */
interface Shifted {
  node?: Node;
  previousRect: DOMRectReadOnly;
  currentRect: DOMRectReadOnly;
}

const VIEWPORTS = [
  { width: 1280, height: 900 },
  { width: 320, height: 640 },
];

// Its pages show what was counted, not that nothing was.
test.use({ siteName: 'shift', clock: 'movable' });

let proxy: ThrottleProxy;

test.beforeAll(async ({ site, browser }) => {
  proxy = await startThrottleProxy(site.address);
  const page = await browser.newPage({ baseURL: site.address });
  // All views are within one week, whenever this runs.
  const monday = untilNextWeek();
  await site.setClockAhead(monday);
  await page.goto('/');
  await new Banner(page).accept.click();
  for (const path of ['/policy', '/services']) for (let view = 0; view < 12; view += 1) await page.goto(path);
  // The week of the views is over, and published.
  await site.setClockAhead(monday + WEEK + DAY);
  await page.goto('/statistics');
  await expect(page.locator('main table')).not.toHaveCount(0);
  await page.close();
});

test.afterAll(() => proxy.stop());

for (const path of PAGES) {
  for (const viewport of VIEWPORTS) {
    test(`nothing shifts while ${path} arrives bit by bit, ${viewport.width} px wide`, async ({ browser }) => {
      const page = await browser.newPage({ viewport });
      await page.addInitScript(() => {
        const moved: string[] = [];
        Object.assign(window, { moved });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            const { sources } = entry as PerformanceEntry & { sources: Shifted[] };
            for (const { node, previousRect: from, currentRect: to } of sources) {
              // A space at the end of what has arrived takes no room until the next word is there, and nobody sees it.
              if (node?.nodeType === Node.TEXT_NODE && node.textContent?.trim() === '') continue;
              const what = `${node?.nodeName}: ${node?.textContent?.slice(0, 60)}`;
              moved.push(`${what} from ${from.x}, ${from.y} to ${to.x}, ${to.y}`);
            }
          }
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(proxy.address + path);
      await page.waitForLoadState('networkidle');
      // Shifts are told of after the frame in which they happen.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      expect(await page.evaluate(() => (window as unknown as { moved: string[] }).moved)).toEqual([]);
      await page.close();
    });
  }
}
