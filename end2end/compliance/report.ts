import type { Edition } from './target';

/** Every rule, in the order of the report. `src/domain/compliance/mod.rs` has the same list. */
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
  'beacon',
  'identifying_beacon',
  'signal',
] as const;
export type RuleId = (typeof RULE_IDS)[number];

/** What the browser had done before an observation. */
export const STATES = ['fresh', 'scrolled', 'browsed', 'closed', 'accepted', 'refused', 'withdrawn', 'signal'] as const;
export type State = (typeof STATES)[number];

/** How much a rule was tried on. */
export interface Tried {
  /** New browsers, each without cookies. */
  browsers?: number;
  /** Pages that were opened. */
  pages?: number;
  /** Cookies examined, in all states together. */
  cookies?: number;
  /** Declared cookies. */
  declarations?: number;
  /** Buttons, links and checkboxes examined. */
  controls?: number;
  /** Screens on which buttons were measured, each with a width and a colour scheme. */
  screens?: number;
  /** Requests examined. */
  requests?: number;
}

/** One violation of a rule. */
export interface Finding {
  state: State;
  /** The name of a cookie or storage, the host of a request, or the text of a control. */
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

/** The result of a rule. */
export type Outcome = { tried: Tried; findings: Finding[] } | { not_tried: Obstacle };

/** The report: ids and facts, no sentences. */
export interface Report {
  format: 1;
  /** The time of the examination, in UTC. */
  made: string;
  /** Whether the site is this repository's own server. */
  site: 'own' | 'other';
  /** The effective edition of the site; null if it names none. */
  edition: Edition | null;
  browser: { name: string; version: string };
  rules: ({ id: RuleId } & Outcome)[];
}

/** The ids of the broken rules. */
export function brokenRules(report: Report): RuleId[] {
  return report.rules.flatMap((rule) => ('findings' in rule && rule.findings.length > 0 ? [rule.id] : []));
}

/** The report as text for the terminal. */
export function formatReport(report: Report): string {
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
