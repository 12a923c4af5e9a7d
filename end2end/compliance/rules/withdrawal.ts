import type { Choice } from '../banner-detector';
import type { Finding, State } from '../report';
import { isOptional, noneOptional, type Rule, seenIn } from './rule';

export const noWithdrawal: Rule = {
  id: 'no_withdrawal',
  title: 'Every page leads to a way to turn off optional cookies',
  source: 'kancherla2025',
  check({ interactions, withdrawal, hasNotice }) {
    if (!hasNotice) return { not_tried: 'no_notice' };
    if (interactions.accept === undefined) return { not_tried: 'no_accept' };
    return {
      tried: { browsers: 1, pages: withdrawal.pages },
      findings: withdrawal.missing.map((subject) => ({ state: 'accepted' as const, subject })),
    };
  },
};

export const withdrawalHarder: Rule = {
  id: 'withdrawal_harder',
  title: 'Turning off takes no more steps than allowing',
  source: 'kancherla2025',
  check({ interactions: { accept, withdraw }, hasNotice }) {
    if (!hasNotice) return { not_tried: 'no_notice' };
    if (accept === undefined) return { not_tried: 'no_accept' };
    if (withdraw === undefined) return { not_tried: 'no_withdrawal' };
    const isHarder = withdraw.length > accept.length;
    const finding = { state: 'withdrawn' as const, subject: withdraw.join(' → '), seen: String(withdraw.length), expected: String(accept.length) };
    return { tried: { browsers: 1, controls: accept.length + withdraw.length }, findings: isHarder ? [finding] : [] };
  },
};

export const notDeleted: Rule = {
  id: 'not_deleted',
  title: 'Turning off deletes the cookies',
  source: 'kancherla2025',
  check(crawled) {
    if (!crawled.hasNotice) return { not_tried: 'no_notice' };
    if (crawled.interactions.accept === undefined) return { not_tried: 'no_accept' };
    if (crawled.interactions.withdraw === undefined) return { not_tried: 'no_withdrawal' };
    const given = seenIn(crawled, ['accepted']).flatMap(({ cookies }) => cookies.filter((cookie) => isOptional(crawled, cookie)));
    if (given.length === 0) return { not_tried: 'nothing_optional' };
    const { tried, findings } = noneOptional(crawled, ['withdrawn']);
    return { tried: { ...tried, cookies: given.length }, findings };
  },
};

export const inconsistent: Rule = {
  id: 'inconsistent',
  title: 'The settings show what was chosen',
  source: 'kancherla2025',
  check({ settings, interactions }) {
    const says = (state: State, isSo: (choice: Choice) => boolean, expected: string): Finding[] =>
      (settings[state] ?? []).filter((choice) => !isSo(choice)).map(({ name }) => ({ state, subject: name, expected }));
    const read = Object.values(settings).flat();
    if (read.length === 0) return { not_tried: interactions.accept === undefined ? 'no_accept' : 'no_settings' };
    return {
      tried: { controls: read.length },
      findings: [
        ...says('accepted', ({ isOn }) => isOn === true, 'on'),
        ...says('refused', ({ isOn }) => isOn !== true, 'off'),
        ...says('withdrawn', ({ isOn }) => isOn !== true, 'off'),
      ],
    };
  },
};
