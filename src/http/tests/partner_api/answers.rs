//! What a sibling's page is told, and what comes of an answer that it hands on.

use axum::{
    body::Body,
    http::{Method, header},
};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    super::{
        accounts::members::{ANNA, another, sign_up},
        browser::ORIGIN,
        receipts::{address, download, sound},
        site::{DAY, FILED},
    },
    CONSENT, SHOP, ask, is_problem, receipt, setup, told,
};
use crate::{
    domain::{
        consent::decision::{Answer, Answers, Decision},
        cookies::declaration::FirstPartyCookie,
        ledger::record::RecordRef,
    },
    system::cookie_signer::{CookieSigner, KEY_BYTES},
};

#[tokio::test]
async fn before_a_choice_nothing_is_granted_and_the_banners_own_words_are_to_be_asked() {
    let mut browser = setup().browser();
    let told = browser.asks(SHOP).await;
    let page = browser.get("/").await;
    assert_eq!((&told["decision"], &told["token"], &told["signal"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!((&told["edition"], &told["can_be_kept"]), (&json!("1.1"), &json!(true)));
    assert_eq!(told["consent_mode"]["analytics_storage"], "denied");
    let asks = &told["asks"];
    let [accept, reject] = page.all("#banner button")[..] else { panic!("two buttons") };
    for (said, shown) in [
        (&asks["title"], page.text("#banner-title")),
        (&asks["text"], page.text("#banner p")),
        (&asks["accept"], super::super::page::text(accept)),
        (&asks["reject"], super::super::page::text(reject)),
        (&told["words"]["choose"], page.text("#banner form a")),
    ] {
        assert_eq!(said.as_str(), Some(shown.as_str()));
    }
    let purposes: Vec<_> = asks["purposes"].as_array().unwrap().iter().map(|asked| &asked["name"]).collect();
    assert_eq!(purposes, ["preferences", "analytics"]);
    assert_eq!(told["links"]["preferences"], format!("{ORIGIN}/preferences"));
    assert_eq!((told["locale"].as_str(), told["direction"].as_str()), (Some("en"), Some("ltr")));
}

#[tokio::test]
async fn what_is_chosen_here_is_told_there() {
    let mut browser = setup().browser();
    for (preferences, analytics) in [("yes", "no"), ("no", "yes"), ("yes", "yes")] {
        browser.decide(preferences, analytics).await;
        let told = browser.asks(SHOP).await;
        let choices = json!({ "preferences": preferences == "yes", "analytics": analytics == "yes" });
        let decision = &told["decision"];
        assert_eq!((&decision["choices"], &decision["collected_via"]), (&choices, &json!("preferences")));
        assert_eq!((&decision["decided_on"], &decision["version"]), (&json!("2026-11-22"), &json!("1.1")));
        assert_eq!(decision["expires_on"], json!({ "preferences": "2027-05-21", "analytics": "2027-05-21" }));
        assert_eq!(Some(receipt(&decision["record"])), address(&mut browser).await);
        let word = if analytics == "yes" { "granted" } else { "denied" };
        assert_eq!((&told["consent_mode"]["analytics_storage"], &told["asks"]), (&json!(word), &Value::Null));
    }
}

#[tokio::test]
async fn whoever_refuses_is_given_no_mark_and_all_who_do_are_told_alike() {
    let site = setup();
    let mut answers = Vec::new();
    for seconds in 0..2 {
        let mut browser = site.browser();
        browser.answer_banner("no").await;
        let mut told = browser.asks(SHOP).await;
        assert_eq!(told["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
        assert_eq!(told["decision"]["record"], Value::Null);
        // It says when it was made and when it ends, and nothing of the visitor: see the tests of tokens.
        told["token"] = Value::Null;
        answers.push(told);
        site.pass(seconds + 1);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn an_answer_that_is_given_there_counts_here() {
    let mut browser = setup().browser();
    browser.get("/").await;
    let choices = browser.named(SHOP, json!({ "preferences": false, "analytics": true })).await;
    let answer = browser.posts(SHOP, json!({ "choices": choices }).to_string()).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-consent"], vec!["__Host-appearance", "__Host-language"]));
    let said = told(&answer, SHOP);
    assert_eq!(said["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!((&said["decision"]["collected_via"], &said["asks"]), (&json!("api"), &Value::Null));
    assert_eq!(said["recorded"]["decided_at"], "2026-11-22T12:00:00Z");
    assert_eq!(said["recorded"]["record"], said["decision"]["record"]);

    let asked = browser.asks(SHOP).await;
    assert_eq!((&asked["decision"], asked.get("recorded")), (&said["decision"], None));
    let page = browser.get("/preferences").await;
    assert!(!page.has("#banner"));
    assert!(page.text("#decision").contains("in a page of a service under the policy"), "{}", page.text("#decision"));
    assert_eq!(browser.holds(), ["__Host-analytics", "__Host-consent", "__Host-visit"]);
    let history = browser.get("/preferences/history").await;
    assert!(history.text(".entries dl").contains("How it was made In a page of https://shop.example"));
    let taken: Value = serde_json::from_str(&download(&mut browser).await).unwrap();
    assert_eq!(taken["record"]["event"]["origin"], SHOP);
}

#[tokio::test]
async fn an_answer_to_one_question_leaves_the_other_as_it_is() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    let told = browser.answers(SHOP, json!({ "analytics": false })).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": true, "analytics": false }));
    let mut silent = browser.site.browser();
    let told = silent.answers(SHOP, json!({ "analytics": true })).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!(told["decision"]["expires_on"]["preferences"], Value::Null, "silence is refusal, and has no end");
}

#[tokio::test]
async fn a_refusal_that_is_handed_on_takes_the_cookies_and_one_that_is_withdrawn_here_is_told_there() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    browser.get("/").await;
    let answer = browser.posts(SHOP, r#"{"choices":{"preferences":false,"analytics":false}}"#).await;
    assert_eq!(answer.set_and_removed().1, ["__Host-analytics", "__Host-appearance", "__Host-language"]);
    assert_eq!(told(&answer, SHOP)["recorded"]["record"], Value::Null, "nothing tells who refused");

    // A question that is not asked is not answered with a yes there.
    is_problem(&browser.posts(SHOP, r#"{"choices":{"analytics":true}}"#).await, 409);
    let page = browser.decide("no", "yes").await;
    browser.submit(&page, "form.withdraw", &[]).await;
    let told = browser.asks(SHOP).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_is_told_the_truth_the_next_time() {
    let site = setup();
    let mut browser = site.browser();
    browser.keeps_cookies = false;
    let told = browser.answers(SHOP, json!({ "preferences": true, "analytics": true })).await;
    assert_eq!((&told["decision"]["choices"]["analytics"], &told["can_be_kept"]), (&json!(true), &json!(true)));
    assert_eq!(sound(&site).await.records, 1, "it was recorded");
    let told = browser.asks(SHOP).await;
    assert_eq!((&told["decision"], &told["token"]), (&Value::Null, &Value::Null), "and not kept");
}

#[tokio::test]
async fn a_page_of_another_site_is_told_that_no_answer_can_be_kept_there() {
    let mut browser = setup().browser();
    for (from, can_be_kept) in [("cross-site", false), ("same-site", true)] {
        let mut request = ask(Method::GET, CONSENT, SHOP);
        request.headers_mut().unwrap().insert("sec-fetch-site", from.parse().unwrap());
        let page = browser.send(request, Body::empty()).await;
        assert_eq!(told(&page, SHOP)["can_be_kept"], can_be_kept, "{from}");
    }
}

#[tokio::test]
async fn a_signal_counts_there_as_it_does_here() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    browser.sends = vec![("sec-gpc", "1")];
    let told = browser.asks(SHOP).await;
    assert_eq!((&told["decision"], &told["asks"]), (&Value::Null, &Value::Null));
    assert_eq!(told["signal"], "global-privacy-control");
    browser.decide("no", "yes").await;
    let told = browser.asks(SHOP).await;
    assert_eq!(
        told["decision"]["choices"],
        json!({ "preferences": false, "analytics": true }),
        "a yes beside it counts"
    );
}

#[tokio::test]
async fn a_members_choice_follows_them_there_and_from_there() {
    let mut here = setup().browser();
    sign_up(&mut here, ANNA, false).await;
    let mut there = another(&here, false).await;
    here.decide("no", "yes").await;
    let told = there.asks(SHOP).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!(told["decision"]["record"], Value::Null, "it is the record of another browser");
    here.site.pass(60);
    there.answers(SHOP, json!({ "analytics": false })).await;
    let told = here.asks(SHOP).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
}

#[tokio::test]
async fn a_question_that_is_open_again_is_the_one_that_is_asked() {
    let changed = "[[purpose]]\nname = \"analytics\"\nquestion = \"May Harmony count your visits now?\"\n\
                   description = \"Counts.\"\nsince = \"1.2\"\n";
    let site = super::setup_with_edition_and_services(changed, super::SERVICES, |_| ());
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    site.pass(DAY);
    let told = browser.asks(SHOP).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": true, "analytics": false }));
    assert_eq!((&told["edition"], &told["decision"]["version"]), (&json!("1.2"), &json!("1.1")));
    let asks = &told["asks"];
    assert_eq!(asks["title"], "May Harmony count your visits now?");
    assert_eq!(asks["purposes"].as_array().unwrap().len(), 1);
    let told = browser.answers(SHOP, json!({ "analytics": true })).await;
    assert_eq!(told["decision"]["choices"], json!({ "preferences": true, "analytics": true }));
    assert_eq!(told["asks"], Value::Null);
}

#[tokio::test]
async fn a_decision_that_nobody_here_made_is_none() {
    let mut browser = setup().browser();
    let decision = Decision::new(Answers::all(Answer::Yes), browser.site.act());
    let name = FirstPartyCookie::Consent.name();
    let forged = CookieSigner::new(&[8; KEY_BYTES]).close(name, RecordRef::encode(Some(FILED), &decision));
    let request = ask(Method::GET, CONSENT, SHOP).header(header::COOKIE, format!("{name}={forged}"));
    assert_eq!(told(&browser.send(request, Body::empty()).await, SHOP)["decision"], Value::Null);
}

#[tokio::test]
async fn an_answer_that_cannot_be_recorded_is_refused_and_sets_nothing() {
    let site = setup();
    let mut browser = site.browser();
    // Somebody else writes and does not come to an end.
    let other = Connection::open(site.file("harmony.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let page = browser.posts(SHOP, r#"{"choices":{"analytics":false}}"#).await;
    is_problem(&page, 503);
    assert_eq!(page.header(header::RETRY_AFTER), Some("2"));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(browser.asks(SHOP).await["decision"], Value::Null);
}
