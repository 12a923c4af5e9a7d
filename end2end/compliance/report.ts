import type { Edition } from './subject';

/** Every rule, in the order of the report. `src/model/compliance.rs` knows the same. */
export const RULE_IDS = [
  'undeclared',
  'lifetime',
  'one_purpose',
  'misclassified',
  'before_choice',
  'ignored_refusal',
  'implicit_consent',
  'no_notice',
  'no_reject',
  'unequal_buttons',
  'forced_action',
  'after_close',
  'preselected',
  'no_withdrawal',
  'withdrawal_harder',
  'not_deleted',
  'inconsistent',
  'storage',
  'third_parties',
  'signal',
] as const;
export type RuleId = (typeof RULE_IDS)[number];

/** What a browser had done when something was looked at. */
export const STATES = ['fresh', 'scrolled', 'browsed', 'closed', 'accepted', 'refused', 'withdrawn', 'signal'] as const;
export type State = (typeof STATES)[number];

/** What is counted of a trial. */
export interface Tried {
  /** New browsers, each without a cookie. */
  browsers?: number;
  /** Pages that were opened. */
  pages?: number;
  /** Cookies that were looked at, in all states together. */
  cookies?: number;
  /** Cookies as they are declared. */
  declarations?: number;
  /** Buttons, links and boxes that were looked at. */
  controls?: number;
  /** Screens on which buttons were measured: of a width and of a colour scheme. */
  screens?: number;
  /** Requests that were looked at. */
  requests?: number;
}

/** One thing that breaks a rule. */
export interface Finding {
  state: State;
  /** The name of a cookie or of a store, the host of a request, the words of a control. */
  subject: string;
  seen?: string;
  expected?: string;
}

/** Why a rule could not be tried. */
export type Obstacle =
  | 'no_declarations'
  | 'no_notice'
  | 'no_accept'
  | 'no_reject'
  | 'no_withdrawal'
  | 'no_settings'
  | 'nothing_optional';

/** What came of a rule. */
export type Outcome = { tried: Tried; findings: Finding[] } | { not_tried: Obstacle };

/** What was examined, when, with what, and what came of it: ids and facts, and no sentence. */
export interface Report {
  format: 1;
  /** The moment of the examination, in UTC. */
  made: string;
  /** Whether it is this repository's own server, or another. */
  site: 'own' | 'other';
  /** The edition that the site had in force; null where it names none. */
  edition: Edition | null;
  browser: { name: string; version: string };
  rules: ({ id: RuleId } & Outcome)[];
}

/** The rules that were broken. */
export function broken(report: Report): RuleId[] {
  return report.rules.flatMap((rule) => ('findings' in rule && rule.findings.length > 0 ? [rule.id] : []));
}

/** The report as a person at a terminal reads it. */
export function say(report: Report): string {
  const lines = report.rules.flatMap((rule) => {
    if ('not_tried' in rule) return [`  not tried  ${rule.id}: ${rule.not_tried}`];
    const tried = Object.entries(rule.tried).map(([what, count]) => `${count} ${what}`);
    const found = rule.findings.map(({ state, subject, seen, expected }) => {
      const facts = [seen && `seen ${seen}`, expected && `expected ${expected}`].filter(Boolean);
      return `               ${state}: ${subject}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
    });
    return [`  ${rule.findings.length === 0 ? 'kept     ' : 'BROKEN   '}  ${rule.id}: ${tried.join(', ')}`, ...found];
  });
  const edition = report.edition === null ? 'no edition' : `edition ${report.edition.version}`;
  return [`${report.made}, ${edition}, ${report.browser.name} ${report.browser.version}`, ...lines].join('\n');
}
