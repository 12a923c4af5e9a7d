//! The page cache never shows a visitor a page that was rendered for another.

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{
    accounts::users::{ANNA, BERT, operator, sign_in, sign_up},
    browser::{Browser, TAKES_HTML},
    load_shed::{is_shed, site_with_limit},
    page::Page,
    site::{Site, site_with},
};
use crate::http::state::page_cache::PageCache;

/// Returns a site with the page cache of a release build.
pub(super) fn caching_site() -> Site {
    site_with(|state| state.page_cache = PageCache::enabled())
}

async fn policy_as(browser: &mut Browser, coding: &str) -> Page {
    let request = browser.request(Method::GET, "/policy/1.0").header(header::ACCEPT_ENCODING, coding);
    browser.send(request, Body::empty()).await
}

#[tokio::test]
async fn a_cached_page_is_only_served_to_visitors_it_fits() {
    let site = caching_site();
    let mut anonymous_browser = site.browser();
    let first = anonymous_browser.get("/policy/1.0").await;
    assert!(first.has("#banner"));
    let mut decided = site.browser();
    let page = decided.get("/policy/1.0").await;
    let page = decided.submit(&page, "#banner form", &[("answer", "yes")]).await;
    assert!(!page.has("#banner") && page.has("#notice"), "the notice is a page of its own");
    let page = decided.get("/policy/1.0").await;
    assert!(!page.has("#banner") && !page.has("#notice"));
    let page = decided.get("/preferences").await;
    decided.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    assert_eq!(decided.get("/policy/1.0").await.one("html").attr("data-theme"), Some("dark"));
    let again = site.browser().get("/policy/1.0").await;
    assert_eq!(
        again.without_keys(),
        first.without_keys(),
        "another anonymous_browser gets the anonymous_browser's page"
    );
    assert_ne!(again.bytes, first.bytes, "with a key of their own in its form");
    assert_eq!((again.header(header::ETAG), again.header(header::CACHE_CONTROL)), (None, Some("no-store")));
    assert_eq!(again.set_and_removed(), (vec!["__Host-Http-visit"], vec![]), "and a visit cookie of their own");
}

#[tokio::test]
async fn a_warning_for_one_browser_is_not_cached_for_others() {
    let site = caching_site();
    let mut blocking = site.browser();
    blocking.keeps_cookies = false;
    let first = blocking.get("/policy/1.0").await;
    let warned = blocking.get_from(&first, "/policy/1.0").await;
    assert!(warned.has("#blocked") && !first.has("#blocked"));
    assert!(!site.browser().get("/policy/1.0").await.has("#blocked"));
}

#[tokio::test]
async fn a_cached_page_has_nothing_of_one_visitor() {
    let site = caching_site();
    let mut first = site.browser();
    first.cookies.plant("telltale", "secret-of-one-visitor", "/");
    let page = first.get("/policy/1.0?notice=deleted&gone=telltale").await;
    let shown = page.text("body");
    assert!(!shown.contains("telltale") && !shown.contains("secret-of-one-visitor"), "{shown}");
    let again = site.browser().get("/policy/1.0").await;
    assert_eq!(again.without_keys(), page.without_keys());
}

#[tokio::test]
async fn a_cached_page_expires_when_the_next_edition_takes_effect() {
    let site = caching_site();
    site.advance_clock(-60 * super::site::DAY);
    let mut browser = site.browser();
    assert!(!browser.get("/policy/1.0").await.has(".not-in-force"));
    site.advance_clock(60 * super::site::DAY);
    assert!(browser.get("/policy/1.0").await.has(".not-in-force"));
}

#[tokio::test]
async fn a_cached_page_has_the_encoding_that_the_browser_accepts() {
    let site = caching_site();
    let mut browser = site.browser();
    browser.answer_banner("no").await;
    let plain = policy_as(&mut browser, "identity").await;
    for (accepts, coding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("br", Some("br")),
        ("gzip", Some("gzip")),
        ("br;q=0, gzip", Some("gzip")),
        ("deflate", None),
        ("", None),
    ] {
        let page = policy_as(&mut browser, accepts).await;
        assert_eq!(page.header(header::CONTENT_ENCODING), coding, "{accepts}");
        assert_eq!(page.header(header::ETAG), plain.header(header::ETAG), "{accepts}");
        assert_eq!(page.bytes == plain.bytes, coding.is_none(), "{accepts}");
        if coding == Some("br") {
            let mut read = Vec::new();
            brotli::BrotliDecompress(&mut page.bytes.as_ref(), &mut read).unwrap();
            assert_eq!(read, plain.bytes);
        }
    }
}

#[tokio::test]
async fn the_first_visitor_of_a_page_does_not_wait_for_the_best_compression() {
    let site = caching_site();
    for coding in [Some("gzip"), Some("br")] {
        let page = policy_as(&mut site.browser(), "br, gzip").await;
        assert_eq!(page.header(header::CONTENT_ENCODING), coding);
        assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
    }
}

#[tokio::test]
async fn an_error_is_not_cached() {
    let site = caching_site();
    let mut browser = site.browser();
    for _ in 0..2 {
        let request = browser.request(Method::GET, "/policy/9.9").header(header::ACCEPT, TAKES_HTML);
        assert_eq!(browser.send(request, Body::empty()).await.status, 404);
    }
}

#[tokio::test]
async fn with_a_signal_the_cached_page_without_a_banner_is_served() {
    let site = caching_site();
    let asked = site.browser().get("/policy/1.0").await;
    let mut decided = site.browser();
    decided.answer_banner("no").await;
    let answered = decided.get("/policy/1.0").await;
    let mut browser = site.browser();
    browser.sends.push(("sec-gpc", "1"));
    let page = browser.get("/policy/1.0").await;
    assert_eq!(page.bytes, answered.bytes);
    assert_ne!(page.bytes, asked.bytes);
    assert_eq!(
        page.header(header::VARY),
        Some("accept-encoding, accept-language, cookie, sec-gpc, dnt, sec-fetch-site, referer")
    );
    assert!(site.browser().get("/policy/1.0").await.has("#banner"), "and others are asked");
}

/// The cookies that a visitor carries, and the headers that they send.
type Visitor = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// Visitors who have made no decision.
const UNDECIDED: [Visitor; 9] = [
    (&[], &[]),
    (&["__Host-Http-visit"], &[]),
    (&["__Host-Http-visit", "__Host-Http-language"], &[]),
    (&["__Host-Http-consent"], &[]),
    (&["_ga", "__Host-Http-visit", "sid"], &[]),
    (&["sid", "_ga", "cart[items]"], &[]),
    (&["__Host-visit", "__Host-consent"], &[]),
    (&[], &[("sec-gpc", "1")]),
    (&["__Host-Http-visit"], &[("dnt", "1")]),
];

#[tokio::test]
async fn the_preferences_of_an_undecided_visitor_are_the_same_from_memory() {
    let (cached, rendered) = (caching_site(), site_with(|_| ()));
    for address in ["/preferences", "/de/preferences"] {
        // Each visitor comes twice, so that pages of all are in memory.
        for (cookies, headers) in UNDECIDED.iter().chain(&UNDECIDED) {
            let mut pages = Vec::new();
            for site in [&cached, &rendered] {
                let mut browser = site.browser();
                browser.sends.extend_from_slice(headers);
                for name in *cookies {
                    browser.cookies.plant(name, "value", "/");
                }
                pages.push(browser.get(address).await);
            }
            let [of_cached, of_rendered] = &pages[..] else { unreachable!("two sites") };
            assert_eq!(of_cached.without_keys(), of_rendered.without_keys(), "{address} {cookies:?} {headers:?}");
            for header in [header::CONTENT_SECURITY_POLICY, header::CACHE_CONTROL, header::VARY] {
                assert_eq!(of_cached.header(&header), of_rendered.header(&header), "{address} {header}");
            }
            for name in *cookies {
                assert!(of_cached.has(&format!("#stored tr[data-cookie='{name}']")), "{address} {name}");
            }
            let keys = of_cached.attributes("input[name=key]", "value");
            assert!(keys.iter().all(|key| keys.iter().filter(|other| *other == key).count() == 1), "{keys:?}");
        }
    }
}

#[tokio::test]
async fn the_preferences_of_one_visitor_are_not_kept_for_others() {
    let site = caching_site();
    let first = site.browser().get("/preferences").await;
    let mut foreign = site.browser();
    foreign.cookies.plant("_ga", "GA1.1.1", "/");
    assert!(foreign.get("/preferences").await.has("[data-cookie=_ga]"));
    let mut decided = site.browser();
    decided.decide("yes", "no").await;
    let page = decided.get("/preferences").await;
    assert!(page.has("#how-chosen") && page.has("#preferences-yes[checked]"));
    decided.sends.push(("sec-gpc", "1"));
    assert!(decided.get("/preferences").await.has("#signal"));
    let mut user = site.browser();
    sign_up(&mut user, ANNA, false).await;
    assert!(user.get("/preferences").await.text("#follows").starts_with("You are signed in"));
    let again = site.browser().get("/preferences").await;
    assert_eq!(again.without_keys(), first.without_keys());
    assert!(!again.has("#how-chosen") && !again.has("#signal") && !again.has("[data-cookie=_ga]"));
}

#[tokio::test]
async fn visitors_with_the_same_foreign_cookies_share_their_preferences() {
    let site = site_with_limit(1);
    let with = |names: &[&str]| {
        let mut browser = site.browser();
        for name in names {
            browser.cookies.plant(name, "value", "/");
        }
        browser
    };
    let rendered = with(&["_ga", "sid"]).get("/preferences").await;
    assert_eq!(site.http.page_cache.entries().await, 1);
    let place = site.http.load_shed.try_acquire().unwrap();
    let shared = with(&["_ga", "sid"]).get("/preferences").await;
    assert_eq!(shared.without_keys(), rendered.without_keys());
    assert_eq!(shared.attributes("#stored tr.foreign", "data-cookie"), ["_ga", "sid"]);
    // Nobody gets around the limit with names of their own, nor fills the memory with them.
    for names in [&["_ga"][..], &["_ga", "sid", "sid2"], &["_gas", "id"], &["sid", "_ga"], &[TOO_LONG]] {
        is_shed(&with(names).get("/preferences").await, "it would have to be rendered");
    }
    drop(place);
    with(&[TOO_LONG]).get("/preferences").await;
    assert_eq!(site.http.page_cache.entries().await, 1);
}

/// The parts of the preferences page that no cookie of another site changes.
const PARTS: [&str; 7] = ["head", "body > header", "#decision", "#choices", "#appearance", "#about-choice", "footer"];

/// A foreign cookie with which no page is cached.
const TOO_LONG: &str = match str::from_utf8(&[b'x'; 1_024]) {
    Ok(name) => name,
    Err(_) => "",
};

/// Renders the page for the same visitor, and compares it with that from memory.
async fn rendered_like(cached: &Page, browser: &mut Browser, case: &str) -> Page {
    browser.cookies.plant(TOO_LONG, "value", "/");
    let rendered = browser.get(&cached.address).await;
    assert!(rendered.has("#stored tr.foreign"));
    browser.cookies.clear_one(TOO_LONG);
    for part in PARTS {
        let part = |page: &Page| {
            let keys = page.attributes("input[name=key]", "value");
            keys.iter().fold(page.one(part).html(), |text, key| text.replace(*key, ""))
        };
        assert_eq!(part(cached), part(&rendered), "{case}");
    }
    rendered
}

#[tokio::test]
async fn the_preferences_of_a_visitor_who_decided_are_the_same_from_memory() {
    let site = site_with_limit(1);
    for signal in [None, Some("1")] {
        for (preferences, analytics) in [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")] {
            // The second visitor of the day gets the page of the first, with other times and
            // another record.
            for _ in 0..2 {
                let mut browser = site.browser();
                browser.decide("no", analytics).await;
                site.advance_clock(61);
                browser.decide(preferences, analytics).await;
                browser.sends.extend(signal.map(|signal| ("sec-gpc", signal)));
                for address in ["/preferences", "/ar/preferences"] {
                    browser.get(address).await;
                    let place = site.http.load_shed.try_acquire();
                    let cached = browser.get(address).await;
                    assert!(place.is_ok() && cached.status == 200, "a page from memory needs no place");
                    drop(place);
                    let case = format!("{address} {preferences} {analytics} {signal:?}");
                    let rendered = rendered_like(&cached, &mut browser, &case).await;
                    let receipt = cached.attributes("#about-choice a[href^='/receipts/']", "href");
                    assert_eq!(receipt, rendered.attributes("#about-choice a[href^='/receipts/']", "href"), "{case}");
                    // Cookies that only refuse lead to no record.
                    assert_eq!(receipt.is_empty(), (preferences, analytics) == ("no", "no"), "{case}");
                    for receipt in receipt {
                        assert_eq!(browser.get(receipt).await.status, 200, "{case}");
                    }
                }
                site.advance_clock(7);
            }
        }
    }
}

#[tokio::test]
async fn the_preferences_of_a_member_are_the_same_from_memory() {
    let site = caching_site();
    let stored = async || site.http.page_cache.entries().await;
    let mut guest = site.browser();
    guest.decide("yes", "no").await;
    let page = guest.get("/preferences").await;
    assert!(!page.text("#follows").starts_with("You are signed in"));
    // The second member sees the pages of the first, with their own times and record.
    let mut stored_by_first = 0;
    for (email, is_first) in [(ANNA, true), (BERT, false)] {
        let (mut here, mut elsewhere) = (site.browser(), site.browser());
        sign_up(&mut here, email, false).await;
        for decided in [false, true] {
            if decided {
                site.advance_clock(61);
                here.decide("yes", "no").await;
                sign_in(&mut elsewhere, email, false).await;
            }
            for (browser, is_own) in [(&mut here, true), (&mut elsewhere, false)] {
                if !decided && !is_own {
                    continue;
                }
                let before = stored().await;
                let cached = browser.get("/preferences").await;
                let case = format!("{email}, decided: {decided}, here: {is_own}");
                assert_eq!(stored().await - before, u64::from(is_first), "{case}");
                assert!(cached.text("#follows").starts_with("You are signed in"), "{case}");
                assert_eq!(cached.text("#decision").starts_with("The choice of your account"), !is_own, "{case}");
                assert_eq!(cached.has("#about-choice a[href^='/receipts/']"), decided && is_own, "{case}");
                rendered_like(&cached, browser, &case).await;
                stored_by_first += u64::from(is_first);
            }
        }
    }
    assert_eq!(stored_by_first, 3);
    // A disabled account counts as a guest, and its page is its own.
    operator(&site).set_disabled(ANNA, true).await.unwrap();
    let before = stored().await;
    let mut disabled = site.browser();
    sign_in(&mut disabled, ANNA, false).await;
    let page = disabled.get("/preferences").await;
    assert!(page.has("header a[href='/account']") && !page.text("#follows").starts_with("You are signed in"));
    assert_eq!(stored().await, before);
}
