//! The response of the partner API. `docs/services.md` describes it, and `docs/consent.schema.json`
//! is its schema.
//!
//! Nothing in it distinguishes two visitors who rejected everything. It has the day of a decision
//! and not the second, and the record's id only if a purpose is granted.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::PartnerService;
use crate::{
    app::{AppState, cookie_jar::Jar, form_context::FormContext},
    content::i18n::Messages,
    domain::{
        consent::{
            decision::{CollectedVia, DecisionStatus, EffectiveConsent},
            signal::Signal,
        },
        cookies::{
            consent_mode,
            inventory::{Inventory, PurposeText},
            purpose::{Optional, PerPurpose},
            service_entry::{NamePattern, Retention, StorageKind},
        },
        i18n::locale::Locale,
        ledger::record::RecordRef,
        partners,
        policy::version::Version,
        web::page::Page,
    },
    pages::BannerWords,
    system::consent_jwt::ConsentStatement,
};

/// The name of this format.
const SCHEMA: &str = "harmony-consent/1";

/// The body of the response.
#[derive(Debug, Serialize)]
pub(crate) struct PartnerAnswer {
    schema: &'static str,
    /// The current edition.
    edition: Version,
    /// The valid decision, if there is one.
    decision: Option<PartnerDecision>,
    /// The decision in the terms of Google's Consent Mode v2.
    consent_mode: BTreeMap<&'static str, &'static str>,
    /// The signal that the browser sent.
    signal: Option<Signal>,
    /// Whether the browser would store an answer that the visitor gives on this page.
    can_be_kept: bool,
    /// The consent prompt, if the page should show one.
    asks: Option<Asks>,
    words: UiText,
    links: Links,
    /// What the service keeps in browsers; null if the list of services gives it no id.
    declared: Option<Vec<Declared>>,
    /// Whether the page is to report what it finds and `declared` does not say.
    findings: bool,
    /// The language of all texts in the response.
    locale: Locale,
    direction: &'static str,
    /// The signed statement of the decision, for the partner's server.
    token: Option<String>,
    /// The record of the answers in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<Recorded>,
}

/// A valid decision.
#[derive(Debug, Serialize)]
struct PartnerDecision {
    version: Version,
    decided_on: String,
    collected_via: CollectedVia,
    choices: PerPurpose<bool>,
    /// The day on which each answer expires; null without an answer.
    expires_on: PerPurpose<Option<String>>,
    /// The record's id, if a purpose is granted and the decision is this browser's own.
    record: Option<Uuid>,
}

/// The consent prompt.
#[derive(Debug, Serialize)]
struct Asks {
    title: String,
    text: String,
    accept: String,
    reject: String,
    /// The question of each purpose.
    purposes: Vec<PartnerQuestion>,
}

/// The question of one purpose.
#[derive(Debug, Serialize)]
struct PartnerQuestion {
    /// The name for the answer: the purpose and the fingerprint of the prompt.
    purpose: String,
    name: Optional,
    question: String,
    description: String,
}

/// The other texts of the page.
#[derive(Debug, Serialize)]
struct UiText {
    /// The link to the questions of the purposes.
    choose: String,
    /// The link to the preferences.
    preferences: String,
    /// The link to the policy.
    policy: String,
    /// The button that withdraws every grant.
    withdraw: String,
    /// The text after an answer that the browser did not store.
    not_kept: String,
    /// The text after a 409: the question has changed, or was answered elsewhere.
    changed: String,
    /// The text after an answer that may not have been saved.
    failed: String,
}

/// The URLs of the links.
#[derive(Debug, Serialize)]
struct Links {
    preferences: String,
    policy: String,
}

/// A cookie or storage that the service declares.
#[derive(Debug, Serialize)]
struct Declared {
    kind: StorageKind,
    /// The name, or a pattern in which one `*` stands for one or more characters.
    name: NamePattern,
    /// The optional purpose; null if the service cannot work without it.
    purpose: Option<Optional>,
    /// The longest period in seconds; null for a session, and for storage without an end.
    max_age: Option<u64>,
}

/// The record of the answers in the request.
#[derive(Debug, Serialize)]
struct Recorded {
    /// The record's id; null if no purpose is granted.
    record: Option<Uuid>,
    decided_at: Option<String>,
}

impl UiText {
    fn new(strings: &Messages) -> Self {
        Self {
            choose: strings.banner.choose(),
            preferences: strings.frame.preferences(),
            policy: strings.frame.policy(),
            withdraw: strings.frame.withdraw(),
            not_kept: strings.services.not_kept(),
            changed: strings.services.changed(),
            failed: strings.services.failed(),
        }
    }
}

impl PartnerAnswer {
    /// The response from the state of the jar. `recorded` is the record of the request's answers.
    pub fn new(form: &FormContext, partner: &PartnerService, recorded: Option<RecordRef>) -> Self {
        let FormContext { site, jar, request } = form;
        let in_force = jar.in_force();
        let granted = in_force.as_ref().map(EffectiveConsent::granted).unwrap_or_default();
        let storage_types = jar.inventory().storage_types(&granted);
        let edition = site.current_version();
        let strings = site.strings(request.locale);
        let link = |page| format!("{}{}", site.origin, request.path_of(page));
        let service = partners::of_origin(&edition.content.services, &partner.origin);
        Self {
            schema: SCHEMA,
            edition: edition.version,
            decision: in_force.as_ref().map(|in_force| PartnerDecision::new(in_force, jar)),
            consent_mode: consent_mode::grants(storage_types)
                .into_iter()
                .map(|(name, granted)| (name, consent_mode::word(granted)))
                .collect(),
            signal: jar.signal(),
            can_be_kept: partner.can_be_kept,
            asks: Asks::new(jar, request.locale, &strings, &edition.localized_inventory(request.locale)),
            words: UiText::new(&strings),
            links: Links { preferences: link(Page::Preferences), policy: link(Page::Policy) },
            declared: service.and_then(|service| Some(declared(jar.inventory(), service.id.as_deref()?))),
            findings: service.is_some_and(|service| service.has_findings),
            locale: request.locale,
            direction: request.locale.direction(),
            token: in_force.as_ref().map(|in_force| token(site, partner, in_force, jar.inventory())),
            recorded: recorded.map(|_| Recorded {
                record: jar.record_ref().map(|filed| filed.record),
                decided_at: site.now().rfc3339(),
            }),
        }
    }
}

impl PartnerDecision {
    fn new(in_force: &EffectiveConsent, jar: &Jar) -> Self {
        let (decision, expires_at) = (in_force.decision(), in_force.expires_at());
        let is_own = jar.status().map(|standing| standing.decision) == jar.browser_decision();
        let expires_on = |purpose| (purpose, expires_at.get(&purpose).map(|at| at.day().to_string()));
        Self {
            version: decision.version,
            decided_on: decision.decided_at.day().to_string(),
            collected_via: decision.collected_via,
            choices: choices(in_force, jar.inventory()),
            expires_on: jar.inventory().optional_purposes().map(expires_on).collect(),
            record: jar.record_ref().filter(|_| is_own && !in_force.granted().is_empty()).map(|filed| filed.record),
        }
    }
}

impl Asks {
    /// The prompt that the banner would show. A signal of the browser answers it already.
    fn new(jar: &Jar, locale: Locale, strings: &Messages, inventory: &Inventory) -> Option<Self> {
        let prompts = DecisionStatus::prompts(jar.status().as_ref(), jar.validity());
        let is_asked = |text: &&PurposeText| text.purpose.optional().is_some_and(|purpose| prompts.contains(&purpose));
        let asked: Vec<_> = inventory.purposes().iter().filter(is_asked).collect();
        if asked.is_empty() || jar.signal().is_some() {
            return None;
        }
        let words = BannerWords::about(strings, &asked);
        let prompt = jar.prompt(locale);
        let purposes = asked.into_iter().filter_map(|text| {
            let purpose = text.purpose.optional()?;
            let (question, description) = (text.question.clone(), text.description.clone());
            Some(PartnerQuestion { purpose: prompt.question_name(purpose), name: purpose, question, description })
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

/// What a service declares.
fn declared(inventory: &Inventory, service: &str) -> Vec<Declared> {
    let entries = inventory.services().all().iter().filter(|entry| entry.service == service);
    let declared = entries.map(|entry| Declared {
        kind: entry.storage.kind(),
        name: entry.name.clone(),
        purpose: entry.purpose.optional(),
        max_age: match entry.storage.retention() {
            Retention::Seconds(seconds) => Some(seconds),
            Retention::Session | Retention::UntilDeleted => None,
        },
    });
    declared.collect()
}

/// The signed statement of a decision for one partner service.
fn token(site: &AppState, partner: &PartnerService, in_force: &EffectiveConsent, inventory: &Inventory) -> String {
    site.tokens.sign(&ConsentStatement {
        issuer: &site.origin,
        audience: &partner.origin,
        at: site.now(),
        edition: in_force.decision().version,
        choices: choices(in_force, inventory),
    })
}

/// Whether each declared purpose is granted.
fn choices(in_force: &EffectiveConsent, inventory: &Inventory) -> PerPurpose<bool> {
    let granted = in_force.granted();
    inventory.optional_purposes().map(|purpose| (purpose, granted.contains(&purpose))).collect()
}
