import { once, reach, type Rule, seenIn, WITHOUT_A_YES } from './rule';

/** Shorter values than this are in every beacon by chance. */
const SHORTEST_IDENTIFIER = 8;

export const beacon: Rule = {
  id: 'beacon',
  title: 'No page reports on its visitor without consent',
  source: 'own',
  check(crawled) {
    const seen = seenIn(crawled, WITHOUT_A_YES);
    const findings = seen.flatMap(({ state, beacons }) => beacons.map(({ path }) => ({ state, subject: path })));
    return { tried: { ...reach(seen), requests: seen.reduce((sum, { requests }) => sum + requests, 0) }, findings: once(findings) };
  },
};

export const identifyingBeacon: Rule = {
  id: 'identifying_beacon',
  title: 'No report on a visitor identifies them',
  source: 'own',
  check(crawled) {
    const seen = seenIn(crawled, ['accepted']);
    if (seen.length === 0) return { not_tried: 'no_accept' };
    const findings = seen.flatMap(({ state, beacons, cookies }) =>
      beacons.flatMap(({ path, body }) => {
        const text = decoded(body);
        const values = cookies.filter(({ value }) => value.length >= SHORTEST_IDENTIFIER && text.includes(value));
        return values.map(({ name }) => ({ state, subject: path, seen: name }));
      }),
    );
    return { tried: { ...reach(seen), requests: seen.reduce((sum, { beacons }) => sum + beacons.length, 0) }, findings: once(findings) };
  },
};

/** The body as text, also where it is a form. */
function decoded(body: string): string {
  try {
    return `${body} ${decodeURIComponent(body.replaceAll('+', ' '))}`;
  } catch {
    return body;
  }
}
