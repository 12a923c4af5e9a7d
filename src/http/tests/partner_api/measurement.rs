//! The pages of a partner service are measured like those of this site, if the service asks for it.

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{CONSENT, SERVICES, SHOP};
use crate::{
    app::analytics,
    http::tests::{
        browser::{Browser, FORM},
        page::Page,
        site::{DAY, site_with_edition_and_services},
    },
};

/// The edition that takes effect the next day says that performance is collected.
const COLLECTING: &str = r#"
[[purpose]]
name = "analytics"
question = "May Harmony count and measure?"
description = "Counts and measures pages."
collects = ["performance"]
since = "1.2"
"#;

/// A browser that answered the question about analytics on the site itself.
async fn browser(analytics: &str) -> Browser {
    let site = site_with_edition_and_services(COLLECTING, SERVICES, |_| ());
    site.advance_clock(DAY);
    let mut browser = site.browser();
    browser.decide("no", analytics).await;
    browser
}

async fn ask(browser: &mut Browser, origin: &str) -> Page {
    let request = browser.request(Method::GET, CONSENT).header(header::ORIGIN, origin);
    browser.send(request.header("sec-fetch-site", "same-site"), Body::empty()).await
}

/// The token that the page of a service reads from the performance entry of the response.
fn token(page: &Page) -> Option<String> {
    let timing = page.header("server-timing")?;
    Some(timing.strip_prefix("token;desc=\"")?.strip_suffix('"')?.replace('+', "%2B"))
}

async fn measure(browser: &mut Browser, origin: &str, form: String) -> Page {
    let request = browser.request(Method::POST, "/api/measurements").header(header::ORIGIN, origin);
    let request = request.header("sec-fetch-site", "same-site").header(header::CONTENT_TYPE, FORM);
    browser.send(request, Body::from(form)).await
}

/// The counted views as `page visit count`.
async fn views(browser: &Browser) -> Vec<String> {
    browser.site.state.store.flush().await.unwrap();
    let since = time::macros::date!(1970 - 01 - 01);
    let views = browser.site.state.store.read(move |tx| tx.page_views_since(since)).await.unwrap();
    let views = views.into_iter().filter(|view| view.page.starts_with("http"));
    views.map(|view| format!("{} {} {}", view.page, view.visit, view.count)).collect()
}

#[tokio::test]
async fn a_page_of_a_service_is_counted_and_measured_under_the_name_of_the_service() {
    let mut browser = browser("yes").await;
    browser.cookies.clear_one("__Host-Http-analytics");
    for (minute, visit) in [(0, "first"), (1, "returning")] {
        browser.site.advance_clock(60 * minute);
        let asked = ask(&mut browser, SHOP).await;
        assert_eq!(asked.header("timing-allow-origin"), Some(SHOP));
        let form = format!("token={}&navigation=reload&server=120&lcp=1200", token(&asked).unwrap());
        for _ in 0..2 {
            let counted = measure(&mut browser, SHOP, form.clone()).await;
            assert_eq!(counted.status, 204);
            assert_eq!(counted.header("cross-origin-resource-policy"), Some("cross-origin"));
        }
        assert!(browser.holds().contains(&"__Host-Http-analytics"), "counted before: {visit}");
    }
    assert_eq!(views(&browser).await, [format!("{SHOP} first 1"), format!("{SHOP} returning 1")]);
    let oldest = analytics::oldest_day(&browser.site.state).await.unwrap();
    assert_eq!(oldest.map(|day| day.to_string()).as_deref(), Some("2026-11-23"));
}

#[tokio::test]
async fn a_page_of_a_service_is_not_measured_without_a_grant() {
    let mut browser = browser("no").await;
    let asked = ask(&mut browser, SHOP).await;
    assert_eq!((token(&asked), asked.header("timing-allow-origin")), (None, None));
    let mut other = browser.site.browser();
    other.decide("no", "yes").await;
    let token = token(&ask(&mut other, SHOP).await).unwrap();
    assert_eq!(measure(&mut browser, SHOP, format!("token={token}&lcp=1200")).await.status, 204);
    assert_eq!(views(&browser).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_a_listed_service_is_measured_and_only_by_its_origin() {
    let mut browser = browser("yes").await;
    let token = token(&ask(&mut browser, SHOP).await).unwrap();
    for origin in ["https://evil.example", "https://shop.example.evil.example", "null", "https://later.example:444"] {
        assert_eq!(measure(&mut browser, origin, format!("token={token}&lcp=1200")).await.status, 403, "{origin}");
    }
    // The path of a page is this site's alone, and a page of this site has one.
    let form = format!("page=/policy&token={token}&lcp=1200");
    assert_eq!(measure(&mut browser, SHOP, form).await.status, 400);
    let request = browser.request(Method::POST, "/api/measurements").header("sec-fetch-site", "same-origin");
    let request = request.header(header::CONTENT_TYPE, FORM);
    assert_eq!(browser.send(request, Body::from(format!("token={token}&lcp=1200"))).await.status, 400);
    assert_eq!(views(&browser).await, Vec::<String>::new());
}
