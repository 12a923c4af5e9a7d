import { STATES } from '../report';
import { isTracker } from '../trackers';
import { declarationOf, eachCookie, type Rule, seconds } from './rule';

/** The tolerance for lifetimes, in seconds: some time passes between response and check. */
const TOLERANCE = 5;

/** The longest lifetime that browsers allow, in seconds (RFC 6265bis). */
const MAX_LIFETIME = 400 * 86_400;

export const undeclared: Rule = {
  id: 'undeclared',
  title: 'Every cookie is declared',
  source: 'bollinger2022',
  check(crawled) {
    if (crawled.target.declared === undefined) return { not_tried: 'no_declarations' };
    return eachCookie(crawled, STATES, ({ name }) => (declarationOf(crawled, name) === undefined ? {} : undefined));
  },
};

export const lifetime: Rule = {
  id: 'lifetime',
  title: 'Every cookie is kept as long as declared',
  source: 'bollinger2022',
  check(crawled) {
    if (crawled.target.declared === undefined) return { not_tried: 'no_declarations' };
    return eachCookie(crawled, STATES, ({ name, expires }, { at, openedAt }) => {
      const declared = declarationOf(crawled, name);
      if (declared === undefined) return undefined;
      const expected = declared.maxAge === null ? null : Math.min(declared.maxAge, MAX_LIFETIME);
      if (expires === -1 || expected === null) {
        const isSo = expires === -1 && expected === null;
        return isSo ? undefined : { seen: expires === -1 ? seconds(null) : seconds(expires - at), expected: seconds(expected) };
      }
      // It was set at some time after the browser was opened.
      const isSo = expires > openedAt + expected - TOLERANCE && expires < at + expected + TOLERANCE;
      return isSo ? undefined : { seen: seconds(expires - at), expected: seconds(expected) };
    });
  },
};

export const onePurpose: Rule = {
  id: 'one_purpose',
  title: 'Every cookie has one purpose',
  source: 'bollinger2022',
  check({ target: { declared } }) {
    if (declared === undefined) return { not_tried: 'no_declarations' };
    const names = [...new Set(declared.map(({ name }) => name))];
    const findings = names.flatMap((name) => {
      const purposes = new Set(declared.filter((one) => one.name === name).map(({ purpose }) => purpose));
      const isSo = purposes.size === 1 && !purposes.has(undefined);
      return isSo ? [] : [{ state: 'fresh' as const, subject: name, seen: [...purposes].map((purpose) => purpose ?? '–').join(', ') }];
    });
    return { tried: { declarations: declared.length }, findings };
  },
};

export const misclassified: Rule = {
  id: 'misclassified',
  title: 'No analytics or advertising cookie is labelled essential',
  source: 'bollinger2022',
  check({ target: { declared } }) {
    if (declared === undefined) return { not_tried: 'no_declarations' };
    const wrong = declared.filter(({ name, essential }) => essential && isTracker(name));
    return {
      tried: { declarations: declared.length },
      findings: wrong.map(({ name, purpose }) => ({ state: 'fresh' as const, subject: name, ...(purpose === undefined ? {} : { seen: purpose }) })),
    };
  },
};
