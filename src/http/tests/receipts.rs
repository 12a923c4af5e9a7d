//! Receipts: only the person they are about can download them.

use axum::http::{StatusCode, header};
use uuid::Uuid;

use super::{
    accounts::users::{ANNA, PASSWORD, another, rows, sign_in, sign_out, signed_in_browser},
    browser::{Browser, anonymous_browser},
    page::Page,
    site::{DAY, Site, setup},
};
use crate::{
    domain::ledger::{
        receipt::{Receipt, Verdict},
        record::DecisionKind,
    },
    ledger::{Ledger, admin::LedgerAdmin, verify::Verified},
};

/// Returns the URL of the current decision's receipt, from the preferences page.
pub(super) async fn address(browser: &mut Browser) -> Option<String> {
    let page = browser.get("/preferences").await;
    page.attributes("#about-choice a[href^='/receipts/']", "href").pop().map(str::to_owned)
}

/// Returns the URL of the receipt that the page after a refusal offers.
pub(super) fn offered(page: &Page) -> Option<String> {
    page.attributes("#notice a[href^='/receipts/']", "href").pop().map(str::to_owned)
}

/// Downloads the receipt of the current decision.
pub(super) async fn download(browser: &mut Browser) -> String {
    let address = address(browser).await.unwrap();
    text(&browser.get(&address).await)
}

/// Downloads the receipt of the last decision. For a refusal, only the next page offers it.
pub(super) async fn download_after(browser: &mut Browser, page: &Page) -> String {
    match offered(page) {
        Some(address) => text(&browser.get(&address).await),
        None if address(browser).await.is_some() => download(browser).await,
        // Signed-in users find it in the account's history.
        None => {
            let history = browser.get("/preferences/history").await;
            let own = history.attributes("#account-history a[href^='/receipts/']", "href")[0].to_owned();
            text(&browser.get(&own).await)
        }
    }
}

/// Returns the text of a downloaded receipt.
pub(super) fn text(page: &Page) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.address);
    String::from_utf8(page.bytes.to_vec()).unwrap()
}

/// Verifies a receipt as the command line does.
pub(super) async fn judge(site: &Site, text: &str) -> Verdict {
    let operator = LedgerAdmin { store: &site.state.store, trusted: site.state.ledger.trusted_keys() };
    operator.verify_receipt(text.to_owned()).await.unwrap()
}

/// Verifies the whole ledger.
pub(super) async fn sound(site: &Site) -> Verified {
    LedgerAdmin { store: &site.state.store, trusted: site.state.ledger.trusted_keys() }
        .verify(None)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn the_receipt_of_a_visitors_decision_is_a_file_that_verifies() {
    let mut browser = anonymous_browser();
    assert_eq!(address(&mut browser).await, None, "there is none before a decision");
    browser.decide("yes", "no").await;
    let address = address(&mut browser).await.unwrap();
    let page = browser.get(&address).await;
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(
        page.header(header::CONTENT_DISPOSITION),
        Some("attachment; filename=\"harmony-receipt-2026-11-22.json\"")
    );
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    let text = text(&page);
    assert!(text.starts_with("{\n  \"schema\": \"harmony-receipt/2\",\n") && text.ends_with("}\n"), "{text}");
    let receipt: Receipt = serde_json::from_str(&text).unwrap();
    assert_eq!(address, format!("/receipts/{}", receipt.record.header.id));
    assert_eq!(receipt.record.event.kind, DecisionKind::Decision);
    assert_eq!(judge(&browser.site, &text).await, Verdict::Genuine);
}

#[tokio::test]
async fn a_receipt_is_only_available_to_its_visitor() {
    let site = setup();
    let mut browser = site.browser();
    browser.answer_banner("yes").await;
    let own = address(&mut browser).await.unwrap();
    let unknown = format!("/receipts/{}", Uuid::nil());
    let mut stranger = site.browser();
    stranger.answer_banner("no").await;
    for who in [&mut stranger, &mut site.browser()] {
        let (page, not_there) = (who.get(&own).await, who.get(&unknown).await);
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.headers == not_there.headers, "nothing tells one from the other");
        assert_eq!(page.without_keys(), not_there.without_keys(), "nothing tells one from the other");
    }
    // A consent cookie that was tampered with is ignored.
    let sealed = browser.cookies.value("__Host-Http-consent").to_owned();
    let mut forger = site.browser();
    forger.cookies.plant("__Host-Http-consent", &sealed.replace("banner", "preferences"), "/");
    assert_eq!(forger.get(&own).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_invalid_receipt_id_is_not_found() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let own = address(&mut browser).await.unwrap();
    let id = own.trim_start_matches("/receipts/").to_owned();
    for bad in [
        String::new(),
        "x".into(),
        "%FF".into(),
        "%00".into(),
        id.to_uppercase(),
        id.replace('-', ""),
        format!("urn:uuid:{id}"),
        format!("%7B{id}%7D"),
        format!("{id}%20"),
        format!("{id}/"),
        format!("{id}.json"),
        "..%2f".into(),
        "x".repeat(1_000),
    ] {
        assert_eq!(browser.get(&format!("/receipts/{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
    }
    assert_eq!(browser.get("/receipts").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post_fields(&own, "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.get(&own).await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_decision_of_a_browser_has_its_receipt() {
    let mut browser = anonymous_browser();
    let mut receipts = Vec::new();
    for (preferences, analytics) in [("yes", "yes"), ("yes", "no"), ("no", "yes")] {
        browser.decide(preferences, analytics).await;
        receipts.push(address(&mut browser).await.unwrap());
        browser.site.advance_clock(DAY);
    }
    for address in &receipts {
        let text = text(&browser.get(address).await);
        assert_eq!(judge(&browser.site, &text).await, Verdict::Genuine);
    }
    browser.site.advance_clock(200 * DAY);
    assert_eq!(address(&mut browser).await, None, "no decision is in force");
    browser.cookies.clear_one("__Host-Http-consent");
    assert_eq!(browser.get(&receipts[2]).await.status, StatusCode::NOT_FOUND, "nobody knows whose it is");
}

#[tokio::test]
async fn the_receipt_of_a_refusal_is_offered_on_the_page_after_it_and_for_an_hour() {
    let site = setup();
    let mut browser = site.browser();
    let page = browser.answer_banner("no").await;
    let address = offered(&page).unwrap();
    let receipt = text(&browser.get(&address).await);
    assert_eq!(judge(&site, &receipt).await, Verdict::Genuine);
    let read: Receipt = serde_json::from_str(&receipt).unwrap();
    assert_eq!(read.record.event.kind, DecisionKind::Refusal);
    assert!(!browser.get("/preferences").await.has("#about-choice a[href^='/receipts/']"), "no cookie leads to it");
    let (bare, ticket) = address.split_once('?').unwrap();
    assert_eq!(browser.get(bare).await.status, StatusCode::NOT_FOUND);
    let other = format!("/receipts/{}?{ticket}", Uuid::nil());
    assert_eq!(browser.get(&other).await.status, StatusCode::NOT_FOUND, "the ticket is for one record");
    site.advance_clock(3_601);
    assert_eq!(browser.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_downloads_receipts_of_another_browser() {
    let mut browser = signed_in_browser(false).await;
    let mut other = another(&browser, false).await;
    browser.decide("yes", "no").await;
    let elsewhere = address(&mut browser).await.unwrap();
    let page = other.get("/preferences").await;
    assert!(!page.has("#about-choice a[href^='/receipts/']"), "it is not the decision of this browser");
    assert!(page.text("#how-chosen").contains("You made it in another browser"), "{}", page.text("#how-chosen"));
    let text = text(&other.get(&elsewhere).await);
    assert_eq!(judge(&other.site, &text).await, Verdict::Genuine);
    sign_out(&mut other).await;
    assert_eq!(other.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&elsewhere).await.status, StatusCode::OK);
    sign_out(&mut browser).await;
    assert_eq!(browser.get(&elsewhere).await.status, StatusCode::OK, "it is still about this browser");
}

#[tokio::test]
async fn a_decision_made_before_the_sign_in_is_not_the_accounts() {
    let site = signed_in_browser(false).await.site.clone();
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    let own = address(&mut browser).await.unwrap();
    sign_in(&mut browser, ANNA, false).await;
    let mut other = another(&browser, false).await;
    assert_eq!(other.get(&own).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&own).await.status, StatusCode::OK);
}

#[tokio::test]
async fn erasing_an_account_unlinks_its_records_which_remain() {
    let mut browser = signed_in_browser(false).await;
    let mut other = another(&browser, false).await;
    other.decide("yes", "yes").await;
    let elsewhere = address(&mut other).await.unwrap();
    let receipt = text(&browser.get(&elsewhere).await);
    let page = browser.get("/account/delete").await;
    browser.send_form(&page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!(browser.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
    assert!(rows(&browser.site, "account_records").await.is_empty());
    assert_eq!(sound(&browser.site).await, Verified { chains: 1, records: 1, pruned: 0, timestamps: 0 });
    assert_eq!(judge(&browser.site, &receipt).await, Verdict::Genuine);
    assert_eq!(other.get(&elsewhere).await.status, StatusCode::OK, "its own browser still has it");
}

#[tokio::test]
async fn a_receipt_of_a_pruned_record_is_genuine_and_expired() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let receipt = download(&mut browser).await;
    let own = address(&mut browser).await.unwrap();
    browser.site.advance_clock(400 * DAY);
    let mut later = browser.site.browser();
    later.answer_banner("yes").await;
    let before = browser.site.state.now().minus_seconds(100);
    browser.site.prune(before).await;
    assert_eq!(judge(&browser.site, &receipt).await, Verdict::Expired);
    assert_eq!(browser.get(&own).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sound(&browser.site).await, Verified { chains: 1, records: 1, pruned: 1, timestamps: 0 });
    assert_eq!(judge(&browser.site, &download(&mut later).await).await, Verdict::Genuine);
}

#[tokio::test]
async fn a_receipt_with_a_changed_character_is_never_genuine() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let text = download(&mut browser).await;
    let keys = browser.site.state.ledger.trusted_keys().clone();
    assert!(Ledger::parse_receipt(&text, &keys).is_ok());
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        // Only white space between tokens may change without altering the receipt.
        for other in ['0', '1', 'a', 'f', 'A', 'z', '"', ' ', '\\', '}', ',', '\u{0}', 'é', letter.to_ascii_uppercase()]
        {
            if other == *letter || (letter.is_whitespace() && other.is_whitespace()) {
                continue;
            }
            let mut altered = letters.clone();
            altered[at] = other;
            let altered: String = altered.into_iter().collect();
            assert!(Ledger::parse_receipt(&altered, &keys).is_err(), "{other:?} for {letter:?} at {at}: {altered}");
        }
        let shorter: String = letters[..at].iter().chain(&letters[at + 1..]).collect();
        assert!(
            letter.is_whitespace() || Ledger::parse_receipt(&shorter, &keys).is_err(),
            "without {letter:?} at {at}"
        );
    }
}

#[tokio::test]
async fn a_receipt_with_other_white_space_is_the_same() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let text = download(&mut browser).await;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for other in [value.to_string(), text.replace('\n', "\r\n"), text.replace("  ", "\t"), format!("\n\n{text}\n")] {
        assert_eq!(judge(&browser.site, &other).await, Verdict::Genuine, "{other}");
    }
}

#[tokio::test]
async fn a_receipt_that_differs_from_the_ledger_is_missing_and_one_of_another_key_is_foreign() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let text = download(&mut browser).await;
    let elsewhere = super::site::site_with_key([1; 32]);
    assert_eq!(judge(&elsewhere, &text).await, Verdict::Foreign);
    assert_eq!(judge(&setup(), &text).await, Verdict::Missing, "the same key over a ledger that was cut");
    let mut receipt: Receipt = serde_json::from_str(&text).unwrap();
    receipt.record.processing.purposes[1].granted = true;
    let altered = serde_json::to_string(&receipt).unwrap();
    assert_eq!(judge(&browser.site, &altered).await, Verdict::Altered);
}
