import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/partner-test';
import { Preferences } from '../pages/preferences';

/** What has run in the page so far, in its order. */
async function ran(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { ran?: string[] }).ran ?? []);
}

/** The nonce that scripts of this page need, and that a shop's own script hands on. */
async function nonceOf(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector('script')?.nonce ?? '');
}

/** How often the page has asked Harmony. */
function asked(page: Page): { times: number } {
  const asked = { times: 0 };
  page.on('request', (request) => (asked.times += Number(request.url().endsWith('/api/v1/consent') && request.method() === 'GET')));
  return asked;
}

const optionalScript = (what: string, nonce: string, purpose = 'analytics') =>
  `<script type="text/plain" data-purpose="${purpose}" nonce="${nonce}">(window.ran ??= []).push('${what}');</script>`;

const SWAPS: Record<string, () => void> = {
  'the body is replaced': () => {
    const body = document.createElement('body');
    body.innerHTML = '<main><h1>Another page</h1></main>';
    document.body.replaceWith(body);
  },
  'the body is set': () => {
    document.body = new DOMParser().parseFromString('<main><h1>Another page</h1></main>', 'text/html').body;
  },
  'the body is emptied': () => {
    document.body.innerHTML = '<main><h1>Another page</h1></main>';
  },
  'everything below the root is written anew': () => {
    document.documentElement.innerHTML = '<head><title>x</title></head><body><main><h1>Another page</h1></main></body>';
  },
  'the root itself is replaced': () => {
    const { documentElement } = new DOMParser().parseFromString('<main><h1>Another page</h1></main>', 'text/html');
    document.documentElement.replaceWith(documentElement);
  },
};

for (const [what, swap] of Object.entries(SWAPS)) {
  test(`the question and the link come back when ${what}`, async ({ shop, page }) => {
    await shop.open();
    await expect(shop.banner).toBeVisible();
    await page.evaluate(swap);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Another page');
    await expect(shop.banner).toBeVisible();
    expect(await page.evaluate(() => document.body.firstElementChild?.contains(document.getElementById('harmony-banner')))).toBe(true);
    await shop.reject.click();
    await expect(shop.preferences).toBeVisible();
    await page.evaluate(swap);
    await expect(shop.preferences).toBeVisible();
    expect(await page.evaluate(() => document.body.lastElementChild?.contains(document.getElementById('harmony-links')))).toBe(true);
    await page.evaluate(swap);
    await shop.askAgain();
    await expect(shop.preferences).toBeVisible();
  });
}

test('the question goes where the new page says', async ({ shop, page }) => {
  await shop.open();
  await page.evaluate(() => {
    document.body.innerHTML = '<main><h1>Another page</h1></main><footer><div id="harmony">Until it is there</div></footer>';
  });
  await expect(page.locator('footer #harmony-banner')).toBeVisible();
  await expect(page.locator('footer')).not.toContainText('Until it is there');
  await shop.accept.click();
  await expect(page.locator('footer #harmony-links')).toBeVisible();
});

test('a copy of the page that was kept brings no dead question back', async ({ shop, page }) => {
  // As Turbo does: it shows a clone of the page that was left.
  await shop.open();
  await page.evaluate(() => {
    const copy = document.body.cloneNode(true) as HTMLElement;
    copy.querySelector('#harmony-box')?.classList.add('dead');
    document.body.replaceWith(copy);
  });
  await expect(page.locator('.dead')).toHaveCount(0);
  await shop.reject.click();
  await expect(shop.preferences).toBeVisible();
  await expect(page.locator('#harmony-box')).toHaveCount(1);
});

test('an answer that is on its way while the page is swapped is not lost', async ({ shop, page, servers }) => {
  await shop.open();
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(`${servers.policy}/api/v1/consent`, async (route) => {
    if (route.request().method() === 'POST') await released;
    await route.continue();
  });
  await shop.accept.click();
  await page.evaluate(SWAPS['the body is replaced'] as () => void);
  await expect(shop.banner).toHaveAttribute('aria-busy', 'true');
  release();
  await expect(shop.preferences).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-harmony', 'analytics preferences');
});

const WAYS: Record<string, (html: string) => void> = {
  innerHTML: (html) => {
    document.querySelector('h1')?.parentElement?.appendChild(document.createElement('div')).insertAdjacentHTML('beforeend', html);
  },
  DOMParser: (html) => {
    document.body.append(...new DOMParser().parseFromString(html, 'text/html').querySelectorAll('script'));
  },
  'a template': (html) => {
    const template = document.createElement('template');
    template.innerHTML = html;
    document.body.append(template.content);
  },
  createElement: (html) => {
    const { text, nonce, dataset } = new DOMParser().parseFromString(html, 'text/html').querySelector('script') as HTMLScriptElement;
    const script = document.createElement('script');
    document.body.append(script);
    script.type = 'text/plain';
    Object.assign(script.dataset, dataset);
    script.nonce = nonce;
    script.text = text;
  },
  'a new body': (html) => {
    document.body.outerHTML = `<body>${html}</body>`;
  },
};

for (const [way, add] of Object.entries(WAYS)) {
  test(`an optional script that comes later by ${way} runs once it is granted, and once only`, async ({ shop, page }) => {
    await shop.open();
    const nonce = await nonceOf(page);
    await page.evaluate(add, optionalScript('before', nonce));
    await shop.accept.click();
    await expect.poll(() => ran(page)).toEqual(['before']);
    await page.evaluate(add, optionalScript('after', nonce));
    await expect.poll(() => ran(page)).toEqual(['before', 'after']);
    await shop.askAgain();
    await page.evaluate(() => document.body.append(document.createElement('hr')));
    await page.evaluate(add, optionalScript('last', nonce));
    await expect.poll(() => ran(page)).toEqual(['before', 'after', 'last']);
    await expect(page.locator('script[type="text/plain"]')).toHaveCount(0);
  });
}

test('a copy is the script that it was: its attributes, its type, its order', async ({ shop, page }) => {
  await shop.open();
  await shop.accept.click();
  await expect(shop.preferences).toBeVisible();
  const nonce = await nonceOf(page);
  await page.evaluate(
    ({ html, nonce }) => {
      const rest = `
        <script type="text/plain" data-purpose="analytics" src="/shop.js?first" nonce="${nonce}" @odd="x" data-keep="y" id="first"></script>
        <script type="text/plain" data-purpose="analytics" src="/shop.js?second" nonce="${nonce}" id="second"></script>
        <script type="TEXT/PLAIN" data-type="module" data-purpose="analytics" nonce="${nonce}" id="third">(window.ran ??= []).push(String(import.meta.url !== ''));</script>
        <script type="text/plain" data-type="text/plain" data-purpose="analytics" nonce="${nonce}" id="fourth">(window.ran ??= []).push('fourth');</script>
        <script type="text/plain" data-type="application/json" data-purpose="analytics" id="fifth">{ "a": 1 }</script>`;
      document.querySelector('main')?.insertAdjacentHTML('beforeend', html + rest);
    },
    { html: optionalScript('inline', nonce), nonce },
  );
  await expect.poll(async () => (await ran(page)).sort()).toEqual(['fourth', 'inline', 'true']);
  const of = (id: string) =>
    page.evaluate((id) => {
      const script = document.getElementById(id) as HTMLScriptElement;
      return { type: script.type, async: script.async, keep: script.dataset.keep, odd: script.getAttribute('@odd'), purpose: script.dataset.purpose };
    }, id);
  expect(await of('first')).toEqual({ type: 'text/javascript', async: false, keep: 'y', odd: 'x', purpose: 'analytics' });
  expect((await of('third')).type).toBe('module');
  expect((await of('fifth')).type).toBe('application/json');
  const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('?')));
  expect(loaded.map((name) => name.split('?')[1])).toEqual(['first', 'second']);
});

test('what was withdrawn meanwhile does not run when it comes later', async ({ shop, page, home, servers }) => {
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).decide(['analytics', 'preferences']);
  await shop.open();
  await shop.expectRan({ analytics: true, preferences: true });
  await new Preferences(home).withdraw('analytics');
  // Nothing has told the page yet: it asks before it runs another script.
  const loaded = page.waitForEvent('load');
  await page.evaluate((html) => {
    sessionStorage.ran = '';
    document.body.insertAdjacentHTML('beforeend', html.replace('(window', "sessionStorage.ran = 'late'; (window"));
  }, optionalScript('late', await nonceOf(page)));
  await loaded;
  await shop.expectRan({ analytics: false, preferences: true });
  expect(await page.evaluate(() => sessionStorage.ran)).toBe('');
});

test('scripts of a refused purpose stay text however the page changes, and nobody is asked for them', async ({ shop, page, home, servers }) => {
  await home.goto(`${servers.policy}/preferences`);
  await new Preferences(home).decide(['preferences']);
  await shop.open();
  await shop.expectRan({ analytics: false, preferences: true });
  const counted = asked(page);
  const nonce = await nonceOf(page);
  await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), optionalScript('refused', nonce) + optionalScript('unknown', nonce, 'constructor'));
  await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), optionalScript('granted', nonce, 'preferences'));
  await expect.poll(() => ran(page)).toEqual(['granted']);
  expect(counted.times, 'for the granted one').toBe(1);
});

test('a page that takes the question away again and again is not driven hard', async ({ shop, page }) => {
  await shop.open();
  await page.evaluate(() => {
    const state = Object.assign(window, { taken: 0 });
    new MutationObserver(() => {
      const box = document.getElementById('harmony-box');
      if (box) state.taken += 1;
      box?.remove();
    }).observe(document, { childList: true, subtree: true });
    document.body.append(document.createElement('hr'));
  });
  const taken = () => page.evaluate(() => (window as unknown as { taken: number }).taken);
  await expect.poll(taken).toBeGreaterThan(1);
  expect(await taken()).toBeLessThan(5);
});
