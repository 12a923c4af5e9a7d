//! Any request gets a response below 500 and sets no optional cookie without a grant.

use axum::{
    body::Body,
    http::{HeaderValue, Method, header},
};
use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::{browser::Browser, page::encode, site::setup};
use crate::{http::tests::urls::FORMS, properties::cases};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Generates names and values of real forms, mixed with arbitrary ones.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "answer",
            "return_to",
            "preferences",
            "analytics",
            "purpose",
            "name",
            "theme",
            "text_size",
            "yes",
            "no",
            "/",
            "/policy",
            "/preferences",
            "dark",
            "large",
            "system",
            "normal",
            "__Host-Http-consent",
            "__Host-Http-analytics",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,12}",
        any::<String>(),
    ]
}

fn fields() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec((word(), word()), 0..6).prop_map(|fields| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            encode(&fields).into_bytes()
        }),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => "[a-z\\[\\]=&%+]{0,60}".prop_map(String::into_bytes),
    ]
}

fn cookies() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "__Host-Http-consent",
        "__Host-Http-analytics",
        "__Host-Http-appearance",
        "__Host-Http-visit",
        "a",
        "",
    ]);
    prop_oneof![
        prop::collection::vec((name, "[!-~]{0,60}"), 0..6).prop_map(|pairs| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ").into_bytes()
        }),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn holds_optional(browser: &Browser) -> bool {
    browser.holds().iter().any(|name| matches!(*name, "__Host-Http-analytics" | "__Host-Http-appearance"))
}

#[test]
fn no_form_makes_the_site_fail_or_set_what_nobody_granted() {
    let (runtime, site) = (runtime(), setup());
    proptest!(cases(300), |(which in 0..FORMS.len(), body in fields())| {
        let address = FORMS[which].0;
        let (status, said_yes, optional) = runtime.block_on(async {
            let mut browser = site.browser();
            let page = browser.post_fields(address, body.clone()).await;
            let said_yes = body.windows(4).any(|window| window == b"=yes");
            (page.status.as_u16(), said_yes, holds_optional(&browser))
        });
        prop_assert!(status < 500, "{address}: {status}");
        prop_assert!(!optional || (said_yes && address == "/api/appearance/save"), "{address}");
        let is_answered = status == if address == "/verify" { 200 } else { 303 };
        prop_assert!(is_answered || (400..500).contains(&status), "{address}: {status}");
    });
}

#[test]
fn with_a_signal_no_form_sets_anything_without_a_yes() {
    let (runtime, site) = (runtime(), setup());
    proptest!(cases(100), |(which in 0..FORMS.len(), body in fields(), is_dnt: bool)| {
        let address = FORMS[which].0;
        let (said_yes, optional) = runtime.block_on(async {
            let mut browser = site.browser();
            browser.answer_banner("yes").await;
            browser.sends.push((if is_dnt { "dnt" } else { "sec-gpc" }, "1"));
            browser.post_fields(address, body.clone()).await;
            browser.get("/").await;
            (body.windows(4).any(|window| window == b"=yes"), holds_optional(&browser))
        });
        prop_assert!(!optional || said_yes, "{address}");
    });
}

#[test]
fn no_cookie_header_makes_the_site_fail_or_believe_in_a_grant() {
    let (runtime, site) = (runtime(), setup());
    proptest!(cases(150), |(sent in cookies())| {
        let Ok(value) = HeaderValue::from_bytes(&sent) else { return Ok(()) };
        let (status, believed, optional) = runtime.block_on(async {
            let mut browser = site.browser();
            let request = browser.request(Method::GET, "/preferences").header(header::COOKIE, value);
            let page = browser.send(request, Body::empty()).await;
            (page.status.as_u16(), page.has("#choices input[checked], form.turn-off"), holds_optional(&browser))
        });
        prop_assert!(status == 200 || status == 400, "{status}");
        prop_assert!(!believed && !optional);
    });
}

#[test]
fn no_url_makes_the_site_fail() {
    let (runtime, site) = (runtime(), setup());
    proptest!(cases(150), |(path in "(/(policy|preferences|api|pkg|[!-~]{0,8})){1,4}", query in "[!-~]{0,60}")| {
        let address = format!("{path}?{query}");
        prop_assume!(address.parse::<axum::http::Uri>().is_ok_and(|uri| uri.host().is_none()));
        let status = runtime.block_on(async { site.browser().get(&address).await.status.as_u16() });
        prop_assert!(status < 500, "{address}: {status}");
    });
}
