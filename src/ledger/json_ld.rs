//! Receipts and records as JSON-LD 1.1, in the terms of the W3C Data Privacy Vocabulary (DPV 2), as
//! its guide to ISO/IEC TS 27560 arranges them (<https://w3id.org/dpv/guides/consent-27560>).
//!
//! This is a view of the signed JSON: it holds nothing else, and nobody signs it. The context is
//! part of each document, so a reader needs no other file.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::{
    Timestamp,
    ledger::{
        receipt::{Issue, Receipt},
        record::{DecisionKind, Record, RecordedAnswer},
        statement::{PurposeStatement, Right, Statement, StoredItem},
    },
};

/// The profiles of the guide. A document names one only if no required field is missing.
const RECORD_PROFILE: &str = "https://w3id.org/dpv/schema/dpv-27560#record";
const RECEIPT_PROFILE: &str = "https://w3id.org/dpv/schema/dpv-27560#receipt";

/// The view of a receipt. One of the earlier format has none, because it states nothing.
pub fn receipt(receipt: &Receipt) -> Option<Value> {
    let Issue { id, created_at, statement } = receipt.issue.as_ref()?;
    let record = &receipt.record;
    let publisher = statement.controller.as_ref().map(|_| controller_id(statement));
    Some(without_nulls(json!({
        "@context": context(),
        "@id": id.urn(),
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": statement.is_complete().then_some(RECEIPT_PROFILE),
        "dct:identifier": id,
        "dpv:hasIdentifier": id,
        "dct:created": time(*created_at),
        "dct:publisher": publisher,
        "dct:source": format!("{}/receipts/{}", statement.site, record.header.id),
        "dpv:hasRecordOfActivity": node(record, statement),
    })))
}

/// The view of a record.
pub fn record(record: &Record, statement: &Statement) -> Value {
    let mut document = Map::from_iter([("@context".to_owned(), context())]);
    if let Value::Object(fields) = without_nulls(node(record, statement)) {
        document.extend(fields);
    }
    Value::Object(document)
}

/// Names of vocabularies, and which terms hold an IRI or a time.
fn context() -> Value {
    let mut context = json!({
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "loc": "https://w3id.org/dpv/loc#",
        "pd": "https://w3id.org/dpv/pd#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "schema": "https://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    });
    let iris = [
        "dct:conformsTo",
        "dct:isPartOf",
        "dct:publisher",
        "dct:replaces",
        "dct:source",
        "dpv:hasJurisdiction",
        "dpv:hasLegalBasis",
        "dpv:hasLocation",
        "dpv:isExercisedAt",
        "dpv:isIndicatedBy",
        "schema:url",
        "skos:broader",
    ];
    if let Some(terms) = context.as_object_mut() {
        terms.extend(iris.map(|term| (term.to_owned(), json!({ "@type": "@id" }))));
        let times = ["dct:created", "dpv:isIndicatedAtTime"];
        terms.extend(times.map(|term| (term.to_owned(), json!({ "@type": "xsd:dateTime" }))));
    }
    context
}

fn node(record: &Record, statement: &Statement) -> Value {
    let (header, processing) = (&record.header, &record.processing);
    let subject = header.subject;
    let profile = statement.is_complete().then_some(RECORD_PROFILE);
    let edition = json!({
        "@id": statement.notice,
        "@type": "dpv:PrivacyNotice",
        "schema:version": processing.policy_version.to_string(),
        "dct:language": processing.locale,
    });
    let prompt = processing.shown.as_ref().map(|hash| {
        json!({
            "@type": "dpv:ConsentNotice",
            "dct:identifier": format!("sha-256:{hash}"),
            "dct:language": processing.locale,
            "dct:isPartOf": statement.notice,
        })
    });
    let right = |right: &Right| json!({ "@type": "dpv:DataSubjectRight", "dct:title": right.right, "dpv:isExercisedAt": right.exercised_at });
    json!({
        "@id": header.id.urn(),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": profile,
        "dct:identifier": header.id,
        "dpv:hasIdentifier": header.id,
        "dct:replaces": record.event.replaces.map(Uuid::urn),
        "dpv:hasDataSubject": { "@id": subject.urn(), "@type": "dpv:DataSubject", "dct:identifier": subject },
        "dpv:hasNotice": [edition, prompt],
        "dpv:hasDataController": controller(record, statement),
        "dpv:hasJurisdiction": list(&statement.jurisdiction, "loc"),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": statement.withdrawal,
        },
        "dpv:hasRight": statement.rights.iter().map(right).collect::<Value>(),
        "dpv:hasProcess": processing.purposes.iter().map(|answer| process(record, statement, answer)).collect::<Value>(),
    })
}

/// The id of the controller within the document.
fn controller_id(statement: &Statement) -> String {
    format!("{}/#controller", statement.site)
}

fn controller(record: &Record, statement: &Statement) -> Value {
    let name = &record.parties.controller;
    let Some(found) = &statement.controller else {
        return json!({ "@id": "_:controller", "@type": "dpv:DataController", "dpv:hasName": name });
    };
    let id = controller_id(statement);
    let contact = found.contact.as_deref().map(|contact| match contact.strip_prefix("mailto:") {
        Some(address) => json!({ "@type": "schema:ContactPoint", "schema:email": address }),
        None => json!({ "@type": "schema:ContactPoint", "schema:url": contact }),
    });
    let address = found.address.as_ref();
    json!({
        "@id": id,
        "@type": "dpv:DataController",
        "dpv:hasName": name,
        "dpv:hasIdentifier": id,
        "schema:contactPoint": contact,
        "schema:address": address.map(|text| json!({ "@type": "schema:PostalAddress", "schema:streetAddress": text })),
        "schema:url": found.url,
        "dpv:hasNotice": found.privacy_policy.as_ref().map(|url| json!({ "@id": url, "@type": "dpv:PrivacyNotice" })),
    })
}

/// One purpose: what it is about, and what the visitor answered.
fn process(record: &Record, statement: &Statement, answer: &RecordedAnswer) -> Value {
    let name = answer.purpose.as_str();
    let stated = statement.purposes.iter().find(|stated| stated.purpose == name);
    let controller = statement.controller.as_ref().map_or_else(|| "_:controller".into(), |_| controller_id(statement));
    let recipient = |name: &String| json!({ "@type": "dpv:Recipient", "dpv:hasName": name });
    let recipients = stated.iter().flat_map(|stated| &stated.recipients).map(recipient);
    let data = |kind: &String| json!({ "@type": "dpv:PersonalData", "skos:broader": format!("pd:{kind}") });
    json!({
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:title": name,
            "dct:description": stated.map(|stated| &stated.description),
        },
        "dpv:hasPersonalData": stated.iter().flat_map(|stated| &stated.personal_data).map(data).collect::<Value>(),
        "dpv:hasStorageCondition": stated.map(|stated| storage(stated, &statement.storage_location)),
        "dpv:hasRecipient": std::iter::once(json!({ "@id": controller })).chain(recipients).collect::<Value>(),
        "dpv:hasLegalBasis": "dpv:ExpressedConsent",
        "dpv:hasConsentStatus": status(record, answer),
    })
}

/// How long each item is on the visitor's device, and where servers store data.
fn storage(stated: &PurposeStatement, servers: &[String]) -> Value {
    let item = |StoredItem { name, max_age }: &StoredItem| {
        let duration = match max_age {
            Some(seconds) => json!({ "@type": "dpv:TemporalDuration", "rdf:value": duration(*seconds) }),
            None => json!({ "@type": "dpv:UntilEventDuration", "rdf:value": "end of the browser session" }),
        };
        json!({
            "@type": ["dpv:StorageDuration", "dpv:StorageLocation"],
            "dct:title": name,
            "dpv:hasDuration": duration,
            "dpv:hasLocation": "dpv:WithinDevice",
        })
    };
    let servers = list(servers, "loc").map(|at| json!({ "@type": "dpv:StorageLocation", "dpv:hasLocation": at }));
    stated.stored.iter().map(item).chain(servers).collect()
}

/// The answer as an event. Without an answer nobody indicated anything.
fn status(record: &Record, answer: &RecordedAnswer) -> Value {
    let (event, answers) = (&record.event, &record.processing.purposes);
    let Some(answered_at) = answer.answered_at else { return json!({ "@type": "dpv:ConsentUnknown" }) };
    // A record says that something was withdrawn, and not which of the purposes that were rejected.
    let is_rejected_now = |answer: &RecordedAnswer| !answer.granted && answer.answered_at == Some(event.decided_at);
    let may_be_withdrawn = event.kind == DecisionKind::Withdrawal && is_rejected_now(answer);
    let kinds = match (answer.granted, may_be_withdrawn) {
        (true, _) => json!(["dpv:ConsentGiven", "dpv:ExpressedConsent"]),
        (false, false) => json!("dpv:ConsentRefused"),
        (false, true) if answers.iter().filter(|answer| is_rejected_now(answer)).count() == 1 => {
            json!("dpv:ConsentWithdrawn")
        }
        (false, true) => json!("dpv:ConsentStatusInvalidForProcessing"),
    };
    // Every answer holds equally long, and the record ends with its newest.
    let newest = answers.iter().filter_map(|answer| answer.answered_at).max().unwrap_or(answered_at);
    let validity = event.expires_at.0.saturating_sub(newest.0);
    let until = Timestamp(answered_at.0.saturating_add(validity));
    // An earlier answer was given elsewhere.
    let method = (answered_at == event.decided_at).then(|| match &event.origin {
        Some(origin) => format!("{} {}", event.collected_via.into_str(), String::from(origin.clone())),
        None => event.collected_via.into_str().to_owned(),
    });
    json!({
        "@type": kinds,
        "dpv:isIndicatedAtTime": time(answered_at),
        "dpv:isIndicatedBy": record.header.subject.urn(),
        "dpv:hasIndicationMethod": method,
        "dpv:hasDuration": {
            "@type": "dpv:UntilTimeDuration",
            "rdf:value": { "@type": "xsd:dateTime", "@value": time(until) },
        },
    })
}

/// Codes as IRIs of a vocabulary, if there are any.
fn list(codes: &[String], vocabulary: &str) -> Option<Value> {
    let iris = codes.iter().map(|code| format!("{vocabulary}:{code}"));
    (!codes.is_empty()).then(|| iris.map(Value::from).collect())
}

fn duration(seconds: u64) -> Value {
    const DAY: u64 = 86_400;
    let text = if seconds.is_multiple_of(DAY) { format!("P{}D", seconds / DAY) } else { format!("PT{seconds}S") };
    json!({ "@type": "xsd:duration", "@value": text })
}

fn time(at: Timestamp) -> Value {
    at.rfc3339().into()
}

/// A field without a source is left out.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, without_nulls(value)));
            let is_there = |value: &Value| !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty());
            Value::Object(fields.filter(|(_, value)| is_there(value)).collect())
        }
        Value::Array(all) => all.into_iter().filter(|value| !value.is_null()).map(without_nulls).collect(),
        other => other,
    }
}
