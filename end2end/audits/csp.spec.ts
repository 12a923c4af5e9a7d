import { CspEvaluator } from 'csp_evaluator';
import { type Finding, Severity, Type } from 'csp_evaluator/dist/finding.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';
import { STRICTCSP_CHECKS } from 'csp_evaluator/dist/evaluator.js';
import { expect, siteTest as test } from '../fixtures/site-test';
import { type PageResponse, crawlEveryState } from './page-states';
import { HttpClient } from './http-client';

/** Responses that are not pages: static files, API documents, and an API error. */
const NO_PAGES = [
  '/favicon.svg',
  '/card.png',
  '/robots.txt',
  '/sitemap.xml',
  '/policy/feed.xml',
  '/policy/1.0/print.css',
  '/policy.json',
  '/cookies.json',
  '/openapi.json',
  '/.well-known/gpc.json',
  '/embed/1.js',
  '/embed/2.js',
  '/measure/1.js',
  '/health',
  '/ready',
  '/pkg/nothing.js',
];

/**
 * Advice to add `'unsafe-inline'` and `https:` for browsers that do not support hashes or
 * `'strict-dynamic'`. Such browsers would apply them.
 */
const FOR_OLD_BROWSERS = [Type.UNSAFE_INLINE_FALLBACK, Type.ALLOWLIST_FALLBACK];

/**
 * On a page with a script. `'self'` is a risk on a site with user uploads or JSONP, which this site
 * does not have. `'strict-dynamic'` instead would let its script load others from anywhere.
 */
const OF_A_SCRIPT = [Type.SCRIPT_ALLOWLIST_BYPASS];

/** Trusted Types are not possible with an island, because it parses the response to its form as HTML. */
const OF_AN_ISLAND = [...OF_A_SCRIPT, Type.REQUIRE_TRUSTED_TYPES_FOR_SCRIPTS];

test.setTimeout(60_000);

test("Google's CSP evaluator finds nothing in the policy of any answer", async ({ site }) => {
  const client = new HttpClient(site.address);
  const others: PageResponse[] = [];
  for (const path of NO_PAGES) others.push({ ...(await client.get(path, { accept: '*/*' })), who: 'a program' });
  const policies = new Map<string, PageResponse>();
  for (const seen of [...(await crawlEveryState(site, ['en'])), ...others]) {
    const policy = seen.headers.get('content-security-policy');
    if (policy === undefined || policy === null) throw new Error(`${seen.path} (${seen.status}, ${seen.who}) has no content security policy.`);
    if (!policies.has(policy)) policies.set(policy, seen);
  }
  expect(policies.size, 'without a script, measured, and with an island').toBe(3);
  for (const [policy, { path }] of policies) {
    const ofAScript = policy.includes('script-src') ? OF_A_SCRIPT : [];
    const debatable = policy.includes('wasm-unsafe-eval') ? OF_AN_ISLAND : ofAScript;
    expect.soft(evaluate(policy, [...FOR_OLD_BROWSERS, ...debatable]), `${path}: ${policy}`).toEqual([]);
  }
});

test('the evaluator is listened to', () => {
  expect(evaluate("default-src 'none'; script-src 'unsafe-inline' https:", []).length).toBeGreaterThan(1);
});

/** All findings of the evaluator except the given ones. */
function evaluate(policy: string, debatable: Type[]): string[] {
  const findings = new CspEvaluator(new CspParser(policy).csp).evaluate(STRICTCSP_CHECKS);
  return findings
    .filter(({ severity, type }: Finding) => severity !== Severity.NONE && !debatable.includes(type))
    .map(({ directive, value, description }: Finding) => `${directive} ${value ?? ''}: ${description}`);
}
