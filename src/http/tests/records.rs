//! Records and receipts match the schemas in `docs/`, and an export verifies by the rule in
//! `docs/records.md` alone.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    accounts::users::signed_in_browser,
    browser::anonymous_browser,
    receipts::{download, download_after, judge},
    site::{DAY, Site},
};
use crate::{
    domain::ledger::receipt::Verdict, http::tests::partner_api, ledger::admin::LedgerAdmin, system::digest::hex,
};

const RECORD: &str = include_str!("../../../docs/record.schema.json");
const RECEIPT: &str = include_str!("../../../docs/receipt.schema.json");
const DESCRIPTION: &str = include_str!("../../../docs/records.md");

/// Returns the validators of records and receipts.
fn validators() -> (Validator, Validator) {
    let (record, receipt): (Value, Value) =
        (serde_json::from_str(RECORD).unwrap(), serde_json::from_str(RECEIPT).unwrap());
    assert!(jsonschema::meta::is_valid(&record) && jsonschema::meta::is_valid(&receipt));
    let known = Registry::new().add("urn:harmony:schema:record:1", record.clone()).unwrap().prepare().unwrap();
    (jsonschema::validator_for(&record).unwrap(), jsonschema::options().with_registry(&known).build(&receipt).unwrap())
}

/// A writer whose clones share one buffer.
#[derive(Clone, Default)]
pub(super) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the lines of an export.
pub(super) async fn export(site: &Site) -> Vec<String> {
    let written = Written::default();
    LedgerAdmin { store: &site.state.store, trusted: site.state.ledger.trusted_keys() }
        .export(written.clone())
        .await
        .unwrap();
    written.text().lines().map(str::to_owned).collect()
}

/// Returns a site with decisions of every kind, and the downloaded receipts.
async fn busy() -> (Site, Vec<Value>) {
    let mut receipts = Vec::new();
    let mut browser = signed_in_browser(false).await;
    let site = browser.site.clone();
    for signal in [None, Some(("sec-gpc", "1")), Some(("dnt", "1"))] {
        browser.sends = Vec::from_iter(signal);
        for (preferences, analytics) in [("yes", "no"), ("no", "no"), ("no", "yes")] {
            let page = browser.decide(preferences, analytics).await;
            receipts.push(serde_json::from_str(&download_after(&mut browser, &page).await).unwrap());
            site.advance_clock(60);
        }
        let page = browser.withdraw("analytics").await;
        receipts.push(serde_json::from_str(&download_after(&mut browser, &page).await).unwrap());
    }
    for answer in ["yes", "no"] {
        let mut guest = site.browser();
        let page = guest.answer_banner(answer).await;
        receipts.push(serde_json::from_str(&download_after(&mut guest, &page).await).unwrap());
    }
    // Answers one question and leaves the other open.
    let mut guest = site.browser();
    let page = guest.get("/preferences").await;
    guest.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large"), ("preferences", "yes")]).await;
    receipts.push(serde_json::from_str(&download(&mut guest).await).unwrap());
    (site, receipts)
}

#[tokio::test]
async fn every_record_and_receipt_has_the_documented_format() {
    let (records, receipts) = validators();
    let (site, taken) = busy().await;
    for receipt in &taken {
        assert_eq!(receipts.validate(receipt).map_err(|error| error.to_string()), Ok(()), "{receipt}");
    }
    let banner = |receipt: &&Value| receipt["record"]["event"]["collected_via"] == "banner";
    assert_eq!(taken.iter().filter(banner).count(), 2, "the two guests answered the banner");
    let lines = export(&site).await;
    let written: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let written: Vec<_> = written.iter().filter(|line| line.get("header").is_some()).collect();
    assert_eq!(written.len(), taken.len());
    for record in written {
        assert_eq!(records.validate(record).map_err(|error| error.to_string()), Ok(()), "{record}");
    }
}

#[tokio::test]
async fn only_a_record_of_an_answer_at_a_partner_names_an_origin_in_the_documented_format() {
    let (records, receipts) = validators();
    let mut browser = partner_api::setup().browser();
    browser.post_answers(partner_api::SHOP, json!({ "analytics": true })).await;
    let text = download(&mut browser).await;
    let mut receipt: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(receipts.validate(&receipt).map_err(|error| error.to_string()), Ok(()));
    assert_eq!(receipt["record"]["event"]["origin"], partner_api::SHOP);
    assert_eq!(judge(&browser.site, &text).await, Verdict::Genuine);
    let event = receipt["record"]["event"].as_object_mut().unwrap();
    event["collected_via"] = "banner".into();
    assert!(!records.is_valid(&receipt["record"]), "an answer that was given here names no origin");
    let event = receipt["record"]["event"].as_object_mut().unwrap();
    event["collected_via"] = "api".into();
    event.remove("origin");
    assert!(!records.is_valid(&receipt["record"]), "and one that was given elsewhere says where");
}

#[tokio::test]
async fn the_documented_format_accepts_nothing_else() {
    let (records, receipts) = validators();
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let receipt: Value = serde_json::from_str(&download(&mut browser).await).unwrap();
    assert!(receipts.is_valid(&receipt) && records.is_valid(&receipt["record"]));
    for (at, other) in [
        ("/schema", json!("harmony-receipt/1")),
        ("/issue/id", json!("01A2055F-33D8-7571-A1D0-99BD26312F1E")),
        ("/issue/created_at", json!("2026-11-22")),
        ("/issue/statement/withdrawal", json!("/preferences")),
        ("/issue/statement/purposes/0/personal_data", json!([])),
        ("/issue/statement/purposes/0/stored/0/max_age", json!("180 days")),
        ("/signature", json!("00")),
        ("/record/header/id", json!("01A2055F-33D8-7571-A1D0-99BD26312F1E")),
        ("/record/header/previous", json!("")),
        ("/record/processing/policy_version", json!("01.1")),
        ("/record/processing/purposes", json!([])),
        ("/record/processing/purposes/0/purpose", json!("Analytics")),
        ("/record/processing/purposes/0/answered_at", json!(null)),
        ("/record/processing/purposes/0/signal_at_answer", json!("none")),
        ("/record/event/decided_at", json!("2026-11-22T12:00:00+00:00")),
        ("/record/event/kind", json!("consent")),
        ("/record/event/collected_via", json!("api")),
        ("/record/event/replaces", json!(["x"])),
    ] {
        let mut altered = receipt.clone();
        *altered.pointer_mut(at).unwrap() = other;
        assert!(!receipts.is_valid(&altered), "{at}: {altered}");
    }
    for parent in [
        "",
        "/record",
        "/record/header",
        "/record/processing",
        "/record/parties",
        "/record/event",
        "/issue",
        "/issue/statement",
        "/issue/statement/purposes/0",
        "/issue/statement/purposes/0/stored/0",
    ] {
        let fields: Vec<_> = receipt.pointer(parent).unwrap().as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let mut altered = receipt.clone();
            altered.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&field);
            let is_optional = parent.starts_with("/issue") && ["controller", "personal_data"].contains(&field.as_str());
            assert_eq!(receipts.is_valid(&altered), is_optional, "without {parent}/{field}");
            assert!(DESCRIPTION.contains(&format!("`{field}`")) || parent == "/record", "{field} is not described");
        }
        let mut altered = receipt.clone();
        altered.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert("ip".into(), json!("192.0.2.1"));
        assert!(!receipts.is_valid(&altered), "with an address in {parent}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Verifies an export as `docs/records.md` describes, without code of the ledger. Returns the
/// number of records.
fn walk(lines: &[String]) -> Result<u64, String> {
    let (mut head, mut previous, mut number, mut records) = (Value::Null, String::new(), 0, 0);
    let (mut shown, mut texts) = (BTreeSet::new(), BTreeSet::new());
    let closed = |head: &Value, previous: &str, number: u64| {
        let is_end = head.is_null() || (head["last_hash"] == previous && head["records"] == number);
        if is_end { Ok(()) } else { Err(format!("{head} does not end with {previous}")) }
    };
    for line in lines {
        let entry: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if entry.get("chain").is_some() {
            closed(&head, &previous, number)?;
            previous = entry["pruned_hash"].as_str().unwrap_or_default().to_owned();
            number = entry["pruned"].as_u64().unwrap_or_default();
            head = entry;
        } else if entry.get("header").is_some() {
            if entry["header"]["previous"] != previous {
                return Err(format!("not chained: {line}"));
            }
            previous = sha256(line.as_bytes());
            (number, records) = (number + 1, records + 1);
            shown.extend(entry["processing"]["shown"].as_str().map(|hash| format!("{hash:?}")));
        } else {
            if entry["shown"] != sha256(entry["text"].as_str().unwrap_or_default().as_bytes()) {
                return Err(format!("another text: {line}"));
            }
            texts.insert(entry["shown"].to_string());
        }
    }
    closed(&head, &previous, number)?;
    if shown.is_subset(&texts) { Ok(records) } else { Err("a text is not there".into()) }
}

#[tokio::test]
async fn an_export_verifies_by_the_documented_rule_alone() {
    let (site, taken) = busy().await;
    let lines = export(&site).await;
    assert_eq!(walk(&lines), Ok(taken.len() as u64));
    let is_record = |line: &&String| line.starts_with("{\"header\":");
    assert_eq!(lines.iter().filter(is_record).count(), taken.len());
    for at in 0..lines.len() {
        let mut shorter = lines.clone();
        shorter.remove(at);
        assert!(walk(&shorter).is_err(), "without line {at}");
        let mut altered = lines.clone();
        altered[at] = altered[at].replacen("e\":\"", "e\": \"", 1).replacen("t\":\"", "t\":\"x", 1);
        // Only the signature covers a head.
        assert!(at == 0 || walk(&altered).is_err(), "with another line {at}: {}", altered[at]);
    }
    site.advance_clock(400 * DAY);
    let now = site.state.now();
    site.browser().answer_banner("no").await;
    site.prune(now).await;
    assert_eq!(walk(&export(&site).await), Ok(1), "what is left still verifies");
}
