//! Response headers for security, caching and revalidation.

use std::fs;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use scraper::ElementRef;
use sha2::{Digest, Sha256};

use super::{
    accounts::users::signed_in_browser,
    browser::{Browser, anonymous_browser},
    page::Page,
    site::site_with,
    urls::PAGES,
};
use crate::{
    config::{asset_manifest::Assets, hsts::Hsts},
    domain::web::host::Hosts,
};

/// Returns one response of each kind with its status.
async fn one_of_each_kind(browser: &mut Browser) -> Vec<(u16, Page)> {
    let mut answers = Vec::new();
    for address in PAGES {
        answers.push((200, browser.get(address).await));
    }
    for (status, address) in [
        (200, "/cookies.json".to_owned()),
        (200, "/policy/feed.xml".to_owned()),
        (200, "/policy/1.1/print.css".to_owned()),
        (200, "/sitemap.xml".to_owned()),
        (200, "/robots.txt".to_owned()),
        (200, "/openapi.json".to_owned()),
        (200, "/.well-known/gpc.json".to_owned()),
        (200, "/.well-known/harmony-keys.json".to_owned()),
        (200, "/.well-known/security.txt".to_owned()),
        (303, "/.well-known/change-password".to_owned()),
        (200, "/.well-known/passkey-endpoints".to_owned()),
        (303, "/account".to_owned()),
        (303, "/account/export".to_owned()),
        (200, "/preferences/export".to_owned()),
        (200, "/embed/1.js".to_owned()),
        (200, "/embed/2.js".to_owned()),
        (200, "/embed/3.js".to_owned()),
        (200, "/measure/1.js".to_owned()),
        (200, "/passkey/1.js".to_owned()),
        (403, "/api/v1/consent".to_owned()),
        (404, "/receipts/x".to_owned()),
        (200, "/health".to_owned()),
        (200, "/favicon.svg".to_owned()),
        (200, "/pkg/harmony.css".to_owned()),
        (404, "/nowhere".to_owned()),
        (404, "/policy/9.9".to_owned()),
        (303, "/api/consent/decide".to_owned()),
        (414, format!("/{}", "x".repeat(3_000))),
    ] {
        answers.push((status, browser.get(&address).await));
    }
    answers.push((303, browser.post_fields("/api/consent/answer", "answer=no&return_to=/").await));
    answers.push((400, browser.post_fields("/api/consent/answer", "answer=no").await));
    answers.push((413, browser.post_fields("/api/consent/answer", vec![b'x'; 20_000]).await));
    let foreign = browser.request(Method::POST, "/api/consent/answer").header("sec-fetch-site", "cross-site");
    answers.push((403, browser.send(foreign, Body::empty()).await));
    let mut elsewhere = browser.request(Method::GET, "/policy");
    elsewhere.headers_mut().unwrap().insert(header::HOST, "evil.example".parse().unwrap());
    answers.push((421, browser.send(elsewhere, Body::empty()).await));
    let unreadable = browser.request(Method::GET, "/policy").header(header::COOKIE, &b"a=\xff"[..]);
    answers.push((200, browser.send(unreadable, Body::empty()).await));
    answers
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    for (status, page) in one_of_each_kind(&mut anonymous_browser()).await {
        assert_eq!(page.status.as_u16(), status, "{}", page.address);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), Some(value), "{status} {}", page.address);
        }
        assert!(page.header(header::CACHE_CONTROL).is_some(), "{status} {}", page.address);
        let policy = page.header(header::CONTENT_SECURITY_POLICY).unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.split("; ").any(|found| found == part), "{status} {}: {policy}", page.address);
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        // The scripts may be loaded by other sites.
        let is_for_all = page.address.starts_with("/embed/")
            || page.address.starts_with("/measure/")
            || page.address.starts_with("/passkey/");
        let whose = if is_for_all { "cross-origin" } else { "same-origin" };
        assert_eq!(page.header("cross-origin-resource-policy"), Some(whose), "{status} {}", page.address);
        assert!(page.header("permissions-policy").is_some_and(|off| off.contains("camera=()")));
        assert_eq!(page.header(header::STRICT_TRANSPORT_SECURITY), None, "there is no https to keep to");
        for tells_too_much in ["server", "x-powered-by", "serverfnerror"] {
            assert_eq!(page.header(tells_too_much), None, "{status} {}", page.address);
        }
    }
}

#[tokio::test]
async fn with_an_https_origin_every_response_has_strict_transport_security() {
    let told = "max-age=63072000";
    for (hsts, expected) in [
        (Hsts::default(), Some(told.to_owned())),
        (Hsts::Host, Some(told.to_owned())),
        (Hsts::Subdomains, Some(format!("{told}; includeSubDomains"))),
        (Hsts::Off, None),
    ] {
        let site = site_with(|state| {
            state.settings.hsts = hsts;
            state.app.origin = "https://localhost:3000".into();
            state.settings.hosts = Hosts::from_origin(&"https://localhost:3000".parse().unwrap());
        });
        for address in PAGES.iter().chain(&["/nowhere", "/health", "/cookies.json", "/pkg/harmony.css", "/account"]) {
            let page = site.browser().get(address).await;
            assert_eq!(page.header(header::STRICT_TRANSPORT_SECURITY), expected.as_deref(), "{hsts:?} {address}");
        }
    }
}

#[tokio::test]
async fn no_cacheable_response_sets_a_cookie_or_depends_on_one() {
    let mut user = signed_in_browser(true).await;
    user.decide("yes", "yes").await;
    for mut browser in [anonymous_browser(), user.site.browser(), user] {
        for (status, page) in one_of_each_kind(&mut browser).await {
            let (lasts, case) = (page.header(header::CACHE_CONTROL).unwrap(), format!("{status} {}", page.address));
            let sets = page.headers.contains_key(header::SET_COOKIE);
            let is_public = !(lasts.contains("no-store") || lasts.contains("private"));
            assert!(!(sets && is_public), "{case}: {lasts}");
            let varies: Vec<_> = page.headers.get_all(header::VARY).iter().filter_map(|by| by.to_str().ok()).collect();
            assert!(!(is_public && varies.join(",").contains("cookie")), "{case}: {lasts}");
            if status >= 400 {
                assert_eq!(lasts, "no-store", "{case}");
                assert!(!sets, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn pages_without_scripts_require_trusted_types() {
    for address in PAGES.iter().chain(&["/nowhere", "/health", "/policy.json", "/favicon.svg"]) {
        let page = anonymous_browser().get(address).await;
        let policy = page.header(header::CONTENT_SECURITY_POLICY).unwrap();
        let is_forbidden = policy.contains("require-trusted-types-for 'script'; trusted-types 'none'");
        assert_eq!(is_forbidden, *address != "/preferences", "{address}: {policy}");
    }
}

#[tokio::test]
async fn only_the_preferences_may_run_inline_scripts_and_only_those_of_the_page() {
    let mut browser = anonymous_browser();
    for address in PAGES {
        let page = browser.get(address).await;
        let policy = page.header(header::CONTENT_SECURITY_POLICY).unwrap().to_owned();
        if address != "/preferences" {
            assert_eq!(policy.contains("; script-src 'self'; "), address == "/sign-in", "{address}: {policy}");
            assert_eq!(policy.contains("script-src"), address == "/sign-in", "{address}: {policy}");
            continue;
        }
        let sources = policy.split("; ").find(|part| part.starts_with("script-src ")).unwrap();
        let allowed: Vec<_> = sources.split(' ').filter(|source| source.starts_with("'sha256-")).collect();
        let hash = |script: ElementRef| {
            let text = script.text().collect::<String>();
            format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
        };
        let scripts: Vec<_> = page.all("script").into_iter().map(hash).collect();
        assert!(!scripts.is_empty());
        assert_eq!(scripts, allowed);
        assert!(!sources.contains("unsafe-inline") && !sources.contains("nonce"), "{sources}");
    }
}

#[tokio::test]
async fn only_the_visitors_own_browser_caches_a_page() {
    for address in PAGES {
        let page = anonymous_browser().get(address).await;
        // `no-store`, so that the back button never shows a question that has been answered since.
        assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"), "{address}");
        let varies: Vec<_> = page.headers.get_all(header::VARY).iter().filter_map(|by| by.to_str().ok()).collect();
        let varies = varies.join(",").to_ascii_lowercase();
        for by in ["cookie", "accept-encoding", "sec-gpc", "dnt"] {
            assert!(varies.split(',').any(|name| name.trim() == by), "{address} does not vary by {by}: {varies}");
        }
    }
    for (address, lasts) in [
        ("/cookies.json", "public, no-cache"),
        ("/.well-known/gpc.json", "public, no-cache"),
        ("/favicon.svg", "public, no-cache"),
        ("/pkg/harmony.css", "public, no-cache"),
        ("/health", "no-store"),
        ("/nowhere", "no-store"),
        ("/pkg/nowhere.css", "no-store"),
        ("/policy/9.9", "no-store"),
    ] {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.header(header::CACHE_CONTROL), Some(lasts), "{address}");
    }
}

#[tokio::test]
async fn only_files_with_a_hash_in_their_name_are_immutable() {
    let hashed = site_with(|state| state.app.assets = Assets::noted("css: x".into(), false));
    let page = hashed.browser().get("/policy").await;
    assert_eq!(page.attributes("link#leptos", "href"), ["/pkg/harmony.x.css"]);
    let file = hashed.browser().get("/pkg/harmony.css").await;
    assert_eq!(file.header(header::CACHE_CONTROL), Some("public, max-age=31536000, immutable"));
}

#[tokio::test]
async fn in_watch_mode_a_file_name_without_a_hash_works() {
    let watched = site_with(|state| state.app.assets = Assets::noted("css: x".into(), true));
    fs::rename(watched.file("pkg/harmony.css"), watched.file("pkg/harmony.x.css")).unwrap();
    let page = watched.browser().get("/policy").await;
    assert_eq!(page.attributes("link#leptos", "href"), ["/pkg/harmony.css"]);
    let file = watched.browser().get("/pkg/harmony.css").await;
    assert_eq!((file.status, file.header(header::CACHE_CONTROL)), (StatusCode::OK, Some("public, no-cache")));
}

#[tokio::test]
async fn a_cached_page_is_revalidated() {
    let mut browser = anonymous_browser();
    browser.answer_banner("no").await;
    for address in ["/policy", "/policy/1.0", "/policy/1.1", "/cookies.json"] {
        let tag = browser.get(address).await.header(header::ETAG).unwrap().to_owned();
        for (tags, status) in [
            (tag.clone(), StatusCode::NOT_MODIFIED),
            (format!("\"other\", {tag}"), StatusCode::NOT_MODIFIED),
            (tag.trim_start_matches("W/").to_owned(), StatusCode::NOT_MODIFIED),
            ("*".to_owned(), StatusCode::NOT_MODIFIED),
            ("W/\"other\"".to_owned(), StatusCode::OK),
        ] {
            let request = browser.request(Method::GET, address).header(header::IF_NONE_MATCH, &tags);
            let page = browser.send(request, Body::empty()).await;
            assert_eq!(page.status, status, "{address} {tags}");
            assert_eq!(page.header(header::ETAG), Some(tag.as_str()), "{address} {tags}");
            assert_eq!(page.bytes.is_empty(), status == StatusCode::NOT_MODIFIED, "{address} {tags}");
        }
    }
}

#[tokio::test]
async fn a_decision_changes_the_etag_of_the_policy() {
    let mut browser = anonymous_browser();
    browser.answer_banner("no").await;
    let before = browser.get("/policy").await.header(header::ETAG).unwrap().to_owned();
    browser.decide("yes", "no").await;
    let request = browser.request(Method::GET, "/policy").header(header::IF_NONE_MATCH, &before);
    let after = browser.send(request, Body::empty()).await;
    assert_eq!(after.status, StatusCode::OK);
    assert_ne!(after.header(header::ETAG), Some(before.as_str()));
}

#[tokio::test]
async fn an_error_is_never_not_modified_nor_cached() {
    let mut browser = anonymous_browser();
    let request = browser.request(Method::GET, "/policy/9.9").header(header::IF_NONE_MATCH, "*");
    let page = browser.send(request, Body::empty()).await;
    assert_eq!((page.status, page.header(header::ETAG)), (StatusCode::NOT_FOUND, None));
}
