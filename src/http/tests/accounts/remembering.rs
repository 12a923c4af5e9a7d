//! The remember cookie: each token works once, and a reused token is treated as stolen.

use std::collections::BTreeSet;

use axum::http::{HeaderValue, Method, header};
use tokio::task::JoinSet;

use super::{
    super::{
        browser::Browser,
        cookie_store::CookieStore,
        site::{DAY, Site},
    },
    users::{
        DEVICE, REMEMBER, SESSION, account, activity, count, flush, is_signed_in, signed_in_browser, with_cookies,
    },
};
use crate::domain::account::session;

/// Number of concurrent requests.
const MANY: usize = 50;

/// Just under the grace period in which a used token still counts as the same use.
const GRACE: i64 = 30;

/// Closes the browser and opens the home page again.
async fn reopen(browser: &mut Browser) {
    browser.cookies.end_session();
    assert!(is_signed_in(browser).await);
}

#[tokio::test]
async fn each_use_of_a_remember_token_issues_the_next_one_of_its_session() {
    let mut browser = signed_in_browser(true).await;
    let id = browser.cookies.value(REMEMBER).split_once('.').unwrap().0.to_owned();
    let mut seen = BTreeSet::from([browser.cookies.value(REMEMBER).to_owned()]);
    for _ in 0..4 {
        browser.site.advance_clock(DAY);
        browser.cookies.end_session();
        let page = browser.get("/").await;
        let (set, removed) = page.set_and_removed();
        assert_eq!((set, removed), (vec![REMEMBER, SESSION, "__Host-Http-visit"], vec![]));
        let value = browser.cookies.value(REMEMBER);
        assert_eq!(value.split_once('.').map(|(id, _)| id), Some(id.as_str()));
        assert!(seen.insert(value.to_owned()), "never the same again");
        assert_eq!(browser.cookies.find(REMEMBER).and_then(|held| held.max_age), Some(30 * DAY));
    }
    assert_eq!(count(&browser.site, "sessions").await, 1);
    assert_eq!(activity(&mut browser).await, ["signed-up"], "a use is no sign-in");
}

#[tokio::test]
async fn a_remember_token_is_used_only_if_the_session_token_is_invalid() {
    let mut browser = signed_in_browser(true).await;
    for address in ["/", "/policy", "/account", "/nowhere"] {
        let page = browser.get(address).await;
        assert!(!page.set_and_removed().0.contains(&REMEMBER), "{address}");
    }
    browser.cookies.end_session();
    for address in [
        "/cookies.json",
        "/policy.json",
        "/editions/1.0",
        "/openapi.json",
        "/favicon.svg",
        "/health",
        "/pkg/harmony.css",
    ] {
        let page = browser.get(address).await;
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_does_not_use_up_a_remember_token() {
    let mut browser = signed_in_browser(true).await;
    browser.cookies.end_session();
    let before = browser.cookies.clone();
    let foreign = browser.request(Method::POST, "/api/session/sign_out").header("sec-fetch-site", "cross-site");
    let answer = browser.send(foreign, axum::body::Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.set_and_removed()), (403, (vec![], vec![])));
    assert_eq!(browser.cookies.all(), before.all());
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_replayed_remember_token_ends_the_session_and_warns_the_user() {
    for thief_comes_first in [false, true] {
        let mut browser = signed_in_browser(true).await;
        let mut other = super::users::another(&browser, false).await;
        browser.site.advance_clock(DAY);
        let mut thief = browser.site.browser();
        thief.cookies = browser.cookies.clone();
        thief.cookies.end_session();
        let (first, second) = if thief_comes_first { (&mut thief, &mut browser) } else { (&mut browser, &mut thief) };
        reopen(first).await;
        first.site.advance_clock(GRACE);
        second.cookies.end_session();
        let page = second.get("/").await;
        assert_eq!(page.set_and_removed().1, [REMEMBER, SESSION], "what is worth nothing is taken away");
        assert!(!is_signed_in(second).await);
        assert!(!is_signed_in(first).await, "nobody knows which of the two is the member");
        assert_eq!(count(&browser.site, "sessions").await, 1, "no other session of the account is touched");

        super::users::sign_in(&mut other, super::users::ANNA, false).await;
        assert_eq!(activity(&mut other).await.iter().filter(|event| *event == "replayed").count(), 1);
        let page = account(&mut other).await;
        let said = page.text("#replayed");
        assert!(said.contains("Someone may have copied your “keep me signed in” cookie."), "{said}");
        assert!(page.has("#replayed a[href='/account/password']"));
        let page = super::users::security(&mut other).await;
        let said = page.text("#activity li[data-event=replayed] span");
        assert!(said.starts_with("We signed out a browser on a computer, because its"), "{said}");
        assert!(page.has("#replayed") && page.has("#attention li[data-event=replayed]"));
        for (days, is_told) in [(29, true), (1, false)] {
            other.site.advance_clock(days * DAY);
            super::users::sign_in(&mut other, super::users::ANNA, false).await;
            assert_eq!(account(&mut other).await.has("#replayed"), is_told);
        }
        assert!(!account(&mut other).await.has("#replayed"), "after 30 days the activity alone tells of it");
        assert!(super::users::security(&mut other).await.has("#activity li[data-event=replayed]"));
    }
}

#[tokio::test]
async fn a_token_older_than_the_previous_one_counts_as_stolen_at_once() {
    let mut browser = signed_in_browser(true).await;
    let oldest = browser.cookies.value(REMEMBER).to_owned();
    reopen(&mut browser).await;
    reopen(&mut browser).await;
    let (mut thief, _) = with_cookies(&browser.site, &[(REMEMBER, &oldest)], "/").await;
    assert!(!is_signed_in(&mut thief).await);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_guessed_token_of_a_session_ends_it_too() {
    let browser = signed_in_browser(true).await;
    let id = browser.cookies.value(REMEMBER).split_once('.').unwrap().0.to_owned();
    with_cookies(&browser.site, &[(REMEMBER, &format!("{id}.0123"))], "/").await;
    assert_eq!(count(&browser.site, "sessions").await, 0);
}

#[tokio::test]
async fn a_lost_response_is_repeated_for_half_a_minute() {
    assert_eq!(session::GRACE.as_secs(), 30);
    for (later, heals) in [(0, true), (GRACE - 1, true), (GRACE, false)] {
        let mut browser = signed_in_browser(true).await;
        browser.cookies.end_session();
        let before = browser.cookies.clone();
        is_signed_in(&mut browser).await;
        let lost = browser.cookies.clone();
        browser.cookies = before;
        browser.site.advance_clock(later);
        assert_eq!(is_signed_in(&mut browser).await, heals, "{later}");
        if heals {
            for name in [SESSION, REMEMBER] {
                assert_eq!(browser.cookies.value(name), lost.value(name), "the very same, {name}");
            }
            browser.site.advance_clock(DAY);
            reopen(&mut browser).await;
            assert_eq!(activity(&mut browser).await, ["signed-up"]);
        }
    }
}

/// Opens a page with the same cookies in many concurrent requests. Returns for each response
/// whether it recognised the user, and the session and remember cookies after it.
async fn with_snapshot(site: &Site, cookies: &CookieStore) -> Vec<(bool, Option<String>, Option<String>)> {
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
        let mut browser = site.browser();
        browser.cookies = cookies.clone();
        tasks.spawn(async move {
            let sent = browser.cookies.header("/account", browser.site.now()).unwrap();
            let request = browser.request(Method::GET, "/account");
            let mut request = request.body(axum::body::Body::empty()).unwrap();
            request.headers_mut().insert(header::COOKIE, HeaderValue::from_str(&sent).unwrap());
            let (answer, _) = browser.site.answer(request).await;
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                browser.cookies.take(cookie.to_str().unwrap(), browser.site.now());
            }
            let held = |name| browser.cookies.find(name).map(|held| held.value.clone());
            (answer.status() == 200, held(SESSION), held(REMEMBER))
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_concurrent_requests_with_one_remember_token_are_one_use() {
    let mut browser = signed_in_browser(true).await;
    browser.site.advance_clock(DAY);
    browser.cookies.end_session();
    let used = browser.cookies.value(REMEMBER).to_owned();
    let answers = with_snapshot(&browser.site, &browser.cookies).await;
    assert_eq!(answers.len(), MANY);
    assert!(answers.iter().all(|(is_signed_in, ..)| *is_signed_in), "each of them is the member");
    let pairs: BTreeSet<_> = answers.iter().map(|(_, session, remember)| (session, remember)).collect();
    assert_eq!(pairs.len(), 1, "one and the same new pair");
    let (session, remember) = pairs.into_iter().next().unwrap();
    assert!(session.is_some() && remember.as_ref().is_some_and(|remember| *remember != used));
    browser.cookies.plant(SESSION, session.as_ref().unwrap(), "/");
    browser.cookies.plant(REMEMBER, remember.as_ref().unwrap(), "/");
    assert_eq!(activity(&mut browser).await, ["signed-up"], "no theft");
    assert_eq!(count(&browser.site, "sessions").await, 1);
    browser.site.advance_clock(DAY);
    browser.cookies.clear_one(SESSION);
    assert!(is_signed_in(&mut browser).await, "the new remember token is good for its use");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_with_one_session_token_change_nothing() {
    let mut browser = signed_in_browser(true).await;
    browser.site.advance_clock(3_600);
    let before = browser.cookies.clone();
    let answers = with_snapshot(&browser.site, &before).await;
    for (is_signed_in, session, remember) in answers {
        assert!(is_signed_in);
        assert_eq!(
            (session.as_deref(), remember.as_deref()),
            (Some(before.value(SESSION)), Some(before.value(REMEMBER)))
        );
    }
    flush(&browser.site).await;
    assert_eq!(count(&browser.site, "sessions").await, 1);
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn signing_out_in_a_just_reopened_browser_leaves_no_token_behind() {
    let mut browser = signed_in_browser(true).await;
    let page = account(&mut browser).await;
    browser.cookies.end_session();
    let answer = browser.send_form(&page, "#sign-out", &[]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(browser.holds(), [DEVICE]);
    assert_eq!(count(&browser.site, "sessions").await, 0);
}
