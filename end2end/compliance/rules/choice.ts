import { noneOptional, type Rule, seenIn } from './rule';

export const beforeChoice: Rule = {
  id: 'before_choice',
  title: 'No optional cookie is set before a choice',
  source: 'bollinger2022',
  check: (crawled) => noneOptional(crawled, ['fresh']),
};

export const ignoredRefusal: Rule = {
  id: 'ignored_refusal',
  title: 'Rejecting works',
  source: 'bollinger2022',
  check(crawled) {
    if (!crawled.hasNotice) return { not_tried: 'no_notice' };
    if (crawled.interactions.refuse === undefined) return { not_tried: 'no_reject' };
    return noneOptional(crawled, ['refused']);
  },
};

export const implicitConsent: Rule = {
  id: 'implicit_consent',
  title: 'Browsing on is not consent',
  source: 'bollinger2022',
  check(crawled) {
    const { tried, findings } = noneOptional(crawled, ['scrolled', 'browsed']);
    // Cookies from before the scrolling are covered by another rule.
    const before = new Set(seenIn(crawled, ['fresh']).flatMap(({ cookies }) => cookies.map(({ name }) => name)));
    const came = findings.filter(({ subject }) => !before.has(subject));
    const gone = (['scrolled', 'browsed'] as const).filter((state) => crawled.hasNotice && !crawled.noticeAfter[state]);
    return { tried, findings: [...came, ...gone.map((state) => ({ state, subject: 'notice', seen: 'gone' }))] };
  },
};

export const afterClose: Rule = {
  id: 'after_close',
  title: 'Closing the banner is not consent',
  source: 'bouhoula2024',
  check(crawled) {
    if (!crawled.hasNotice) return { not_tried: 'no_notice' };
    const { tried, findings } = noneOptional(crawled, ['closed']);
    const before = new Set(seenIn(crawled, ['fresh']).flatMap(({ cookies }) => cookies.map(({ name }) => name)));
    return { tried, findings: findings.filter(({ subject }) => !before.has(subject)) };
  },
};

export const signal: Rule = {
  id: 'signal',
  title: 'Global Privacy Control counts as a rejection',
  source: 'own',
  check: (crawled) => noneOptional(crawled, ['signal']),
};
