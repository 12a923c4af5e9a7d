//! The gate around handlers that write arbitrary `Set-Cookie` headers.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    Router,
    body::Body,
    extract,
    http::{HeaderMap, HeaderValue, Request, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use tower::ServiceExt;

use super::site::{CONSENT_LABEL, FILED, Site, setup};
use crate::{
    app::AppState,
    domain::{
        consent::decision::{
            Answer, Answers, Decision,
            tests::{TWO, both},
        },
        ledger::record::RecordRef,
    },
    http::middleware::set_cookie_gate,
};

const VISIT: &str = "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/";
const ANALYTICS: &str = "__Host-Http-analytics=seen; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=15552000";

/// Returns the `Cookie` header of a visitor with these answers.
fn decided(site: &Site, choices: Answers) -> String {
    let decision = Decision::answering(None, &choices, &site.act());
    format!(
        "__Host-Http-consent={}",
        site.state.cookie_signer.sign(CONSENT_LABEL, RecordRef::encode(Some(FILED), &decision))
    )
}

/// Runs the gate as the only middleware.
async fn run_gate(extract::State(site): extract::State<Arc<AppState>>, request: Request<Body>, next: Next) -> Response {
    let jar = set_cookie_gate::open(&site, request.headers());
    let mut response = next.run(request).await;
    set_cookie_gate::close(&site, &jar, &mut response);
    response
}

/// Sends a request with these cookies to a handler that writes these headers. Returns the headers
/// that leave, and how many the gate blocked or corrected.
async fn leaves(site: &Site, carried: &str, written: &[&'static str]) -> (Vec<String>, u64) {
    let headers: HeaderMap = written.iter().map(|line| (header::SET_COOKIE, HeaderValue::from_static(line))).collect();
    let router: Router = Router::new()
        .route("/", get(move || async move { headers }))
        .layer(from_fn_with_state(site.state.clone(), run_gate));
    let before = site.state.gate_violations.load(Ordering::Relaxed);
    let request = Request::get("/").header(header::COOKIE, carried).body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let left = answer.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned());
    (left.collect(), site.state.gate_violations.load(Ordering::Relaxed) - before)
}

#[tokio::test]
async fn a_declared_cookie_leaves_unchanged() {
    let site = setup();
    assert_eq!(leaves(&site, "", &[VISIT]).await, (vec![VISIT.to_owned()], 0));
    let granted = decided(&site, both(Answer::Yes));
    let both = (vec![VISIT.to_owned(), ANALYTICS.to_owned()], 0);
    assert_eq!(leaves(&site, &granted, &[VISIT, ANALYTICS]).await, both);
}

#[tokio::test]
async fn an_undeclared_cookie_never_leaves() {
    let site = setup();
    let granted = decided(&site, both(Answer::Yes));
    for line in [
        "session=1; HttpOnly; Secure; Path=/",
        "__host-visit=1; Secure; Path=/",
        "__Host-Visit=1; Secure; Path=/",
        "__Host-visit2=1",
        "session=",
        "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "session=x; Max-Age=0",
    ] {
        assert_eq!(leaves(&site, &granted, &[line]).await, (vec![], 1), "{line}");
        assert_eq!(leaves(&site, "session=1", &[line]).await, (vec![], 1), "{line}, carried");
        assert_eq!(leaves(&site, &granted, &[line, VISIT]).await, (vec![VISIT.to_owned()], 1), "the other one leaves");
    }
}

#[tokio::test]
async fn an_invalid_set_cookie_header_never_leaves() {
    let site = setup();
    for line in ["", "=", "=1", "visit", ";", "; Path=/", "__Host-Http-visit; Secure"] {
        assert_eq!(leaves(&site, "", &[line]).await, (vec![], 1), "{line:?}");
    }
}

#[tokio::test]
async fn an_optional_cookie_leaves_only_with_a_grant_for_its_purpose() {
    let site = setup();
    let only = |preferences, analytics| decided(&site, TWO.into_iter().zip([preferences, analytics]).collect());
    for (carried, may_leave) in [
        (String::new(), false),
        ("__Host-Http-consent=forged".to_owned(), false),
        (only(Answer::No, Answer::No), false),
        (only(Answer::Yes, Answer::No), false),
        (only(Answer::No, Answer::Yes), true),
        (only(Answer::Yes, Answer::Yes), true),
        (format!("{0}; {0}", only(Answer::Yes, Answer::Yes)), false),
    ] {
        let (left, faults) = leaves(&site, &carried, &[ANALYTICS]).await;
        assert_eq!((left.len(), faults), (usize::from(may_leave), u64::from(!may_leave)), "{carried}");
    }
    let carried = only(Answer::Yes, Answer::Yes);
    site.advance_clock(181 * super::site::DAY);
    assert_eq!(leaves(&site, &carried, &[ANALYTICS]).await, (vec![], 1), "the decision is over");
}

#[tokio::test]
async fn a_cookie_with_wrong_attributes_is_corrected_and_counted() {
    let site = setup();
    for line in [
        "__Host-Http-visit=a",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/elsewhere",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.org",
        "__Host-Http-visit=a; HttpOnly; SameSite=None; Secure; Path=/",
        "__Host-Http-visit=a; HttpOnly; Secure; Path=/",
        "__Host-Http-visit=a; SameSite=Lax; Secure; Path=/",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Path=/",
        "__Host-Http-visit=a; HttpOnly; SameSite=Lax; Secure; Path=/; Partitioned",
    ] {
        assert_eq!(leaves(&site, "", &[line]).await, (vec![VISIT.to_owned()], 1), "{line}");
    }
    let granted = decided(&site, both(Answer::Yes));
    for line in [
        "__Host-Http-analytics=seen; HttpOnly; SameSite=Lax; Secure; Path=/",
        "__Host-Http-analytics=seen; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=15552001",
        "__Host-Http-analytics=seen; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=99999999999999999999",
    ] {
        assert_eq!(leaves(&site, &granted, &[line]).await, (vec![ANALYTICS.to_owned()], 1), "{line}");
    }
}

#[tokio::test]
async fn a_removal_leaves_with_the_declared_path_and_needs_no_grant() {
    let site = setup();
    let removal = "__Host-Http-analytics=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
    assert_eq!(leaves(&site, "", &[removal]).await, (vec![removal.to_owned()], 0));
    let bare = "__Host-Http-analytics=; Max-Age=0";
    assert_eq!(leaves(&site, "", &[bare]).await, (vec![removal.to_owned()], 1));
}

#[tokio::test]
async fn a_handler_cannot_remove_an_undeclared_cookie() {
    let site = setup();
    let removal = "other=; Path=/; Max-Age=0";
    for carried in ["", "another=1", "other=1"] {
        assert_eq!(leaves(&site, carried, &[removal]).await, (vec![], 1), "{carried:?}");
    }
}
