import { writeFile } from 'node:fs/promises';
import { inLanguage, LANGUAGES, PAGES } from '../fixtures/test';
import { missingForWebKit, type WebKit } from './webkit-driver';
import { brokenCards, tooWide } from './webkit-layout';
import { expect, test } from './webkit-test';

const missing = missingForWebKit();
test.skip(missing !== undefined, missing);

for (const { tag } of LANGUAGES) {
  test(`every card of ${inLanguage(tag, '/preferences')} encloses what is in it`, async ({ webKit }) => {
    for (const width of [1280, 390]) {
      await webKit.resize(width);
      await webKit.goto(inLanguage(tag, '/preferences'));
      expect(await webKit.count('.card [role=radiogroup]')).toBeGreaterThan(1);
      expect.soft(await webKit.evaluate(brokenCards), `as it opens, ${width} px`).toEqual([]);
      // A line more, bold answers, and what is folded.
      await webKit.press('#preferences-yes');
      await webKit.press('#analytics-no');
      await webKit.evaluate(() => document.querySelectorAll('main details').forEach((details) => details.setAttribute('open', '')));
      expect.soft(await webKit.evaluate(brokenCards), `with answers, and unfolded, ${width} px`).toEqual([]);
      expect.soft(await webKit.evaluate(tooWide), `${width} px`).toEqual([]);
    }
  });
}

for (const tag of ['en', 'ar']) {
  test(`no page scrolls sideways, nor breaks a card, at 390 px in "${tag}"`, async ({ webKit }) => {
    await webKit.resize(390);
    for (const path of [...PAGES, '/nowhere']) {
      await webKit.goto(inLanguage(tag, path));
      expect.soft(await webKit.evaluate(tooWide), path).toEqual([]);
      expect.soft(await webKit.evaluate(brokenCards), path).toEqual([]);
    }
  });
}

test('a choice is saved, survives a reload, and is withdrawn', async ({ webKit }) => {
  await webKit.goto('/preferences');
  expect(await checked(webKit)).toEqual([]);
  // One answer may be given without the other.
  await webKit.press('#analytics-yes');
  await webKit.pressAndAwaitMessage('#save-choices');
  for (const _ of ['reload', 'reload']) {
    await webKit.reload();
    expect(await checked(webKit)).toEqual(['analytics-yes']);
  }
  expect(await names(webKit)).toEqual(['__Host-Http-analytics', '__Host-Http-consent', '__Host-Http-visit']);

  await webKit.goto('/policy');
  expect(await webKit.count('#banner')).toBe(0);
  await webKit.pressAndAwaitMessage('#withdraw-all button');
  expect(await names(webKit)).toEqual(['__Host-Http-consent', '__Host-Http-visit']);
  await webKit.goto('/preferences');
  await webKit.reload();
  expect(await checked(webKit)).toEqual(['preferences-no', 'analytics-no']);
});

for (const [answer, kept, granted] of [
  ['no', ['__Host-Http-consent', '__Host-Http-visit'], ['preferences-no', 'analytics-no']],
  ['yes', ['__Host-Http-analytics', '__Host-Http-consent', '__Host-Http-visit'], ['preferences-yes', 'analytics-yes']],
] as const) {
  test(`a "${answer}" in the banner is kept`, async ({ webKit }) => {
    await webKit.goto('/');
    await webKit.pressAndAwaitMessage(`#banner form button[value=${answer}]`);
    expect(await names(webKit)).toEqual(kept);
    await webKit.goto('/policy');
    expect(await webKit.count('#banner')).toBe(0);
    await webKit.goto('/preferences');
    expect(await checked(webKit)).toEqual(granted);
  });
}

test('one cookie is deleted, then all of them', async ({ webKit }) => {
  await webKit.goto('/');
  await webKit.pressAndAwaitMessage('#banner form button[value=yes]');
  await webKit.goto('/preferences');
  await webKit.pressAndAwaitMessage('tr[data-cookie="__Host-Http-analytics"] form button');
  expect(await names(webKit)).toEqual(['__Host-Http-consent', '__Host-Http-visit']);
  await webKit.press('#delete-all');
  await webKit.awaitCount('#delete-all button', 1);
  await webKit.pressAndAwaitMessage('#delete-all button');
  expect(await names(webKit)).toEqual(['__Host-Http-visit']);
  await webKit.goto('/policy');
  expect(await webKit.count('#banner')).toBe(1);
});

test('somebody signs up, out and in', async ({ webKit }) => {
  const [email, password] = ['somebody@example.org', 'correct horse battery'];
  const fillIn = async (form: string): Promise<void> => {
    await webKit.write(`${form} input#email`, email);
    await webKit.write(`${form} input[type=password]`, password);
    await webKit.pressAndAwaitMessage(`${form} button`);
  };
  const expectSignedIn = async (): Promise<void> => {
    await webKit.goto('/account');
    expect(await webKit.path()).toBe('/account');
    expect(await webKit.text('main')).toContain(email);
    expect(await names(webKit)).toContain('__Host-Http-session');
  };
  await webKit.goto('/sign-up');
  await fillIn('#sign-up');
  await expectSignedIn();

  await webKit.pressAndAwaitMessage('#sign-out button');
  expect(await names(webKit)).not.toContain('__Host-Http-session');
  await webKit.goto('/account');
  expect(await webKit.path()).toBe('/sign-in?return_to=/account');
  await fillIn('#sign-in');
  await expectSignedIn();
});

test('theme, text size and language are chosen, and kept', async ({ webKit }) => {
  await webKit.goto('/preferences');
  await webKit.press('#preferences-yes');
  await webKit.pressAndAwaitMessage('#save-choices');
  await webKit.press('#appearance > summary');
  await webKit.press('#theme-dark');
  await webKit.press('#text-size-larger');
  await webKit.pressAndAwaitMessage('#save-appearance');
  await webKit.goto('/');
  const look = () => ({
    ...document.documentElement.dataset,
    size: getComputedStyle(document.documentElement).fontSize,
    background: getComputedStyle(document.body).backgroundColor,
  });
  expect(await webKit.evaluate(look)).toMatchObject({ theme: 'dark', textSize: 'larger', size: '20px', background: 'rgb(20, 22, 20)' });

  await webKit.press('#languages summary');
  await webKit.press('#languages button[value=ar]');
  await webKit.awaitCount('html[lang=ar][dir=rtl]', 1);
  await webKit.goto('/policy');
  expect(await webKit.count('html[lang=ar][data-theme=dark]')).toBe(1);
  expect(await names(webKit)).toEqual(['__Host-Http-appearance', '__Host-Http-consent', '__Host-Http-language', '__Host-Http-visit']);
});

test('the file of a receipt is checked', async ({ webKit }, testInfo) => {
  await webKit.goto('/');
  await webKit.pressAndAwaitMessage('#banner form button[value=yes]');
  await webKit.goto('/preferences');
  const receipt = await webKit.evaluate(async () => {
    const link = document.querySelector<HTMLAnchorElement>('a[href*="/receipts/"]');
    return link === null ? '' : (await fetch(link.href)).text();
  });
  const file = testInfo.outputPath('receipt.json');
  for (const [text, verdict] of [
    [receipt, 'Genuine'],
    [receipt.replace('"granted": true', '"granted": false'), 'Not genuine'],
  ] as const) {
    await writeFile(file, text);
    await webKit.goto('/verify');
    await webKit.write('#file', file);
    await webKit.press('#verify-file button');
    await webKit.awaitCount('#verdict', 1);
    expect(await webKit.text('#verdict')).toContain(verdict);
  }
});

/** The checked answers of the preferences page. */
async function checked(webKit: WebKit): Promise<string[]> {
  return webKit.evaluate(() => [...document.querySelectorAll('#choices :checked')].map(({ id }) => id));
}

/** The names of the cookies, all of which must be `Secure` and hidden from scripts. */
async function names(webKit: WebKit): Promise<string[]> {
  const cookies = await webKit.cookies();
  expect(cookies.filter(({ secure, httpOnly }) => !secure || !httpOnly)).toEqual([]);
  return cookies.map(({ name }) => name).sort();
}
