//! Page views are counted only with a grant, and with as little data as possible.

use axum::{
    body::Body,
    http::{HeaderName, Method, header},
};

use super::{
    browser::{Browser, anonymous_browser},
    site::{DAY, SiteParts, site_with_newest_edition},
    urls::PAGES,
};
use crate::config::CountrySource;

const PHONE: &str =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15";
const TABLET: &str = "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";

/// Returns the stored counts as `page device visit views`.
async fn counted(browser: &Browser) -> Vec<String> {
    let rows = browser.site.views().await.into_iter();
    rows.map(|row| format!("{} {} {} {}", row.page, row.device, row.visit, row.count)).collect()
}

#[tokio::test]
async fn nothing_counts_without_a_grant() {
    for answers in [None, Some(("no", "no")), Some(("yes", "no"))] {
        let mut browser = anonymous_browser();
        if let Some((preferences, analytics)) = answers {
            browser.decide(preferences, analytics).await;
        }
        // An old analytics cookie does not count as a grant.
        browser.cookies.plant("__Host-Http-analytics", "seen", "/");
        for address in PAGES {
            browser.get(address).await;
        }
        assert_eq!(browser.site.views_in_all().await, 0, "{answers:?}");
    }
}

#[tokio::test]
async fn with_a_grant_the_first_view_is_new_and_later_ones_are_returning() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    assert_eq!(counted(&browser).await, ["/ computer first 1"], "the page that the decision leads to");
    assert_eq!(browser.cookies.value("__Host-Http-analytics"), "seen", "the same for everyone");
    browser.get("/policy").await;
    browser.get("/policy").await;
    browser.get("/policy/1.0").await;
    let expected = ["/ computer first 1", "/policy computer returning 2", "/policy/1.0 computer returning 1"];
    assert_eq!(counted(&browser).await, expected);
    browser.site.advance_clock(DAY);
    browser.cookies.end_session();
    browser.get("/").await;
    let views = browser.site.views().await;
    assert_eq!(views.last().map(|row| (row.day.as_str(), row.visit.as_str())), Some(("2026-11-23", "returning")));
}

#[tokio::test]
async fn the_analytics_cookie_is_not_renewed_by_visits() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    browser.site.advance_clock(DAY);
    assert_eq!(browser.get("/policy").await.set_and_removed(), (vec![], vec![]));
}

#[tokio::test]
async fn nothing_counts_after_a_withdrawal_nor_does_the_page_that_confirms_it() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "yes").await;
    let before = browser.site.views_in_all().await;
    browser.withdraw("analytics").await;
    // The page that the form was on counts.
    let before = before + 1;
    for address in PAGES {
        browser.get(address).await;
    }
    assert_eq!(browser.site.views_in_all().await, before);
}

#[tokio::test]
async fn a_page_that_confirms_a_deletion_does_not_count_and_sets_no_cookie() {
    let mut browser = anonymous_browser();
    let page = browser.decide("yes", "yes").await;
    let before = browser.site.views_in_all().await;
    let page = browser.submit(&page, "tr[data-cookie=__Host-Http-analytics] form", &[]).await;
    assert!(page.has("#notice"));
    assert!(!browser.holds().contains(&"__Host-Http-analytics"));
    assert_eq!(browser.site.views_in_all().await, before);
    browser.get("/").await;
    assert_eq!(browser.site.views_in_all().await, before, "the permission went with it");
}

#[tokio::test]
async fn only_a_page_that_a_visitor_opens_counts() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let before = browser.site.views_in_all().await;
    for address in
        ["/cookies.json", "/health", "/favicon.svg", "/nowhere", "/policy/9.9", "/policy/", "/api/consent/decide"]
    {
        browser.get(address).await;
    }
    let head = browser.request(Method::HEAD, "/policy");
    browser.send(head, Body::empty()).await;
    for purpose in ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"] {
        let request = browser.request(Method::GET, "/policy").header("sec-purpose", purpose);
        browser.send(request, Body::empty()).await;
    }
    browser.post_fields("/api/consent/answer", "answer=yes").await;
    assert_eq!(browser.site.views_in_all().await, before);
}

#[tokio::test]
async fn a_prefetched_page_sets_nothing_optional() {
    let mut browser = anonymous_browser();
    let request = browser.request(Method::GET, "/").header("sec-purpose", "prefetch");
    assert_eq!(browser.send(request, Body::empty()).await.set_and_removed(), (vec!["__Host-Http-visit"], vec![]));
    browser.decide("no", "yes").await;
    browser.cookies.clear_one("__Host-Http-analytics");
    let request = browser.request(Method::GET, "/").header("sec-purpose", "prefetch");
    assert_eq!(browser.send(request, Body::empty()).await.set_and_removed(), (vec![], vec![]));
}

#[tokio::test]
async fn a_counted_page_is_not_revalidated() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    assert_eq!(browser.get("/policy").await.header(header::ETAG), None, "it shows a choice, so no copy of it is kept");
    let before = browser.site.views_in_all().await;
    let request = browser.request(Method::GET, "/policy").header(header::IF_NONE_MATCH, "*");
    assert_eq!(browser.send(request, Body::empty()).await.status, 200);
    assert_eq!(browser.site.views_in_all().await, before + 1);
}

#[tokio::test]
async fn only_the_kind_of_device_is_stored() {
    for (user_agent, kind) in
        [(PHONE, "phone"), (TABLET, "tablet"), (MAC, "computer-or-tablet"), ("", "other"), ("curl/8.0", "other")]
    {
        let mut browser = anonymous_browser();
        browser.user_agent = user_agent;
        browser.answer_banner("yes").await;
        assert_eq!(counted(&browser).await, [format!("/ {kind} first 1")], "{user_agent}");
    }
}

#[tokio::test]
async fn the_country_comes_from_the_address_or_from_the_header_of_a_cdn() {
    let by_address = |state: &mut SiteParts| {
        state.settings.client_ip_header = Some(HeaderName::from_static("x-forwarded-for"));
    };
    let by_header = |state: &mut SiteParts| {
        state.settings.country_source = CountrySource::Header(HeaderName::from_static("cf-ipcountry"));
    };
    for (configure, header, value, country) in [
        (&by_address as &dyn Fn(&mut SiteParts), "x-forwarded-for", "193.0.6.139", "NL"),
        (&by_address, "x-forwarded-for", "2001:67c:2e8:22::c100:68b", "NL"),
        (&by_address, "x-forwarded-for", "10.0.0.1", "ZZ"),
        (&by_address, "cf-ipcountry", "DE", "ZZ"),
        (&by_header, "cf-ipcountry", "DE", "DE"),
        (&by_header, "cf-ipcountry", "<b>", "ZZ"),
        (&by_header, "x-forwarded-for", "193.0.6.139", "ZZ"),
    ] {
        let site = site_with_newest_edition(configure);
        site.advance_clock(8 * DAY);
        let mut browser = site.browser();
        browser.answer_banner("yes").await;
        let request = browser.request(Method::GET, "/policy").header(header, value);
        browser.send(request, Body::empty()).await;
        let views = browser.site.views().await;
        let counted = views.iter().find(|row| row.page == "/policy").map(|row| row.country.as_str());
        assert_eq!(counted, Some(country), "{header}: {value}");
    }
}
