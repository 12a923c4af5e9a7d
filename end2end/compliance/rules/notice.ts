import { distance } from '../measure';
import type { Finding } from '../report';
import { isOptional, type Rule, seenIn } from './rule';

/** The maximum ratio of button areas; texts differ in length. */
const AREA = 1.5;
/** The maximum ratio of button heights. */
const HEIGHT = 1.1;
/** The maximum difference of button colours (CIE76). */
const COLOUR = 5;
/** A notice that covers more of the screen than this fraction is a cookie wall. */
const WALL = 0.9;

export const noNotice: Rule = {
  id: 'no_notice',
  title: 'A site with optional cookies asks for consent',
  source: 'bouhoula2024',
  check(crawled) {
    const seen = seenIn(crawled, ['fresh', 'browsed']).flatMap(({ cookies }) => cookies.filter((cookie) => isOptional(crawled, cookie)));
    const declared = (crawled.target.declared ?? []).filter(({ essential }) => !essential);
    const names = [...new Set([...seen, ...declared].map(({ name }) => name))];
    if (names.length === 0 && !crawled.hasNotice) return { not_tried: 'nothing_optional' };
    return {
      tried: { browsers: 1, pages: 1, cookies: names.length },
      findings: crawled.hasNotice ? [] : names.map((subject) => ({ state: 'fresh' as const, subject })),
    };
  },
};

export const noReject: Rule = {
  id: 'no_reject',
  title: 'Reject is next to Allow',
  source: 'bouhoula2024',
  check({ hasNotice, screens }) {
    if (!hasNotice) return { not_tried: 'no_notice' };
    const without = screens.filter(({ accept, reject }) => accept !== undefined && reject === undefined);
    return {
      tried: { screens: screens.length, controls: screens.reduce((sum, { controls }) => sum + controls, 0) },
      findings: once(without.map(({ accept }) => ({ state: 'fresh' as const, subject: accept?.text ?? '' }))),
    };
  },
};

export const unequalButtons: Rule = {
  id: 'unequal_buttons',
  title: 'The buttons to allow and to reject look alike',
  source: 'bouhoula2024',
  check({ hasNotice, screens }) {
    if (!hasNotice) return { not_tried: 'no_notice' };
    const pairs = screens.flatMap(({ accept, reject, width, colorScheme }) =>
      accept === undefined || reject === undefined ? [] : [{ accept, reject, on: `${width} px, ${colorScheme}` }],
    );
    if (pairs.length === 0) return { not_tried: screens.some(({ accept }) => accept !== undefined) ? 'no_reject' : 'no_accept' };
    const findings = pairs.flatMap(({ accept, reject, on }): Finding[] => {
      const colour = distance(accept.fill, reject.fill);
      const area = (accept.width * accept.height) / (reject.width * reject.height);
      const height = accept.height / reject.height;
      const size = (width: number, height: number) => `${Math.round(width)} × ${Math.round(height)} px`;
      const rgb = (fill: readonly number[]) => `rgb(${fill.join(' ')})`;
      return [
        ...(colour > COLOUR ? [{ state: 'fresh' as const, subject: on, seen: rgb(reject.fill), expected: rgb(accept.fill) }] : []),
        ...(differs(area, AREA) || differs(height, HEIGHT)
          ? [{ state: 'fresh' as const, subject: on, seen: size(reject.width, reject.height), expected: size(accept.width, accept.height) }]
          : []),
      ];
    });
    return { tried: { screens: pairs.length, controls: pairs.length * 2 }, findings };
  },
};

export const forcedAction: Rule = {
  id: 'forced_action',
  title: 'The page can be read without a choice',
  source: 'bouhoula2024',
  check({ hasNotice, screens }) {
    if (!hasNotice) return { not_tried: 'no_notice' };
    const findings = screens.flatMap(({ width, colorScheme, covered, scrolls }): Finding[] => {
      const subject = `${width} px, ${colorScheme}`;
      return [
        ...(covered > WALL ? [{ state: 'fresh' as const, subject, seen: `${Math.round(covered * 100)} %` }] : []),
        ...(scrolls === false ? [{ state: 'fresh' as const, subject, seen: 'no scrolling' }] : []),
      ];
    });
    return { tried: { screens: screens.length }, findings };
  },
};

export const preselected: Rule = {
  id: 'preselected',
  title: 'No optional purpose is preselected',
  source: 'matte2020',
  check({ hasNotice, screens }) {
    if (!hasNotice) return { not_tried: 'no_notice' };
    const found = screens.flatMap(({ preselected }) => preselected.map((subject) => ({ state: 'fresh' as const, subject })));
    return { tried: { screens: screens.length, controls: screens.reduce((sum, { controls }) => sum + controls, 0) }, findings: once(found) };
  },
};

/** Whether a ratio or its inverse is above the maximum. */
function differs(ratio: number, most: number): boolean {
  return ratio > most || ratio < 1 / most;
}

/** Merges findings that occur on several screens. */
function once(findings: Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.subject, finding])).values()];
}
