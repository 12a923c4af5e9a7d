//! The sign-in does not reveal which e-mail addresses have an account.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use axum::http::HeaderMap;

use super::{
    super::browser::Browser,
    users::{ANNA, PASSWORD, flush, operator, signed_in_browser, try_sign_in},
};
use crate::{
    domain::account::credentials::{Email, Password},
    http::tests::site::Site,
    store::Tx,
};

/// As long as the user's e-mail address, so that both response bodies have the same length.
const NOBODY: &str = "none@example.org";
const WRONG: &str = "not the password";

/// Returns status, headers and body of a failed sign-in, without the e-mail address.
async fn failed(browser: &mut Browser, email: &str) -> (u16, HeaderMap, String) {
    let answer = try_sign_in(browser, email, WRONG, true).await;
    assert_eq!(answer.form("#sign-in").value("email"), Some(email));
    let body = String::from_utf8(answer.without_keys()).unwrap();
    (answer.status.as_u16(), answer.headers.clone(), body.replace(email, "…"))
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_and_a_disabled_account_look_the_same() {
    let user = signed_in_browser(false).await;
    let site = &user.site;
    let unknown = failed(&mut site.browser(), NOBODY).await;
    assert_eq!(unknown.0, 422);
    let wrong = failed(&mut site.browser(), ANNA).await;
    operator(site).set_disabled(ANNA, true).await.unwrap();
    let disabled = failed(&mut site.browser(), ANNA).await;
    for (found, case) in [(wrong, "a wrong password"), (disabled, "a disabled account")] {
        assert_eq!(found, unknown, "{case}");
    }
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_have_the_same_limit() {
    let user = signed_in_browser(false).await;
    let mut answers = Vec::new();
    for email in [NOBODY, ANNA] {
        let mut browser = user.site.browser();
        let mut seen = Vec::new();
        for _ in 0..8 {
            let answer = try_sign_in(&mut browser, email, WRONG, false).await;
            seen.push((answer.status.as_u16(), answer.header("retry-after").map(str::to_owned)));
        }
        answers.push(seen);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].last(), Some(&(429, Some("60".to_owned()))));
}

#[tokio::test]
async fn a_device_token_of_another_account_makes_no_difference() {
    let mut user = signed_in_browser(false).await;
    super::users::sign_out(&mut user).await;
    let unknown = failed(&mut user, NOBODY).await;
    let known = failed(&mut user, ANNA).await;
    assert_eq!(unknown, known);
}

/// Returns the median time of a few failed sign-ins.
async fn median(site: &Site, email: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..5 {
        site.advance_clock(3_600);
        let mut browser = site.browser();
        let page = browser.get("/sign-in").await;
        let begun = Instant::now();
        let answer = browser.send_form(&page, "#sign-in", &[("email", email), ("password", WRONG)]).await;
        times.push(begun.elapsed());
        assert_eq!(answer.status, 422);
        flush(site).await;
    }
    times.sort_unstable();
    times[2]
}

#[tokio::test]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let user = signed_in_browser(false).await;
    let site = &user.site;
    // Measures one hash on this machine under its present load.
    let mut hashing = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let password = Password::from(PASSWORD.to_owned());
        site.state.passwords().unwrap().hash(&password, &site.state.rng).await.unwrap();
        hashing.push(begun.elapsed());
    }
    let quickest = hashing.into_iter().min().unwrap();
    let (unknown, wrong) = (median(site, NOBODY).await, median(site, ANNA).await);
    for (found, case) in [(unknown, "unknown"), (wrong, "wrong")] {
        assert!(found * 2 > quickest, "{case}: {found:?} is less than the work of {quickest:?}");
    }
    assert!(unknown < wrong * 3 && wrong < unknown * 3, "unknown {unknown:?}, wrong {wrong:?}");
}

/// Returns the stored password hash of Anna's account.
async fn stored(site: &Site) -> String {
    let email = Email::parse(ANNA).unwrap();
    site.state.store.read(move |tx| tx.account_by_email(&email)).await.unwrap().unwrap().password_hash.unwrap()
}

#[tokio::test]
async fn a_hash_of_lower_costs_is_renewed_by_a_sign_in_and_not_by_a_wrong_password() {
    let user = signed_in_browser(false).await;
    let site = &user.site;
    let today = stored(site).await;
    let costs = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
    let old = cheap_hash();
    let account = old.clone();
    let put = move |tx: &Tx<'_>| {
        let anna = tx.account_by_email(&Email::parse(ANNA).unwrap())?.unwrap();
        tx.set_password_hash(&anna.id, Some(&account))
    };
    site.state.store.write(put).await.unwrap();
    assert_eq!(try_sign_in(&mut site.browser(), ANNA, WRONG, false).await.status, 422);
    assert_eq!(stored(site).await, old);
    assert_eq!(try_sign_in(&mut site.browser(), ANNA, PASSWORD, false).await.status, 303);
    let renewed = stored(site).await;
    assert_eq!(costs(&renewed), costs(&today));
    assert_eq!(try_sign_in(&mut site.browser(), ANNA, PASSWORD, false).await.status, 303);
    assert_eq!(stored(site).await, renewed, "once is enough");
}

/// Returns a hash of [`PASSWORD`] with lower costs than today's.
fn cheap_hash() -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
    argon2.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string()
}

/// Returns one stored hash for each set of costs.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
async fn hashes_by_cost(site: &Site) -> Vec<String> {
    site.state.store.read(|tx| tx.password_hashes_by_cost()).await.unwrap()
}

#[tokio::test]
async fn the_costs_of_stored_hashes_are_known_before_the_first_response() {
    let user = signed_in_browser(false).await;
    let site = &user.site;
    assert_eq!(hashes_by_cost(site).await, [stored(site).await]);
    let mut other = site.browser();
    super::users::sign_up(&mut other, super::users::BERT, false).await;
    let put = |tx: &Tx<'_>| {
        let bert = tx.account_by_email(&Email::parse(super::users::BERT).unwrap())?.unwrap();
        tx.set_password_hash(
            &bert.id,
            Some("$argon2id$v=19$m=20000,t=3,p=1$BwcHBwcHBwcHBwcHBwcHBw$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"),
        )
    };
    site.state.store.write(put).await.unwrap();
    assert_eq!(hashes_by_cost(site).await.len(), 2);
    assert_eq!(site.state.passwords().unwrap().dummy_cost(), 2 * 19_456);
    site.state.load_hash_costs().await.unwrap();
    assert_eq!(site.state.passwords().unwrap().dummy_cost(), 60_000);
}
