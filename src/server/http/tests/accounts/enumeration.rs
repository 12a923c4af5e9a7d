//! Nobody learns from the sign-in who has an account.

use std::time::{Duration, Instant};

use axum::http::HeaderMap;

use super::{
    super::browser::Browser,
    members::{ANNA, PASSWORD, anna, flush, operator, try_sign_in},
};
use crate::{model::account::Secret, server::http::tests::site::Site};

/// As long as the address of the member, so that the bodies are as long as one another too.
const NOBODY: &str = "none@example.org";
const WRONG: &str = "not the password";

/// The status, the headers and the body of a failed sign-in, with the address that was typed left out.
async fn failed(browser: &mut Browser, email: &str) -> (u16, HeaderMap, String) {
    let answer = try_sign_in(browser, email, WRONG, true).await;
    assert_eq!(answer.form("#sign-in").value("email"), Some(email));
    let body = String::from_utf8(answer.without_keys()).unwrap();
    (answer.status.as_u16(), answer.headers.clone(), body.replace(email, "…"))
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_and_a_disabled_account_look_the_same() {
    let member = anna(false).await;
    let site = &member.site;
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
    let member = anna(false).await;
    let mut answers = Vec::new();
    for email in [NOBODY, ANNA] {
        // Making the account was an attempt too; an hour later it no longer counts.
        member.site.pass(3_600);
        let mut browser = member.site.browser();
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
async fn a_device_cookie_of_another_account_makes_no_difference() {
    let mut member = anna(false).await;
    super::members::sign_out(&mut member).await;
    let unknown = failed(&mut member, NOBODY).await;
    let known = failed(&mut member, ANNA).await;
    assert_eq!(unknown, known);
}

/// How long each of a few turns takes, the middle one.
async fn median(site: &Site, email: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..5 {
        site.pass(3_600);
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
    let member = anna(false).await;
    let site = &member.site;
    // What one comparison takes at least, on this machine and in its present mood.
    let mut hashing = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let password = Secret::from(PASSWORD.to_owned());
        site.state.passwords.hash(&password, &site.state.chance).await.unwrap();
        hashing.push(begun.elapsed());
    }
    let quickest = hashing.into_iter().min().unwrap();
    let (unknown, wrong) = (median(site, NOBODY).await, median(site, ANNA).await);
    for (found, case) in [(unknown, "unknown"), (wrong, "wrong")] {
        assert!(found * 2 > quickest, "{case}: {found:?} is less than the work of {quickest:?}");
    }
    assert!(unknown < wrong * 3 && wrong < unknown * 3, "unknown {unknown:?}, wrong {wrong:?}");
}
