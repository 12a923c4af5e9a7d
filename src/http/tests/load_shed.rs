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
    accounts::members::{ANNA, is_member, sign_up},
    browser::{Browser, FORM, ORIGIN},
    page::Page,
    site::{Site, site_with},
};
use crate::http::{
    middleware::{load_shed::LoadShed, page_cache::PageCache},
    tests::raw_client::{head, rest, serve},
};

/// Returns a site that handles few requests at a time, with the page cache of a release build.
fn narrow(places: usize) -> Site {
    site_with(|state| {
        state.load = LoadShed::new(places);
        state.cached_pages = PageCache::keeping();
    })
}

fn is_shed(page: &Page, case: &str) {
    assert_eq!(page.status, 503, "{case}");
    assert_eq!(page.header(header::RETRY_AFTER), Some("1"), "{case}");
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"), "{case}");
    assert_eq!(page.set_and_removed(), (vec![], vec![]), "{case}");
    assert!(page.header(header::CONTENT_SECURITY_POLICY).is_some(), "{case}");
}

#[tokio::test]
async fn beyond_what_can_be_worked_on_only_what_is_kept_is_answered() {
    let site = narrow(1);
    let mut member = site.browser();
    sign_up(&mut member, ANNA, false).await;
    let mut browser = site.browser();
    assert_eq!(browser.get("/policy").await.status, 200, "rendered and kept");
    assert_eq!(browser.get("/de/policy").await.status, 200, "rendered and kept");
    let state = std::sync::Arc::clone(&site.state);
    let place = state.load.enter().unwrap();
    for address in ["/policy", "/de/policy", "/health", "/ready"] {
        assert_eq!(site.browser().get(address).await.status, 200, "{address}");
    }
    for address in ["/preferences", "/favicon.svg", "/cookies.json", "/nowhere"] {
        is_shed(&site.browser().get(address).await, address);
    }
    let page = browser.get("/preferences").await;
    assert_eq!(page.text("h1"), "Too busy just now");
    assert_eq!(browser.get("/de/preferences").await.text("h1"), "Gerade überlastet");
    is_shed(&browser.post_fields("/api/consent/answer", "answer=yes&return_to=/").await, "a form");
    is_shed(&member.get("/").await, "a member, who would have to be looked up");
    drop(place);
    assert_eq!(browser.get("/preferences").await.status, 200, "it passes by itself");
    assert!(is_member(&mut member).await, "and nobody was signed out by it");
}

#[tokio::test]
async fn the_policy_is_never_refused_though_nobody_read_it_before() {
    let site = narrow(1);
    let _place = site.state.load.enter().unwrap();
    let asked: Vec<_> = ["/policy", "/de/policy", "/policy/1.0", "/services"]
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
async fn a_program_is_told_by_a_sentence() {
    let site = narrow(1);
    let _place = site.state.load.enter().unwrap();
    let mut browser = site.browser();
    let mut request = browser.request(Method::GET, "/cookies.json");
    request.headers_mut().unwrap().remove(header::ACCEPT);
    let page = browser.send(request, Body::empty()).await;
    is_shed(&page, "a program");
    assert_eq!(page.header(header::CONTENT_TYPE), Some("text/plain; charset=utf-8"));
    assert!(page.bytes.ends_with(b"in a moment.\n"));
}

#[tokio::test]
async fn every_place_is_free_again_whatever_became_of_the_request() {
    let site = narrow(3);
    let mut browser = site.browser();
    for address in ["/", "/preferences", "/nowhere", "/policy/9.9", "/cookies.json", "/favicon.svg"] {
        browser.get(address).await;
    }
    browser.post_fields("/api/consent/answer", "answer=no").await;
    browser.post_fields("/api/consent/answer", "answer=no&return_to=/").await;
    assert_eq!(site.state.load.free(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_slowly_takes_no_place() {
    let site = narrow(1);
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
