//! What the W3C DPV guide to ISO/IEC TS 27560 (Final Community Group Report of 15 February 2026,
//! <https://w3id.org/dpv/guides/consent-27560>) requires of a consent record and a consent receipt,
//! and a checker of it. Written from the guide alone: it shares no code with the program.

use serde_json::Value;

/// A field that the guide marks as required.
pub(super) struct Required {
    /// The section and the name in the guide.
    pub name: &'static str,
    /// The node that has it.
    pub of: Node,
    /// How many values it may have: one, or one and more.
    pub is_single: bool,
    /// The terms of JSON-LD that hold it, any of them.
    pub terms: &'static [&'static str],
    /// Whether a value is one for this field.
    pub fits: fn(&Value) -> bool,
    /// The path in the signed JSON; `*` is each element of a list.
    pub json: &'static str,
}

/// The nodes that have a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Receipt,
    Record,
    /// One notice of the record suffices.
    Notice,
    /// Each process. A field of the record is one of all its processes.
    Process,
    Controller,
    /// The event of each process about which somebody indicated something.
    Event,
}

use Node::{Controller, Event, Notice, Process, Receipt, Record};

type Row = (&'static str, Node, &'static str, &'static [&'static str], fn(&Value) -> bool, &'static str);

/// The fields of a receipt (section 9), and those of each record (section 8).
const TABLE: [Row; 28] = [
    ("9.1.1 schema version", Receipt, "1", &["dct:conformsTo"], is_profile, "schema"),
    ("9.1.2 receipt identifier", Receipt, "1..*", ID, is_text, "issue/id"),
    ("9.1.3 associated record", Receipt, "1..*", &["dpv:hasRecordOfActivity"], is_record, "record"),
    ("9.1.4 creation timestamp", Receipt, "1", &["dct:created"], is_time, "issue/created_at"),
    ("8.1.1 schema version", Record, "1", &["dct:conformsTo"], is_profile, "record/header/schema"),
    ("8.1.2 record identifier", Record, "1..*", ID, is_text, "record/header/id"),
    ("8.1.3 data subject", Record, "1", &["dpv:hasDataSubject"], is_node, "record/header/subject"),
    ("8.2.1 notice", Record, "1..*", &["dpv:hasNotice"], is_notice, "issue/statement/notice"),
    ("8.2.2 notice language", Notice, "1..*", &["dct:language"], is_text, "record/processing/locale"),
    ("8.3.1 process", Record, "1..*", &["dpv:hasProcess"], is_node, "record/processing/purposes"),
    ("8.3.2 purpose", Process, "1..*", &["dpv:hasPurpose"], is_node, "record/processing/purposes/*/purpose"),
    (
        "8.3.3 personal data",
        Process,
        "1..*",
        &["dpv:hasPersonalData"],
        is_data,
        "issue/statement/purposes/*/personal_data",
    ),
    (
        "8.3.4.2 storage condition",
        Process,
        "1..*",
        &["dpv:hasStorageCondition"],
        is_stored,
        "issue/statement/purposes/*/stored",
    ),
    ("8.3.5 data controller", Process, "1..*", &["dpv:hasDataController"], is_node, "record/parties/controller"),
    ("8.3.7 recipients", Process, "1..*", &["dpv:hasRecipient"], is_node, "record/parties/controller"),
    ("8.3.8 withdrawal", Process, "1..*", &["dpv:hasConsentControl"], is_exercised, "issue/statement/withdrawal"),
    ("8.3.9 jurisdiction", Process, "1..*", &["dpv:hasJurisdiction"], is_place, "issue/statement/jurisdiction"),
    ("8.3.10 rights", Process, "1..*", &["dpv:hasRight"], is_exercised, "issue/statement/rights"),
    ("8.4.1 name", Controller, "1..*", &["dpv:hasName"], is_text, "record/parties/controller"),
    ("8.4.2 identifier", Controller, "1..*", &["dpv:hasIdentifier"], is_text, "issue/statement/site"),
    ("8.4.3 role", Controller, "1..*", &["@type"], is_controller, "record/parties/controller"),
    ("8.4.4 contact", Controller, "1..*", &["schema:contactPoint"], is_node, "issue/statement/controller/contact"),
    ("8.4.4.1 postal address", Controller, "1..*", &["schema:address"], is_node, "issue/statement/controller/address"),
    ("8.5.1 consent type", Process, "1..*", &["dpv:hasLegalBasis"], is_consent, "record/event/collected_via"),
    (
        "8.5.2 consent state",
        Process,
        "1..*",
        &["dpv:hasConsentStatus"],
        is_state,
        "record/processing/purposes/*/granted",
    ),
    ("8.5.3 event time", Event, "1..*", &["dpv:isIndicatedAtTime"], is_time, "record/event/decided_at"),
    ("8.5.4 event duration", Event, "1..*", &["dpv:hasDuration"], is_node, "record/event/expires_at"),
    ("8.5.5 expression by entity", Event, "1..*", &["dpv:isIndicatedBy"], is_text, "record/header/subject"),
];

const ID: &[&str] = &["dpv:hasIdentifier", "dct:identifier"];

/// Every required field.
pub(super) fn required() -> impl Iterator<Item = Required> {
    TABLE.into_iter().map(|(name, of, cardinality, terms, fits, json)| Required {
        name,
        of,
        is_single: cardinality == "1",
        terms,
        fits,
        json,
    })
}

/// What a consent receipt as JSON-LD lacks.
pub(super) fn missing_of_receipt(receipt: &Value) -> Vec<&'static str> {
    missing(receipt, |_| true)
}

/// What a consent record as JSON-LD lacks.
pub(super) fn missing_of_record(record: &Value) -> Vec<&'static str> {
    let receipt = serde_json::json!({ "dpv:hasRecordOfActivity": record });
    missing(&receipt, |of| of != Receipt)
}

fn missing(receipt: &Value, counts: impl Fn(Node) -> bool) -> Vec<&'static str> {
    let is_missing = |field: &Required| {
        let nodes = nodes(receipt, field.of);
        let has = |node: &Vec<&Value>| {
            let values: Vec<_> =
                field.terms.iter().flat_map(|term| node.iter().flat_map(|at| values(at, term))).collect();
            let is_right = !values.is_empty() && values.iter().any(|value| (field.fits)(value));
            is_right && (!field.is_single || values.len() == 1)
        };
        let is_there = if field.of == Notice { nodes.iter().any(has) } else { nodes.iter().all(has) };
        nodes.is_empty() || !is_there
    };
    required().filter(|field| counts(field.of)).filter(is_missing).map(|field| field.name).collect()
}

/// What a receipt as signed JSON lacks.
pub(super) fn missing_of_json(receipt: &Value) -> Vec<&'static str> {
    let is_missing = |field: &Required| {
        let path: Vec<_> = field.json.split('/').collect();
        groups(receipt, &path).iter().any(|count| *count == 0 || (field.is_single && *count != 1))
    };
    required().filter(is_missing).map(|field| field.name).collect()
}

/// How many values each end of a path has.
fn groups(value: &Value, path: &[&str]) -> Vec<usize> {
    match (path.split_first(), value) {
        (None, Value::Array(all)) => vec![all.len()],
        (None, value) => vec![usize::from(!value.is_null() && value != "")],
        (Some((&"*", rest)), Value::Array(all)) if !all.is_empty() => {
            all.iter().flat_map(|value| groups(value, rest)).collect()
        }
        (Some((name, rest)), value) => value.get(name).map_or(vec![0], |value| groups(value, rest)),
    }
}

/// The nodes of a kind, each with the nodes whose fields count as its own.
fn nodes(receipt: &Value, of: Node) -> Vec<Vec<&Value>> {
    let records = values(receipt, "dpv:hasRecordOfActivity");
    let of_records = |term: &'static str| records.iter().flat_map(move |record| values(record, term));
    match of {
        Receipt => vec![vec![receipt]],
        Record => records.iter().map(|record| vec![*record]).collect(),
        Notice => of_records("dpv:hasNotice").map(|notice| vec![notice]).collect(),
        Controller => of_records("dpv:hasDataController").map(|controller| vec![controller]).collect(),
        Process => {
            let pairs = |record| values(record, "dpv:hasProcess").into_iter().map(move |process| vec![process, record]);
            records.iter().copied().flat_map(pairs).collect()
        }
        Event => {
            let events = of_records("dpv:hasProcess").flat_map(|process| values(process, "dpv:hasConsentStatus"));
            events.filter(|event| !has_type(event, &["dpv:ConsentUnknown"])).map(|event| vec![event]).collect()
        }
    }
}

/// The values of a term.
fn values<'v>(node: &'v Value, term: &str) -> Vec<&'v Value> {
    match node.get(term) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(all)) => all.iter().collect(),
        Some(value) => vec![value],
    }
}

fn has_type(node: &Value, types: &[&str]) -> bool {
    values(node, "@type").iter().any(|own| types.iter().any(|expected| own == expected))
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn is_time(value: &Value) -> bool {
    // ISO 8601, in UTC.
    value.as_str().is_some_and(|text| text.len() == 20 && text.contains('T') && text.ends_with('Z'))
}

/// A node with an id or with fields.
fn is_node(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.contains_key("@id") || fields.len() > 1)
}

fn is_profile(value: &Value) -> bool {
    value.as_str().is_some_and(|iri| iri.starts_with("https://w3id.org/dpv/schema/dpv-27560#"))
}

fn is_record(value: &Value) -> bool {
    has_type(value, &["dpv:ConsentRecord"])
}

fn is_controller(value: &Value) -> bool {
    value == "dpv:DataController"
}

fn is_notice(value: &Value) -> bool {
    has_type(value, &["dpv:Notice", "dpv:PrivacyNotice", "dpv:ConsentNotice"])
}

/// With a category of the taxonomy.
fn is_data(value: &Value) -> bool {
    has_type(value, &["dpv:PersonalData"])
        && values(value, "skos:broader").iter().any(|kind| kind.as_str().is_some_and(|kind| kind.starts_with("pd:")))
}

fn is_stored(value: &Value) -> bool {
    has_type(value, &["dpv:StorageCondition", "dpv:StorageDuration", "dpv:StorageLocation", "dpv:StorageDeletion"])
}

fn is_exercised(value: &Value) -> bool {
    values(value, "dpv:isExercisedAt").iter().any(|url| is_text(url))
}

fn is_place(value: &Value) -> bool {
    value.as_str().is_some_and(|iri| iri.starts_with("loc:"))
}

fn is_consent(value: &Value) -> bool {
    ["dpv:ImpliedConsent", "dpv:ExpressedConsent", "dpv:ExplicitlyExpressedConsent"].iter().any(|kind| value == kind)
}

fn is_state(value: &Value) -> bool {
    const STATES: [&str; 11] = [
        "dpv:ConsentGiven",
        "dpv:RenewedConsentGiven",
        "dpv:ConsentUnknown",
        "dpv:ConsentRequested",
        "dpv:ConsentRequestDeferred",
        "dpv:ConsentRefused",
        "dpv:ConsentWithdrawn",
        "dpv:ConsentExpired",
        "dpv:ConsentTerminated",
        "dpv:ConsentInvalidated",
        "dpv:ConsentStatusInvalidForProcessing",
    ];
    has_type(value, &STATES)
}
