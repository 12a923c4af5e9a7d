//! What an operator can do with accounts: list, disable, enable, sign out, create a password-reset
//! link, export and erase.

use axum::http::header;

use super::{
    super::{
        page::{Page, encode},
        site::{DAY, Site},
    },
    users::{
        ANNA, BERT, OTHER_PASSWORD, PASSWORD, TABLES, activity, another, count, holds, is_signed_in, operator,
        security, sign_in, sign_out, sign_up, signed_in_browser, stored_bytes, try_sign_in,
    },
};
use crate::{
    app::accounts::admin::{AccountSummary, AdminError, Erased},
    domain::Timestamp,
    http::tests::browser::Browser,
    ledger::key::TrustedKeys,
};

/// Opens a reset link, sends its form with the password, and returns the response.
async fn reset_password(browser: &mut Browser, link: &str, password: &str) -> Page {
    let page = browser.get(link).await;
    assert_eq!(page.status, 200);
    browser.send_form(&page, "#reset-password", &[("new_password", password)]).await
}

async fn link(site: &Site) -> String {
    operator(site).create_reset_link(ANNA).await.unwrap()
}

/// Checks that a reset link has expired, when it is opened and when an older page submits it.
async fn is_over(site: &Site, link: &str) {
    let page = site.browser().get(link).await;
    assert_eq!((page.status.as_u16(), page.text("h1").as_str()), (410, "This link no longer works"), "{link}");
    assert!(!page.has("#reset-password"));
    let token = link.split_once("token=").unwrap().1;
    let fields = encode(&[("token", token), ("new_password", OTHER_PASSWORD)]);
    let answer = site.browser().post_fields("/sign-in/reset", fields).await;
    assert_eq!((answer.status.as_u16(), answer.set_and_removed()), (410, (vec![], vec![])), "{link}");
}

#[tokio::test]
async fn an_operator_sees_who_has_an_account_and_where_they_are_signed_in() {
    let user = signed_in_browser(false).await;
    let site = &user.site;
    site.advance_clock(60);
    sign_up(&mut site.browser(), BERT, true).await;
    another(&user, true).await;
    operator(site).set_disabled(BERT, true).await.unwrap();
    let listed = |email: &str, later: i64, is_disabled, sessions| AccountSummary {
        email: email.to_owned(),
        created_at: Timestamp(super::super::site::NOON + later),
        is_disabled,
        sessions,
    };
    assert_eq!(operator(site).list().await.unwrap(), [listed(ANNA, 0, false, 2), listed(BERT, 60, true, 0)]);
    site.advance_clock(DAY);
    assert_eq!(operator(site).list().await.unwrap()[0].sessions, 1, "what is over does not count");
}

#[tokio::test]
async fn commands_on_a_missing_account_fail() {
    let user = signed_in_browser(false).await;
    for email in [BERT, "", "anna", "%"] {
        let operator = operator(&user.site);
        for outcome in [
            operator.set_disabled(email, true).await,
            operator.end_sessions(email).await.map(drop),
            operator.create_reset_link(email).await.map(drop),
            operator.export(email, &TrustedKeys::default()).await.map(drop),
            operator.erase(email).await.map(drop),
        ] {
            assert!(matches!(outcome, Err(AdminError::Unknown(ref named)) if named == email), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_disabled_account_is_signed_out_everywhere_and_only_its_user_learns_why() {
    let mut browser = signed_in_browser(true).await;
    let site = browser.site.clone();
    let before = link(&site).await;
    operator(&site).set_disabled(" ANNA@example.org", true).await.unwrap();
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(count(&site, "sessions").await, 0);
    is_over(&site, &before).await;
    let during = link(&site).await;
    is_over(&site, &during).await;

    let answer = try_sign_in(&mut browser, ANNA, "not the password", true).await;
    assert_eq!(answer.text("#problems li"), "Wrong email address or password.");

    operator(&site).set_disabled(ANNA, false).await.unwrap();
    sign_in(&mut browser, ANNA, false).await;
    let events = activity(&mut browser).await;
    assert_eq!(
        events.iter().filter(|event| *event != "failed").collect::<Vec<_>>(),
        ["signed-in", "enabled", "link-made", "disabled", "link-made", "signed-up"]
    );
    let page = security(&mut browser).await;
    let said = |event: &str| page.text(&format!("#activity li[data-event={event}] span"));
    assert_eq!(said("disabled"), "The site owner disabled this account.");
    assert_eq!(said("enabled"), "The site owner enabled this account again.");
}

#[tokio::test]
async fn an_operator_signs_a_user_out_everywhere() {
    let mut browser = signed_in_browser(true).await;
    let mut other = another(&browser, true).await;
    let mut bert = browser.site.browser();
    sign_up(&mut bert, BERT, false).await;
    assert_eq!(operator(&browser.site).end_sessions(ANNA).await.unwrap(), 2);
    assert!(!is_signed_in(&mut browser).await && !is_signed_in(&mut other).await);
    assert!(is_signed_in(&mut bert).await);
    sign_in(&mut browser, ANNA, false).await;
    assert_eq!(activity(&mut browser).await[1], "all-ended");
    let page = security(&mut browser).await;
    assert_eq!(page.text("#activity li[data-event=all-ended] span"), "The site owner signed out all your browsers.");
}

#[tokio::test]
async fn a_reset_link_sets_a_password_once_and_ends_every_other_session() {
    let mut browser = signed_in_browser(true).await;
    let site = browser.site.clone();
    let link = link(&site).await;
    assert!(link.starts_with("/sign-in/reset?token=") && link.len() == "/sign-in/reset?token=".len() + 64, "{link}");
    for _ in 0..3 {
        let page = site.browser().get(&link).await;
        assert_eq!((page.status.as_u16(), page.header(header::CACHE_CONTROL)), (200, Some("no-store")));
        assert_eq!(page.set_and_removed().0, ["__Host-Http-visit"], "opening it uses nothing up");
        assert!(page.text("p.lead").starts_with("For anna@example.org."));
    }
    assert!(is_signed_in(&mut browser).await, "nothing is ended yet");

    let mut forgetful = site.browser();
    let answer = reset_password(&mut forgetful, &link, OTHER_PASSWORD).await;
    assert_eq!(answer.header(header::LOCATION), Some("/account?notice=signed-in"));
    assert!(is_signed_in(&mut forgetful).await);
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(activity(&mut forgetful).await, ["link-used", "link-made", "signed-up"]);
    is_over(&site, &link).await;
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 422);
    assert_eq!(try_sign_in(&mut browser, ANNA, OTHER_PASSWORD, false).await.status, 303);
}

#[tokio::test]
async fn a_reset_link_expires_after_a_day() {
    let user = signed_in_browser(false).await;
    let link = link(&user.site).await;
    user.site.advance_clock(DAY - 1);
    assert_eq!(user.site.browser().get(&link).await.status, 200);
    user.site.advance_clock(1);
    is_over(&user.site, &link).await;
}

#[tokio::test]
async fn a_newer_reset_link_replaces_the_previous_one() {
    let user = signed_in_browser(false).await;
    let (first, second) = (link(&user.site).await, link(&user.site).await);
    is_over(&user.site, &first).await;
    assert_eq!(reset_password(&mut user.site.browser(), &second, OTHER_PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_rejected_password_does_not_use_up_the_reset_link() {
    let user = signed_in_browser(false).await;
    let link = link(&user.site).await;
    let mut browser = user.site.browser();
    let answer = reset_password(&mut browser, &link, "password1234").await;
    assert_eq!((answer.status.as_u16(), answer.has("#problems a[href='#new_password']")), (422, true));
    assert!(answer.text("head > title").starts_with("Error: "));
    let answer = browser.send_form(&answer, "#reset-password", &[("new_password", OTHER_PASSWORD)]).await;
    assert_eq!(answer.status, 303, "the form that is shown again still knows the link");
}

#[tokio::test]
async fn a_changed_password_invalidates_the_reset_link() {
    let mut user = signed_in_browser(false).await;
    let link = link(&user.site).await;
    let page = user.get("/account/password").await;
    user.submit(&page, "#change-password", &[("password", PASSWORD), ("new_password", OTHER_PASSWORD)]).await;
    is_over(&user.site, &link).await;
}

#[tokio::test]
async fn an_invalid_reset_link_counts_as_expired() {
    let mut user = signed_in_browser(false).await;
    link(&user.site).await;
    for token in ["", "x", "0000000000000000000000000000000000000000000000000000000000000000", "%00", "' OR 1=1 --"] {
        is_over(&user.site, &format!("/sign-in/reset?token={}", token.replace([' ', '\''], ""))).await;
    }
    assert_eq!(user.site.browser().get("/sign-in/reset").await.status, 410);
    assert!(is_signed_in(&mut user).await);
}

#[tokio::test]
async fn a_reset_link_is_stored_as_a_hash() {
    let user = signed_in_browser(false).await;
    let link = link(&user.site).await;
    assert_eq!(count(&user.site, "password_reset_tokens").await, 1);
    assert!(!holds(&stored_bytes(&user.site).await, link.split_once("token=").unwrap().1));
}

#[tokio::test]
async fn of_two_concurrent_uses_of_a_reset_link_one_succeeds() {
    let mut user = signed_in_browser(false).await;
    sign_out(&mut user).await;
    let link = link(&user.site).await;
    let (mut one, mut other) = (user.site.browser(), user.site.browser());
    let answers = tokio::join!(
        reset_password(&mut one, &link, OTHER_PASSWORD),
        reset_password(&mut other, &link, "k7Qp2xVn9Lw4 of another"),
    );
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    assert_eq!(count(&user.site, "sessions").await, 1);
}

#[tokio::test]
async fn an_operators_export_equals_the_users_own() {
    let mut browser = signed_in_browser(true).await;
    let site = browser.site.clone();
    sign_up(&mut site.browser(), BERT, false).await;
    another(&browser, false).await;
    browser.decide("yes", "no").await;
    link(&site).await;
    let own: serde_json::Value = serde_json::from_slice(&browser.get("/account/export").await.bytes).unwrap();
    let trusted = site.state.ledger.trusted_keys();
    let export = operator(&site).export(" ANNA@example.org", trusted).await.unwrap();
    let mut export: serde_json::Value = serde_json::from_slice(&export).unwrap();
    assert_eq!(own["records"].as_array().unwrap().len(), 1);
    let browsers = export["browsers"].as_array_mut().unwrap();
    assert!(browsers.iter().all(|browser| browser["this_one"] == false) && browsers.len() == 2);
    for (theirs, own) in browsers.iter_mut().zip(own["browsers"].as_array().unwrap()) {
        theirs["this_one"] = own["this_one"].clone();
    }
    assert_eq!(export, own, "but for the browser that asks");
}

#[tokio::test]
async fn an_operator_erases_an_account_as_its_user_can() {
    let mut browser = signed_in_browser(true).await;
    let site = browser.site.clone();
    let mut bert = site.browser();
    sign_up(&mut bert, BERT, false).await;
    another(&browser, false).await;
    browser.decide("yes", "no").await;
    let erased = operator(&site).erase(" ANNA@example.org").await.unwrap();
    assert_eq!(erased, Erased { sessions: 2, activity: 2, records: 1 });
    assert!(!is_signed_in(&mut browser).await && is_signed_in(&mut bert).await);
    for (table, left) in TABLES.iter().zip([1, 1, 1, 1, 0]) {
        assert_eq!(count(&site, table).await, left, "{table}: what is Bert's");
    }
    let bytes = stored_bytes(&site).await;
    assert!(holds(&bytes, BERT) && !holds(&bytes, ANNA), "nor does a byte of it stay, in the file or in its log");
    assert!(site.file("harmony.db.erased").is_file(), "no backup brings it back");
    assert!(matches!(operator(&site).erase(ANNA).await, Err(AdminError::Unknown(_))));
}
