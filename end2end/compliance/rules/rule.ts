import type { Cookie } from '@playwright/test';
import type { Finding, Outcome, RuleId, State, Tried } from '../report';
import type { Declared } from '../target';
import { isTracker } from '../trackers';
import type { Observation } from '../page-session';
import type { Walked } from '../crawl';

/** The study that described a rule. */
export type Source = 'bollinger2022' | 'bouhoula2024' | 'kancherla2025' | 'matte2020' | 'own';

/** A rule: its id, its source, and its check. */
export interface Rule {
  id: RuleId;
  title: string;
  source: Source;
  judge: (walked: Walked) => Outcome;
}

/** The states without consent. */
export const WITHOUT_A_YES: readonly State[] = ['fresh', 'scrolled', 'browsed', 'closed', 'refused', 'withdrawn', 'signal'];

/** The observations in these states. */
export function seenIn({ observations }: Walked, states: readonly State[]): Observation[] {
  return observations.filter(({ state }) => states.includes(state));
}

/** The declaration of a cookie, if published. */
export function declarationOf({ subject }: Walked, name: string): Declared | undefined {
  return subject.declared?.find((declared) => declared.name === name);
}

/** Whether a cookie needs consent: it is declared optional, or is undeclared and a known tracker. */
export function isOptional(walked: Walked, { name }: Pick<Cookie, 'name'>): boolean {
  const declared = declarationOf(walked, name);
  return declared === undefined ? isTracker(name) : !declared.essential || isTracker(name);
}

/** Checks each cookie seen in these states; reports each violation once per state. */
export function eachCookie(
  walked: Walked,
  states: readonly State[],
  judge: (cookie: Cookie, seen: Observation) => Omit<Finding, 'state' | 'subject'> | undefined,
): { tried: Tried; findings: Finding[] } {
  const seen = seenIn(walked, states);
  const findings = new Map<string, Finding>();
  for (const observation of seen) {
    for (const cookie of observation.cookies) {
      const broken = judge(cookie, observation);
      const key = `${observation.state} ${cookie.name}`;
      if (broken !== undefined && !findings.has(key)) findings.set(key, { state: observation.state, subject: cookie.name, ...broken });
    }
  }
  return { tried: { ...reach(seen), cookies: seen.reduce((sum, { cookies }) => sum + cookies.length, 0) }, findings: [...findings.values()] };
}

/** Reports optional cookies in these states. */
export function noneOptional(walked: Walked, states: readonly State[]): { tried: Tried; findings: Finding[] } {
  return eachCookie(walked, states, (cookie) => (isOptional(walked, cookie) ? {} : undefined));
}

/** The number of browsers and pages behind these observations. */
export function reach(seen: readonly Observation[]): Pick<Tried, 'browsers' | 'pages'> {
  const pages = new Map<unknown, number>();
  for (const { visit, pages: opened } of seen) pages.set(visit, Math.max(opened, pages.get(visit) ?? 0));
  return { browsers: pages.size, pages: [...pages.values()].reduce((sum, opened) => sum + opened, 0) };
}

/** A duration as written in a report. */
export function seconds(length: number | null): string {
  return length === null ? 'session' : `${Math.round(length)} s`;
}
