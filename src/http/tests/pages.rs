//! All pages: structure, banner, and links between pages.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode, header};

use super::{
    browser::anonymous_browser,
    page::{Page, text},
    site::{DAY, NOON, setup, site_with_newest_edition},
    urls::{ACCOUNT_PAGES, ASKING, PAGES},
};

fn first_in_body(page: &Page) -> &str {
    page.one("body").child_elements().next().and_then(|first| first.attr("id")).unwrap_or_default()
}

#[tokio::test]
async fn every_page_has_one_heading_a_title_a_language_and_a_link_to_the_preferences() {
    for address in PAGES {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(!page.text("h1").is_empty(), "{address}");
        assert!(page.text("head > title").ends_with(" · Harmony"), "{address}");
        assert!(page.one("meta[name=description]").attr("content").is_some_and(|about| about.len() > 20));
        let html = page.one("html");
        assert_eq!((html.attr("lang"), html.attr("dir")), (Some("en"), Some("ltr")), "{address}");
        assert_eq!(page.text("header nav a[href='/preferences']"), "Cookie preferences", "{address}");
        assert_eq!(page.text("footer a[href='/preferences']"), "Cookie preferences", "{address}");
        assert_eq!(page.text("a.skip-link[href='#main']"), "Skip to content", "{address}");
        page.one("main#main");
    }
}

#[tokio::test]
async fn every_page_has_a_different_title() {
    let mut titles = BTreeSet::new();
    for address in PAGES {
        titles.insert(anonymous_browser().get(address).await.text("head > title"));
    }
    assert_eq!(titles.len(), PAGES.len(), "{titles:?}");
}

#[tokio::test]
async fn no_page_but_the_preferences_and_the_sign_in_has_a_script() {
    for address in PAGES {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.has("link[rel=modulepreload], leptos-island"), address == "/preferences", "{address}");
        let scripts = page.all("script").len();
        assert_eq!(scripts > 0, matches!(address, "/preferences" | "/sign-in"), "{address}");
        assert_eq!(page.all("script[src='/passkey/1.js']").len(), usize::from(address == "/sign-in"), "{address}");
        let handlers = page.all("*").into_iter().flat_map(|element| element.value().attrs().map(|(name, _)| name));
        assert_eq!(handlers.filter(|name| name.starts_with("on")).count(), 0, "{address}");
        // `rel=canonical` and `rel=alternate` name URLs that the browser does not load.
        let loads =
            "[style], style, iframe, object, embed, img[src^=http], link[href^=http]:not([rel=canonical], [hreflang])";
        assert!(!page.has(loads), "{address}");
    }
}

#[tokio::test]
async fn the_banner_comes_first_in_a_page_before_a_decision() {
    for address in ASKING {
        let page = anonymous_browser().get(address).await;
        assert_eq!(first_in_body(&page), "banner", "{address}");
        let banner = page.one("section#banner");
        let label = banner.attr("aria-labelledby").unwrap();
        assert!(!page.text(&format!("#{label}")).is_empty());
        assert!(page.has("#banner a[href='/preferences']"));
        assert_eq!(page.attributes("#banner input[name=return_to]", "value"), [address], "it comes back to its page");
    }
}

#[tokio::test]
async fn accept_and_reject_buttons_differ_only_in_their_answer() {
    let page = anonymous_browser().get("/").await;
    let buttons = page.all("#banner button");
    let [yes, no] = buttons[..] else { panic!("{} buttons", buttons.len()) };
    assert_eq!((text(yes).as_str(), text(no).as_str()), ("Allow optional cookies", "Reject optional cookies"));
    assert_eq!((yes.attr("value"), no.attr("value")), (Some("yes"), Some("no")));
    let look = |button: scraper::ElementRef<'_>| -> Vec<(String, String)> {
        let attributes = button.value().attrs().filter(|(name, _)| *name != "value");
        attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    assert_eq!(look(yes), look(no));
    assert_eq!(yes.parent().map(|parent| parent.id()), no.parent().map(|parent| parent.id()), "side by side");
}

#[tokio::test]
async fn the_banner_is_not_on_the_preferences_page_nor_after_a_decision() {
    assert!(!anonymous_browser().get("/preferences").await.has("#banner"));
    for answer in ["yes", "no"] {
        let mut browser = anonymous_browser();
        browser.answer_banner(answer).await;
        for address in PAGES {
            assert!(!browser.get(address).await.has("#banner"), "{answer} {address}");
        }
    }
}

#[tokio::test]
async fn nothing_is_preselected() {
    let page = anonymous_browser().get("/preferences").await;
    for question in ["#choices input", "#remember input"] {
        assert!(!page.all(question).is_empty(), "{question}");
        assert!(page.all(question).iter().all(|input| input.attr("checked").is_none()), "{question}");
    }
    for id in ["preferences-yes", "preferences-no", "analytics-yes", "analytics-no"] {
        let radio = page.one(&format!("#choices input#{id}"));
        assert_eq!((radio.attr("type"), radio.attr("required").is_some()), (Some("radio"), false), "{id}");
    }
}

#[tokio::test]
async fn an_older_edition_says_that_it_is_not_current_and_links_to_the_current_one() {
    let older = anonymous_browser().get("/policy/1.0").await;
    assert!(older.text(".not-in-force").starts_with("This version is no longer in force."));
    assert!(older.has(".not-in-force a[href='/policy']"));
    assert!(older.text(".policy-meta").starts_with("Version 1.0"));
    for address in ["/policy", "/policy/1.1"] {
        let page = anonymous_browser().get(address).await;
        assert!(!page.has(".not-in-force"), "{address}");
        assert!(page.text(".policy-meta").starts_with("Version 1.1 · in force since 1 November 2026"), "{address}");
        assert!(page.has("#editions a[href='/policy/1.0']"), "{address}");
    }
}

#[tokio::test]
async fn shortcodes_are_a_part_of_the_policy_and_no_aside() {
    for address in ["/policy", "/policy/1.1", "/de/policy", "/ar/policy"] {
        let page = anonymous_browser().get(address).await;
        assert!(!page.has("article aside"), "{address}: reader views leave it out (HTML, 4.3.5)");
        let inserts = page.all("article section.callout");
        assert_eq!(inserts.len(), 4, "{address}");
        for insert in inserts {
            let name = page.text(&format!("#{}", insert.attr("aria-labelledby").unwrap()));
            assert!(!name.is_empty() && text(insert).starts_with(&name), "{address}");
        }
    }
}

#[tokio::test]
async fn the_current_edition_follows_the_clock() {
    let site = setup();
    let may = time::macros::datetime!(2026-05-01 00:00 UTC).unix_timestamp();
    site.advance_clock(may - NOON);
    let mut browser = site.browser();
    assert!(browser.get("/policy").await.text(".policy-meta").starts_with("Version 1.0"));
    let coming = browser.get("/policy/1.1").await;
    assert!(coming.text(".not-in-force").starts_with("This version is not in force yet."));
    let first = time::macros::datetime!(2026-11-01 00:00 UTC).unix_timestamp();
    site.advance_clock(first - may - 1);
    assert!(browser.get("/policy").await.text(".policy-meta").starts_with("Version 1.0"));
    site.advance_clock(1);
    assert!(browser.get("/policy").await.text(".policy-meta").starts_with("Version 1.1"));
    site.advance_clock(1_000 * DAY);
    let newest = site.state.content().editions.last().unwrap().version;
    assert!(browser.get("/policy").await.text(".policy-meta").starts_with(&format!("Version {newest}")));
}

#[tokio::test]
async fn the_table_of_contents_links_to_existing_sections() {
    let page = anonymous_browser().get("/policy").await;
    let links = page.attributes(".toc a, a.anchor, a.skip-link", "href");
    assert!(links.len() >= 13, "{links:?}");
    for link in links {
        page.one(&format!("[id='{}']", link.trim_start_matches('#')));
    }
}

#[tokio::test]
async fn no_page_has_a_duplicate_id() {
    for address in PAGES {
        let page = anonymous_browser().get(address).await;
        let ids = page.attributes("[id]", "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{address}: {ids:?}");
        for attribute in ["aria-labelledby", "aria-describedby"] {
            for id in page.attributes(&format!("[{attribute}]"), attribute) {
                assert!(ids.contains(&id), "{address}: {attribute}={id}");
            }
        }
    }
}

#[tokio::test]
async fn no_internal_link_is_broken() {
    // The compliance report is of the newest edition.
    let mut browser = site_with_newest_edition(|_| ()).browser();
    let mut links = BTreeSet::new();
    for address in PAGES {
        let page = browser.get(address).await;
        links.extend(page.attributes("a[href^='/'], link[href^='/']", "href").into_iter().map(str::to_owned));
    }
    for link in &links {
        let path = link.split('#').next().unwrap_or_default();
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{link}");
    }
    for address in PAGES.into_iter().filter(|address| *address != "/policy/1.1") {
        assert!(links.contains(address), "nothing leads to {address}");
    }
}

#[tokio::test]
async fn the_navigation_marks_the_current_page() {
    for (address, marked, how) in [
        ("/policy", "/policy", "page"),
        ("/policy/1.0", "/policy", "true"),
        ("/policy/history", "/policy", "true"),
        ("/policy/compare/1.0/1.1", "/policy", "true"),
        ("/preferences", "/preferences", "page"),
        ("/preferences/history", "/preferences", "true"),
        ("/", "/", "page"),
        ("/sign-in", "/sign-in", "page"),
        ("/sign-up", "/sign-in", "true"),
    ] {
        let page = anonymous_browser().get(address).await;
        let current = page.one("header .brand[aria-current], header nav:not(.languages) [aria-current]");
        assert_eq!((current.attr("href"), current.attr("aria-current")), (Some(marked), Some(how)), "{address}");
    }
}

#[tokio::test]
async fn the_visit_cookie_comes_with_the_first_page_and_with_nothing_else() {
    for address in PAGES {
        let mut browser = anonymous_browser();
        assert_eq!(browser.get(address).await.set_and_removed(), (vec!["__Host-Http-visit"], vec![]), "{address}");
        assert_eq!(browser.get(address).await.set_and_removed(), (vec![], vec![]), "{address} again");
    }
    for address in [
        "/cookies.json",
        "/policy/feed.xml",
        "/policy/1.1/print.css",
        "/sitemap.xml",
        "/robots.txt",
        "/health",
        "/favicon.svg",
        "/pkg/harmony.css",
        "/nowhere",
        "/policy/9.9",
        "/api/consent/decide",
    ] {
        assert_eq!(anonymous_browser().get(address).await.set_and_removed(), (vec![], vec![]), "{address}");
    }
}

#[tokio::test]
async fn the_visit_cookie_is_the_same_for_every_browser() {
    let site = setup();
    let (mut one, mut other) = (site.browser(), site.browser());
    one.get("/").await;
    other.get("/").await;
    assert_eq!(one.cookies.value("__Host-Http-visit"), "1");
    assert_eq!(other.cookies.value("__Host-Http-visit"), "1");
}

#[tokio::test]
async fn a_head_request_sets_and_counts_nothing() {
    let mut browser = anonymous_browser();
    for address in PAGES {
        let page = browser.send(browser.request(Method::HEAD, address), axum::body::Body::empty()).await;
        assert_eq!((page.status, page.bytes.len()), (StatusCode::OK, 0), "{address}");
        assert_eq!(page.header(header::CONTENT_TYPE), Some("text/html; charset=utf-8"), "{address}");
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
    }
}

#[tokio::test]
async fn an_account_page_redirects_anonymous_visitors_to_the_sign_in_and_sets_nothing() {
    for address in ACCOUNT_PAGES {
        let mut browser = anonymous_browser();
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{address}");
        assert_eq!(page.header(header::LOCATION), Some(format!("/sign-in?return_to={address}").as_str()));
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
        assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"), "{address}");
        let page = browser.follow(&page, &page).await;
        assert_eq!((page.status, page.form("#sign-in").value("return_to")), (StatusCode::OK, Some(address)));
    }
}

#[tokio::test]
async fn every_page_is_valid_html() {
    for address in PAGES.into_iter().chain(["/nowhere"]) {
        let page = anonymous_browser().get(address).await;
        let html = str::from_utf8(&page.bytes).unwrap();
        assert!(!html.contains("<!>"), "{address} holds a malformed comment");
        assert!(html.ends_with("</body></html>"), "{address} holds something behind its end");
    }
}
