import type { RuleId } from '../report';
import type { Setup } from './server';

export { ToolSite } from './server';

/** A site with known violations. */
interface ToolSiteCase {
  name: string;
  /** In the order of the report. */
  wrong: readonly RuleId[];
  setup: Setup;
}

const YEARS = 2 * 365 * 86_400;
const MEASURE = `const measure = () => { document.cookie = '_ga=GA1.1.1; path=/; max-age=${YEARS}'; };`;
const ANALYTICS = { name: '_ga', purpose: 'analytics', essential: false, max_age: YEARS };

const ORESTBIDA = { script: 'vanilla-cookieconsent/dist/cookieconsent.umd.js', style: 'vanilla-cookieconsent/dist/cookieconsent.css' };
const PREFERENCES = `{
  title: 'Cookie preferences', acceptAllBtn: 'Accept all', acceptNecessaryBtn: 'Reject all', savePreferencesBtn: 'Save preferences',
  closeIconLabel: 'Close',
  sections: [{ title: 'Necessary', linkedCategory: 'necessary' }, { title: 'Analytics', linkedCategory: 'analytics' }],
}`;

const OSANO = { script: 'cookieconsent/build/cookieconsent.min.js', style: 'cookieconsent/build/cookieconsent.min.css' };

export const TOOL_SITES: readonly ToolSiteCase[] = [
  {
    name: 'a vanilla-cookieconsent that decorates cookies set in any case, without a button to refuse',
    wrong: [
      'undeclared',
      'lifetime',
      'one_purpose',
      'before_choice',
      'ignored_refusal',
      'no_reject',
      'no_withdrawal',
      'withdrawal_harder',
      'not_deleted',
      'storage',
      'third_parties',
      'beacon',
      'identifying_beacon',
      'signal',
    ],
    setup: {
      ...ORESTBIDA,
      foot: '<button type="button" data-cc="show-preferencesModal">Cookie settings</button>',
      bare: ['/two'],
      declares: [
        { name: 'cc_cookie', purpose: 'consent', essential: true, max_age: 182 * 86_400 },
        { ...ANALYTICS, max_age: 30 * 86_400 },
        { ...ANALYTICS, purpose: 'marketing', max_age: 30 * 86_400 },
      ],
      code: `${MEASURE}
measure();
document.cookie = '_fbp=fb.1.1; path=/; max-age=${YEARS}';
localStorage.setItem('_hjid', '1');
new Image().src = '{elsewhere}/pixel.svg';
addEventListener('pagehide', () => navigator.sendBeacon('/one', new URLSearchParams({ visitor: document.cookie })));
CookieConsent.run({
  guiOptions: { consentModal: { equalWeightButtons: false } },
  categories: { necessary: { enabled: true, readOnly: true }, analytics: {} },
  language: { default: 'en', translations: { en: {
    consentModal: { title: 'We use cookies', description: 'They make your visit better.', acceptAllBtn: 'Accept all', showPreferencesBtn: 'Manage preferences' },
    preferencesModal: ${PREFERENCES},
  } } },
});`,
    },
  },
  {
    name: 'a vanilla-cookieconsent that is set up as it should be',
    wrong: [],
    setup: {
      ...ORESTBIDA,
      foot: '<button type="button" onclick="CookieConsent.acceptCategory([])">Withdraw consent</button> <button type="button" data-cc="show-preferencesModal">Cookie settings</button>',
      declares: [{ name: 'cc_cookie', purpose: 'consent', essential: true, max_age: 182 * 86_400 }, ANALYTICS],
      code: `${MEASURE}
const follow = () => { if (CookieConsent.acceptedCategory('analytics')) measure(); };
CookieConsent.run({
  categories: { necessary: { enabled: true, readOnly: true }, analytics: { autoClear: { cookies: [{ name: /^_ga/ }] } } },
  onConsent: follow,
  onChange: follow,
  language: { default: 'en', translations: { en: {
    consentModal: { title: 'May we use cookies?', description: 'Only if you say so.', acceptAllBtn: 'Accept all', acceptNecessaryBtn: 'Reject all', showPreferencesBtn: 'Manage preferences' },
    preferencesModal: ${PREFERENCES},
  } } },
});`,
    },
  },
  {
    name: 'a vanilla-cookieconsent that covers the page with a cookie wall, has everything preselected and deletes nothing',
    wrong: ['unequal_buttons', 'forced_action', 'preselected', 'withdrawal_harder', 'not_deleted', 'inconsistent'],
    setup: {
      ...ORESTBIDA,
      look: '#cc-main .pm__btn[data-role="all"] { background: #15803d; border-color: #15803d; }',
      // It always shows the box checked, regardless of the choice.
      foot: `<button type="button" onclick="CookieConsent.showPreferences(); document.querySelector('.section__toggle[value=analytics]').checked = true">Cookie settings</button>`,
      code: `${MEASURE}
const follow = () => { if (CookieConsent.acceptedCategory('analytics')) measure(); };
CookieConsent.run({
  autoShow: false,
  categories: { necessary: { enabled: true, readOnly: true }, analytics: { enabled: true } },
  onConsent: follow,
  onChange: follow,
  language: { default: 'en', translations: { en: { consentModal: { title: 'We use cookies' }, preferencesModal: ${PREFERENCES} } } },
}).then(() => { if (!CookieConsent.validConsent()) CookieConsent.showPreferences(); });`,
    },
  },
  {
    name: 'an Osano notice that is set up as it should be',
    wrong: [],
    setup: {
      ...OSANO,
      look: '.cc-btn.cc-btn { background: #14532d !important; color: #fff !important; border-color: #14532d !important; font-weight: 700 !important; }',
      foot: '<button type="button" onclick="notice.setStatus(cookieconsent.status.deny)">Withdraw consent</button>',
      declares: [{ name: 'cookieconsent_status', purpose: 'consent', essential: true, max_age: 365 * 86_400 }, ANALYTICS],
      code: `${MEASURE}
const follow = (popup) => {
  if (popup.hasConsented()) measure();
  else document.cookie = '_ga=; path=/; max-age=0';
};
cookieconsent.initialise({
  type: 'opt-in', revokable: false, cookie: { domain: location.hostname }, content: { allow: 'Allow cookies', deny: 'Refuse cookies' },
  onInitialise() { follow(this); },
  onStatusChange() { follow(this); },
}, (popup) => { window.notice = popup; });`,
    },
  },
  {
    name: "an Osano notice that takes scrolling and its own closing for a yes",
    wrong: ['implicit_consent', 'no_reject', 'after_close', 'no_withdrawal'],
    setup: {
      ...OSANO,
      code: `${MEASURE}
cookieconsent.initialise({
  type: 'info', layout: 'basic-close', dismissOnScroll: 50, cookie: { domain: location.hostname },
  palette: { popup: { background: '#222' }, button: { background: '#fd0' } },
  onInitialise() { if (this.hasConsented()) measure(); },
  onStatusChange() { if (this.hasConsented()) measure(); },
});`,
    },
  },
  {
    name: 'a site that measures and never asks, and calls that essential',
    wrong: ['misclassified', 'before_choice', 'no_notice', 'signal'],
    setup: { declares: [{ ...ANALYTICS, essential: true }], code: `${MEASURE} measure();` },
  },
];
