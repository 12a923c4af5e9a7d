//! What a sibling's page is told of a visitor: `docs/services.md` describes it for readers, `docs/consent.schema.json` for
//! programs.
//!
//! It holds nothing by which one visitor who refused could be told from another: the day and not the second of a choice, and
//! the number of its record only where something is granted.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::PartnerService;
use crate::{
    app::{AppState, cookie_jar::Jar, form_context::FormContext},
    content::i18n::Messages,
    domain::{
        consent::{
            consent_mode,
            decision::{CollectedVia, DecisionStatus, EffectiveConsent},
            signal::Signal,
        },
        cookies::{
            inventory::Inventory,
            purpose::{Optional, PerPurpose, Purpose},
        },
        i18n::locale::Locale,
        ledger::record::RecordRef,
        policy::version::Version,
        web::page::Page,
    },
    pages::BannerWords,
    system::consent_jwt::ConsentStatement,
};

/// The name of this form.
const SCHEMA: &str = "harmony-consent/1";

/// All that is told.
#[derive(Debug, Serialize)]
pub(crate) struct PartnerAnswer {
    schema: &'static str,
    /// The edition in force.
    edition: Version,
    /// The decision in force, if there is one.
    decision: Option<PartnerDecision>,
    /// The same in the words of Google's Consent Mode v2.
    consent_mode: BTreeMap<&'static str, &'static str>,
    /// The signal that the browser sent.
    signal: Option<Signal>,
    /// Whether an answer that is given in this page can be kept by the browser.
    can_be_kept: bool,
    /// What is to be asked, if anything is.
    asks: Option<Asks>,
    words: UiText,
    links: Links,
    /// The language of all words here.
    locale: &'static str,
    direction: &'static str,
    /// The statement of the decision in force, for the sibling's server.
    token: Option<String>,
    /// What has just been recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<Recorded>,
}

/// A decision in force.
#[derive(Debug, Serialize)]
struct PartnerDecision {
    version: Version,
    decided_on: String,
    collected_via: CollectedVia,
    choices: PerPurpose<bool>,
    /// The day on which each answer stops to hold; null where nobody answered.
    expires_on: PerPurpose<Option<String>>,
    /// The number of its record, where something is granted and this browser alone decided.
    record: Option<Uuid>,
}

/// What is to be asked.
#[derive(Debug, Serialize)]
struct Asks {
    title: String,
    text: String,
    accept: String,
    reject: String,
    /// Each question by itself.
    purposes: Vec<PartnerQuestion>,
}

/// One question.
#[derive(Debug, Serialize)]
struct PartnerQuestion {
    /// The name under which it is answered: the purpose, and what was shown.
    purpose: String,
    name: &'static str,
    question: String,
    description: String,
}

/// What else the page says.
#[derive(Debug, Serialize)]
struct UiText {
    /// The link to each purpose's own question.
    choose: String,
    /// The link to the preferences.
    preferences: String,
    /// The link to the policy.
    policy: String,
    /// After an answer that the browser did not keep.
    not_kept: String,
    /// After a yes that was not taken (409): the question has changed, or was answered elsewhere.
    changed: String,
    /// After an answer of which it is not known whether it was saved.
    failed: String,
}

/// Where the links lead.
#[derive(Debug, Serialize)]
struct Links {
    preferences: String,
    policy: String,
}

/// What has just been recorded.
#[derive(Debug, Serialize)]
struct Recorded {
    /// Its number; null where nothing is granted.
    record: Option<Uuid>,
    decided_at: Option<String>,
}

impl UiText {
    fn of(strings: &Messages) -> Self {
        Self {
            choose: strings.banner.choose(),
            preferences: strings.frame.preferences(),
            policy: strings.frame.policy(),
            not_kept: strings.services.not_kept(),
            changed: strings.services.changed(),
            failed: strings.services.failed(),
        }
    }
}

impl PartnerAnswer {
    /// What the page is told as things stand in the jar, after this was recorded, if anything was.
    pub fn of(form: &FormContext, sibling: &PartnerService, recorded: Option<RecordRef>) -> Self {
        let FormContext { site, jar, request } = form;
        let in_force = jar.in_force();
        let granted = in_force.map(|in_force| in_force.granted()).unwrap_or_default();
        let edition = site.current_version();
        let strings = site.strings(request.locale);
        let link = |page| format!("{}{}", site.origin, request.path_of(page));
        Self {
            schema: SCHEMA,
            edition: edition.version,
            decision: in_force.map(|in_force| PartnerDecision::of(&in_force, jar)),
            consent_mode: BTreeMap::from(
                consent_mode::grants(granted).map(|(name, granted)| (name, consent_mode::word(granted))),
            ),
            signal: jar.signal(),
            can_be_kept: sibling.can_be_kept,
            asks: Asks::of(jar, request.locale, &strings, &edition.localized_inventory(request.locale)),
            words: UiText::of(&strings),
            links: Links { preferences: link(Page::Preferences), policy: link(Page::Policy) },
            locale: request.locale.tag(),
            direction: request.locale.direction(),
            token: in_force.map(|in_force| token(site, sibling, &in_force)),
            recorded: recorded
                .map(|_| Recorded { record: jar.record_ref().map(|filed| filed.record), decided_at: site.now().rfc3339() }),
        }
    }
}

impl PartnerDecision {
    fn of(in_force: &EffectiveConsent, jar: &Jar) -> Self {
        let (decision, choices) = (in_force.decision(), in_force.granted());
        let is_own = jar.status().map(|standing| standing.decision) == jar.browser_decision();
        let is_granted = Optional::ALL.into_iter().any(|purpose| choices.get(purpose));
        Self {
            version: decision.version,
            decided_on: decision.decided_at.day().to_string(),
            collected_via: decision.collected_via,
            choices,
            expires_on: in_force.expires_at().map(|at| at.map(|at| at.day().to_string())),
            record: jar.record_ref().filter(|_| is_own && is_granted).map(|filed| filed.record),
        }
    }
}

impl Asks {
    /// What the banner would ask on a page of this site. A signal of the browser answers for it.
    fn of(jar: &Jar, locale: Locale, strings: &Messages, inventory: &Inventory) -> Option<Self> {
        let asked = DecisionStatus::prompts(jar.status().as_ref());
        let asked: Vec<_> = Optional::ALL.into_iter().filter(|purpose| asked.get(*purpose)).collect();
        if asked.is_empty() || jar.signal().is_some() {
            return None;
        }
        let words = BannerWords::about(strings, &asked, inventory);
        let prompt = jar.prompt(locale);
        let purposes = asked.iter().map(|purpose| {
            let about = inventory.purpose_text(Purpose::Optional(*purpose));
            let (question, description) = (about.question.clone(), about.description.clone());
            PartnerQuestion { purpose: prompt.question_name(*purpose), name: purpose.into_str(), question, description }
        });
        Some(Self {
            title: words.title,
            text: words.text,
            accept: words.accept,
            reject: words.reject,
            purposes: purposes.collect(),
        })
    }
}

/// The statement of a decision for the service that asks.
fn token(site: &AppState, sibling: &PartnerService, in_force: &EffectiveConsent) -> String {
    site.tokens.sign(&ConsentStatement {
        issuer: &site.origin,
        audience: &sibling.origin,
        at: site.now(),
        edition: in_force.decision().version,
        granted: in_force.granted(),
    })
}
