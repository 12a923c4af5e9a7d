import type { Locator, Page } from '@playwright/test';
import { detectBanner } from './banner-detector';
import type { PageSession } from './page-session';

/** A button as rendered on the screen. */
export interface Button {
  text: string;
  width: number;
  height: number;
  /** Its most frequent pixel colour. */
  fill: Colour;
}

/** Red, green and blue, each from 0 to 255. */
export type Colour = readonly [number, number, number];

/** The accept and reject buttons on one screen, and how much of the page the notice blocks. */
export interface Screen {
  width: number;
  colorScheme: 'light' | 'dark';
  accept: Button | undefined;
  /** The reject button on the same layer. */
  reject: Button | undefined;
  /** The fraction of the screen that fixed elements cover, from 0 to 1. */
  covered: number;
  /** Whether the page can be scrolled while the notice is shown; undefined if all of it fits on the screen. */
  scrolls: boolean | undefined;
  /** Checkboxes and switches in the notice that are on before any interaction. */
  preselected: string[];
  /** The number of controls in the notice. */
  controls: number;
}

/** Measures the notice in a new session. `canvasPage` is a blank page whose canvas decodes screenshots. */
export async function measure(session: PageSession, canvasPage: Page, screen: Pick<Screen, 'width' | 'colorScheme'>): Promise<Screen> {
  const { controls, choices, notice } = await detectBanner(session);
  const button = async (kind: 'accept' | 'reject') => {
    const found = controls.find((control) => control.kind === kind && control.inNotice);
    return found === undefined ? undefined : { text: found.text, ...(await measureButton(found.locator, canvasPage)) };
  };
  const [accept, reject] = [await button('accept'), await button('reject')];
  return {
    ...screen,
    accept,
    reject,
    covered: notice === undefined ? 0 : await session.page.evaluate(covered),
    scrolls: await scrolls(session.page),
    preselected: choices.filter(({ inNotice, isFree, isOn }) => inNotice && isFree && isOn === true).map(({ name }) => name),
    controls: controls.filter(({ inNotice }) => inNotice).length + choices.filter(({ inNotice }) => inNotice).length,
  };
}

/** The perceived difference of two colours (CIE76, in L*a*b*). Below 2.3 it is hardly noticeable. */
export function distance(one: Colour, other: Colour): number {
  const [a, b] = [lab(one), lab(other)];
  return Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));
}

/** The colour in L*a*b*, from sRGB under D65. */
function lab(colour: Colour): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const curve = (value: number) => (value > (6 / 29) ** 3 ? Math.cbrt(value) : value / (3 * (6 / 29) ** 2) + 4 / 29);
  const x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

async function measureButton(control: Locator, canvasPage: Page): Promise<Omit<Button, 'text'>> {
  await control.scrollIntoViewIfNeeded();
  const box = await control.boundingBox();
  const picture = (await control.screenshot({ animations: 'disabled' })).toString('base64');
  const fill = await canvasPage.evaluate(async (encoded): Promise<Colour> => {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const drawing = new OffscreenCanvas(image.width, image.height).getContext('2d');
    if (drawing === null) return [0, 0, 0];
    drawing.drawImage(image, 0, 0);
    const { data } = drawing.getImageData(0, 0, image.width, image.height);
    const counts = new Map<number, number>();
    for (let at = 0; at < data.length; at += 4) {
      const colour = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const [most = 0] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? [];
    return [most >> 16, (most >> 8) & 255, most & 255];
  }, picture);
  return { width: box?.width ?? 0, height: box?.height ?? 0, fill };
}

/** The fraction of the screen that fixed elements cover. Runs in the page. */
function covered(): number {
  const isFixed = (element: Element | null): boolean => {
    for (let at = element; at !== null; at = at.parentElement ?? (at.getRootNode() as ShadowRoot).host ?? null) {
      if (at.matches('dialog:modal') || getComputedStyle(at).position === 'fixed') return true;
    }
    return false;
  };
  const steps = [...Array(20).keys()].map((step) => (step + 0.5) / 20);
  const points = steps.flatMap((x) => steps.map((y) => [x * innerWidth, y * innerHeight] as const));
  return points.filter(([x, y]) => isFixed(document.elementFromPoint(x, y))).length / points.length;
}

/** Whether the mouse wheel scrolls the page; undefined if there is nothing to scroll. */
async function scrolls(page: Page): Promise<boolean | undefined> {
  const isLong = await page.evaluate(() => document.documentElement.scrollHeight > innerHeight + 100 || document.body.scrollHeight > innerHeight + 100);
  if (!isLong) return undefined;
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await page.mouse.move(5, 5);
  await page.mouse.wheel(0, 300);
  const moved = page.waitForFunction(() => scrollY > 0 || document.body.scrollTop > 0, undefined, { timeout: 1_000 });
  return moved.then(
    () => true,
    () => false,
  );
}
