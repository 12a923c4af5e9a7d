//! URLs below `/.well-known/`.

use axum::http::{StatusCode, header};
use time::macros::date;

use super::{
    accounts::users::{ANNA, PASSWORD, sign_out, signed_in_browser},
    browser::anonymous_browser,
    site::{DAY, site_with},
};
use crate::domain::web::security_txt::SecurityTxt;

const SECURITY: &str = "/.well-known/security.txt";
const CHANGE: &str = "/.well-known/change-password";

#[tokio::test]
async fn security_txt_is_served_until_it_expires() {
    let site = site_with(|state| {
        state.app.origin = "https://harmony.example".into();
        state.app.security_txt = SecurityTxt::new("mailto:security@harmony.example", date!(2026 - 11 - 24)).ok();
    });
    let page = site.browser().get(SECURITY).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header(header::CONTENT_TYPE), Some("text/plain; charset=utf-8"));
    assert_eq!(page.header(header::CACHE_CONTROL), Some("public, no-cache"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    let lines: Vec<_> = std::str::from_utf8(&page.bytes).unwrap().lines().collect();
    assert_eq!(
        lines,
        [
            "Contact: mailto:security@harmony.example",
            "Expires: 2026-11-24T00:00:00Z",
            "Preferred-Languages: en, ar, de, fr",
            "Canonical: https://harmony.example/.well-known/security.txt",
        ]
    );
    site.advance_clock(DAY);
    assert_eq!(site.browser().get(SECURITY).await.status, 200, "the last day");
    site.advance_clock(DAY);
    assert_eq!(site.browser().get(SECURITY).await.status, 404);
}

#[tokio::test]
async fn without_a_contact_there_is_no_security_txt() {
    let page = site_with(|state| state.app.security_txt = None).browser().get(SECURITY).await;
    assert_eq!(page.status, 404);
    assert!(page.text("p.lead").ends_with('.'));
}

#[tokio::test]
async fn change_password_redirects_users_to_the_form_and_visitors_to_the_sign_in() {
    let mut browser = signed_in_browser(false).await;
    let answer = browser.get(CHANGE).await;
    assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"));
    let page = browser.follow(&answer, &answer).await;
    assert!(page.has("form input[name=new_password]"), "{}", page.address);

    sign_out(&mut browser).await;
    let answer = browser.get(CHANGE).await;
    let answer = browser.follow(&answer, &answer).await;
    let page = browser.follow(&answer, &answer).await;
    let page = browser.submit(&page, "#sign-in", &[("email", ANNA), ("password", PASSWORD), ("remember", "")]).await;
    assert!(page.address.starts_with("/account/password"), "{}", page.address);
    assert!(page.has("form input[name=new_password]"));
}

#[tokio::test]
async fn password_managers_find_the_pages_for_passkeys() {
    let page = anonymous_browser().get("/.well-known/passkey-endpoints").await;
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(page.header(header::CACHE_CONTROL), Some("public, no-cache"));
    let endpoints: serde_json::Value = serde_json::from_slice(&page.bytes).unwrap();
    let expected = serde_json::json!({
        "enroll": "http://localhost:3000/account/passkey",
        "manage": "http://localhost:3000/account/security",
    });
    assert_eq!(endpoints, expected);
}

#[tokio::test]
async fn a_missing_well_known_url_is_not_found() {
    // Password managers request this URL before they trust the other one.
    let nothing = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
    assert_eq!(anonymous_browser().get(nothing).await.status, StatusCode::NOT_FOUND);
}
