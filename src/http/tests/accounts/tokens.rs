//! Session tokens: new at each sign-in, never adopted from the client, stored as hashes, and
//! limited in time.

use super::{
    super::{
        browser::anonymous_browser,
        site::{DAY, site_with},
    },
    users::{
        ANNA, BERT, DEVICE, PASSWORD, REMEMBER, SESSION, TABLES, activity, another, count, flush, holds, is_signed_in,
        rows, sign_in, sign_out, sign_up, signed_in_browser, stored_bytes, try_sign_in, with_cookies,
    },
};
use crate::{domain::account::session, system::rng::Rng};

const HOUR: i64 = 3_600;

#[tokio::test]
async fn every_sign_in_issues_new_tokens_and_ends_the_previous_session() {
    let mut browser = signed_in_browser(true).await;
    let mut seen = vec![browser.cookies.clone()];
    for _ in 0..3 {
        // Posts the form of an older page, because the page itself redirects a signed-in user.
        let fields = format!("email=anna%40example.org&password={}&remember=true", PASSWORD.replace(' ', "+"));
        assert_eq!(browser.post_fields("/sign-in", fields).await.status, 303);
        for before in &seen {
            for name in [SESSION, REMEMBER] {
                assert_ne!(browser.cookies.value(name), before.value(name), "{name}");
            }
        }
        seen.push(browser.cookies.clone());
        assert_eq!(count(&browser.site, "sessions").await, 1);
    }
    for before in &seen[..3] {
        let old = [(SESSION, before.value(SESSION)), (REMEMBER, before.value(REMEMBER))];
        let (mut other, _) = with_cookies(&browser.site, &old, "/").await;
        assert!(!is_signed_in(&mut other).await);
    }
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_planted_cookie_is_never_adopted() {
    for planted in ["x", "0000000000000000000000000000000000000000000000000000000000000000", "a.b", "", "."] {
        let mut browser = anonymous_browser();
        for name in [SESSION, REMEMBER, DEVICE] {
            browser.cookies.plant(name, planted, "/");
        }
        sign_up(&mut browser, ANNA, true).await;
        for name in [SESSION, REMEMBER, DEVICE] {
            assert_ne!(browser.cookies.value(name), planted, "{name}");
        }
        let planted = [(SESSION, planted), (REMEMBER, planted), (DEVICE, planted)];
        let (mut other, _) = with_cookies(&browser.site, &planted, "/").await;
        assert!(!is_signed_in(&mut other).await, "{planted:?}");
        // Waits longer than the grace period, within which this would count as a double submit.
        browser.site.advance_clock(30);
        sign_in(&mut other, ANNA, false).await;
        assert_eq!(activity(&mut other).await[0], "signed-in-from-new", "{planted:?}");
    }
}

#[tokio::test]
async fn a_planted_session_of_somebody_else_ends_with_the_sign_in() {
    let mut bert = anonymous_browser();
    sign_up(&mut bert, BERT, true).await;
    let mut anna = bert.site.browser();
    sign_up(&mut anna, ANNA, false).await;
    sign_out(&mut anna).await;
    let planted: Vec<_> = [SESSION, REMEMBER].map(|name| (name, bert.cookies.value(name).to_owned())).into();
    for (name, value) in &planted {
        anna.cookies.plant(name, value, "/");
    }
    let fields = format!("email=anna%40example.org&password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(anna.post_fields("/sign-in", fields).await.status, 303);
    assert!(planted.iter().all(|(name, value)| anna.cookies.find(name).is_none_or(|held| held.value != *value)));
    let (mut thief, _) =
        with_cookies(&bert.site, &[(SESSION, &planted[0].1), (REMEMBER, &planted[1].1)], "/account").await;
    assert!(!is_signed_in(&mut thief).await);
}

#[tokio::test]
async fn an_invented_token_signs_nobody_in_and_is_removed() {
    let user = signed_in_browser(true).await;
    let (session, remember) = (user.cookies.value(SESSION), user.cookies.value(REMEMBER));
    let (id, token) = remember.split_once('.').unwrap();
    let stored = rows(&user.site, "sessions").await;
    let hashes: Vec<String> = stored[0]
        .iter()
        .filter_map(|value| match value {
            rusqlite::types::Value::Text(text) if text.len() == 64 => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(hashes.len(), 2, "one for each token");
    let mut forged = vec![
        (SESSION, session.to_uppercase() + "0"),
        (SESSION, session[..63].to_owned()),
        (SESSION, token.to_owned()),
        (SESSION, id.to_owned()),
        (SESSION, "%".repeat(500)),
        (REMEMBER, token.to_owned()),
        (REMEMBER, id.to_owned()),
        (REMEMBER, format!("{id}.")),
        (REMEMBER, format!(".{token}")),
        (REMEMBER, format!("x{id}.{token}")),
    ];
    forged.extend(hashes.iter().map(|hash| (SESSION, hash.clone())));
    for (name, value) in forged {
        let (mut browser, page) = with_cookies(&user.site, &[(name, &value)], "/").await;
        assert_eq!(page.status, 200, "{name}={value}");
        assert!(page.set_and_removed().1.contains(&name), "{name}={value}");
        assert!(!is_signed_in(&mut browser).await, "{name}={value}");
    }
    let mut user = user;
    assert!(is_signed_in(&mut user).await, "none of this bothers the member");
}

#[tokio::test]
async fn two_session_cookies_in_one_request_are_ignored() {
    let mut browser = signed_in_browser(false).await;
    browser.cookies.plant(SESSION, "x", "/account");
    assert_eq!(browser.get("/account").await.status, 303);
}

#[tokio::test]
async fn no_credential_and_no_client_ip_is_stored() {
    let site = site_with(|state| state.app.rng = Rng::system());
    let mut browser = site.browser();
    browser.address = Some("203.0.113.77".parse().unwrap());
    browser.user_agent = "Mozilla/5.0 (Linux; Android 10; Seldom) Mobile";
    sign_up(&mut browser, ANNA, true).await;
    let first = browser.cookies.clone();
    browser.cookies.end_session();
    assert!(is_signed_in(&mut browser).await);
    let mut other = another(&browser, true).await;
    try_sign_in(&mut site.browser(), ANNA, "not the password at all", false).await;
    is_signed_in(&mut other).await;
    let bytes = stored_bytes(&site).await;
    assert!(holds(&bytes, ANNA), "what is stored can be found in this way");
    assert!(holds(&bytes, "$argon2id$"), "the password's hash is there");
    for secret in [PASSWORD, "not the password at all", "203.0.113", "Seldom", "Android"] {
        assert!(!holds(&bytes, secret), "{secret}");
    }
    for cookies in [&first, &browser.cookies, &other.cookies] {
        for name in [SESSION, REMEMBER, DEVICE] {
            let Some(held) = cookies.find(name) else { continue };
            let token = held.value.split('.').next_back().unwrap();
            assert!(token.len() >= 43, "{name} has 256 bits");
            assert!(!holds(&bytes, token), "{name}");
            assert!(!holds(&bytes, &held.value), "{name}");
        }
    }
    for table in TABLES {
        for value in rows(&site, table).await.into_iter().flatten() {
            assert!(!matches!(value, rusqlite::types::Value::Blob(_)), "{table} has nothing that cannot be read");
        }
    }
}

#[tokio::test]
async fn a_session_ends_when_the_browser_is_closed_unless_it_is_remembered() {
    for (remember, stays) in [(false, false), (true, true)] {
        let mut browser = signed_in_browser(remember).await;
        browser.cookies.end_session();
        assert_eq!(is_signed_in(&mut browser).await, stays, "{remember}");
    }
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_without_a_request() {
    let idle = i64::try_from(session::IDLE.as_secs()).unwrap();
    assert_eq!(idle, 12 * HOUR);
    let mut browser = signed_in_browser(false).await;
    for _ in 0..3 {
        browser.site.advance_clock(idle - 1);
        assert!(is_signed_in(&mut browser).await, "a request makes it begin anew");
        flush(&browser.site).await;
    }
    browser.site.advance_clock(idle);
    assert!(!is_signed_in(&mut browser).await);
    assert!(browser.cookies.find(SESSION).is_none());
}

#[tokio::test]
async fn a_session_ends_after_seven_days_however_often_it_is_used() {
    let mut browser = signed_in_browser(false).await;
    for _ in 0..14 {
        browser.site.advance_clock(12 * HOUR - 60);
        assert!(is_signed_in(&mut browser).await);
        flush(&browser.site).await;
    }
    browser.site.advance_clock(7 * DAY - 14 * (12 * HOUR - 60) - 1);
    assert!(is_signed_in(&mut browser).await, "a second before");
    flush(&browser.site).await;
    browser.site.advance_clock(1);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_remembered_browser_stays_signed_in_thirty_days_after_its_last_visit() {
    let mut browser = signed_in_browser(true).await;
    for _ in 0..3 {
        browser.site.advance_clock(30 * DAY - 1);
        assert!(is_signed_in(&mut browser).await);
    }
    browser.site.advance_clock(30 * DAY);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_remembered_browser_is_signed_out_after_a_hundred_and_eighty_days() {
    let mut browser = signed_in_browser(true).await;
    for _ in 0..8 {
        browser.site.advance_clock(20 * DAY);
        assert!(is_signed_in(&mut browser).await);
    }
    browser.site.advance_clock(20 * DAY - 1);
    assert!(is_signed_in(&mut browser).await, "a second before");
    browser.cookies.end_session();
    browser.site.advance_clock(1);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn the_server_rejects_a_remember_cookie_that_is_too_old_even_if_the_browser_sends_it() {
    let user = signed_in_browser(true).await;
    let old = user.cookies.value(REMEMBER).to_owned();
    user.site.advance_clock(30 * DAY);
    let (mut browser, _) = with_cookies(&user.site, &[(REMEMBER, &old)], "/").await;
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_device_token_of_another_account_does_not_count_for_this_one() {
    let mut bert = anonymous_browser();
    sign_up(&mut bert, BERT, false).await;
    let mut anna = bert.site.browser();
    sign_up(&mut anna, ANNA, false).await;
    sign_out(&mut anna).await;
    // Bert plants his own device token in Anna's browser and keeps a copy.
    anna.cookies.plant(DEVICE, bert.cookies.value(DEVICE), "/");
    sign_in(&mut anna, ANNA, false).await;
    sign_out(&mut bert).await;
    bert.site.advance_clock(30);
    sign_in(&mut bert, ANNA, false).await;
    assert_eq!(activity(&mut bert).await[0], "signed-in-from-new");
}

#[tokio::test]
async fn the_device_token_changes_at_every_sign_in_and_counts_for_each_user_of_the_browser() {
    let mut browser = signed_in_browser(false).await;
    let first = browser.cookies.value(DEVICE).to_owned();
    sign_out(&mut browser).await;
    sign_up(&mut browser, BERT, false).await;
    let second = browser.cookies.value(DEVICE).to_owned();
    for email in [ANNA, BERT, ANNA] {
        sign_out(&mut browser).await;
        sign_in(&mut browser, email, false).await;
        assert_eq!(activity(&mut browser).await[0], "signed-in", "{email}");
        assert!(![&first, &second].contains(&&browser.cookies.value(DEVICE).to_owned()));
    }
    browser.site.advance_clock(30);
    for copy in [first, second] {
        let (mut thief, _) = with_cookies(&browser.site, &[(DEVICE, &copy)], "/").await;
        sign_in(&mut thief, ANNA, false).await;
        assert_eq!(activity(&mut thief).await[0], "signed-in-from-new");
    }
}

#[tokio::test]
async fn a_double_submit_is_no_new_browser() {
    let mut browser = signed_in_browser(false).await;
    sign_out(&mut browser).await;
    let mut again = browser.site.browser();
    again.cookies = browser.cookies.clone();
    for browser in [&mut browser, &mut again] {
        sign_in(browser, ANNA, false).await;
        assert_eq!(activity(browser).await[0], "signed-in");
    }
    assert_eq!(browser.cookies.value(DEVICE), again.cookies.value(DEVICE));
}
