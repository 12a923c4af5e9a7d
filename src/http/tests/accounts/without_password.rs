//! An account without a password: none signs in to it, and a recent sign-in confirms what a password
//! confirms elsewhere.

use super::{
    passkeys::{browser_with, problem, use_passkey},
    users::{ANNA, OTHER_PASSWORD, PASSWORD, count, flush, is_signed_in, try_sign_in},
};
use crate::{
    domain::account::{credentials::Email, session::RECENT},
    http::tests::{authenticator::Authenticator, browser::Browser, page::encode},
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
