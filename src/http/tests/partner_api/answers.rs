//! What a page of a partner service reads, and what happens to the answers that it passes on.

use axum::{
    body::Body,
    http::{Method, header},
};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    super::{
        accounts::users::{ANNA, another, sign_up},
        browser::{ORIGIN, decision_in_cookie},
        receipts::{address, download, sound},
        site::{DAY, FILED, site_with_edition_and_services},
    },
    CONSENT, SERVICES, SHOP, ask, decision_response, is_problem, receipt, setup,
};
use crate::{
    domain::{
        consent::decision::{Answer, Decision, tests::both},
        cookies::{
            declaration::FirstPartyCookie,
            purpose::{MAX_OPTIONAL_PURPOSES, MAX_PURPOSE_NAME},
        },
        ledger::record::RecordRef,
    },
    system::cookie_signer::{CookieSigner, KEY_BYTES},
};

#[tokio::test]
async fn before_a_decision_nothing_is_granted_and_the_api_has_the_banners_text() {
    let mut browser = setup().browser();
    let response = browser.read_decision(SHOP).await;
    let page = browser.get("/").await;
    assert_eq!(
        (&response["decision"], &response["token"], &response["signal"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&response["edition"], &response["can_be_kept"]), (&json!("1.1"), &json!(true)));
    assert_eq!(response["consent_mode"]["analytics_storage"], "denied");
    let asks = &response["asks"];
    let [accept, reject] = page.all("#banner button")[..] else { panic!("two buttons") };
    for (said, shown) in [
        (&asks["title"], page.text("#banner-title")),
        (&asks["text"], page.text("#banner p")),
        (&asks["accept"], super::super::page::text(accept)),
        (&asks["reject"], super::super::page::text(reject)),
        (&response["words"]["choose"], page.text("#banner form a")),
    ] {
        assert_eq!(said.as_str(), Some(shown.as_str()));
    }
    let purposes: Vec<_> = asks["purposes"].as_array().unwrap().iter().map(|asked| &asked["name"]).collect();
    assert_eq!(purposes, ["preferences", "analytics"]);
    assert_eq!(response["links"]["preferences"], format!("{ORIGIN}/preferences"));
    assert_eq!((response["locale"].as_str(), response["direction"].as_str()), (Some("en"), Some("ltr")));
}

#[tokio::test]
async fn a_decision_on_the_site_is_visible_to_partners() {
    let mut browser = setup().browser();
    for (preferences, analytics) in [("yes", "no"), ("no", "yes"), ("yes", "yes")] {
        browser.decide(preferences, analytics).await;
        let response = browser.read_decision(SHOP).await;
        let choices = json!({ "preferences": preferences == "yes", "analytics": analytics == "yes" });
        let decision = &response["decision"];
        assert_eq!((&decision["choices"], &decision["collected_via"]), (&choices, &json!("preferences")));
        assert_eq!((&decision["decided_on"], &decision["version"]), (&json!("2026-11-22"), &json!("1.1")));
        assert_eq!(decision["expires_on"], json!({ "preferences": "2027-05-21", "analytics": "2027-05-21" }));
        assert_eq!(Some(receipt(&decision["record"])), address(&mut browser).await);
        let word = if analytics == "yes" { "granted" } else { "denied" };
        assert_eq!((&response["consent_mode"]["analytics_storage"], &response["asks"]), (&json!(word), &Value::Null));
    }
}

#[tokio::test]
async fn visitors_who_refuse_get_no_identifier_and_identical_responses() {
    let site = setup();
    let mut answers = Vec::new();
    for seconds in 0..2 {
        let mut browser = site.browser();
        browser.answer_banner("no").await;
        let mut response = browser.read_decision(SHOP).await;
        assert_eq!(response["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
        assert_eq!(response["decision"]["record"], Value::Null);
        // The token has issue and expiry times and nothing about the visitor; see `tokens`.
        response["token"] = Value::Null;
        answers.push(response);
        site.advance_clock(seconds + 1);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn an_answer_given_at_a_partner_counts_on_the_site() {
    let mut browser = setup().browser();
    browser.get("/").await;
    let choices = browser.answers_body(SHOP, json!({ "preferences": false, "analytics": true })).await;
    let answer = browser.post_decision(SHOP, json!({ "choices": choices }).to_string()).await;
    assert_eq!(
        answer.set_and_removed(),
        (vec!["__Host-Http-consent"], vec!["__Host-Http-appearance", "__Host-Http-language"])
    );
    let said = decision_response(&answer, SHOP);
    assert_eq!(said["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!((&said["decision"]["collected_via"], &said["asks"]), (&json!("api"), &Value::Null));
    assert_eq!(said["recorded"]["decided_at"], "2026-11-22T12:00:00Z");
    assert_eq!(said["recorded"]["record"], said["decision"]["record"]);

    let asked = browser.read_decision(SHOP).await;
    assert_eq!((&asked["decision"], asked.get("recorded")), (&said["decision"], None));
    let page = browser.get("/preferences").await;
    assert!(!page.has("#banner"));
    assert!(page.text("#how-chosen").contains("on a page of another service"), "{}", page.text("#how-chosen"));
    assert_eq!(browser.holds(), ["__Host-Http-analytics", "__Host-Http-consent", "__Host-Http-visit"]);
    let history = browser.get("/preferences/history").await;
    assert!(history.text(".entries dl").contains("Where On a page of https://shop.example"));
    let taken: Value = serde_json::from_str(&download(&mut browser).await).unwrap();
    assert_eq!(taken["record"]["event"]["origin"], SHOP);
}

#[tokio::test]
async fn an_answer_to_one_question_does_not_change_the_other() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    let response = browser.post_answers(SHOP, json!({ "analytics": false })).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": true, "analytics": false }));
    let mut silent = browser.site.browser();
    let response = silent.post_answers(SHOP, json!({ "analytics": true })).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!(response["decision"]["expires_on"]["preferences"], Value::Null, "silence is refusal, and has no end");
}

#[tokio::test]
async fn a_refusal_at_a_partner_removes_cookies_and_a_withdrawal_on_the_site_is_visible_to_partners() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    browser.get("/").await;
    let answer = browser.post_decision(SHOP, r#"{"choices":{"preferences":false,"analytics":false}}"#).await;
    assert_eq!(answer.set_and_removed().1, ["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-language"]);
    assert_eq!(decision_response(&answer, SHOP)["recorded"]["record"], Value::Null, "nothing tells who refused");

    // A yes to a question that is not open is not accepted.
    is_problem(&browser.post_decision(SHOP, r#"{"choices":{"analytics":true}}"#).await, 409);
    browser.decide("no", "yes").await;
    browser.withdraw("analytics").await;
    let response = browser.read_decision(SHOP).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
}

#[tokio::test]
async fn a_browser_without_cookies_gets_correct_responses() {
    let site = setup();
    let mut browser = site.browser();
    browser.keeps_cookies = false;
    let response = browser.post_answers(SHOP, json!({ "preferences": true, "analytics": true })).await;
    assert_eq!((&response["decision"]["choices"]["analytics"], &response["can_be_kept"]), (&json!(true), &json!(true)));
    assert_eq!(sound(&site).await.records, 1, "it was recorded");
    let response = browser.read_decision(SHOP).await;
    assert_eq!((&response["decision"], &response["token"]), (&Value::Null, &Value::Null), "and not kept");
}

#[tokio::test]
async fn a_cross_site_page_is_told_that_its_answer_cannot_be_stored() {
    let mut browser = setup().browser();
    for (from, can_be_kept) in [("cross-site", false), ("same-site", true)] {
        let mut request = ask(Method::GET, CONSENT, SHOP);
        request.headers_mut().unwrap().insert("sec-fetch-site", from.parse().unwrap());
        let page = browser.send(request, Body::empty()).await;
        assert_eq!(decision_response(&page, SHOP)["can_be_kept"], can_be_kept, "{from}");
    }
}

#[tokio::test]
async fn a_signal_counts_for_partners_too() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    browser.sends = vec![("sec-gpc", "1")];
    let response = browser.read_decision(SHOP).await;
    assert_eq!((&response["decision"], &response["asks"]), (&Value::Null, &Value::Null));
    assert_eq!(response["signal"], "global-privacy-control");
    browser.decide("no", "yes").await;
    let response = browser.read_decision(SHOP).await;
    assert_eq!(
        response["decision"]["choices"],
        json!({ "preferences": false, "analytics": true }),
        "a yes beside it counts"
    );
}

#[tokio::test]
async fn a_users_decision_follows_them_to_and_from_partners() {
    let mut here = setup().browser();
    sign_up(&mut here, ANNA, false).await;
    let mut there = another(&here, false).await;
    here.decide("no", "yes").await;
    let response = there.read_decision(SHOP).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!(response["decision"]["record"], Value::Null, "it is the record of another browser");
    here.site.advance_clock(60);
    there.post_answers(SHOP, json!({ "analytics": false })).await;
    let response = here.read_decision(SHOP).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
}

#[tokio::test]
async fn only_the_question_that_is_open_again_is_asked() {
    let changed = "[[purpose]]\nname = \"analytics\"\nquestion = \"May Harmony count your visits now?\"\n\
                   description = \"Counts.\"\nsince = \"1.2\"\n";
    let site = site_with_edition_and_services(changed, SERVICES, |_| ());
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    site.advance_clock(DAY);
    let response = browser.read_decision(SHOP).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": true, "analytics": false }));
    assert_eq!((&response["edition"], &response["decision"]["version"]), (&json!("1.2"), &json!("1.1")));
    let asks = &response["asks"];
    assert_eq!(asks["title"], "May Harmony count your visits now?");
    assert_eq!(asks["purposes"].as_array().unwrap().len(), 1);
    let response = browser.post_answers(SHOP, json!({ "analytics": true })).await;
    assert_eq!(response["decision"]["choices"], json!({ "preferences": true, "analytics": true }));
    assert_eq!(response["asks"], Value::Null);
}

#[tokio::test]
async fn a_forged_decision_is_ignored() {
    let mut browser = setup().browser();
    let decision = Decision::answering(None, &both(Answer::Yes), &browser.site.act());
    let name = FirstPartyCookie::Consent.into_str();
    let forged = CookieSigner::new(&[8; KEY_BYTES]).sign(name, RecordRef::encode(Some(FILED), &decision));
    let request = ask(Method::GET, CONSENT, SHOP).header(header::COOKIE, format!("{name}={forged}"));
    assert_eq!(decision_response(&browser.send(request, Body::empty()).await, SHOP)["decision"], Value::Null);
}

#[tokio::test]
async fn an_answer_that_cannot_be_recorded_is_rejected_and_sets_nothing() {
    let site = setup();
    let mut browser = site.browser();
    // Another connection holds a write transaction open.
    let other = Connection::open(site.file("harmony.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let page = browser.post_decision(SHOP, r#"{"choices":{"analytics":false}}"#).await;
    is_problem(&page, 503);
    assert_eq!(page.header(header::RETRY_AFTER), Some("2"));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(browser.read_decision(SHOP).await["decision"], Value::Null);
}

#[tokio::test]
async fn as_many_purposes_as_a_site_may_declare_are_answered_at_once() {
    let own = |index: usize| {
        let name = format!("{:a<width$}{index:02}", "", width = MAX_PURPOSE_NAME - 2);
        format!(
            "[[purpose]]\nname = \"{name}\"\nquestion = \"Ask {index}\"\ndescription = \"Is {index}.\"\nsince = \"1.2\"\n"
        )
    };
    let inventory: String = (2..MAX_OPTIONAL_PURPOSES).map(own).collect();
    let site = site_with_edition_and_services(&inventory, SERVICES, |_| ());
    site.advance_clock(DAY);
    let mut browser = site.browser();
    browser.get("/").await;
    let asked = browser.read_decision(SHOP).await["asks"]["purposes"].as_array().unwrap().clone();
    assert_eq!(asked.len(), MAX_OPTIONAL_PURPOSES);
    let all = asked.iter().map(|question| (question["name"].as_str().unwrap().to_owned(), json!(true))).collect();
    let response = browser.post_answers(SHOP, Value::Object(all)).await;
    let choices = response["decision"]["choices"].as_object().unwrap();
    assert!(choices.len() == MAX_OPTIONAL_PURPOSES && choices.values().all(|granted| *granted == json!(true)));
    let page = browser.get("/preferences").await;
    let answers: Vec<_> = choices.keys().map(|name| (name.as_str(), "no")).collect();
    let page = browser.submit(&page, "#choices", &answers).await;
    assert!(page.has("#notice"), "the form is not too large");
    assert!(decision_in_cookie(&browser).allowed().is_empty());
    assert!(browser.cookies.value("__Host-Http-consent").len() < 4_000);
}
