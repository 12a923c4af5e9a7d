import { type Browser, expect, type Page, test } from '@playwright/test';
import { SHORT_CRAWL, type Extent } from '../compliance/crawl';
import { examine } from '../compliance/examine';
import { brokenRules, formatReport } from '../compliance/report';
import { type Declared, fetchTarget } from '../compliance/target';
import { type Company, CompanySite } from '../fixtures/company';
import { firefoxOptions } from '../fixtures/firefox-options';
import { Preferences } from '../pages/preferences';

const purpose = (name: string, question: string, description: string) =>
  `\n[[purpose]]\nname = "${name}"\nquestion = "${question}"\ndescription = "${description}"\nsince = "1.0"\n`;

// Each crawl takes most of a minute, so they run side by side.
test.describe.configure({ mode: 'parallel' });

/** Three invented companies; each publishes its policy from an empty folder. */
const COMPANIES: readonly Company[] = [
  { name: 'Bäckerei Lindner & Söhne', languages: ['de'], without: ['preferences'], services: { 'Lindner Bestellungen': { id: 'orders' } } },
  {
    name: 'Northwind Media',
    languages: ['en', 'nl'],
    cookies: [
      purpose('social-media', 'Show posts from social networks', 'Loads posts from the networks that they are on.').replace('since', 'label = "social media"\nsince'),
      purpose('advertising', 'Show ads that fit you', 'Remembers which ads you saw.').replace('since', 'consent_mode = ["ad_storage", "ad_user_data"]\nsince'),
      purpose('video', 'Play videos', 'Loads videos from their host.'),
    ].join(''),
    words: {
      nl: [
        purpose('social-media', 'Berichten van sociale netwerken tonen', 'Laadt berichten van de netwerken waarop ze staan.').replace('since', 'label = "sociale media"\nsince'),
        purpose('advertising', 'Advertenties tonen die bij u passen', 'Onthoudt welke advertenties u zag.').replace('since', 'label = "advertenties"\nsince'),
        purpose('video', 'Video’s afspelen', 'Laadt video’s van hun host.').replace('since', 'label = "video"\nsince'),
        '\n[[cookie]]\nservice = "magazine"\nname = "_mag_*"\ndescription = "Onthoudt welke advertenties u zag."\nsince = "1.0"\n',
        '\n[[cookie]]\nservice = "shop"\nkind = "local storage"\nname = "basket"\ndescription = "Wat u in uw winkelmandje legde."\nsince = "1.0"\n',
      ].join(''),
    },
    services: {
      Magazine: {
        id: 'magazine',
        entries: '\n[[cookie]]\nservice = "magazine"\nname = "_mag_*"\npurpose = "advertising"\nlifetime = "30 days"\nparty = "first"\ndescription = "Remembers which ads you saw."\nsince = "1.0"\n',
      },
      Shop: {
        id: 'shop',
        entries:
          '\n[[cookie]]\nservice = "shop"\nkind = "local storage"\nname = "basket"\npurpose = "security"\nlifetime = "until deleted"\nparty = "first"\ndescription = "What you put into the basket."\nsince = "1.0"\n',
      },
    },
  },
  { name: 'دار النخيل للنشر', languages: ['ar', 'fr'], services: { 'متجر النخيل': { id: 'bookshop' } } },
];

for (const company of COMPANIES) {
  test.describe(company.name, () => {
    let site: CompanySite;
    test.beforeAll(async () => {
      site = await CompanySite.start(company);
    });
    test.afterAll(() => site.stop());

    test('the check of the new folder finds nothing', () => {
      expect(site.checked).toContain('no mistakes');
    });

    for (const engine of ['Chromium', 'Firefox'] as const) {
      test(`the site and its services keep every rule in ${engine}`, async ({ browser, playwright }) => {
        test.setTimeout(300_000);
        const firefox = engine === 'Firefox' ? await playwright.firefox.launch(firefoxOptions(true)) : undefined;
        try {
          const target = await fetchTarget(site.address, true);
          const extent = { ...SHORT_CRAWL, ...(company.without === undefined ? { afterAcceptance: saveAppearance } : {}) };
          await keepsEveryRule(firefox ?? browser, site.address, target.declared, extent);
          // Cookies are of a host and not of a port, so a service on this host sees those of the site.
          for (const partner of site.partners) await keepsEveryRule(firefox ?? browser, partner.address, target.declared, SHORT_CRAWL);
        } finally {
          await firefox?.close();
        }
      });
    }
  });
}

/** Saves an appearance, in any language. */
async function saveAppearance(page: Page): Promise<void> {
  await page.goto(new URL('/preferences', page.url()).href);
  await new Preferences(page).saveAppearance({ theme: 'dark' }, /./);
}

async function keepsEveryRule(browser: Browser, address: string, declared: readonly Declared[] | undefined, extent: Extent): Promise<void> {
  const target = { ...(await fetchTarget(address, true)), declared };
  const report = await examine(browser, target, extent);
  expect(brokenRules(report), `${address}\n${formatReport(report)}`).toEqual([]);
  expect(report.rules.filter((rule) => 'not_tried' in rule), address).toEqual([]);
}
