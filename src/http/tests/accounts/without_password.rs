//! An account without a password: how it loses the password and gets one again, which sign-in
//! methods must stay, and that a recent sign-in confirms what a password confirms elsewhere.

use super::{
    mail::{confirmed_user, mail_of, with_mail},
    passkeys::{add, browser_with, problem, use_passkey},
    users::{ANNA, OTHER_PASSWORD, PASSWORD, activity, count, flush, is_signed_in, security, try_sign_in},
};
use crate::{
    domain::account::{credentials::Email, mail::MailKind, session::RECENT},
    http::tests::{authenticator::Authenticator, browser::Browser, page::encode, site::site_with},
    store::Tx,
};

/// A browser that is signed in to Anna's account, which has this passkey and no password.
async fn browser_without_password(device: &mut Authenticator) -> Browser {
    let browser = browser_with(device).await;
    let remove = |tx: &Tx<'_>| {
        let anna = tx.account_by_email(&Email::parse(ANNA).unwrap())?.unwrap();
        tx.set_password_hash(&anna.id, None)
    };
    browser.site.state.store.write(remove).await.unwrap();
    browser
}

#[tokio::test]
async fn no_password_signs_in_to_an_account_without_one() {
    let mut device = Authenticator::new(1);
    let browser = browser_without_password(&mut device).await;
    for (password, expected) in [
        (PASSWORD, "Wrong email address or password."),
        (OTHER_PASSWORD, "Wrong email address or password."),
        ("", "Enter your password."),
    ] {
        let mut thief = browser.site.browser();
        let answers = ["anna@example.org", "nobody@example.org"].map(|email| (email, password));
        for (email, password) in answers {
            let answer = try_sign_in(&mut thief, email, password, false).await;
            assert_eq!(problem(&answer), (422, expected.into()), "{email} {password:?}");
        }
        assert!(!is_signed_in(&mut thief).await, "{password:?}");
    }
    assert_eq!(use_passkey(&mut browser.site.browser(), &mut device).await.status, 303);
}

#[tokio::test]
async fn a_recent_sign_in_confirms_and_an_old_one_leads_to_a_new_one_and_back() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_without_password(&mut device).await;
    let page = browser.get("/account/delete").await;
    assert!(!page.has("#password") && page.text("#delete-account").contains("You signed in a moment ago."));
    assert_eq!(browser.get("/sign-in").await.status, 303, "nothing to do there yet");

    browser.site.advance_clock(i64::try_from(RECENT.as_secs()).unwrap());
    for password in ["", PASSWORD] {
        let stale = browser.post_fields("/account/delete", encode(&[("password", password)])).await;
        assert_eq!(problem(&stale), (422, "You signed in too long ago to confirm this. Sign in again.".into()));
    }
    flush(&browser.site).await;
    assert_eq!(count(&browser.site, "accounts").await, 1);
    for path in ["/account/delete", "/account/password", "/account/passkey"] {
        let page = browser.get(path).await;
        assert!(page.has(&format!("a#sign_in[href='/sign-in?return_to={path}']")), "{path}");
        assert!(!page.has(&format!("form[action='{path}'] button")), "{path}");
    }

    let page = browser.get("/sign-in?return_to=/account/delete").await;
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    let answers = [("email", ""), ("password", ""), ("credential", &*credential)];
    let answer = super::passkeys::send_filled(&mut browser, &page, "#sign-in", &answers).await;
    let page = browser.follow(&page, &answer).await;
    assert!(page.address.starts_with("/account/delete"), "{}", page.address);
    browser.submit(&page, "#delete-account", &[]).await;
    assert_eq!(count(&browser.site, "accounts").await, 0);
}

const MUST_STAY: &str = "Without it you could lose access to your account. Add another sign-in method first.";

/// Removes the password with the form, and returns the next page.
async fn remove_password(browser: &mut Browser) -> crate::http::tests::page::Page {
    let page = browser.get("/account/password/remove").await;
    browser.submit(&page, "#remove-password", &[("password", PASSWORD)]).await
}

#[tokio::test]
async fn a_password_is_removed_and_set_again() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    add(&mut browser, &mut Authenticator::new(2), "Key").await;
    assert!(security(&mut browser).await.has("a[href='/account/password/remove']"));
    let page = browser.get("/account/password/remove").await;
    let wrong = browser.send_form(&page, "#remove-password", &[("password", OTHER_PASSWORD)]).await;
    assert_eq!(problem(&wrong), (422, "Wrong password.".into()));
    let removed = remove_password(&mut browser).await;
    assert!(removed.text("#notice").starts_with("Your password is removed."));
    assert!(!removed.has("a[href='/account/password/remove']"));
    assert!(removed.text("#sign-in-methods").contains("Set a password"));
    assert_eq!(activity(&mut browser).await[0], "password-removed");
    let again = browser.get("/account/password/remove").await;
    assert!(!again.has("#remove-password") && again.text("main").contains("Your password is removed."));
    assert_eq!(try_sign_in(&mut browser.site.browser(), ANNA, PASSWORD, false).await.status, 422);
    assert_eq!(use_passkey(&mut browser.site.browser(), &mut device).await.status, 303);

    let page = browser.get("/account/password").await;
    assert!(page.text("h1") == "Set a password" && !page.has("#password"));
    let short = browser.send_form(&page, "#change-password", &[("new_password", "short")]).await;
    assert_eq!(short.status, 422);
    let set = browser.submit(&page, "#change-password", &[("new_password", OTHER_PASSWORD)]).await;
    assert!(set.text("#notice").starts_with("Your new password is set"));
    assert_eq!(activity(&mut browser).await[0], "password-changed");
    assert_eq!(try_sign_in(&mut browser.site.browser(), ANNA, OTHER_PASSWORD, false).await.status, 303);
}

#[tokio::test]
async fn the_last_sign_in_method_cannot_be_removed() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    let page = browser.get("/account/password/remove").await;
    assert!(!page.has("#remove-password") && page.has("a#passkey[href='/account/passkey']"));
    assert!(!security(&mut browser).await.has("a[href='/account/password/remove']"));
    let refused = browser.post_fields("/account/password/remove", encode(&[("password", PASSWORD)])).await;
    assert_eq!(problem(&refused), (422, MUST_STAY.into()), "one passkey, and no confirmed address");

    add(&mut browser, &mut Authenticator::new(2), "Key").await;
    remove_password(&mut browser).await;
    for (left, status) in [(1, 303), (1, 422)] {
        let page = security(&mut browser).await;
        let id = page.attributes("#passkeys input[name=passkey]", "value")[0].to_owned();
        assert_eq!(page.has("#passkeys .end a"), status == 303);
        let answer = browser.post_fields("/account/passkey/remove", encode(&[("passkey", &id)])).await;
        assert_eq!(answer.status, status);
        assert_eq!(count(&browser.site, "passkeys").await, left);
    }
}

#[tokio::test]
async fn a_confirmed_address_is_enough_beside_one_passkey_and_hears_of_it() {
    let site = site_with(with_mail);
    let mut browser = confirmed_user(&site, ANNA).await;
    let mut device = Authenticator::new(1);
    add(&mut browser, &mut device, "Phone").await;
    remove_password(&mut browser).await;
    mail_of(&site, MailKind::PasswordRemoved, ANNA).await;

    // A link from the mail sets a password again.
    let mut other = site.browser();
    let page = other.get("/sign-in/forgotten").await;
    other.submit(&page, "#ask-for-reset", &[("email", ANNA)]).await;
    let page = other.get(&super::mail::link(&mail_of(&site, MailKind::PasswordReset, ANNA).await)).await;
    let token = page.attributes("input[name=token]", "value")[0].to_owned();
    let fields = [("token", &*token), ("new_password", OTHER_PASSWORD)];
    assert_eq!(other.post_fields("/sign-in/reset", encode(&fields)).await.status, 303);
    mail_of(&site, MailKind::PasswordChanged, ANNA).await;
    assert_eq!(try_sign_in(&mut site.browser(), ANNA, OTHER_PASSWORD, false).await.status, 303);
}
