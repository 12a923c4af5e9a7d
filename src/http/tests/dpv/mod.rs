//! Records and receipts have what the W3C DPV guide to ISO/IEC TS 27560 marks as required, as
//! signed JSON and as JSON-LD; what nobody stated is absent.

mod guide;

use std::fs;

use axum::http::header;
use serde_json::{Value, json};

use super::{
    browser::Browser,
    page::Page,
    receipts::{address, judge, offered, sound, text},
    records::Written,
    site::{DAY, Site, setup, site_with_content},
};
use crate::{
    app::statement::statement,
    domain::ledger::receipt::Verdict,
    http::tests::dpv::guide::{Node, missing_of_json, missing_of_receipt, missing_of_record, required},
    ledger::admin::LedgerAdmin,
};

/// A publisher who states everything.
const SITE: &str = "name = \"Acme\"\nlegal_name = \"Acme GmbH\"\ncontact = \"privacy@acme.example\"\n\
                    address = \"1 High Street, Dublin\"\njurisdiction = [\"EU\"]\nstorage_location = [\"IE\"]\n\
                    recipients = [\"Hosting Ltd\"]\nprivacy_url = \"https://acme.example/privacy\"\n";

/// The type of the view.
const JSON_LD: (&str, &str) = ("accept", "application/ld+json");

fn acme() -> Site {
    site_with_content(|content| fs::write(content.join("site.toml"), SITE).unwrap())
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The receipt at an address, signed and as JSON-LD.
async fn both(browser: &mut Browser, address: &str) -> (Value, Value) {
    let signed = text(&browser.get(address).await);
    assert_eq!(judge(&browser.site, &signed).await, Verdict::Genuine);
    let view = view(browser, address).await;
    assert_eq!(view.header(header::CONTENT_TYPE), Some("application/ld+json"));
    (parsed(&signed), parsed(&text(&view)))
}

async fn view(browser: &mut Browser, address: &str) -> Page {
    browser.sends.push(JSON_LD);
    let view = browser.get(address).await;
    browser.sends.pop();
    view
}

/// Receipts of decisions of every kind, signed and as JSON-LD.
async fn receipts(site: &Site) -> Vec<(Value, Value)> {
    let mut receipts = Vec::new();
    let mut browser = site.browser();
    for (preferences, analytics) in [("yes", "no"), ("yes", "yes")] {
        browser.decide(preferences, analytics).await;
        let address = address(&mut browser).await.unwrap();
        receipts.push(both(&mut browser, &address).await);
        site.advance_clock(DAY);
    }
    browser.withdraw("analytics").await;
    let own = address(&mut browser).await.unwrap();
    receipts.push(both(&mut browser, &own).await);
    let page = browser.decide("no", "no").await;
    receipts.push(both(&mut browser, &offered(&page).unwrap()).await);
    let mut guest = site.browser();
    let page = guest.answer_banner("no").await;
    receipts.push(both(&mut guest, &offered(&page).unwrap()).await);
    // Answers one question and leaves the other open.
    let mut guest = site.browser();
    let page = guest.get("/preferences").await;
    guest.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large"), ("preferences", "yes")]).await;
    let own = address(&mut guest).await.unwrap();
    receipts.push(both(&mut guest, &own).await);
    receipts
}

/// The export of a site as JSON-LD.
async fn exported(site: &Site) -> Vec<Value> {
    let (written, content, origin) = (Written::default(), site.state.content(), site.state.origin.clone());
    let admin = LedgerAdmin { store: &site.state.store, trusted: site.state.ledger.trusted_keys() };
    let state = move |record: &_| statement(&content, &origin, record);
    admin.export_json_ld(written.clone(), state).await.unwrap();
    written.text().lines().map(parsed).collect()
}

/// The state of each purpose: preferences, then analytics.
fn states(view: &Value) -> Vec<String> {
    let processes = view["dpv:hasRecordOfActivity"]["dpv:hasProcess"].as_array().unwrap();
    let state = |process: &Value| {
        let types = &process["dpv:hasConsentStatus"]["@type"];
        types.get(0).unwrap_or(types).as_str().unwrap().to_owned()
    };
    processes.iter().map(state).collect()
}

#[tokio::test]
async fn every_receipt_and_record_has_what_the_guide_requires() {
    let site = acme();
    let receipts = receipts(&site).await;
    for (signed, view) in &receipts {
        assert_eq!(missing_of_json(signed), Vec::<&str>::new(), "{signed:#}");
        assert_eq!(missing_of_receipt(view), Vec::<&str>::new(), "{view:#}");
    }
    let exported = exported(&site).await;
    assert_eq!(exported.len(), receipts.len());
    for mut record in exported {
        assert_eq!(missing_of_record(&record), Vec::<&str>::new(), "{record:#}");
        record.as_object_mut().unwrap().remove("@context").unwrap();
        assert!(receipts.iter().any(|(_, view)| view["dpv:hasRecordOfActivity"] == record), "{record:#}");
    }
}

/// Removes a field from each node that may have it.
fn without(document: &mut Value, of: Node, terms: &[&str]) {
    let Some(fields) = document.as_object_mut() else { return };
    let is = |expected: &str| fields.get("@type").is_some_and(|own| own == expected);
    let here = match of {
        Node::Receipt => is("dpv:ConsentReceipt"),
        Node::Record => is("dpv:ConsentRecord"),
        Node::Notice => is("dpv:PrivacyNotice") || is("dpv:ConsentNotice"),
        Node::Process => is("dpv:Process") || is("dpv:ConsentRecord"),
        Node::Controller => is("dpv:DataController"),
        Node::Event => true,
    };
    if here {
        fields.retain(|name, _| !terms.contains(&name.as_str()));
    }
    for value in fields.values_mut() {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|value| without(value, of, terms)),
            value => without(value, of, terms),
        }
    }
}

#[tokio::test]
async fn the_checker_reports_each_field_that_is_taken_out() {
    let (signed, view) = receipts(&acme()).await.swap_remove(0);
    for field in required() {
        let mut less = view.clone();
        without(&mut less, field.of, field.terms);
        assert!(missing_of_receipt(&less).contains(&field.name), "{} is reported in JSON-LD", field.name);
        let (parent, name) = field.json.rsplit_once('/').unwrap_or(("", field.json));
        let (list, each) = parent.split_once("/*").map_or((parent, None), |(list, _)| (list, Some("*")));
        let pointer = if list.is_empty() { String::new() } else { format!("/{list}") };
        let mut less = signed.clone();
        let place = less.pointer_mut(&pointer).unwrap();
        let place = if each.is_some() { &mut place[0] } else { place };
        place.as_object_mut().unwrap().remove(name).unwrap();
        assert!(missing_of_json(&less).contains(&field.name), "{} is reported in JSON", field.name);
    }
}

#[tokio::test]
async fn what_the_publisher_does_not_state_is_absent_and_no_profile_is_claimed() {
    let (signed, view) = receipts(&setup()).await.swap_remove(0);
    assert_eq!(missing_of_json(&signed), ["8.3.9 jurisdiction", "8.4.4 contact", "8.4.4.1 postal address"]);
    let expected = [
        "9.1.1 schema version",
        "8.1.1 schema version",
        "8.3.9 jurisdiction",
        "8.4.4 contact",
        "8.4.4.1 postal address",
    ];
    assert_eq!(missing_of_receipt(&view), expected);
    for line in ["contact", "address", "jurisdiction"] {
        let less: String = SITE.split_inclusive('\n').filter(|own| !own.starts_with(line)).collect();
        let site = site_with_content(|content| fs::write(content.join("site.toml"), less).unwrap());
        let (_, view) = receipts(&site).await.swap_remove(0);
        assert_eq!(missing_of_receipt(&view).len(), 3, "without {line}: {view:#}");
    }
}

#[tokio::test]
async fn the_view_says_of_each_purpose_what_the_record_says() {
    let receipts = receipts(&acme()).await;
    let found: Vec<_> = receipts.iter().map(|(_, view)| states(view)).collect();
    let (given, refused) = ("dpv:ConsentGiven", "dpv:ConsentRefused");
    // The fourth withdrew one purpose and rejected both, and does not say which was granted.
    let expected = [
        [given, refused],
        [given, given],
        [given, "dpv:ConsentWithdrawn"],
        ["dpv:ConsentStatusInvalidForProcessing", "dpv:ConsentStatusInvalidForProcessing"],
        [refused, refused],
        [given, "dpv:ConsentUnknown"],
    ];
    assert_eq!(found, expected);

    let (signed, view) = &receipts[2];
    let (record, node) = (&signed["record"], &view["dpv:hasRecordOfActivity"]);
    assert_eq!(node["@id"], format!("urn:uuid:{}", record["header"]["id"].as_str().unwrap()));
    assert_eq!(node["dct:replaces"], format!("urn:uuid:{}", record["event"]["replaces"].as_str().unwrap()));
    assert_eq!(node["dpv:hasDataController"]["dpv:hasName"], "Acme GmbH");
    assert_eq!(node["dpv:hasDataController"]["schema:contactPoint"]["schema:email"], "privacy@acme.example");
    assert_eq!(node["dpv:hasJurisdiction"], json!(["loc:EU"]));
    let [kept, withdrawn] = [0, 1].map(|at| node["dpv:hasProcess"][at].clone());
    let (answers, status) = (&record["processing"]["purposes"], &kept["dpv:hasConsentStatus"]);
    assert_eq!(status["dpv:isIndicatedAtTime"], answers[0]["answered_at"]);
    assert_eq!(status.get("dpv:hasIndicationMethod"), None, "it was given elsewhere, a day before");
    assert_eq!(withdrawn["dpv:hasConsentStatus"]["dpv:isIndicatedAtTime"], record["event"]["decided_at"]);
    assert_eq!(withdrawn["dpv:hasConsentStatus"]["dpv:hasIndicationMethod"], record["event"]["collected_via"]);
    let until = |process: &Value| process["dpv:hasConsentStatus"]["dpv:hasDuration"]["rdf:value"]["@value"].clone();
    assert_eq!(until(&withdrawn), record["event"]["expires_at"]);
    assert_ne!(until(&kept), until(&withdrawn), "an earlier answer expires earlier");
    assert_eq!(kept["dpv:hasPersonalData"][0]["skos:broader"], "pd:Language");
    assert_eq!(
        kept["dpv:hasRecipient"],
        json!([
            { "@id": format!("{}/#controller", signed["issue"]["statement"]["site"].as_str().unwrap()) },
            { "@type": "dpv:Recipient", "dpv:hasName": "Hosting Ltd" },
        ])
    );
    let stored = &kept["dpv:hasStorageCondition"][0];
    assert_eq!(stored["dct:title"], "__Host-Http-appearance");
    assert_eq!(stored["dpv:hasDuration"]["rdf:value"]["@value"], "P180D");
}

#[tokio::test]
async fn the_address_of_a_receipt_serves_json_unless_json_ld_is_preferred() {
    let mut browser = acme().browser();
    browser.answer_banner("yes").await;
    let address = address(&mut browser).await.unwrap();
    for (accept, media_type, extension) in [
        ("*/*", "application/json", "json"),
        ("text/html,*/*;q=0.8", "application/json", "json"),
        ("text/turtle", "application/json", "json"),
        ("application/ld+json, application/json;q=0.9", "application/ld+json", "jsonld"),
    ] {
        browser.sends = vec![("accept", accept)];
        let page = browser.get(&address).await;
        assert_eq!(page.header(header::CONTENT_TYPE), Some(media_type), "{accept}");
        let name = page.header(header::CONTENT_DISPOSITION).unwrap();
        assert!(name.ends_with(&format!(".{extension}\"")), "{accept}: {name}");
        let varies = page.header(header::VARY).unwrap().to_lowercase();
        assert!(varies.contains("accept") && varies.contains("cookie"), "{varies}");
    }
    let view = text(&view(&mut browser, &address).await);
    assert_eq!(judge(&browser.site, &view).await, Verdict::Unreadable, "nobody signed it");
}

#[tokio::test]
async fn each_download_is_a_receipt_of_its_own_with_its_own_time() {
    let mut browser = acme().browser();
    browser.answer_banner("yes").await;
    let address = address(&mut browser).await.unwrap();
    let first = parsed(&text(&browser.get(&address).await));
    browser.site.advance_clock(60);
    let second = parsed(&text(&browser.get(&address).await));
    assert_eq!(first["record"], second["record"]);
    assert_eq!(first["issue"]["created_at"], first["record"]["event"]["decided_at"]);
    assert_ne!(first["issue"]["created_at"], second["issue"]["created_at"]);
    assert_ne!(first["issue"]["id"], second["issue"]["id"]);
}

#[tokio::test]
async fn another_controller_than_the_publisher_of_today_gets_no_contact() {
    let mut browser = acme().browser();
    browser.answer_banner("yes").await;
    let address = address(&mut browser).await.unwrap();
    let site = browser.site.content().join("site.toml");
    fs::write(site, SITE.replace("Acme GmbH", "Buyer Ltd")).unwrap();
    browser.site.advance_clock(DAY);
    let (signed, view) = both(&mut browser, &address).await;
    assert_eq!(signed["record"]["parties"]["controller"], "Acme GmbH");
    assert_eq!(signed["issue"]["statement"].get("controller"), None, "{signed:#}");
    let missing = missing_of_receipt(&view);
    for field in ["8.4.2 identifier", "8.4.4 contact", "8.4.4.1 postal address"] {
        assert!(missing.contains(&field), "{missing:?}");
    }
    assert!(sound(&browser.site).await.records > 0);
}
