//! What pages of partner services find and the policy does not say: what they are told to look for,
//! and what is stored of their reports.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::{SHOP, access_headers, ask, decision_response, is_problem, is_readable_by};
use crate::{
    app::findings,
    domain::cookies::inventory::finding::MAX_REPORT_BYTES,
    http::tests::{
        browser::Browser,
        page::Page,
        retention::live,
        site::{DAY, Site, site_with_edition_and_services},
    },
    properties::cases,
};

const FINDINGS: &str = "/api/v1/findings";

/// Two services of which one reports, and two of which the second has no id.
const SERVICES: &str = r#"
[[service]]
id = "shop"
name = "Shop"
address = "https://shop.example/"
origins = ["https://shop.example", "https://pay.shop.example"]
how = "incorporates"
since = "1.0"
findings = true

[[service]]
id = "club"
name = "Club"
address = "https://club.example/"
origins = ["https://club.example"]
how = "links"
since = "1.1"

[[service]]
name = "Guest"
address = "https://guest.example/"
origins = ["https://guest.example"]
how = "links"
since = "1.1"
"#;

/// What the first service declares from edition 1.2 on.
const DECLARED: &str = r#"
[[cookie]]
service = "shop"
name = "_ga_*"
purpose = "analytics"
lifetime = "60 days"
party = "first"
description = "Counts."
since = "1.2"

[[cookie]]
service = "shop"
name = "basket"
kind = "local storage"
purpose = "security"
lifetime = "until deleted"
party = "first"
description = "Keeps the basket."
since = "1.2"
"#;

/// A site whose edition 1.2 is in force.
fn site() -> Site {
    let site = site_with_edition_and_services(DECLARED, SERVICES, |_| ());
    site.advance_clock(DAY);
    site
}

async fn report(browser: &mut Browser, origin: &str, body: impl Into<Body>) -> Page {
    let request = ask(Method::POST, FINDINGS, origin).header(header::CONTENT_TYPE, "text/plain;charset=UTF-8");
    browser.send(request, body.into()).await
}

fn finding(kind: &str, name: &str, finding: &str) -> Value {
    json!({ "kind": kind, "name": name, "finding": finding })
}

/// The stored findings as `service kind name finding days count`.
async fn stored(site: &Site) -> Vec<String> {
    site.state.store.flush().await.unwrap();
    let found = findings::list(&site.state.store, time::macros::date!(1970 - 01 - 01)).await.unwrap();
    let line = |sum: &crate::store::FindingSum| {
        format!("{} {} {} {} {} {}", sum.service, sum.kind, sum.name, sum.finding, sum.days, sum.count)
    };
    found.iter().map(line).collect()
}

#[tokio::test]
async fn a_page_learns_what_its_own_service_declares_and_whether_it_reports() {
    let mut browser = site().browser();
    for (origin, declared, reports) in [
        (
            SHOP,
            json!([
                { "kind": "cookie", "name": "_ga_*", "purpose": "analytics", "max_age": 60 * DAY },
                { "kind": "local storage", "name": "basket", "purpose": null, "max_age": null },
            ]),
            true,
        ),
        ("https://club.example", json!([]), false),
        ("https://guest.example", Value::Null, false),
    ] {
        let page = browser.send(ask(Method::GET, super::CONSENT, origin), Body::empty()).await;
        let answer = decision_response(&page, origin);
        assert_eq!((&answer["declared"], &answer["findings"]), (&declared, &json!(reports)), "{origin}");
    }
}

#[tokio::test]
async fn a_report_adds_to_counts_and_nothing_of_the_visitor_is_stored() {
    let site = site();
    let mut browser = site.browser();
    browser.decide("no", "yes").await;
    let body = json!([
        finding("cookie", "track-20261128", "undeclared"),
        finding("cookie", "track-20261129", "undeclared"),
        finding("cookie", "_ga_*", "without_consent"),
        finding("cookie", "_ga_*", "too_long"),
        // What is declared, or this site's own.
        finding("cookie", "_ga_X", "undeclared"),
        finding("local storage", "basket", "undeclared"),
        finding("cookie", "__Host-Http-consent", "undeclared"),
        finding("local storage", "basket", "without_consent"),
        finding("cookie", "nothing", "too_long"),
    ]);
    for origin in [SHOP, "https://pay.shop.example"] {
        let page = report(&mut browser, origin, body.to_string()).await;
        assert_eq!((page.status, page.bytes.len()), (StatusCode::NO_CONTENT, 0));
        assert_eq!(page.set_and_removed(), (vec![], vec![]));
        is_readable_by(&page, origin);
    }
    site.advance_clock(DAY);
    report(&mut browser, SHOP, json!([finding("cookie", "track-1234", "undeclared")]).to_string()).await;
    let expected = [
        "shop cookie track-* undeclared 2 3",
        "shop cookie _ga_* too_long 1 2",
        "shop cookie _ga_* without_consent 1 2",
    ];
    assert_eq!(stored(&site).await, expected);
}

#[tokio::test]
async fn only_services_that_take_part_are_counted_and_only_listed_origins_accepted() {
    let site = site();
    let mut browser = site.browser();
    let body = json!([finding("cookie", "_gid", "undeclared")]).to_string();
    for origin in ["https://club.example", "https://guest.example"] {
        assert_eq!(report(&mut browser, origin, body.clone()).await.status, 204, "{origin}");
    }
    for origin in ["https://evil.example", "null", "https://shop.example:444", "http://localhost:3000"] {
        let page = report(&mut browser, origin, body.clone()).await;
        is_problem(&page, 403);
        assert_eq!(access_headers(&page), Vec::<&str>::new(), "{origin}");
    }
    assert_eq!(stored(&site).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_the_script_does_not_send_is_rejected() {
    let site = site();
    let mut browser = site.browser();
    let one = |fields: &str| format!("[{{\"kind\":\"cookie\",\"name\":\"x\",\"finding\":\"undeclared\"{fields}}}]");
    let many = Value::Array(vec![finding("cookie", "x", "undeclared"); 51]).to_string();
    for body in [
        "",
        "[]",
        "{}",
        "[1]",
        "[{}]",
        &one(",\"value\":\"secret\""),
        &one(",\"name\":\"y\""),
        &json!([finding("cookie", "", "undeclared")]).to_string(),
        &json!([finding("cookie", "x", "dropped")]).to_string(),
        &json!([finding("cache", "x", "undeclared")]).to_string(),
        &json!([finding("cookie", &"x".repeat(129), "undeclared")]).to_string(),
        &many,
    ] {
        is_problem(&report(&mut browser, SHOP, body.to_owned()).await, 400);
    }
    is_problem(&report(&mut browser, SHOP, " ".repeat(MAX_REPORT_BYTES + 1)).await, 413);
    assert_eq!(report(&mut browser, SHOP, one("")).await.status, 204);
    assert_eq!(stored(&site).await, ["shop cookie x undeclared 1 1"]);
}

#[tokio::test]
async fn findings_are_deleted_after_ninety_days() {
    let site = site();
    let mut browser = site.browser();
    browser.decide("no", "no").await;
    live(&site, 0).await;
    report(&mut browser, SHOP, json!([finding("cookie", "x", "undeclared")]).to_string()).await;
    live(&site, 90 * DAY).await;
    assert_eq!(stored(&site).await.len(), 1);
    live(&site, DAY).await;
    assert_eq!(stored(&site).await, Vec::<String>::new());
}

/// Generates reports and what is nearly one.
fn body() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec!["cookie", "local storage", "session storage", "indexeddb", "Cookie", ""]);
    let fault = prop::sample::select(vec!["undeclared", "without_consent", "too_long", "dropped"]);
    let name = prop_oneof![Just("_ga_*".to_owned()), "[ -~]{0,140}", any::<String>()];
    prop_oneof![
        4 => prop::collection::vec((kind, name, fault), 0..4).prop_map(|found| {
            let found = found.iter().map(|(kind, name, fault)| finding(kind, name, fault));
            Value::Array(found.collect()).to_string()
        }),
        1 => "[ \\[\\]{}:,\"a-z]{0,40}",
        1 => (1..200_usize).prop_map(|depth| "[".repeat(depth)),
    ]
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn any_report_is_taken_or_rejected_and_no_long_number_is_stored(bodies in prop::collection::vec(body(), 1..12)) {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let stored = runtime.block_on(async {
            let site = site();
            let mut browser = site.browser();
            for body in bodies {
                let page = report(&mut browser, SHOP, body).await;
                assert!([204, 400].contains(&page.status.as_u16()), "{}", page.status);
            }
            stored(&site).await
        });
        for line in stored {
            let numbers = line.split(|character: char| !character.is_ascii_digit());
            prop_assert!(line.is_ascii() && numbers.into_iter().all(|digits| digits.len() < 4), "{}", line);
        }
    }
}
