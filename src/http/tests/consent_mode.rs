//! Google Consent Mode v2: every page states what is granted.

use super::{
    browser::{Browser, anonymous_browser},
    site::site_with,
    urls::PAGES,
};
use crate::http::state::page_cache::PageCache;

/// Returns the values for preferences and analytics. Checks all others.
async fn mode(browser: &mut Browser, address: &str) -> (String, String) {
    let page = browser.get(address).await;
    let state = page.one("html").attr("data-consent-mode").unwrap().to_owned();
    let words: Vec<_> = state.split(' ').map(|pair| pair.split_once('=').unwrap()).collect();
    let [
        ("ad_personalization", "denied"),
        ("ad_storage", "denied"),
        ("ad_user_data", "denied"),
        ("analytics_storage", analytics),
        ("functionality_storage", "granted"),
        ("personalization_storage", preferences),
        ("security_storage", "granted"),
    ] = words[..]
    else {
        panic!("{address}: {state}")
    };
    (preferences.to_owned(), analytics.to_owned())
}

fn words(preferences: &str, analytics: &str) -> (String, String) {
    let of = |answer| if answer == "yes" { "granted".to_owned() } else { "denied".to_owned() };
    (of(preferences), of(analytics))
}

#[tokio::test]
async fn every_page_states_what_is_granted() {
    for (preferences, analytics) in [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")] {
        let mut browser = anonymous_browser();
        for address in PAGES {
            assert_eq!(mode(&mut browser, address).await, words("no", "no"), "{address}, before a choice");
        }
        browser.decide(preferences, analytics).await;
        for address in PAGES.into_iter().chain(["/nowhere"]) {
            assert_eq!(mode(&mut browser, address).await, words(preferences, analytics), "{address}");
        }
        browser.sends.push(("sec-gpc", "1"));
        for address in PAGES {
            assert_eq!(mode(&mut browser, address).await, words("no", "no"), "{address}, beside a signal");
        }
    }
}

#[tokio::test]
async fn a_page_cached_for_a_grant_is_not_served_to_a_visitor_who_refuses() {
    let site = site_with(|state| state.page_cache = PageCache::enabled());
    let mut kept = Vec::new();
    for _ in 0..2 {
        for (preferences, analytics) in [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")] {
            let mut browser = site.browser();
            browser.decide(preferences, analytics).await;
            for address in ["/policy", "/policy/1.0"] {
                assert_eq!(mode(&mut browser, address).await, words(preferences, analytics), "{address}");
            }
            kept.push(browser.get("/policy").await.without_keys());
        }
    }
    assert_eq!(kept[..4], kept[4..], "the same answers get the same bytes");
}
