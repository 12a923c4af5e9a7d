import { STATES } from '../report';
import { isTracker } from '../trackers';
import { declarationOf, isOptional, once, reach, type Rule, seenIn, WITHOUT_A_YES } from './rule';

export const storage: Rule = {
  id: 'storage',
  title: 'Nothing optional is stored outside cookies',
  source: 'own',
  check(crawled) {
    const seen = seenIn(crawled, STATES);
    const findings = seen.flatMap(({ state, stored }) =>
      stored
        .filter(({ name }) =>
          crawled.target.declared === undefined
            ? // Consent tools store the answer itself like this, so only known tracker names count.
              WITHOUT_A_YES.includes(state) && isTracker(name)
            : declarationOf(crawled, name) === undefined || (WITHOUT_A_YES.includes(state) && isOptional(crawled, { name })),
        )
        .map(({ kind, name }) => ({ state, subject: name, seen: kind })),
    );
    return { tried: reach(seen), findings: once(findings) };
  },
};

export const thirdParties: Rule = {
  id: 'third_parties',
  title: 'No third party is contacted without consent',
  source: 'own',
  check(crawled) {
    const seen = seenIn(crawled, WITHOUT_A_YES);
    const findings = seen.flatMap(({ state, foreign }) => foreign.map((subject) => ({ state, subject })));
    return { tried: { ...reach(seen), requests: seen.reduce((sum, { requests }) => sum + requests, 0) }, findings: once(findings) };
  },
};
