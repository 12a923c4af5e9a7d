//! GET requests to a form's target lead to the form, and the sign-in page explains why it appears.

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{
    super::{
        browser::{Browser, anonymous_browser},
        page::Page as Opened,
        site::DAY,
    },
    users::{ANNA, PASSWORD, REMEMBER, SESSION, sign_in, sign_out, signed_in_browser, try_sign_in},
};
use crate::domain::{
    i18n::locale::Locale,
    web::{form_route::TARGETS, page::Page},
};

#[tokio::test]
async fn a_get_request_to_a_forms_target_leads_to_its_page_in_each_language() {
    let mut browser = anonymous_browser();
    for (target, page) in TARGETS {
        let prefixes = Locale::SHIPPED.map(|locale| format!("/{}", locale.tag()));
        for prefix in prefixes.iter().map(String::as_str).chain([""]) {
            for method in [Method::GET, Method::HEAD] {
                let request = browser.request(method.clone(), &format!("{prefix}{target}?notice=deleted"));
                let answer = browser.send(request.header("sec-fetch-site", "none"), Body::empty()).await;
                assert_eq!(answer.status, 303, "{method} {prefix}{target}");
                let page = if page == Page::Home && !prefix.is_empty() { String::new() } else { page.to_string() };
                assert_eq!(answer.header(header::LOCATION), Some(format!("{prefix}{page}").as_str()), "{method}");
                assert_eq!(answer.set_and_removed(), (vec![], vec![]), "{method} {prefix}{target}");
            }
        }
    }
}

#[tokio::test]
async fn a_form_with_errors_stands_at_the_url_of_its_page() {
    let mut browser = anonymous_browser();
    let answer = try_sign_in(&mut browser, ANNA, PASSWORD, false).await;
    assert_eq!((answer.status.as_u16(), answer.address.as_str()), (422, "/sign-in"));
    let again = browser.get(&answer.address).await;
    assert_eq!(again.status, 200);
    again.form("#sign-in");
}

/// Opens a page with the browser's cookies, follows redirects, and returns each step.
async fn opened(browser: &mut Browser, address: &str) -> Opened {
    let mut page = browser.get(address).await;
    while page.status == 303 {
        let to = page.header(header::LOCATION).unwrap().to_owned();
        page = browser.get(&to).await;
    }
    page
}

#[tokio::test]
async fn the_sign_in_says_that_a_session_has_ended_and_possible_reasons() {
    for address in ["/account", "/account/password", "/account/export", "/sign-in", "/de/account", "/ar/sign-in"] {
        // The response with the new cookie is lost, and after the grace period the old token comes
        // back.
        let mut browser = signed_in_browser(true).await;
        browser.cookies.end_session();
        let before = browser.cookies.clone();
        browser.get("/account").await;
        browser.cookies = before;
        browser.site.advance_clock(40);
        let page = opened(&mut browser, address).await;
        assert_eq!(page.status, 200, "{address}");
        assert!(page.has("#sign-in") && page.has("#was-signed-out"), "{address}");
        assert!(browser.cookies.find(SESSION).is_none() && browser.cookies.find(REMEMBER).is_none(), "{address}");
        assert!(!opened(&mut browser, "/sign-in").await.has("#was-signed-out"), "{address}: it is said once");
        sign_in(&mut browser, ANNA, true).await;
        assert!(browser.get("/account").await.has("#replayed"));
    }
    let mut idle = signed_in_browser(false).await;
    idle.site.advance_clock(DAY);
    let page = opened(&mut idle, "/account").await;
    assert_eq!(page.text("#was-signed-out strong"), "This browser was signed out.");
}

#[tokio::test]
async fn the_sign_in_says_nothing_about_sessions_to_other_visitors() {
    let mut browser = anonymous_browser();
    assert!(!opened(&mut browser, "/account").await.has("#was-signed-out"), "to a anonymous_browser");
    let mut user = signed_in_browser(true).await;
    sign_out(&mut user).await;
    assert!(!opened(&mut user, "/account").await.has("#was-signed-out"), "to one who signed out");
    let answer = try_sign_in(&mut user, ANNA, "not the password", false).await;
    assert!(answer.has("#problems") && !answer.has("#was-signed-out"));
}
