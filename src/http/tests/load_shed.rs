//! Load shedding: requests over the limit get an error at once, cached pages are still served, and
//! the site recovers.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{
    accounts::users::{ANNA, is_signed_in, sign_up},
    browser::{Browser, FORM, ORIGIN},
    page::Page,
    site::{Site, site_with},
};
use crate::http::{
    state::{load_shed::LoadShed, page_cache::PageCache},
    tests::raw_client::{head, rest, serve},
};

/// Returns a site that handles few requests at a time, with the page cache of a release build.
pub(super) fn site_with_limit(places: usize) -> Site {
    site_with(|state| {
        state.load_shed = Some(LoadShed::new(places));
        state.page_cache = PageCache::enabled();
    })
}

pub(super) fn is_shed(page: &Page, case: &str) {
    assert_eq!(page.status, 503, "{case}");
    assert_eq!(page.header(header::RETRY_AFTER), Some("1"), "{case}");
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"), "{case}");
    assert_eq!(page.set_and_removed(), (vec![], vec![]), "{case}");
    assert!(page.header(header::CONTENT_SECURITY_POLICY).is_some(), "{case}");
}

#[tokio::test]
async fn over_the_limit_only_cached_pages_are_served() {
    let site = site_with_limit(1);
    let mut user = site.browser();
    sign_up(&mut user, ANNA, false).await;
    let mut browser = site.browser();
    assert_eq!(browser.get("/policy").await.status, 200, "rendered and kept");
    assert_eq!(browser.get("/de/policy").await.status, 200, "rendered and kept");
    let http = std::sync::Arc::clone(&site.http);
    let place = http.load_shed.try_acquire().unwrap();
    for address in ["/policy", "/de/policy", "/health", "/ready"] {
        assert_eq!(site.browser().get(address).await.status, 200, "{address}");
    }
    for address in ["/verify", "/favicon.svg", "/cookies.json", "/nowhere"] {
        is_shed(&site.browser().get(address).await, address);
    }
    let page = browser.get("/verify").await;
    assert_eq!(page.text("h1"), "The site is busy");
    assert_eq!(browser.get("/de/verify").await.text("h1"), "Die Website ist ausgelastet");
    is_shed(&browser.post_fields("/api/consent/answer", "answer=yes&return_to=/").await, "a form");
    is_shed(&user.get("/").await, "a member, who would have to be looked up");
    drop(place);
    assert_eq!(browser.get("/verify").await.status, 200, "it passes by itself");
    assert!(is_signed_in(&mut user).await, "and nobody was signed out by it");
}

#[tokio::test]
async fn policy_and_preferences_are_always_served_even_if_they_were_not_cached() {
    let site = site_with_limit(1);
    let _place = site.http.load_shed.try_acquire().unwrap();
    let asked: Vec<_> = ["/policy", "/de/policy", "/preferences", "/services"]
        .into_iter()
        .cycle()
        .take(40)
        .map(|address| {
            let mut browser = site.browser();
            (address, tokio::spawn(async move { browser.get(address).await.status }))
        })
        .collect();
    for (address, status) in asked {
        assert_eq!(status.await.unwrap(), 200, "{address}");
    }
}

#[tokio::test]
async fn a_program_gets_a_plain_text_error() {
    let site = site_with_limit(1);
    let _place = site.http.load_shed.try_acquire().unwrap();
    let mut browser = site.browser();
    let mut request = browser.request(Method::GET, "/cookies.json");
    request.headers_mut().unwrap().remove(header::ACCEPT);
    let page = browser.send(request, Body::empty()).await;
    is_shed(&page, "a program");
    assert_eq!(page.header(header::CONTENT_TYPE), Some("text/plain; charset=utf-8"));
    assert!(page.bytes.ends_with(b"in a moment.\n"));
}

#[tokio::test]
async fn every_permit_is_released_after_any_outcome_of_a_request() {
    let site = site_with_limit(3);
    let mut browser = site.browser();
    for address in ["/", "/preferences", "/nowhere", "/policy/9.9", "/cookies.json", "/favicon.svg"] {
        browser.get(address).await;
    }
    browser.post_fields("/api/consent/answer", "answer=no").await;
    browser.post_fields("/api/consent/answer", "answer=no&return_to=/").await;
    assert_eq!(site.http.load_shed.available(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sender_holds_no_permit() {
    let site = site_with_limit(1);
    let address = serve(&site).await;
    let own = format!("origin: {ORIGIN}");
    let kind = format!("content-type: {FORM}");
    let request = head("POST /api/consent/answer", &[&own, &kind, "content-length: 22"]);
    let slow: Vec<_> = (0..8)
        .map(|_| {
            let mut line = TcpStream::connect(address).unwrap();
            line.write_all(&request).unwrap();
            line.write_all(b"answer=no").unwrap();
            line
        })
        .collect();
    let started = Instant::now();
    let mut others: Browser = site.browser();
    for _ in 0..5 {
        assert_eq!(others.get("/preferences").await.status, 200);
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    let mut one = slow.into_iter().next().unwrap();
    one.write_all(b"&return_to=/x").unwrap();
    let answer = tokio::task::spawn_blocking(move || rest(one)).await.unwrap();
    assert_eq!(answer.status(), "400", "what came in the end was read: {}", answer.head);
}

#[tokio::test]
async fn the_busy_page_is_in_the_saved_language() {
    let site = site_with_limit(1);
    let mut browser = site.browser();
    browser.decide("yes", "no").await;
    browser.cookies.plant("__Host-Http-language", "ar", "/");
    let _permit = site.http.load_shed.try_acquire().unwrap();
    for (browser, expected) in [(&mut browser, "ar"), (&mut site.browser(), "en")] {
        let page = browser.get("/verify").await;
        is_shed(&page, expected);
        assert_eq!(page.one("html").attr("lang"), Some(expected));
    }
}
