//! A form that is submitted twice has the effect of one submit, even if the server has forgotten
//! the first.
//!
//! Two browsers with the same cookies act as one browser that lost the first response. Each sends
//! its own form, because the server answers the same form from memory.

use super::{
    super::{
        browser::{Browser, anonymous_browser},
        page::{Page, encode},
    },
    users::{
        ANNA, OTHER_PASSWORD, PASSWORD, SESSION, account, activity, count, is_signed_in, operator, sign_in, sign_out,
        signed_in_browser, try_sign_in,
    },
};
use crate::http::tests::urls::FORMS;

/// Returns another browser with the same cookies.
fn twin(browser: &Browser) -> Browser {
    let mut twin = browser.site.browser();
    twin.cookies = browser.cookies.clone();
    twin
}

/// Whether the page says that nothing was changed. That nothing was changed now says nothing about
/// the first submit.
fn claims_that_nothing_changed(page: &Page) -> bool {
    let said = page.text("body").to_lowercase().replace("nothing was changed now", "");
    ["nothing was changed", "nothing has changed", "nothing changed"].iter().any(|claim| said.contains(claim))
}

async fn send_sign_up(browser: &mut Browser, password: &str) -> Page {
    let page = browser.get("/sign-up").await;
    browser.send_form(&page, "#sign-up", &[("email", ANNA), ("new_password", password)]).await
}

#[tokio::test]
async fn a_sign_up_twice_makes_one_account_and_signs_in() {
    let mut first = anonymous_browser();
    let mut again = twin(&first);
    let typed = [("email", ANNA), ("new_password", PASSWORD), ("remember", "true")];
    let page = first.get("/sign-up").await;
    let lost = first.send_form(&page, "#sign-up", &typed).await;
    let page = again.get("/sign-up").await;
    let answer = again.send_form(&page, "#sign-up", &typed).await;
    for answer in [&lost, &answer] {
        assert_eq!(answer.header("location"), Some("/account?notice=signed-up"));
    }
    let page = again.follow(&page, &answer).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    assert_eq!((count(&again.site, "accounts").await, count(&again.site, "sessions").await), (1, 1));
    assert_eq!(activity(&mut again).await, ["signed-up"], "nobody else signed in");
    assert!(!is_signed_in(&mut first).await, "the answer that got lost is worth nothing any more");
}

#[tokio::test]
async fn two_concurrent_sign_ups_create_one_account_and_both_succeed() {
    let browser = anonymous_browser();
    let (mut first, mut second) = (twin(&browser), twin(&browser));
    let (one, other) = tokio::join!(send_sign_up(&mut first, PASSWORD), send_sign_up(&mut second, PASSWORD));
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (303, 303));
    assert_eq!((count(&browser.site, "accounts").await, count(&browser.site, "sessions").await), (1, 1));
}

#[tokio::test]
async fn a_sign_up_with_the_password_of_an_old_account_is_a_sign_in() {
    let mut user = signed_in_browser(false).await;
    user.decide("no", "no").await;
    sign_out(&mut user).await;
    user.site.advance_clock(3_600);
    let mut browser = user.site.browser();
    let answer = send_sign_up(&mut browser, PASSWORD).await;
    assert_eq!(answer.header("location"), Some("/account?notice=signed-in"));
    assert_eq!(activity(&mut browser).await[0], "signed-in-from-new");
    assert_eq!(count(&browser.site, "accounts").await, 1);
}

#[tokio::test]
async fn a_sign_up_with_another_password_is_a_failed_sign_in_and_has_its_limit() {
    let mut user = signed_in_browser(false).await;
    user.site.advance_clock(3_600);
    let mut browser = user.site.browser();
    for _ in 0..5 {
        let answer = send_sign_up(&mut browser, OTHER_PASSWORD).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text("#problems li").starts_with("An account with this email address already exists."));
        assert_eq!(answer.set_and_removed().0, [""; 0]);
    }
    assert_eq!(send_sign_up(&mut browser, PASSWORD).await.status, 429, "the right one is not looked at either");
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 429, "and both have one limit");
    assert_eq!(activity(&mut user).await[0], "failed");
}

#[tokio::test]
async fn a_sign_up_gives_a_disabled_account_no_more_access_than_a_sign_in() {
    let user = signed_in_browser(false).await;
    operator(&user.site).set_disabled(ANNA, true).await.unwrap();
    let mut browser = user.site.browser();
    assert_eq!(send_sign_up(&mut browser, PASSWORD).await.status, 303);
    assert!(browser.get("/account").await.has("#disabled"));
    let wrong = send_sign_up(&mut user.site.browser(), OTHER_PASSWORD).await;
    assert!(
        wrong.text("#problems li").starts_with("An account with this email address"),
        "that it is disabled is said to its owner"
    );
}

#[tokio::test]
async fn a_sign_in_twice_is_one_session_and_one_event() {
    for is_known in [true, false] {
        let mut user = signed_in_browser(false).await;
        sign_out(&mut user).await;
        user.site.advance_clock(60);
        let mut first = if is_known { twin(&user) } else { user.site.browser() };
        let mut again = twin(&first);
        let before = first.cookies.clone();
        assert_eq!(try_sign_in(&mut first, ANNA, PASSWORD, true).await.status, 303);
        again.cookies = before;
        user.site.advance_clock(1);
        assert_eq!(try_sign_in(&mut again, ANNA, PASSWORD, true).await.status, 303);
        assert_eq!(count(&user.site, "sessions").await, 1);
        let happened = activity(&mut again).await;
        let expected = if is_known { "signed-in" } else { "signed-in-from-new" };
        assert_eq!(happened[0], expected);
        assert_eq!(happened.iter().filter(|event| event.starts_with("signed-in")).count(), 1, "{happened:?}");
        // The cookies of the first response belong to the same session.
        let fields = encode(&[("email", ANNA), ("password", PASSWORD)]);
        assert_eq!(again.post_fields("/sign-in", fields).await.status, 303);
        assert_eq!(count(&user.site, "sessions").await, 1);
    }
}

#[tokio::test]
async fn a_browser_in_use_stays_signed_in_when_another_one_signs_in() {
    let mut first = signed_in_browser(false).await;
    first.site.advance_clock(60);
    let mut other = first.site.browser();
    sign_in(&mut other, ANNA, false).await;
    let mut third = first.site.browser();
    sign_in(&mut third, ANNA, false).await;
    for browser in [&mut first, &mut other, &mut third] {
        assert!(is_signed_in(browser).await);
    }
    assert_eq!(account(&mut first).await.all("ul.sessions > li").len(), 3);
}

#[tokio::test]
async fn a_double_submit_of_an_irreversible_form_does_not_claim_that_nothing_changed() {
    for (page, form, answers) in [
        ("/account/delete", "#delete-account", vec![("password", PASSWORD)]),
        ("/account/password", "#change-password", vec![("password", PASSWORD), ("new_password", OTHER_PASSWORD)]),
    ] {
        let mut browser = signed_in_browser(true).await;
        let mut again = twin(&browser);
        let (first, second) = (browser.get(page).await, again.get(page).await);
        assert_eq!(browser.send_form(&first, form, &answers).await.status, 303);
        let answer = again.send_form(&second, form, &answers).await;
        assert_eq!(answer.status, 403, "{form}");
        assert!(!claims_that_nothing_changed(&answer), "{form}: {}", answer.text("main"));
        assert!(answer.text("main").contains("it may have worked the first time"), "{form}");
        assert!(again.cookies.find(SESSION).is_none(), "{form}: it recognises nobody");
    }
}

#[tokio::test]
async fn an_anonymous_visitor_is_never_told_that_nothing_changed() {
    let user = signed_in_browser(false).await;
    for (target, fields) in FORMS {
        for fields in [fields, "", "x=1"] {
            let mut browser = user.site.browser();
            let answer = browser.post_fields(target, fields).await;
            assert!(!claims_that_nothing_changed(&answer), "{target} {fields:?}: {}", answer.text("body"));
        }
    }
    let mut browser = user.site.browser();
    let answer = browser.post_fields("/api/session/end", encode(&[("session", "x")])).await;
    assert_eq!(answer.text("h1"), "You are not signed in");
}
