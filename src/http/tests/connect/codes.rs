//! What a code leads to, and that it leads there once.

use axum::{
    body::Body,
    http::{Method, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    super::{
        accounts::users::{ANNA, another, count, holds, sign_up, stored_bytes},
        browser::ORIGIN,
        retention::live,
    },
    ASKED, SHOP, VERIFIER, choice_of, code_in, exchange, is_refused, of_shop, setup, stored,
};
use crate::system::digest::sha256_hex;

/// From noon on 22 November 2026 to the day on which a choice of then expires.
const UNTIL_EXPIRY: i64 = 180 * 86_400 - 43_200;

#[tokio::test]
async fn a_choice_on_the_site_reaches_another_domain_by_a_code() {
    let mut browser = setup().browser();
    browser.decide("no", "yes").await;
    let choice = browser.choice_at_shop().await;
    let decision = &choice["decision"];
    assert_eq!(decision["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!((&decision["collected_via"], &decision["version"]), (&json!("preferences"), &json!("1.1")));
    assert_eq!(decision["record"], Value::Null, "no id by which services could recognise a visitor");
    assert_eq!((&choice["max_age"], &choice["asks"]), (&json!(UNTIL_EXPIRY), &Value::Null));
    assert_eq!(choice["consent_mode"]["analytics_storage"], "granted");
    let claims = choice["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let (at, choices) = (browser.site.now(), &decision["choices"]);
    let expected =
        json!({ "iss": ORIGIN, "aud": SHOP, "iat": at, "exp": at + 300, "edition": "1.1", "choices": choices });
    assert_eq!(claims, expected);
}

#[tokio::test]
async fn no_choice_a_deleted_one_and_a_withdrawn_purpose_are_told_as_such() {
    let mut browser = setup().browser();
    let nothing = browser.choice_at_shop().await;
    for field in ["decision", "token", "max_age", "signal"] {
        assert_eq!(nothing[field], Value::Null, "{field}");
    }
    let asked: Vec<_> = nothing["asks"]["purposes"].as_array().unwrap().iter().map(|asked| &asked["name"]).collect();
    assert_eq!(asked, ["preferences", "analytics"]);
    browser.decide("yes", "yes").await;
    browser.withdraw("analytics").await;
    let choice = browser.choice_at_shop().await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": true, "analytics": false }));
    browser.delete_all().await;
    let choice = browser.choice_at_shop().await;
    assert_eq!((&choice["decision"], &choice["token"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_signal_counts_as_everywhere_else() {
    let mut browser = setup().browser();
    browser.decide("yes", "yes").await;
    browser.sends = vec![("sec-gpc", "1")];
    let choice = browser.choice_at_shop().await;
    for field in ["decision", "token", "max_age", "asks"] {
        assert_eq!(choice[field], Value::Null, "{field}");
    }
    assert_eq!(choice["signal"], "global-privacy-control");
    browser.decide("no", "yes").await;
    let choice = browser.choice_at_shop().await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": false, "analytics": true }), "a yes beside it");
}

#[tokio::test]
async fn the_choice_of_an_account_goes_out_too() {
    let mut here = setup().browser();
    sign_up(&mut here, ANNA, false).await;
    let mut there = another(&here, false).await;
    here.decide("no", "yes").await;
    let choice = there.choice_at_shop().await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
}

#[tokio::test]
async fn visitors_who_refuse_are_not_told_apart() {
    let site = setup();
    let mut told = Vec::new();
    for _ in 0..2 {
        let mut browser = site.browser();
        browser.answer_banner("no").await;
        site.advance_clock(7);
        let code = code_in(&browser.ask_code(ASKED).await);
        site.advance_clock(30 - site.now() % 30);
        let mut choice = choice_of(&site, &code).await;
        // These two depend on the time of the exchange alone.
        let (expires_in, at) = (choice["max_age"].take().as_i64().unwrap(), site.now());
        told.push((choice["token"].take().is_string(), expires_in + at, choice));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_only_by_who_asked_for_it() {
    let site = setup();
    let mut browser = site.browser();
    browser.decide("no", "yes").await;
    let code = code_in(&browser.ask_code(ASKED).await);
    let other_verifier = format!("{}x", &VERIFIER[1..]);
    for (case, body) in [
        ("another service's", json!({ "code": code, "code_verifier": VERIFIER, "service": "club" })),
        ("a service without a callback", json!({ "code": code, "code_verifier": VERIFIER, "service": "plain" })),
        ("an unlisted service", json!({ "code": code, "code_verifier": VERIFIER, "service": "evil" })),
        ("no service", json!({ "code": code, "code_verifier": VERIFIER, "service": "" })),
        ("another verifier", json!({ "code": code, "code_verifier": other_verifier, "service": "shop" })),
        ("the challenge as verifier", json!({ "code": code, "code_verifier": super::CHALLENGE, "service": "shop" })),
        ("no verifier", json!({ "code": code, "code_verifier": "", "service": "shop" })),
        ("a long verifier", json!({ "code": code, "code_verifier": "a".repeat(129), "service": "shop" })),
        ("another code", json!({ "code": "0".repeat(32), "code_verifier": VERIFIER, "service": "shop" })),
        ("the hash", json!({ "code": sha256_hex(&code), "code_verifier": VERIFIER, "service": "shop" })),
        ("no code", json!({ "code": "", "code_verifier": VERIFIER, "service": "shop" })),
        ("a long code", json!({ "code": "0".repeat(4_000), "code_verifier": VERIFIER, "service": "shop" })),
    ] {
        is_refused(&exchange(&site, body.to_string()).await, case);
    }
    // None of them spoilt the code.
    assert_eq!(choice_of(&site, &code).await["decision"]["choices"]["analytics"], true);
    for _ in 0..2 {
        is_refused(&exchange(&site, of_shop(&code)).await, "replay");
    }
    assert_eq!(browser.choice_at_shop().await["decision"]["choices"]["analytics"], true, "a new code is another one");
}

#[tokio::test]
async fn a_code_expires_after_sixty_seconds() {
    for (age, is_valid) in [(59, true), (60, false), (86_400, false)] {
        let site = setup();
        let code = code_in(&site.browser().ask_code(ASKED).await);
        site.advance_clock(age);
        let page = exchange(&site, of_shop(&code)).await;
        if is_valid { assert_eq!(page.status, 200, "{age}") } else { is_refused(&page, "expired") }
    }
}

#[tokio::test]
async fn of_many_exchanges_at_once_exactly_one_gets_the_choice() {
    let site = setup();
    let code = code_in(&site.browser().ask_code(ASKED).await);
    let mut exchanges = JoinSet::new();
    for _ in 0..16 {
        let (site, body) = (site.clone(), of_shop(&code));
        exchanges.spawn(async move { exchange(&site, body).await.status.as_u16() });
    }
    let mut statuses = exchanges.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[400; 15]].concat());
}

#[tokio::test]
async fn asking_and_exchanging_record_nothing_and_the_code_itself_is_not_stored() {
    let site = setup();
    let mut browser = site.browser();
    let code = code_in(&browser.ask_code(ASKED).await);
    let bytes = stored_bytes(&site).await;
    assert!(holds(&bytes, &sha256_hex(&code)) && !holds(&bytes, &code));
    choice_of(&site, &code).await;
    assert_eq!(stored(&site).await, (0, 0));
    assert_eq!(browser.holds(), Vec::<&str>::new());
}

#[tokio::test]
async fn the_hourly_task_deletes_expired_codes() {
    let site = setup();
    let mut browser = site.browser();
    browser.decide("no", "yes").await;
    browser.ask_code(ASKED).await;
    live(&site, 0).await;
    assert_eq!(count(&site, "connect_codes").await, 1, "it is valid");
    live(&site, 3_600).await;
    assert_eq!(count(&site, "connect_codes").await, 0);
}

#[tokio::test]
async fn cookies_and_origins_mean_nothing_to_an_exchange() {
    let site = setup();
    let code = code_in(&site.browser().ask_code(ASKED).await);
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    let request = browser.request(Method::POST, "/api/v1/connect").header(header::CONTENT_TYPE, "application/json");
    let request = request.header(header::ORIGIN, "https://evil.example").header("sec-fetch-site", "cross-site");
    let page = browser.send(request, Body::from(of_shop(&code))).await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (200, (vec![], vec![])));
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "no page may read it");
    let choice: Value = serde_json::from_slice(&page.bytes).unwrap();
    assert_eq!(choice["decision"], Value::Null, "it is that of the browser that asked for the code");
}
