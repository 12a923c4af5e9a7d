//! Disabled accounts: the user can export and erase their data, and is anonymous everywhere else.

use axum::http::header;
use serde_json::Value;

use super::{
    super::page::{Page, encode},
    users::{
        ANNA, DEVICE, OTHER_PASSWORD, PASSWORD, REMEMBER, SESSION, count, operator, rows, signed_in_browser,
        try_sign_in,
    },
};
use crate::{app::accounts::admin::AdminError, http::tests::browser::Browser};

/// Returns a browser that is signed in to a disabled account.
async fn disabled() -> Browser {
    let user = signed_in_browser(true).await;
    operator(&user.site).set_disabled(ANNA, true).await.unwrap();
    let mut browser = user.site.browser();
    browser.decide("no", "no").await;
    let answer = try_sign_in(&mut browser, ANNA, PASSWORD, true).await;
    assert_eq!(answer.header(header::LOCATION), Some("/account?notice=signed-in"));
    assert_eq!(answer.set_and_removed(), (vec![DEVICE, SESSION], vec![]), "it is not kept signed in");
    browser
}

/// Posts fields to a URL and returns the response.
async fn post(browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> Page {
    browser.post_fields(address, encode(fields)).await
}

#[tokio::test]
async fn the_page_of_a_disabled_account_offers_export_and_erasure() {
    let mut browser = disabled().await;
    let page = browser.get("/account").await;
    assert_eq!((page.status.as_u16(), page.header(header::CACHE_CONTROL)), (200, Some("no-store")));
    assert!(page.text("p.lead").contains(ANNA));
    assert!(page.text("#disabled").starts_with("The site owner has disabled this account."));
    assert_eq!(page.attributes("main a", "href"), ["/account/export", "/account/delete"]);
    assert_eq!(page.attributes("main form", "id"), ["sign-out"]);
    for elsewhere in ["/sign-in", "/sign-up", "/account/password", "/account/security", "/account/data"] {
        assert_eq!(browser.get(elsewhere).await.header(header::LOCATION), Some("/account"), "{elsewhere}");
    }
    let answer = browser.send_form(&page, "#sign-out", &[]).await;
    assert!(answer.set_and_removed().1.contains(&SESSION));
    assert_eq!(count(&browser.site, "sessions").await, 0);
    assert_eq!(browser.get("/account").await.status, 303);
}

#[tokio::test]
async fn a_user_with_a_disabled_account_is_anonymous_on_other_pages() {
    let mut browser = disabled().await;
    let before = rows(&browser.site, "accounts").await;
    assert!(!browser.get("/").await.has("#who"), "no page speaks of what is the member's");
    browser.decide("yes", "yes").await;
    let passwords = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    for (address, fields) in [
        ("/account/password", &passwords[..]),
        ("/api/session/end_others", &[]),
        ("/api/session/end", &[("session", "x")]),
    ] {
        assert_eq!(post(&mut browser, address, fields).await.status, 403, "{address}");
    }
    assert_eq!(rows(&browser.site, "accounts").await, before, "nothing is chosen or changed for the account");
    assert_eq!(count(&browser.site, "account_records").await, 0);
    assert!(browser.holds().contains(&SESSION) && !browser.holds().contains(&REMEMBER));
    operator(&browser.site).set_disabled(ANNA, false).await.unwrap();
    assert!(browser.get("/").await.has("#who"), "once it is enabled, they are its member again");
}

#[tokio::test]
async fn pages_link_a_disabled_user_to_the_account_and_not_to_the_sign_in() {
    let mut browser = disabled().await;
    // Cached page parts for signed-in users apply here too.
    for address in
        ["/", "/policy", "/policy", "/preferences", "/preferences/history", "/account", "/account/delete", "/nowhere"]
    {
        let page = browser.get(address).await;
        assert_eq!(page.text("header nav:not(.languages) li:last-child a"), "Your account", "{address}");
        assert!(!page.attributes("a", "href").iter().any(|href| href.starts_with("/sign-in")), "{address}");
    }
    let page = browser.get("/preferences/delete").await;
    assert!(page.text("main").contains("You will be signed out here."), "{}", page.text("main"));
    let told = browser.get("/?notice=signed-out").await;
    assert!(!told.has("#notice"), "it would not be true");
}

#[tokio::test]
async fn a_user_can_export_and_erase_a_disabled_account() {
    let mut browser = disabled().await;
    let site = browser.site.clone();
    let export: Value = serde_json::from_slice(&browser.get("/account/export").await.bytes).unwrap();
    assert_eq!(export["email"], ANNA);
    assert_eq!(export["decision"], Value::Null, "what this browser chose before is not the account's");
    assert_eq!(export["browsers"][0]["this_one"], true);
    assert_eq!(export["security_events"][0]["event"], "signed-in-from-new");
    let page = browser.get("/account/delete").await;
    let wrong = browser.send_form(&page, "#delete-account", &[("password", OTHER_PASSWORD)]).await;
    assert_eq!(wrong.text("#problems li"), "Wrong password.");
    let answer = browser.send_form(&page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!(answer.header(header::LOCATION), Some("/?notice=account-deleted"));
    assert_eq!(count(&site, "accounts").await, 0);
    assert!(matches!(operator(&site).set_disabled(ANNA, false).await, Err(AdminError::Unknown(_))));
    assert!([DEVICE, SESSION].iter().all(|name| !browser.holds().contains(name)));
}
