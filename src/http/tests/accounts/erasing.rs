//! Erasing an account deletes all its rows and ends all its sessions at once.

use axum::http::header;
use rusqlite::types::Value;

use super::{
    super::page::Page,
    users::{
        ANNA, BERT, DEVICE, PASSWORD, REMEMBER, SESSION, TABLES, account, another, holds, is_signed_in, operator, rows,
        sign_in, sign_out, sign_up, signed_in_browser, stored_bytes, try_sign_in,
    },
};
use crate::http::tests::browser::Browser;

/// Sends the form that erases the account, and returns the response.
async fn delete(browser: &mut Browser) -> Page {
    let page = browser.get("/account/delete").await;
    browser.send_form(&page, "#delete-account", &[("password", PASSWORD)]).await
}

#[tokio::test]
async fn a_deleted_account_leaves_no_row_behind_and_others_keep_theirs() {
    let mut browser = signed_in_browser(true).await;
    let site = browser.site.clone();
    let mut bert = site.browser();
    sign_up(&mut bert, BERT, true).await;
    operator(&site).create_reset_link(BERT).await.unwrap();
    let accounts = rows(&site, "accounts").await;
    let berts = accounts.into_iter().find(|row| row.contains(&Value::Text(BERT.to_owned()))).unwrap()[0].clone();
    let of_bert = |rows: Vec<Vec<Value>>| -> Vec<_> { rows.into_iter().filter(|row| row.contains(&berts)).collect() };
    another(&browser, true).await;
    try_sign_in(&mut site.browser(), ANNA, "not the password", false).await;
    browser.decide("yes", "yes").await;
    operator(&site).create_reset_link(ANNA).await.unwrap();
    let mut kept = Vec::new();
    for table in TABLES {
        let all = rows(&site, table).await;
        let bert = of_bert(all.clone());
        assert!(!bert.is_empty() && bert.len() < all.len(), "{table} holds something of both");
        kept.push(bert);
    }
    let answer = delete(&mut browser).await;
    assert_eq!(answer.header(header::LOCATION), Some("/?notice=account-deleted"));
    for (table, kept) in TABLES.iter().zip(kept) {
        assert_eq!(rows(&site, table).await, kept, "{table}");
    }
    let bytes = stored_bytes(&site).await;
    assert!(holds(&bytes, BERT) && !holds(&bytes, ANNA), "nor does a byte of it stay, in the file or in its log");
    assert!(is_signed_in(&mut bert).await);
    assert!(account(&mut bert).await.text("p.lead").contains(BERT));
}

#[tokio::test]
async fn every_session_of_a_deleted_account_ends_at_once() {
    let mut browser = signed_in_browser(true).await;
    let mut other = another(&browser, true).await;
    let copy = browser.cookies.clone();
    let home = browser.get("/").await;
    let answer = delete(&mut browser).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-visit"], vec![DEVICE, REMEMBER, SESSION]));
    assert_eq!(answer.header("clear-site-data"), Some("\"storage\""));
    let page = browser.follow(&home, &answer).await;
    assert_eq!(
        page.text("#notice"),
        "Your account is deleted. We keep the records of your choices until their retention period ends, \
         without any link to you."
    );
    assert!(!is_signed_in(&mut browser).await);
    assert!(!is_signed_in(&mut other).await);
    let mut thief = browser.site.browser();
    thief.cookies = copy;
    assert!(!is_signed_in(&mut thief).await);
    assert_eq!(browser.holds(), ["__Host-Http-visit"]);
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 422);
}

#[tokio::test]
async fn after_erasure_the_browser_keeps_its_own_decision_and_only_cookies_granted_by_it() {
    let mut browser = signed_in_browser(false).await;
    let mut other = another(&browser, false).await;
    other.decide("yes", "no").await;
    browser.site.advance_clock(1);
    browser.decide("yes", "yes").await;
    other.get("/").await;
    assert!(other.holds().contains(&"__Host-Http-analytics"));
    let answer = delete(&mut other).await;
    assert!(answer.set_and_removed().1.contains(&"__Host-Http-analytics"));
    let page = other.get("/preferences").await;
    assert_eq!(page.attributes("#choices input[checked]", "id"), ["preferences-yes", "analytics-no"]);
}

#[tokio::test]
async fn an_erased_e_mail_address_can_be_used_for_a_new_account() {
    let mut browser = signed_in_browser(false).await;
    browser.decide("yes", "yes").await;
    let mut known = another(&browser, false).await;
    sign_out(&mut known).await;
    delete(&mut browser).await;
    browser.site.advance_clock(3_600);
    let mut anonymous_browser = browser.site.browser();
    sign_up(&mut anonymous_browser, ANNA, false).await;
    let page = super::users::security(&mut anonymous_browser).await;
    assert_eq!(page.attributes("#activity li", "data-event"), ["signed-up"]);
    assert!(anonymous_browser.get("/").await.has("#banner"), "no choice of the account before it follows");
    sign_in(&mut known, ANNA, false).await;
    assert_eq!(super::users::activity(&mut known).await[0], "signed-in-from-new");
}
