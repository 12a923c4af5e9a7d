//! The language of a response: from the URL, else from the cookie, else from `Accept-Language`.

use axum::http::{StatusCode, header};

use super::{
    super::{browser::anonymous_browser, urls::PAGES},
    LANGUAGE, OTHERS, address_in, of, set_up_for, spoken,
};
use crate::{domain::i18n::locale::Locale, http::tests::page_cache::caching_site};

#[tokio::test]
async fn every_page_has_a_url_in_each_language() {
    for locale in Locale::SHIPPED {
        for address in PAGES {
            // The URL overrides `Accept-Language`.
            for languages in ["en", "de", "ar;q=0.5, fr"] {
                let mut browser = set_up_for(anonymous_browser(), languages);
                let page = browser.get(&address_in(locale, address)).await;
                assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(locale)), "{locale} {address}");
                assert_eq!(page.header(header::CONTENT_LANGUAGE), Some(locale.tag()));
                let varies = page.header(header::VARY).unwrap();
                assert!(!varies.contains("language"), "{locale} {address} says its language: {varies}");
            }
        }
    }
}

#[tokio::test]
async fn a_url_without_a_language_follows_accept_language() {
    for (languages, expected) in [
        ("de", Locale::GERMAN),
        ("de-CH, en;q=0.5", Locale::GERMAN),
        ("it, fr;q=0.3, en;q=0.2", Locale::FRENCH),
        ("ar-EG", Locale::ARABIC),
        ("it", Locale::ENGLISH),
        ("*", Locale::ENGLISH),
        ("de;q=0", Locale::ENGLISH),
        ("", Locale::ENGLISH),
        (";;;,,,q=", Locale::ENGLISH),
    ] {
        for address in ["/", "/policy", "/preferences", "/sign-in"] {
            let page = set_up_for(anonymous_browser(), languages).get(address).await;
            assert_eq!(spoken(&page), of(expected), "{languages:?} {address}");
            let varies = page.header(header::VARY).unwrap();
            assert!(varies.contains("accept-language") && varies.contains("cookie"), "{address}: {varies}");
        }
    }
}

#[tokio::test]
async fn a_saved_language_overrides_accept_language_and_not_the_url() {
    let mut browser = set_up_for(anonymous_browser(), "fr");
    browser.decide("yes", "no").await;
    browser.cookies.plant(LANGUAGE, "ar", "/");
    assert_eq!(spoken(&browser.get("/policy").await), of(Locale::ARABIC));
    assert_eq!(spoken(&browser.get("/de/policy").await), of(Locale::GERMAN));
    assert_eq!(spoken(&browser.get("/en").await), of(Locale::ENGLISH));
    for nonsense in ["", "it", "AR", "ar-EG", "\"><script>", "../en"] {
        browser.cookies.plant(LANGUAGE, nonsense, "/");
        let page = browser.get("/policy").await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(Locale::FRENCH)), "{nonsense:?}");
    }
}

#[tokio::test]
async fn a_language_cookie_without_a_grant_is_ignored_and_removed() {
    for decided in [None, Some("no")] {
        let mut browser = anonymous_browser();
        if let Some(answer) = decided {
            browser.decide(answer, "yes").await;
        }
        browser.cookies.plant(LANGUAGE, "de", "/");
        let page = browser.get("/policy").await;
        assert_eq!(spoken(&page), of(Locale::ENGLISH), "{decided:?}");
        assert_eq!(page.set_and_removed().1, [LANGUAGE]);
    }
}

#[tokio::test]
async fn pages_are_cached_for_each_language_and_each_source_of_it() {
    let site = caching_site();
    for _ in 0..2 {
        for locale in Locale::SHIPPED {
            let said = site.browser().get(&address_in(locale, "/policy")).await;
            assert_eq!(spoken(&said), of(locale));
            assert!(said.has(&format!("header a[href='{}']", address_in(locale, "/preferences"))));
            let mut browser = set_up_for(site.browser(), locale.tag());
            let found = browser.get("/policy").await;
            assert_eq!(spoken(&found), of(locale));
            assert!(found.has("header a[href='/preferences']"), "its links say no language either");
            assert_ne!(said.without_keys(), found.without_keys());
        }
    }
}

#[tokio::test]
async fn an_unknown_url_is_not_found_in_the_language_of_the_url() {
    for locale in OTHERS {
        for address in ["/nowhere", "/policy/9.9", "/de/policy", "/cookies.json", "/favicon.svg", "/health", "//evil"] {
            let page = anonymous_browser().get(&address_in(locale, address)).await;
            assert_eq!((page.status, spoken(&page)), (StatusCode::NOT_FOUND, of(locale)), "{locale} {address}");
            assert!(page.has(&format!("header a[href='{}']", address_in(locale, "/policy"))), "its links stay");
        }
    }
    for address in ["/it/policy", "/de-AT/policy", "/eng", "/en-GB"] {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn a_view_counts_for_its_page_in_every_language() {
    let mut browser = anonymous_browser();
    browser.decide("no", "yes").await;
    let before = browser.site.views_in_all().await;
    for address in ["/de/policy", "/ar/policy", "/policy"] {
        browser.get(address).await;
    }
    assert_eq!(browser.site.views_in_all().await - before, 3);
    let pages = browser.site.views().await.len();
    browser.get("/fr/policy").await;
    assert_eq!(browser.site.views().await.len(), pages, "one row");
}
