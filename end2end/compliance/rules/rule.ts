import type { Cookie } from '@playwright/test';
import type { Finding, Outcome, RuleId, State, Tried } from '../report';
import type { Declared } from '../target';
import { isTracker } from '../trackers';
import type { Observation } from '../page-session';
import type { CrawlResult } from '../crawl';

/** The study that described a rule. */
export type Source = 'bollinger2022' | 'bouhoula2024' | 'kancherla2025' | 'matte2020' | 'own';

/** A rule: its id, its source, and its check. */
export interface Rule {
  id: RuleId;
  title: string;
  source: Source;
  check: (crawled: CrawlResult) => Outcome;
}

/** The states without consent. */
export const WITHOUT_A_YES: readonly State[] = ['fresh', 'scrolled', 'browsed', 'closed', 'refused', 'withdrawn', 'signal'];

/** The observations in these states. */
export function seenIn({ observations }: CrawlResult, states: readonly State[]): Observation[] {
  return observations.filter(({ state }) => states.includes(state));
}

/** The declaration of a cookie, if published. */
export function declarationOf({ target }: CrawlResult, name: string): Declared | undefined {
  return target.declared?.find((declared) => declared.name === name);
}

/** Whether a cookie needs consent: it is declared optional, or is undeclared and a known tracker. */
export function isOptional(crawled: CrawlResult, { name }: Pick<Cookie, 'name'>): boolean {
  const declared = declarationOf(crawled, name);
  return declared === undefined ? isTracker(name) : !declared.essential || isTracker(name);
}

/** Checks each cookie seen in these states; reports each violation once per state. */
export function eachCookie(
  crawled: CrawlResult,
  states: readonly State[],
  check: (cookie: Cookie, seen: Observation) => Omit<Finding, 'state' | 'subject'> | undefined,
): { tried: Tried; findings: Finding[] } {
  const seen = seenIn(crawled, states);
  const findings = new Map<string, Finding>();
  for (const observation of seen) {
    for (const cookie of observation.cookies) {
      const broken = check(cookie, observation);
      const key = `${observation.state} ${cookie.name}`;
      if (broken !== undefined && !findings.has(key)) findings.set(key, { state: observation.state, subject: cookie.name, ...broken });
    }
  }
  return { tried: { ...reach(seen), cookies: seen.reduce((sum, { cookies }) => sum + cookies.length, 0) }, findings: [...findings.values()] };
}

/** Reports optional cookies in these states. */
export function noneOptional(crawled: CrawlResult, states: readonly State[]): { tried: Tried; findings: Finding[] } {
  return eachCookie(crawled, states, (cookie) => (isOptional(crawled, cookie) ? {} : undefined));
}

/** Each violation once for a state. */
export function once(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.state} ${finding.seen} ${finding.subject}`, finding])).values()];
}

/** The number of browsers and pages behind these observations. */
export function reach(seen: readonly Observation[]): Pick<Tried, 'browsers' | 'pages'> {
  const pages = new Map<unknown, number>();
  for (const { session, pages: opened } of seen) pages.set(session, Math.max(opened, pages.get(session) ?? 0));
  return { browsers: pages.size, pages: [...pages.values()].reduce((sum, opened) => sum + opened, 0) };
}

/** A duration as written in a report. */
export function seconds(length: number | null): string {
  return length === null ? 'session' : `${Math.round(length)} s`;
}
