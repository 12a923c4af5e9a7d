//! Every response that depends on a request header names it in `Vary` (RFC 9110, 12.5.5), so that a
//! cache never gives a response to the wrong visitor.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
};

use axum::{
    body::Body,
    http::{Request, header},
};

use super::{
    accounts::users::signed_in_browser,
    browser::{Browser, HOST, ORIGIN, TAKES_HTML},
    site::{Site, site_with_edition_and_services},
    urls::{ACCOUNT_PAGES, PAGES},
};
use crate::http::{
    router,
    state::page_cache::PageCache,
    tests::partner_api::{SERVICES, SHOP},
};

/// URL of the partner API.
const CONSENT: &str = "/api/v1/consent";

/// Header lines of a request.
type Lines = Vec<(&'static str, String)>;

/// Returns the headers of a first visit, by a client that accepts no compression.
fn plain() -> Lines {
    vec![("accept", TAKES_HTML.to_owned()), ("accept-language", "en".to_owned())]
}

/// Returns the headers with one of them changed.
fn with(lines: &Lines, name: &'static str, value: &str) -> Lines {
    let others = lines.iter().filter(|(other, _)| *other != name).cloned();
    others.chain([(name, value.to_owned())]).collect()
}

/// Returns pairs of requests that differ in one header, with its name. Most pairs share the first
/// request.
fn pairs(address: &str, cookies: &[String]) -> Vec<(&'static str, Lines, Lines)> {
    let base = plain();
    if address == CONSENT {
        let base = with(&base, "origin", SHOP);
        let mut pairs = vec![
            ("origin", plain(), base.clone()),
            ("accept-language", base.clone(), with(&base, "accept-language", "ar")),
            ("sec-gpc", base.clone(), with(&base, "sec-gpc", "1")),
            ("dnt", base.clone(), with(&base, "dnt", "1")),
            ("sec-fetch-site", base.clone(), with(&base, "sec-fetch-site", "cross-site")),
        ];
        pairs.extend(cookies.iter().map(|cookies| ("cookie", base.clone(), with(&base, "cookie", cookies))));
        return pairs;
    }
    let followed = with(&base, "sec-fetch-site", "same-origin");
    let from_home = with(&followed, "referer", &format!("{ORIGIN}/"));
    let mut pairs = vec![
        ("accept", base.clone(), with(&base, "accept", "*/*")),
        ("accept-language", base.clone(), with(&base, "accept-language", "ar")),
        ("sec-gpc", base.clone(), with(&base, "sec-gpc", "1")),
        ("dnt", base.clone(), with(&base, "dnt", "1")),
        ("origin", base.clone(), with(&base, "origin", SHOP)),
        ("sec-fetch-site", with(&base, "referer", &format!("{ORIGIN}/")), from_home.clone()),
        ("referer", followed, from_home),
        ("user-agent", base.clone(), with(&base, "user-agent", "Mobile")),
    ];
    pairs.extend(cookies.iter().map(|cookies| ("cookie", base.clone(), with(&base, "cookie", cookies))));
    pairs
}

/// Returns what a cache would store of a response, without per-response values, and the headers in
/// `Vary`.
async fn cacheable_response(site: &Site, address: &str, lines: &Lines) -> (String, BTreeSet<String>) {
    let request = Request::get(address).header(header::HOST, HOST);
    let request = lines.iter().fold(request, |request, (name, value)| request.header(*name, value));
    let (answer, bytes) = site.answer(request.body(Body::empty()).unwrap()).await;
    let headers = answer.headers();
    let varies = headers.get_all(header::VARY).iter().flat_map(|names| names.to_str().unwrap().split(','));
    let varies = varies.map(|name| name.trim().to_ascii_lowercase()).collect();
    let of = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let told = ["content-type", "content-encoding", "content-language", "location", "access-control-allow-origin"];
    let told = told.map(of).join("|");
    let body = bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    // The key of a form and the challenge of a passkey are random.
    let random = ["name=\"key\" value=\"", "name=\"challenge\" value=\"", "data-passkey=\""];
    let body = random.into_iter().fold(body, |body, before| {
        let mut parts = body.split(before);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |body, part| body + part.split_once('"').map_or(part, |(_, rest)| rest))
    });
    (format!("{} {told} {}", answer.status(), body), varies)
}

/// Returns one URL of every route, and every static file.
fn addresses(site: &Site, receipt: &str) -> BTreeSet<String> {
    let templates = router::table().templates().map(|template| {
        let filled = template.replace("{version}", "1.1").replace("{from}", "1.0").replace("{to}", "1.1");
        filled.replace("{file}", "policy.json").replace("{id}", receipt)
    });
    let mut all: BTreeSet<_> = templates.collect();
    all.extend(PAGES.iter().chain(&ACCOUNT_PAGES).map(|page| (*page).to_owned()));
    let others = [
        "/de",
        "/de/policy",
        "/de/account",
        "/de/account/export",
        "/de/policy/1.1/print.css",
        "/de/nowhere",
        "/nowhere",
        "/policy/9.9",
        "/policy/compare?from=1.0&to=1.1",
        "/policy/compare/1.1/1.0",
    ];
    all.extend(others.map(str::to_owned));
    for folder in ["", "pkg"] {
        for entry in fs::read_dir(site.file(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            // In a test, the database lies there too. It changes by itself.
            if entry.path().is_file() && !name.starts_with("harmony.db") {
                all.insert(format!("/{folder}/{name}").replace("//", "/"));
            }
        }
    }
    all
}

/// Checks that each response that differs names the header in `Vary`. Returns the headers that make
/// a difference.
async fn depending(site: &Site, address: &str, pairs: Vec<(&'static str, Lines, Lines)>) -> BTreeSet<&'static str> {
    let (mut known, mut found) = (HashMap::new(), BTreeSet::new());
    for (name, one, other) in pairs {
        for lines in [&one, &other] {
            if !known.contains_key(lines) {
                known.insert(lines.clone(), cacheable_response(site, address, lines).await);
            }
        }
        let (first, second) = (&known[&one], &known[&other]);
        if first.0 != second.0 {
            found.insert(name);
            for (_, varies) in [first, second] {
                assert!(varies.contains(name), "{address} depends on {name} and says {varies:?}\n{one:?}\n{other:?}");
            }
        }
    }
    found
}

#[tokio::test]
async fn every_response_that_depends_on_a_header_names_it_in_vary() {
    let site = site_with_edition_and_services("", SERVICES, |_| ());
    let mut user = Browser::new(site.clone());
    super::accounts::users::sign_up(&mut user, "anna@example.org", false).await;
    user.decide("yes", "yes").await;
    let page = user.get("/preferences").await;
    user.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large")]).await;
    let history = user.get("/preferences/history").await;
    let receipt = history.attributes("a[href^='/receipts/']", "href")[0].trim_start_matches("/receipts/").to_owned();
    let mut guest = site.browser();
    guest.answer_banner("no").await;
    let cookies = [user, guest].map(|mut browser| browser.cookies.header("/", site.now()).unwrap());
    let mut found = BTreeSet::new();
    let all = addresses(&site, &receipt);
    assert!(all.len() > 60, "{all:?}");
    for address in all {
        found.extend(depending(&site, &address, pairs(&address, &cookies)).await);
    }
    for name in ["accept", "accept-language", "cookie", "sec-gpc", "dnt", "origin", "referer", "sec-fetch-site"] {
        assert!(found.contains(name), "nothing depends on {name}: {found:?}");
    }
}

#[tokio::test]
async fn every_compressible_response_varies_by_accept_encoding() {
    // As in a release: the page cache is on, and the build has compressed the files.
    let site = site_with_edition_and_services("", "", |state| state.page_cache = PageCache::enabled());
    for name in ["pkg/harmony.css", "favicon.svg"] {
        fs::write(site.file(name), "plain".repeat(200)).unwrap();
        for (coding, text) in [("br", "as brotli"), ("gz", "as gzip")] {
            fs::write(site.file(&format!("{name}.{coding}")), text).unwrap();
        }
    }
    let mut compressed = 0;
    for address in [
        "/services",
        "/preferences",
        "/sign-in",
        "/nowhere",
        "/pkg/harmony.css",
        "/favicon.svg",
        "/embed/3.js",
        "/cookies.json",
        "/schemas/cookies.json",
        "/policy/feed.xml",
        "/policy/1.1/print.css",
        "/sitemap.xml",
        "/robots.txt",
        "/.well-known/gpc.json",
        "/.well-known/security.txt",
        "/.well-known/harmony-keys.json",
    ] {
        let base = plain();
        let takes = |coding| ("accept-encoding", base.clone(), with(&base, "accept-encoding", coding));
        compressed += depending(&site, address, vec![takes("br"), takes("gzip")]).await.len();
    }
    assert!(compressed > 8, "{compressed}");
}

#[tokio::test]
async fn only_the_cookie_header_identifies_a_user() {
    let mut user = signed_in_browser(false).await;
    for address in ACCOUNT_PAGES.into_iter().chain(["/account/export"]) {
        let mut guest = user.site.browser();
        for page in [user.get(address).await, guest.get(address).await] {
            let varies: Vec<_> = page.headers.get_all(header::VARY).iter().filter_map(|by| by.to_str().ok()).collect();
            assert!(varies.join(",").contains("cookie"), "{address} {}", page.status);
        }
    }
}
