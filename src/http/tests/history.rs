//! The history of decisions: all of them, newest first, each with its status.

use std::iter;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    accounts::users::{ANNA, another, sign_in, sign_out, signed_in_browser},
    browser::{Browser, anonymous_browser},
    page::{Page, parse, text},
    receipts::address,
    site::DAY,
};

const HISTORY: &str = "/preferences/history";
const EXPORT: &str = "/preferences/export";

/// Returns the badges of a list, newest first.
fn badges(page: &Page, list: &str) -> Vec<String> {
    page.all(&format!("{list} .entries > li"))
        .into_iter()
        .map(|entry| entry.select(&parse(".badge")).map(text).collect::<Vec<_>>().join(", "))
        .collect()
}

/// Returns the receipt links of a list, newest first.
fn receipts(page: &Page, list: &str) -> Vec<String> {
    page.attributes(&format!("{list} a[href^='/receipts/']"), "href").into_iter().map(str::to_owned).collect()
}

async fn history(browser: &mut Browser) -> Page {
    let page = browser.get(HISTORY).await;
    assert_eq!(page.status, StatusCode::OK);
    page
}

#[tokio::test]
async fn before_a_decision_the_history_is_empty_and_says_so() {
    let mut browser = anonymous_browser();
    let page = history(&mut browser).await;
    assert!(page.text("#browser-history .empty-state").starts_with("No choices to show for this browser"));
    assert!(!page.has("#account-history") && !page.has(".entries"));
    assert!(page.has("main a[href='/sign-in?return_to=/preferences/history']"));
    assert!(page.has("main a[href='/preferences']") && page.has("main a[href='/verify']"));
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
}

#[tokio::test]
async fn a_guest_takes_away_what_the_cookies_hold_and_lead_to() {
    let mut browser = anonymous_browser();
    let export = |page: &Page| -> Value {
        assert_eq!((page.status, page.header(header::CONTENT_TYPE)), (StatusCode::OK, Some("application/json")));
        assert_eq!(page.header(header::CONTENT_DISPOSITION), Some("attachment; filename=\"browser.json\""));
        assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
        serde_json::from_slice(&page.bytes).unwrap()
    };
    let empty = export(&browser.get(EXPORT).await);
    assert_eq!((&empty["cookies"], &empty["decision"], &empty["records"]), (&json!([]), &Value::Null, &json!([])));
    browser.decide("yes", "no").await;
    browser.decide("yes", "yes").await;
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large")]).await;
    let linked = history(&mut browser).await;
    assert!(linked.has("main a[href='/preferences/export']"));
    assert!(browser.get("/preferences/delete").await.has("main a[href='/preferences/export']"));
    let told = export(&browser.get(EXPORT).await);
    let cookies = told["cookies"].as_array().unwrap();
    assert_eq!(cookies.len(), browser.cookies.all().len());
    assert!(cookies.contains(&json!({"name": "__Host-Http-consent", "purpose": "consent"})), "{cookies:?}");
    assert_eq!(told["decision"]["choices"][0]["granted"], true);
    assert_eq!(told["appearance"], json!({"theme": "dark", "text_size": "large"}));
    assert_eq!((told["records"].as_array().unwrap().len(), &told["has_more_records"]), (2, &json!(false)));
    let whole = told.to_string();
    for held in browser.cookies.all().iter().filter(|held| held.value.contains('.')) {
        assert!(!whole.contains(&held.value), "{}", held.name);
    }
    // A browser without that cookie gets nothing of it.
    let mut other = browser.site.browser();
    assert_eq!(export(&other.get(EXPORT).await)["records"], json!([]));
    let page = browser.get("/preferences/delete").await;
    browser.submit(&page, "#delete-all", &[]).await;
    assert_eq!(export(&browser.get(EXPORT).await)["records"], json!([]));
    assert!(!browser.get("/preferences/delete").await.has("main a[href='/preferences/export']"));
}

#[tokio::test]
async fn the_exports_of_a_browser_are_limited() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let places: Vec<_> = iter::from_fn(|| browser.site.state.exports.try_acquire()).collect();
    assert_eq!(browser.get(EXPORT).await.status, 503);
    drop(places);
    for _ in 1..5 {
        assert_eq!(browser.get(EXPORT).await.status, 200);
    }
    assert_eq!(browser.get(EXPORT).await.status, 429);
}

#[tokio::test]
async fn a_decision_is_listed_with_time_source_answers_and_expiry() {
    let mut browser = anonymous_browser();
    browser.sends = vec![("sec-gpc", "1")];
    browser.decide("yes", "no").await;
    let page = history(&mut browser).await;
    assert_eq!(page.text(".entries h3"), "22 November 2026 at 12:00 UTC current");
    assert_eq!(
        page.text(".entries dl"),
        "Choice Allowed some optional cookies Preferences Allowed Analytics Rejected \
         Where On the cookie preferences page, while the browser sent Global Privacy Control \
         Cookie policy Version 1.1 Expires on 21 May 2027"
    );
    assert!(page.has(".entries dl a[href='/policy/1.1']"));
    assert_eq!(receipts(&page, ""), [address(&mut browser).await.unwrap()]);
    assert!(page.text(".entries a[href^='/receipts/']").ends_with("of 22 November 2026 at 12:00 UTC"));
}

#[tokio::test]
async fn a_history_shows_which_record_replaced_which() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    browser.site.advance_clock(DAY);
    browser.withdraw("analytics").await;
    browser.site.advance_clock(DAY);
    browser.decide("yes", "yes").await;
    let page = history(&mut browser).await;
    assert_eq!(badges(&page, "#browser-history"), ["current", "replaced", "replaced"]);
    let said: Vec<_> = page.all(".entries dl > div:first-child dd").into_iter().map(text).collect();
    assert_eq!(said, ["Allowed optional cookies", "Turned off some optional cookies", "Allowed optional cookies"]);
    let kept: Vec<_> = page.all(".entries [data-purpose=preferences] dd").into_iter().map(text).collect();
    assert_eq!(kept[1], "Allowed on 22 November 2026, not changed since");
    for receipt in receipts(&page, "") {
        assert_eq!(browser.get(&receipt).await.status, StatusCode::OK);
    }
    browser.decide("no", "no").await;
    let page = history(&mut browser).await;
    assert!(!page.has(".entries"), "no cookie leads to the record of a refusal");
    let said = page.text("#browser-history .empty-state");
    assert!(said.starts_with("You rejected optional cookies on 24 November 2026."), "{said}");
}

#[tokio::test]
async fn unanswered_questions_are_listed_as_such() {
    let mut browser = anonymous_browser();
    let page = browser.get("/preferences").await;
    let answers = [("theme", "dark"), ("text_size", "large"), ("preferences", "yes")];
    browser.submit(&page, "#appearance-form", &answers).await;
    let page = history(&mut browser).await;
    assert_eq!(page.text(".entries [data-purpose=analytics] dd"), "No choice (treated as rejected)");
}

#[tokio::test]
async fn an_expired_decision_stays_in_the_history() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let cookie = browser.cookies.value("__Host-Http-consent").to_owned();
    browser.site.advance_clock(181 * DAY);
    browser.cookies.plant("__Host-Http-consent", &cookie, "/");
    assert_eq!(badges(&history(&mut browser).await, "#browser-history"), ["expired"]);
}

#[tokio::test]
async fn grants_that_the_signal_overrides_have_a_note() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    browser.sends = vec![("sec-gpc", "1")];
    assert_eq!(
        badges(&history(&mut browser).await, "#browser-history"),
        ["current, but your browser’s signal overrides it for preferences and analytics"]
    );
}

#[tokio::test]
async fn a_history_shows_fifty_and_says_that_there_are_more() {
    let mut browser = signed_in_browser(false).await;
    for number in 0..51 {
        browser.decide(if number % 2 == 0 { "yes" } else { "no" }, "yes").await;
        browser.site.advance_clock(60);
        let page = history(&mut browser).await;
        let shown = (number + 1).min(50);
        for list in ["#browser-history", "#account-history"] {
            assert_eq!(page.all(&format!("{list} .entries > li")).len(), shown);
            assert_eq!(page.has(&format!("{list} .more")), number == 50, "{list} {number}");
        }
    }
}

#[tokio::test]
async fn a_user_sees_decisions_of_other_browsers_until_they_sign_out() {
    let mut browser = signed_in_browser(false).await;
    let mut other = another(&browser, false).await;
    let page = history(&mut other).await;
    assert_eq!(page.text("#account-history .empty-state"), "You have not made a choice while signed in yet.");
    browser.decide("yes", "no").await;
    let page = history(&mut other).await;
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
    assert!(!page.has("#browser-history .entries"));
    assert_eq!(badges(&page, "#account-history"), ["current"]);
    let elsewhere = receipts(&page, "#account-history");
    assert_eq!(elsewhere, [address(&mut browser).await.unwrap()]);
    assert_eq!(other.get(&elsewhere[0]).await.status, StatusCode::OK);
    other.site.advance_clock(3_600);
    other.decide("no", "yes").await;
    let page = history(&mut other).await;
    assert_eq!(badges(&page, "#account-history"), ["current, this browser", "no longer applies"]);
    assert_eq!(badges(&page, "#browser-history"), ["current"]);
    assert_eq!(badges(&history(&mut browser).await, "#browser-history"), ["no longer applies"]);
    sign_out(&mut browser).await;
    let page = history(&mut browser).await;
    assert!(!page.has("#account-history"));
    assert_eq!(badges(&page, "#browser-history"), ["current"], "its own last choice counts again");
}

#[tokio::test]
async fn of_two_merged_decisions_each_says_which_part_is_valid() {
    let site = signed_in_browser(false).await.site.clone();
    let mut browser = site.browser();
    sign_in(&mut browser, ANNA, false).await;
    browser.decide("yes", "yes").await;
    let mut other = site.browser();
    let page = other.get("/preferences").await;
    site.advance_clock(DAY);
    let answers = [("theme", "dark"), ("text_size", "large"), ("preferences", "yes")];
    other.submit(&page, "#appearance-form", &answers).await;
    sign_in(&mut other, ANNA, false).await;
    let page = history(&mut other).await;
    assert_eq!(badges(&page, "#browser-history"), ["current for preferences"]);
    assert_eq!(badges(&page, "#account-history"), ["current for analytics"]);
    assert_eq!(address(&mut other).await, None);
}

#[tokio::test]
async fn the_account_links_to_the_history_and_other_pages_do_not_read_it() {
    let mut browser = signed_in_browser(false).await;
    assert!(browser.get("/account/data").await.has("#data a[href='/preferences/history']"));
    // A cookie can refer to a deleted record. The preferences page does not check; the history
    // does.
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let mut elsewhere = super::site::setup().browser();
    elsewhere.cookies = browser.cookies.clone();
    assert!(address(&mut elsewhere).await.is_some());
    let page = history(&mut elsewhere).await;
    assert_eq!(page.text("#browser-history .empty-state"), "We no longer keep the records of this browser’s choices.");
}
