//! The history of the policy, comparisons of editions, and the announcement of the next edition.

use std::fs;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use super::{
    browser::{Browser, anonymous_browser},
    page::{Page, text},
    site::{DAY, Site, setup, site_with_content, site_with_edition},
};
use crate::{http::state::page_cache::PageCache, system::digest::sha256_hex};

/// The changes of edition 1.2: a lifetime, a cookie's purpose, a new cookie, and the description of
/// analytics.
pub(super) const DECLARED: &str = r#"
[[purpose]]
name = "analytics"
question = "May Harmony count your visits?"
description = "Counts."
since = "1.2"

[[cookie]]
name = "__Host-Http-analytics"
purpose = "analytics"
lifetime = "90 days"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Counts you."
since = "1.2"

[[cookie]]
name = "__Host-other"
purpose = "preferences"
lifetime = "session"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Does something else."
since = "1.2"
"#;

/// Returns a site whose edition 1.2 takes effect tomorrow, with the page cache of a release build.
fn site_with_tomorrows_edition(declared: &str) -> Site {
    site_with_edition(declared, |state| state.page_cache = PageCache::enabled())
}

/// Returns the versions with their badges, as the history lists them.
fn listed(page: &Page) -> Vec<String> {
    page.all(".edition-list h2").into_iter().map(text).collect()
}

async fn choose(browser: &mut Browser, query: &str) -> Page {
    browser.get(&format!("/policy/compare?{query}")).await
}

#[tokio::test]
async fn the_history_lists_every_edition_with_its_hash_and_links() {
    let page = site_with_tomorrows_edition("").browser().get("/policy/history").await;
    assert_eq!(listed(&page), ["Version 1.2 Announced", "Version 1.1 In force", "Version 1.0 Replaced"]);
    let facts: Vec<_> = page.all(".edition-list dl").into_iter().map(text).collect();
    assert_eq!(
        facts,
        [
            "In force from 23 November 2026",
            "In force from 1 November 2026",
            "In force from 15 January 2026 Replaced on 1 November 2026"
        ]
    );
    let source = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/content/policy/en/1.0.md")).unwrap();
    let hashes: Vec<_> = page.all(".edition-list .hash code").into_iter().map(text).collect();
    assert_eq!(hashes.last(), Some(&sha256_hex(&source)));
    assert_eq!(
        page.attributes(".edition-list .links a", "href"),
        ["/policy/1.2", "/policy/compare/1.1/1.2", "/policy/1.1", "/policy/compare/1.0/1.1", "/policy/1.0"]
    );
    assert_eq!(page.text(".edition-list li:first-child article > ul:not(.links)"), "The third edition.");
}

#[tokio::test]
async fn an_announced_edition_takes_effect_at_midnight_without_a_restart_also_in_cached_pages() {
    let site = site_with_tomorrows_edition("");
    let mut browser = site.browser();
    for _ in 0..2 {
        let page = browser.get("/policy").await;
        assert!(page.text(".policy-meta").starts_with("Version 1.1"));
        assert_eq!(
            page.text(".announcement"),
            "Version 1.2 takes effect on 23 November 2026. Read it now, or see what changes."
        );
        assert_eq!(page.attributes(".announcement a", "href"), ["/policy/1.2", "/policy/compare/1.1/1.2"]);
        // A second before midnight, nothing has changed.
        site.advance_clock(if site.now() % DAY == DAY - 1 { 0 } else { DAY / 2 - 1 });
    }
    assert!(browser.get("/policy/1.1").await.has(".announcement"), "it is the one in force");
    assert!(!browser.get("/policy/1.0").await.has(".announcement"), "who reads an old edition is led to the new one");
    assert!(!browser.get("/policy/1.2").await.has(".announcement"));
    let before = browser.get("/policy").await;
    site.advance_clock(1);
    let after = browser.get("/policy").await;
    assert!(after.text(".policy-meta").starts_with("Version 1.2"), "{}", after.text(".policy-meta"));
    assert!(!after.has(".announcement"));
    assert_ne!(before.without_keys(), after.without_keys());
    let page = browser.get("/policy/history").await;
    assert_eq!(listed(&page), ["Version 1.2 In force", "Version 1.1 Replaced", "Version 1.0 Replaced"]);
    assert!(browser.get("/policy/1.1").await.text(".not-in-force").starts_with("This version is no longer in force."));
}

#[tokio::test]
async fn the_binding_sentence_comes_before_the_one_about_visiting_since_the_third_edition() {
    for (address, is_before) in [("/policy/1.1", false), ("/policy/1.2", true)] {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.text("#insert-in-practice"), "What this site does", "{address}");
        let section = page.text("section#use");
        let binds = section.find("optional cookies only after you allow them").unwrap();
        assert!(section[binds..].contains("this box binds."), "{address}");
        let visiting = section.find("By continuing to visit or use our services, you are agreeing").unwrap();
        assert_eq!(binds < visiting, is_before, "{address}");
    }
    assert!(anonymous_browser().get("/policy/1.1").await.text("section#purposes").contains("this list binds."));
}

#[tokio::test]
async fn without_a_next_edition_nothing_is_announced() {
    let site = setup();
    let last = site.state.content().editions.last().unwrap().effective;
    site.advance_clock(last.midnight().assume_utc().unix_timestamp() - site.now());
    assert!(!site.browser().get("/policy").await.has(".announcement"));
}

#[tokio::test]
async fn a_comparison_marks_deletions_and_insertions_by_elements_and_by_words() {
    let page = anonymous_browser().get("/policy/compare/1.0/1.1").await;
    assert_eq!(page.text("h1"), "What changed from version 1.0 to 1.1");
    let authentication =
        page.all("#text-purposes li").into_iter().map(text).find(|item| item.contains("Authentication"));
    assert!(
        authentication.is_some_and(|item| item.contains("to [removed: Harmomny] [added: Harmony] , cookies help")),
        "{}",
        page.text("#text-purposes")
    );
    for (mark, words) in [("del", "[removed: "), ("ins", "[added: ")] {
        let marks = page.all(&format!("section {mark}"));
        assert!(!marks.is_empty());
        for element in marks {
            let said: Vec<_> = element.child_elements().map(|child| child.text().collect::<String>()).collect();
            assert_eq!(said, [words, "] "], "{}", element.html());
            assert!(element.child_elements().all(|child| child.attr("class") == Some("visually-hidden")));
        }
    }
    assert_eq!(
        page.attributes(".toc a", "href"),
        ["#text-use", "#text-what-is-a-cookie", "#text-types", "#text-purposes", "#text-control", "#declared"]
    );
    assert_eq!(page.attributes(".unchanged a", "href"), ["/policy/1.1#when"]);
    assert_eq!(
        page.text(".lead"),
        "The wording or position of 3 of 6 sections changed. In 2 of 6 sections, only boxes or tables changed. Version \
         1.0 had no cookie list. Version 1.1 declares 8 cookies."
    );
    assert_eq!(
        page.text("#declared"),
        "Cookies and purposes Version 1.0 had no cookie list. Version 1.1 declares 8 cookies."
    );
    assert!(page.text("#text-use").ends_with("[added: [What this site does. This box is binding.]]"));
}

#[tokio::test]
async fn no_edition_is_compared_with_the_cookie_list_of_another() {
    let site = site_with_tomorrows_edition(DECLARED);
    let page = site.browser().get("/policy/compare/1.0/1.2").await;
    assert!(page.text(".lead").ends_with("Version 1.0 had no cookie list. Version 1.2 declares 9 cookies."));
    for locale in ["de", "fr", "ar"] {
        let page = site.browser().get(&format!("/{locale}/policy/compare/1.0/1.2")).await;
        assert!(page.text(".lead").contains('9') && page.all("#declared ul").is_empty(), "{locale}");
    }
}

#[tokio::test]
async fn a_cookie_that_the_older_edition_does_not_list_is_new_even_if_the_server_set_it_then() {
    let site = site_with_content(|content| {
        for file in
            ["cookies.toml", "cookies.de.toml", "cookies.fr.toml", "cookies.ar.toml"].map(|name| content.join(name))
        {
            // The first edition lists the same cookies as the second, except for one first-party
            // cookie.
            let all = fs::read_to_string(&file).unwrap();
            let entries = all.split("\n\n").map(|entry| {
                if entry.contains("name = \"__Host-Http-device\"") {
                    entry.to_owned()
                } else {
                    entry.replace("since = \"1.1\"", "since = \"1.0\"")
                }
            });
            fs::write(&file, entries.collect::<Vec<_>>().join("\n\n")).unwrap();
        }
    });
    let page = site.browser().get("/policy/compare/1.0/1.1").await;
    let declared = page.text("#declared");
    assert!(declared.contains("__Host-Http-device is new."), "{declared}");
    assert_eq!(page.all("#declared li").len(), 1, "{declared}");
}

#[tokio::test]
async fn a_comparison_shows_added_and_removed_sections_and_cookies() {
    let page = site_with_tomorrows_edition(DECLARED).browser().get("/policy/compare/1.1/1.2").await;
    assert!(page.text("#text-which").contains("This section is new."));
    assert!(page.text("#text-use").contains("Section 1 was removed."));
    let declared = page.text("#declared");
    for expected in [
        "Purpose: preferences __Host-other is new. Kept for: Until you close the browser. Does something else.",
        "Purpose: analytics [removed: Adds one to the count",
        "[added: Counts",
        "How long __Host-Http-analytics is kept: “90 days”, before “180 days”.",
    ] {
        assert!(declared.contains(expected), "{expected}: {declared}");
    }
    assert!(page.text(".lead").ends_with("The cookies or purposes changed."));
}

#[tokio::test]
async fn two_editions_chosen_in_either_order_are_compared_at_one_url() {
    let site = site_with_tomorrows_edition("");
    let mut browser = site.browser();
    let page = browser.get("/policy/compare").await;
    let form = page.one(".chooser form");
    assert_eq!((form.attr("method"), form.attr("action")), (Some("get"), Some("/policy/compare")));
    assert_eq!(page.attributes("#compare-from option[selected]", "value"), ["1.1"]);
    assert_eq!(page.attributes("#compare-to option[selected]", "value"), ["1.2"]);
    assert_eq!(page.attributes("#compare-from option", "value"), ["1.2", "1.1", "1.0"]);
    for query in ["from=1.0&to=1.2", "from=1.2&to=1.0"] {
        let answer = choose(&mut browser, query).await;
        let page = browser.follow(&page, &answer).await;
        assert_eq!((page.status, page.address.as_str()), (StatusCode::OK, "/policy/compare/1.0/1.2"), "{query}");
        assert_eq!(page.attributes("#compare-from option[selected]", "value"), ["1.0"]);
        assert_eq!(page.attributes("#compare-to option[selected]", "value"), ["1.2"]);
    }
    let answer = browser.get("/policy/compare/1.2/1.1").await;
    assert_eq!(answer.header(header::LOCATION), Some("/policy/compare/1.1/1.2"));
}

#[tokio::test]
async fn an_impossible_comparison_is_rejected_with_a_sentence() {
    let mut browser = anonymous_browser();
    for address in [
        "/policy/compare/1.0/1.0",
        "/policy/compare/1.0/9.9",
        "/policy/compare/9.9/1.0",
        "/policy/compare/1.0",
        "/policy/compare/1.0/",
        "/policy/compare/1.0/1.1/1.0",
        "/policy/compare/1.0/x",
        "/policy/compare?from=1.0",
        "/policy/compare?from=&to=",
        "/policy/compare?from=x&to=1.0",
        "/policy/compare?from=%00&to=%F0%9F%8D%AA",
    ] {
        let page = browser.get(address).await;
        assert_eq!(
            (page.status, page.text("h1").as_str()),
            (StatusCode::NOT_FOUND, "Comparison not found"),
            "{address}"
        );
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
    }
    for query in ["from=1.0&to=1.0", "from=9.9&to=1.0"] {
        let answer = choose(&mut browser, query).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{query}");
        let address = answer.header(header::LOCATION).unwrap().to_owned();
        assert_eq!(browser.get(&address).await.status, StatusCode::NOT_FOUND, "{query}");
    }
}

#[tokio::test]
async fn the_history_and_a_comparison_are_cached_and_revalidated() {
    let site = site_with_tomorrows_edition("");
    for address in ["/policy/history", "/policy/compare", "/policy/compare/1.0/1.1"] {
        let first = site.browser().get(address).await;
        let mut other = site.browser();
        other.cookies.plant("telltale", "secret-of-one-visitor", "/");
        let again = other.get(address).await;
        assert_eq!(again.without_keys(), first.without_keys(), "{address}");
        other.answer_banner("no").await;
        let tag = other.get(address).await.header(header::ETAG).unwrap().to_owned();
        let request = other.request(Method::GET, address).header(header::IF_NONE_MATCH, tag);
        assert_eq!(other.send(request, Body::empty()).await.status, StatusCode::NOT_MODIFIED, "{address}");
        assert!(!other.get(address).await.has("#banner"), "{address}");
    }
}

#[tokio::test]
async fn the_banner_returns_to_a_comparison() {
    let mut browser = setup().browser();
    let page = browser.get("/policy/compare/1.0/1.1").await;
    let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert!(page.address.starts_with("/policy/compare/1.0/1.1?notice=rejected&receipt="), "{}", page.address);
    assert!(page.has("#notice"));
}
