//! The language of error pages, whose text comes from the message files only.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use strum::VariantArray as _;

use super::{
    super::{
        accounts::users::{ANNA, PASSWORD, try_sign_in},
        page::{Page, encode},
        site::{Site, setup},
    },
    check_all, checked, site,
};
use crate::{
    app::request_context::{RequestContext, RequestLocale},
    content::i18n::Messages,
    domain::{i18n::locale::Locale, web::error::AppError},
    pages,
    pages::Refused,
};

#[test]
fn an_error_page_is_in_the_language_of_the_request() {
    let site = setup();
    for (locale, direction, title) in [
        (Locale::ENGLISH, "ltr", "Page not found · Harmony"),
        (Locale::GERMAN, "ltr", "Seite nicht gefunden · Harmony"),
        (Locale::FRENCH, "ltr", "Page introuvable · Harmony"),
        (Locale::ARABIC, "rtl", "\u{2068}الصفحة غير موجودة\u{2069} · Harmony"),
    ] {
        let visitor = RequestContext::in_locale(RequestLocale { locale, in_path: true });
        let page = refused(&site, visitor, AppError::NotFound);
        let html = page.one("html");
        assert_eq!((html.attr("lang"), html.attr("dir")), (Some(locale.tag()), Some(direction)));
        assert_eq!(page.text("head > title"), title);
        let own = Messages::shipped(locale);
        assert_eq!(page.text("header nav:not(.languages) li:nth-child(1)"), own.frame.preferences());
        assert_eq!(page.text("p.lead"), own.refusals.not_found());
        for link in page.attributes("body a:not(#languages a)", "href") {
            let is_page = link.starts_with('/') && !link.contains(".json");
            assert!(!is_page || link.starts_with(&format!("/{locale}")), "{locale}: {link}");
        }
    }
}

/// Renders the page of an error.
fn refused(site: &Site, visitor: RequestContext, refusal: AppError) -> Page {
    let refused = Refused { refusal, reference: Some("abc".into()), wait: Some(90) };
    let html = pages::refused(&site.state, visitor.into(), refused);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    Page::new(format!("{refusal:?}"), StatusCode::OK, headers, html.into())
}

#[tokio::test]
async fn every_error_page_is_translated() {
    let site = site();
    for &refusal in AppError::VARIANTS {
        checked(&site.browser(), refused(&site, RequestContext::default(), refusal));
    }
    let mut browser = site.browser();
    check_all(&mut browser, &["/nowhere"]).await;
    let answer = browser.post_fields("/api/consent/decide", encode(&[("preferences", "maybe")])).await;
    checked(&browser, answer);
    let request = browser.request(Method::POST, "/api/consent/decide").header(header::ORIGIN, "https://evil.example");
    let answer = browser.send(request, Body::empty()).await;
    checked(&browser, answer);
    for _ in 0..30 {
        try_sign_in(&mut browser, ANNA, PASSWORD, false).await;
    }
    let answer = try_sign_in(&mut browser, ANNA, PASSWORD, false).await;
    assert!(checked(&browser, answer).has("#wait"));
}
