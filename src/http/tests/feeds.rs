//! Documents for programs: feed, sitemap, robots.txt and print stylesheet; and the metadata in each
//! page's head.

use std::{fs, path::Path};

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use quick_xml::{Reader, events::Event};

use super::{
    browser::{Browser, ORIGIN, anonymous_browser},
    page::Page,
    site::{DAY, setup, site_with_edition},
    urls::PAGES,
};
use crate::http::state::page_cache::PageCache;

/// URLs of the documents and their content types.
const DOCUMENTS: [(&str, &str); 4] = [
    ("/policy/feed.xml", "application/atom+xml; charset=utf-8"),
    ("/sitemap.xml", "application/xml; charset=utf-8"),
    ("/robots.txt", "text/plain; charset=utf-8"),
    ("/policy/1.0/print.css", "text/css; charset=utf-8"),
];

/// Returns the texts of all elements with that name. The document must be well-formed.
fn texts(document: &Page, name: &str) -> Vec<String> {
    let xml = std::str::from_utf8(&document.bytes).unwrap();
    let mut reader = Reader::from_str(xml);
    let (mut path, mut found) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let start = start.name();
                path.push(String::from(start.as_ref()));
                if path.last().is_some_and(|last| last == name) {
                    found.push(String::new());
                }
            }
            Event::End(_) => {
                path.pop();
            }
            Event::Text(text) if path.last().is_some_and(|last| last == name) => {
                found.last_mut().unwrap().push_str(&text);
            }
            Event::GeneralRef(reference) if path.last().is_some_and(|last| last == name) => {
                let resolved = match &*reference {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("{other}"),
                };
                found.last_mut().unwrap().push_str(resolved);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty(), "{path:?} is never closed");
    found
}

async fn body(browser: &mut Browser, address: &str) -> String {
    String::from_utf8(browser.get(address).await.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn each_document_has_its_content_type_sets_no_cookie_and_is_revalidated() {
    for (address, kind) in DOCUMENTS {
        let mut browser = anonymous_browser();
        let page = browser.get(address).await;
        assert_eq!((page.status, page.header(header::CONTENT_TYPE)), (StatusCode::OK, Some(kind)), "{address}");
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
        assert_eq!(page.header(header::CACHE_CONTROL), Some("public, no-cache"), "{address}");
        assert_eq!(browser.site.views_in_all().await, 0, "{address}");
        let tag = page.header(header::ETAG).unwrap();
        let request = browser.request(Method::GET, address).header(header::IF_NONE_MATCH, tag);
        let again = browser.send(request, Body::empty()).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{address}");
        let head = browser.send(browser.request(Method::HEAD, address), Body::empty()).await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0), "{address}");
        let post = browser.post_fields(address, "").await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED, "{address}");
    }
}

#[tokio::test]
async fn the_feed_lists_every_edition_with_the_announced_one_first_and_stable_ids() {
    let site = site_with_edition("", |state| state.page_cache = PageCache::enabled());
    let mut browser = site.browser();
    let feed = browser.get("/policy/feed.xml").await;
    let ids: Vec<_> =
        ["/policy", "/policy/1.2", "/policy/1.1", "/policy/1.0"].iter().map(|path| format!("{ORIGIN}{path}")).collect();
    assert_eq!(texts(&feed, "id"), ids);
    assert_eq!(
        texts(&feed, "title"),
        [
            "Cookie policy of Harmony: all versions",
            "Cookies, version 1.2",
            "Cookie policy, version 1.1",
            "Cookie policy, version 1.0"
        ]
    );
    let before = ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-01-15T00:00:00Z"];
    assert_eq!(texts(&feed, "updated"), before, "no moment is in the future");
    assert!(texts(&feed, "p").contains(&"In force from 2026-11-23. What is new:".to_owned()));
    assert!(texts(&feed, "li").contains(&"Authentication: “Harmomny” reads “Harmony”.".to_owned()));
    let text = String::from_utf8(feed.bytes.to_vec()).unwrap();
    assert!(text.contains(&format!("href=\"{ORIGIN}/policy/compare/1.1/1.2\"")), "{text}");
    site.advance_clock(DAY);
    let feed = browser.get("/policy/feed.xml").await;
    let after = ["2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-01T00:00:00Z", "2026-01-15T00:00:00Z"];
    assert_eq!((texts(&feed, "id"), texts(&feed, "updated")), (ids, after.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn the_feed_dates_an_edition_by_its_publication_and_escapes_its_text() {
    let site = site_with_edition("", |_| ());
    let file = site.inventory().with_file_name("policy").join("en/1.2.md");
    let edition = fs::read_to_string(&file).unwrap();
    let sentence = r#"summary = ["<script>alert(1)</script> & \u0001 ]]> \"x\""]"#;
    let edition = edition.replace("summary = [\"The third edition.\"]", &format!("published = 2026-11-20\n{sentence}"));
    fs::write(&file, edition).unwrap();
    let feed = site.browser().get("/policy/feed.xml").await;
    assert_eq!(texts(&feed, "updated")[..2], ["2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"]);
    assert_eq!(texts(&feed, "published"), ["2026-11-20T00:00:00Z"]);
    assert_eq!(texts(&feed, "li")[0], "<script>alert(1)</script> &  ]]> \"x\"");
    let page = site.browser().get("/policy/history").await;
    assert!(page.text(".edition-list li:first-child dl").ends_with("Published on 20 November 2026"));
}

#[tokio::test]
async fn every_page_links_to_the_feed() {
    for address in PAGES {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.attributes("link[rel=alternate][type='application/atom+xml']", "href"), ["/policy/feed.xml"]);
    }
}

#[tokio::test]
async fn the_sitemap_lists_existing_pages_and_robots_txt_names_it() {
    let mut browser = anonymous_browser();
    let map = browser.get("/sitemap.xml").await;
    let addresses = texts(&map, "loc");
    for expected in
        ["/", "/policy", "/policy/1.0", "/policy/1.1", "/policy/history", "/policy/compare/1.0/1.1", "/preferences"]
    {
        assert!(addresses.contains(&format!("{ORIGIN}{expected}")), "{expected} is missing in {addresses:?}");
    }
    for address in &addresses {
        let path = address.strip_prefix(ORIGIN).unwrap();
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{address}");
    }
    assert_eq!(texts(&map, "lastmod"), ["2026-11-01"]);
    let robots = body(&mut browser, "/robots.txt").await;
    assert!(robots.lines().any(|line| line == format!("Sitemap: {ORIGIN}/sitemap.xml")), "{robots}");
    assert!(robots.starts_with("User-agent: *\nAllow: /\nDisallow: /api/\n"), "{robots}");
    assert!(robots.lines().any(|line| line == "Disallow: /de/account"), "{robots}");
}

#[tokio::test]
async fn each_page_has_one_canonical_url_and_the_current_edition_has_that_of_the_policy() {
    for address in PAGES {
        let page = anonymous_browser().get(address).await;
        let canonical = if address == "/policy/1.1" { "/policy" } else { address };
        let canonical = format!("{ORIGIN}{canonical}");
        assert_eq!(page.attributes("link[rel=canonical]", "href"), [canonical.as_str()], "{address}");
        let said = |property: &str| page.attributes(&format!("meta[property='og:{property}']"), "content").join("|");
        assert_eq!(said("url"), canonical);
        assert_eq!((said("site_name").as_str(), said("locale").as_str()), ("Harmony", "en_GB"), "{address}");
        assert!(page.text("head > title").starts_with(&said("title")), "{address}");
        assert_eq!(page.attributes("meta[name=description]", "content"), [said("description")], "{address}");
        assert_eq!(said("image"), format!("{ORIGIN}/card.png"), "{address}");
        let kind = if address.starts_with("/policy") { "article" } else { "website" };
        assert_eq!(said("type"), kind, "{address}");
    }
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("public/card.png").is_file());
    assert!(!anonymous_browser().get("/nowhere").await.has("link[rel=canonical]"), "what is not there has no address");
    assert!(
        !anonymous_browser().get("/policy?notice=rejected").await.attributes("link[rel=canonical]", "href")[0]
            .contains('?')
    );
}

#[tokio::test]
async fn no_host_header_gets_into_a_page() {
    let mut browser = anonymous_browser();
    let request = browser.request(Method::GET, "/policy");
    let request = request.header("x-forwarded-host", "evil.example").header(header::FORWARDED, "host=evil.example");
    let page = browser.send(request, Body::empty()).await;
    assert!(!String::from_utf8_lossy(&page.bytes).contains("evil.example"));
}

#[tokio::test]
async fn an_edition_is_printed_with_its_version_on_each_page() {
    let site = site_with_edition("", |state| state.page_cache = PageCache::enabled());
    let mut browser = site.browser();
    for (address, sheet, says) in [
        (
            "/policy",
            "/en/policy/1.1/print.css",
            r#""Cookie policy · version 1.1 · 1 November 2026 · page " counter(page)"#,
        ),
        ("/policy/1.0", "/en/policy/1.0/print.css", r#""Cookie policy · version 1.0 · 15 January 2026 · page "#),
        (
            "/de/policy/1.2",
            "/de/policy/1.2/print.css",
            r#"23. November 2026 · Seite " counter(page) " von " counter(pages)"#,
        ),
    ] {
        let page = browser.get(address).await;
        assert_eq!(page.attributes("link[rel=stylesheet][media=print]", "href"), [sheet], "{address}");
        let sheet = body(&mut browser, sheet).await;
        assert!(sheet.starts_with("@page {") && sheet.contains(says), "{sheet}");
        let edition = address.strip_prefix("/de").unwrap_or(address).replace("/policy/", "");
        let (version, language) = match edition.as_str() {
            "/policy" => ("1.1", "en"),
            "1.2" => ("1.2", "de"),
            _ => ("1.0", "en"),
        };
        let content = site.state.content();
        let locale = language.parse().unwrap();
        let sha256 = &content.localized_edition(version.parse().unwrap(), locale).unwrap().edition.sha256;
        let proof = format!("\"\\a \" \"{}/{language}/policy/{version} · SHA-256 {sha256}\"", site.state.origin);
        assert!(sheet.contains(&proof), "{proof}\n{sheet}");
    }
    site.advance_clock(DAY);
    let page = browser.get("/policy").await;
    assert_eq!(page.attributes("link[media=print]", "href"), ["/en/policy/1.2/print.css"]);
    assert!(!browser.get("/policy/history").await.has("link[media=print]"));
    for nowhere in [
        "/policy/print.css",
        "/policy/compare/1.0/print.css",
        "/policy/9.9/print.css",
        "/policy/x/print.css",
        "/policy/1.0/other.css",
        "/policy/feed.html",
    ] {
        assert_eq!(browser.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

#[tokio::test]
async fn the_footer_of_a_printed_page_has_its_language_and_direction() {
    let site = setup();
    for (locale, says, number) in [
        ("en", ["Cookie policy", "version 1.1", "1 November 2026"], ["page ", " of "]),
        ("de", ["Cookie-Richtlinie", "Fassung 1.1", "1. November 2026"], ["Seite ", " von "]),
        ("fr", ["Politique de cookies", "version 1.1", "1 novembre 2026"], ["page ", " sur "]),
        ("ar", ["سياسة ملفات تعريف الارتباط", "الإصدار 1.1", "1 نوفمبر 2026"], ["الصفحة ", " من "]),
    ] {
        for address in [format!("/{locale}/policy"), "/policy".to_owned()] {
            let mut browser = site.browser();
            browser.languages = locale.to_owned();
            let page = browser.get(&address).await;
            let sheet = page.attributes("link[rel=stylesheet][media=print]", "href")[0].to_owned();
            assert_eq!(sheet, format!("/{locale}/policy/1.1/print.css"), "{address}");
            // A URL with a language prefix overrides the browser's language.
            browser.languages = "en".to_owned();
            let sheet = body(&mut browser, &sheet).await;
            let content = sheet.lines().find(|line| line.trim().starts_with("content:")).unwrap();
            let seen = content.replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "");
            for said in says {
                assert!(seen.contains(said), "{locale} {said}: {content}");
            }
            let counters = format!("{}\" counter(page) \"{}\" counter(pages)", number[0], number[1]);
            assert!(seen.contains(&counters), "{locale}: {content}");
            assert_eq!(
                content.contains("content: \"\u{2067}") && content.contains("\u{2069}\" \"\\a \""),
                locale == "ar"
            );
        }
    }
    // The URL without a prefix is always in the default language.
    for languages in ["ar", "en"] {
        let mut browser = site.browser();
        browser.languages = languages.to_owned();
        assert!(body(&mut browser, "/policy/1.1/print.css").await.contains("version 1.1"), "{languages}");
    }
}
