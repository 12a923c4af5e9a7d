//! Sign-up, sign-in, sign-out and password change, without JavaScript.

use axum::http::header;

use super::{
    super::site::NOON,
    users::{
        ANNA, BERT, DEVICE, OTHER_PASSWORD, PASSWORD, REMEMBER, SESSION, account, activity, another, count,
        is_signed_in, security, sign_in, sign_out, sign_up, signed_in_browser, try_sign_in,
    },
};
use crate::{
    domain::account::credentials::Email,
    http::tests::{browser::anonymous_browser, page::encode},
    store::Tx,
};

#[tokio::test]
async fn a_new_visitor_creates_an_account_and_is_signed_in() {
    for remember in [false, true] {
        let mut browser = anonymous_browser();
        let page = sign_up(&mut browser, "  Anna@Example.ORG ", remember).await;
        assert_eq!(page.address, "/account?notice=signed-up");
        assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
        let lead = "Signed in as anna@example.org . Your account was created on 22 November 2026.";
        assert_eq!(page.text("p.lead").replace(" .", "."), lead.replace(" .", "."));
        let mut holds = vec![DEVICE, REMEMBER, SESSION, "__Host-Http-visit"];
        holds.retain(|name| remember || *name != REMEMBER);
        assert_eq!(browser.holds(), holds);
        assert_eq!(activity(&mut browser).await, ["signed-up"]);
    }
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_compared_signs_nobody_in() {
    let browser = signed_in_browser(false).await;
    let site = browser.site.clone();
    let (permits, waiting) = site.state.passwords().unwrap().take_all_permits().await;
    let mut thief = site.browser();
    let other = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let change = async {
        while waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let change = |tx: &Tx<'_>| {
            let account = tx.account_by_email(&Email::parse(ANNA).unwrap())?.unwrap();
            tx.set_password_hash(&account.id, Some(other))
        };
        site.state.store.write(change).await.unwrap();
        drop(permits);
    };
    let (page, ()) = tokio::join!(try_sign_in(&mut thief, ANNA, PASSWORD, false), change);
    assert_eq!(page.status, 422);
    assert_eq!(count(&site, "sessions").await, 1, "the one that was there");
}

#[tokio::test]
async fn a_user_signs_out_and_in_again() {
    let mut browser = signed_in_browser(true).await;
    let answer = sign_out(&mut browser).await;
    assert_eq!((answer.status.as_u16(), answer.header(header::LOCATION)), (303, Some("/?notice=signed-out")));
    assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-visit"], vec![REMEMBER, SESSION]));
    assert_eq!(answer.header("clear-site-data"), Some("\"storage\""));
    let home = browser.get("/").await;
    let page = browser.follow(&home, &answer).await;
    assert!(page.text("#notice").starts_with("You are signed out."), "{}", page.text("#notice"));
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(count(&browser.site, "sessions").await, 0, "it ends at the server too");
    assert_eq!(browser.holds(), [DEVICE, "__Host-Http-visit"], "the browser stays a known one");

    let page = sign_in(&mut browser, "ANNA@example.org", false).await;
    assert_eq!(page.address, "/account?notice=signed-in");
    assert_eq!(browser.holds(), [DEVICE, SESSION, "__Host-Http-visit"]);
    assert_eq!(activity(&mut browser).await, ["signed-in", "signed-out", "signed-up"]);
}

#[tokio::test]
async fn signing_out_with_nobody_signed_in_sets_nothing() {
    let mut browser = anonymous_browser();
    let answer = browser.post_fields("/api/session/sign_out", "").await;
    assert_eq!((answer.status.as_u16(), answer.set_and_removed().0), (303, vec![]));
}

#[tokio::test]
async fn copied_cookies_are_useless_after_signing_out() {
    let mut browser = signed_in_browser(true).await;
    let mut copy = browser.site.browser();
    copy.cookies = browser.cookies.clone();
    assert!(is_signed_in(&mut copy).await);
    sign_out(&mut browser).await;
    assert!(!is_signed_in(&mut copy).await);
    assert_eq!(copy.holds(), [DEVICE, "__Host-Http-visit"], "and is taken away");
}

#[tokio::test]
async fn private_pages_are_not_cached() {
    let mut browser = signed_in_browser(false).await;
    let pages = [
        "/",
        "/preferences",
        "/preferences/history",
        "/verify",
        "/statistics",
        "/account",
        "/account/password",
        "/account/delete",
        "/account/export",
    ];
    for address in pages {
        let page = browser.get(address).await;
        assert_eq!((page.status.as_u16(), page.header(header::CACHE_CONTROL)), (200, Some("no-store")), "{address}");
    }
    let policy = browser.get("/policy").await;
    assert_eq!(policy.header(header::CACHE_CONTROL), Some("no-store"));
    assert!(!String::from_utf8_lossy(&policy.bytes).contains(ANNA), "it says nothing of the member");
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session_and_renews_this_one() {
    let mut browser = signed_in_browser(true).await;
    let (mut other, mut third) = (another(&browser, true).await, another(&browser, false).await);
    let before = browser.cookies.clone();
    let page = browser.get("/account/password").await;
    let typed = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    let answer = browser.send_form(&page, "#change-password", &typed).await;
    assert_eq!(answer.set_and_removed(), (vec![REMEMBER, SESSION], vec![]));
    let page = browser.follow(&page, &answer).await;
    let said = "Your new password is set, and all other browsers are signed out.";
    assert_eq!(
        (page.address.as_str(), page.text("#notice").as_str()),
        ("/account/security?notice=password-changed", said)
    );
    assert_eq!(account(&mut browser).await.all("ul.sessions > li").len(), 1);
    for name in [SESSION, REMEMBER] {
        assert_ne!(browser.cookies.value(name), before.value(name), "{name}");
    }
    assert!(!is_signed_in(&mut other).await);
    assert!(!is_signed_in(&mut third).await);
    assert_eq!(activity(&mut browser).await[0], "password-changed");

    assert_eq!(try_sign_in(&mut other, ANNA, PASSWORD, false).await.status, 422);
    assert_eq!(try_sign_in(&mut other, ANNA, OTHER_PASSWORD, false).await.status, 303);
    browser.cookies.end_session();
    assert!(is_signed_in(&mut browser).await, "it is still kept signed in");
}

#[tokio::test]
async fn copied_cookies_are_useless_after_a_password_change() {
    // At once, and after the grace period of a double submit.
    for later in [0, 31] {
        let mut browser = signed_in_browser(true).await;
        let (mut thief, mut late) = (browser.site.browser(), browser.site.browser());
        thief.cookies = browser.cookies.clone();
        late.cookies = browser.cookies.clone();
        late.cookies.end_session();
        let page = browser.get("/account/password").await;
        let typed = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
        browser.submit(&page, "#change-password", &typed).await;
        browser.site.advance_clock(later);
        assert!(!is_signed_in(&mut thief).await, "{later} s later");
        assert!(!is_signed_in(&mut late).await, "with the remember cookie alone, {later} s later");
        assert!(is_signed_in(&mut browser).await, "the browser that changed it stays signed in, {later} s later");
        browser.cookies.end_session();
        assert!(is_signed_in(&mut browser).await, "and is still kept signed in, {later} s later");
    }
}

#[tokio::test]
async fn an_anonymous_visitor_cannot_change_an_account() {
    let user = signed_in_browser(false).await;
    let mut browser = user.site.browser();
    for (address, fields) in [
        ("/account/password", vec![("password", PASSWORD), ("new_password", OTHER_PASSWORD)]),
        ("/account/delete", vec![("password", PASSWORD)]),
        ("/api/session/end", vec![("session", "x")]),
        ("/api/session/end_others", vec![]),
    ] {
        let answer = browser.post_fields(address, encode(&fields)).await;
        assert_eq!((answer.status.as_u16(), answer.text("h1").as_str()), (403, "You are not signed in"), "{address}");
        assert!(answer.has("main a[href='/sign-in']"), "{address}");
    }
    assert_eq!((count(&user.site, "accounts").await, count(&user.site, "sessions").await), (1, 1));
}

#[tokio::test]
async fn two_users_can_use_one_browser_in_turn() {
    let mut browser = signed_in_browser(false).await;
    sign_out(&mut browser).await;
    sign_up(&mut browser, BERT, false).await;
    assert!(account(&mut browser).await.text("p.lead").contains(BERT));
    // Uses the form of an older page, without signing out first.
    let fields = encode(&[("email", ANNA), ("password", PASSWORD)]);
    let answer = browser.post_fields("/sign-in", fields).await;
    assert_eq!(answer.status, 303);
    assert!(account(&mut browser).await.text("p.lead").contains(ANNA));
    assert_eq!(count(&browser.site, "sessions").await, 1, "the session before it is over");
    assert_eq!(activity(&mut browser).await[0], "signed-in", "to Anna this browser is no new one");
}

#[tokio::test]
async fn a_second_account_with_the_same_e_mail_address_is_not_created() {
    let user = signed_in_browser(false).await;
    let mut browser = user.site.browser();
    let page = browser.get("/sign-up").await;
    for email in [ANNA, "ANNA@EXAMPLE.ORG", " anna@example.org "] {
        let answer = browser.send_form(&page, "#sign-up", &[("email", email), ("new_password", OTHER_PASSWORD)]).await;
        assert_eq!(answer.status, 422, "{email}");
        let (set, _) = answer.set_and_removed();
        assert!(set.is_empty(), "{set:?}");
    }
    assert_eq!(count(&user.site, "accounts").await, 1);
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 303, "the password is as it was");
}

#[tokio::test]
async fn a_date_in_the_security_events_is_the_date_of_the_event() {
    let mut browser = signed_in_browser(false).await;
    browser.site.advance_clock(3 * 86_400);
    assert_eq!(browser.site.now() - NOON, 3 * 86_400);
    sign_in(&mut browser, ANNA, false).await;
    let said: Vec<_> =
        security(&mut browser).await.all("#activity li").into_iter().map(crate::http::tests::page::text).collect();
    assert_eq!(
        said,
        [
            "Signed in on this browser. just now",
            "You created this account on this browser. 22 November 2026 at 12:00 UTC",
        ]
    );
}
