import type { Frame, Locator } from '@playwright/test';
import type { PageSession } from './page-session';
import { COOKIE_PATTERN, type ControlKind, NO_PATTERN, CONTROL_PATTERNS, YES_PATTERN } from './vocabulary';

/** A button or link, classified by its text. */
export interface Control {
  kind: ControlKind;
  text: string;
  /** Whether it is inside the notice. */
  inNotice: boolean;
  /** Whether its own text mentions cookies. */
  isAbout: boolean;
  locator: Locator;
}

/** A checkbox, a switch or a question with two answers. */
export interface Choice {
  name: string;
  /** Its value; undefined if nothing is chosen. */
  isOn: boolean | undefined;
  /** Whether it can be changed. */
  isFree: boolean;
  inNotice: boolean;
  locator: Locator;
}

/** The notice and its controls as currently visible on a page. */
export interface DetectedBanner {
  /** The consent notice, if one was found. */
  notice: Locator | undefined;
  controls: Control[];
  choices: Choice[];
}

interface Marked {
  notice: boolean;
  controls: { kind: ControlKind; text: string; inNotice: boolean; isAbout: boolean; mark: string }[];
  choices: { name: string; isOn: boolean | undefined; isFree: boolean; inNotice: boolean; mark: string }[];
}

/** The attribute that marks an element, so that it can be found again. */
const MARK = 'data-compliance-mark';

/**
 * Detects a notice by its content: a separate element that mentions cookies and has a button to
 * agree or refuse. Searches open shadow roots and frames too.
 */
export async function detectBanner({ page }: PageSession): Promise<DetectedBanner> {
  const seen: DetectedBanner = { notice: undefined, controls: [], choices: [] };
  for (const frame of page.frames()) {
    const found = await frame.evaluate(mark, { words: CONTROL_PATTERNS, about: COOKIE_PATTERN, yes: YES_PATTERN, no: NO_PATTERN, attribute: MARK }).catch(() => undefined);
    if (found === undefined) continue;
    const at = (name: string) => located(frame, name);
    if (found.notice && seen.notice === undefined) seen.notice = at('notice');
    seen.controls.push(...found.controls.map((control) => ({ ...control, locator: at(control.mark) })));
    seen.choices.push(...found.choices.map((choice) => ({ ...choice, locator: at(choice.mark) })));
  }
  return seen;
}

function located(frame: Frame, mark: string): Locator {
  return frame.locator(`[${MARK}="${mark}"]`);
}

/** Marks the notice and its controls. Runs in the page, so it must be self-contained. */
function mark(given: {
  words: readonly (readonly [ControlKind, string])[];
  about: string;
  yes: string;
  no: string;
  attribute: string;
}): Marked {
  const { attribute } = given;
  const words = given.words.map(([kind, pattern]) => [kind, new RegExp(pattern, 'iu')] as const);
  const about = new RegExp(given.about, 'iu');
  const [yes, no] = [new RegExp(given.yes, 'iu'), new RegExp(given.no, 'iu')];
  const isNamed = /cookie|consent|gdpr|cmp|banner|notice|privacy/i;

  const all: Element[] = [];
  const gather = (root: Document | ShadowRoot) => {
    for (const element of root.querySelectorAll('*')) {
      element.removeAttribute(attribute);
      all.push(element);
      if (element.shadowRoot !== null) gather(element.shadowRoot);
    }
  };
  gather(document);

  const above = (element: Element): Element | null => {
    if (element.parentElement !== null) return element.parentElement;
    const root = element.getRootNode();
    return root instanceof ShadowRoot ? root.host : null;
  };
  const isShown = (element: Element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) &&
    [...element.getClientRects()].some(({ width, height }) => width > 1 && height > 1);
  const wordsOf = (element: Element) => {
    const own = element instanceof HTMLInputElement ? element.value : (element as HTMLElement).innerText;
    const text = [own, element.getAttribute('aria-label'), element.getAttribute('title')].find((text) => text?.trim());
    return (text ?? '').replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
  };
  const kindOf = (text: string): ControlKind | undefined => (text.length > 70 ? undefined : words.find(([, pattern]) => pattern.test(text))?.[0]);

  // A link to a fragment of the same page is a table of contents, independent of its text.
  const isPlace = (element: Element) => element.matches('a[href^="#"]:not([href="#"], [role=button])');
  const pressed = all.filter((element) => element.matches('button, [role=button], a, input[type=submit], input[type=button]') && isShown(element) && !isPlace(element));
  const known = pressed.flatMap((element) => {
    const text = wordsOf(element);
    const kind = kindOf(text);
    return kind === undefined ? [] : [{ element, kind, text }];
  });

  /** The outermost separate container around an element that mentions cookies, if any. */
  const around = (from: Element): Element | undefined => {
    let found: Element | undefined;
    for (let element = above(from); element !== null; element = above(element)) {
      if (element.matches('html, body, main, header, footer, nav')) break;
      const isApart =
        element.matches('dialog, [role=dialog], [role=alertdialog], aside, section, form') ||
        ['fixed', 'sticky'].includes(getComputedStyle(element).position) ||
        isNamed.test(`${element.id} ${element.getAttribute('class') ?? ''}`);
      if (isApart && isShown(element) && about.test(((element as HTMLElement).innerText ?? '').slice(0, 4000))) found = element;
    }
    return found;
  };
  const notice = known
    .filter(({ kind }) => kind === 'accept' || kind === 'reject')
    .map(({ element }) => around(element))
    .find((element) => element !== undefined);
  const isWithin = (element: Element) => {
    for (let at: Element | null = element; at !== null; at = above(at)) if (at === notice) return true;
    return false;
  };
  notice?.setAttribute(attribute, 'notice');

  const controls = known.map(({ element, kind, text }, index) => {
    const name = element === notice ? 'notice' : `control-${index}`;
    element.setAttribute(attribute, name);
    return { kind, text, inNotice: isWithin(element), isAbout: about.test(text), mark: name };
  });

  const choices: Marked['choices'] = [];
  const questions = new Map<string, HTMLInputElement[]>();
  for (const element of all) {
    const label = (input: Element) => {
      const labels = input instanceof HTMLInputElement ? [...(input.labels ?? [])].map(({ innerText }) => innerText) : [];
      return (labels.join(' ') || input.getAttribute('aria-label') || '').replace(/\s+/g, ' ').trim();
    };
    const isReachable = (input: Element) => isShown(input) || (input instanceof HTMLInputElement && [...(input.labels ?? [])].some(isShown));
    const isSwitch = element.matches('[role=switch]:not(input)');
    if (element instanceof HTMLInputElement && element.type === 'radio' && isReachable(element)) {
      const key = `${element.form?.id ?? ''} ${element.name}`;
      questions.set(key, [...(questions.get(key) ?? []), element]);
    } else if ((isSwitch || (element instanceof HTMLInputElement && element.type === 'checkbox')) && isReachable(element)) {
      const input = element instanceof HTMLInputElement ? element : undefined;
      const name = `choice-${choices.length}`;
      element.setAttribute(attribute, name);
      choices.push({
        name: label(element) || input?.name || element.id,
        isOn: input?.checked ?? element.getAttribute('aria-checked') === 'true',
        isFree: !(input?.disabled || input?.readOnly || element.getAttribute('aria-disabled') === 'true' || element.matches('[required]')),
        inNotice: isWithin(element),
        mark: name,
      });
    }
  }
  for (const [key, answers] of questions) {
    const agrees = answers.find((answer) => yes.test(answer.value));
    const refuses = answers.find((answer) => no.test(answer.value));
    // A question about something else, such as a colour.
    if (answers.length !== 2 || agrees === undefined || refuses === undefined) continue;
    const name = `choice-${choices.length}`;
    refuses.setAttribute(attribute, name);
    choices.push({
      name: key.trim(),
      isOn: agrees.checked ? true : refuses.checked ? false : undefined,
      isFree: !refuses.disabled,
      inNotice: isWithin(refuses),
      mark: name,
    });
  }
  return { notice: notice !== undefined, controls, choices };
}
