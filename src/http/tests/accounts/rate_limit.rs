//! Rate limits of sign-ins, per account and per client IP. Attempts by others lock nobody out.

use std::net::IpAddr;

use axum::{
    body::Body,
    http::{HeaderName, header},
};
use tokio::task::JoinSet;

use super::{
    super::{
        browser::Browser,
        page::{Page, encode},
        site::{Site, setup, site_with},
    },
    users::{
        ANNA, BERT, DEVICE, OTHER_PASSWORD, PASSWORD, is_signed_in, operator, sign_in, sign_out, sign_up,
        signed_in_browser, try_sign_in,
    },
};

const WRONG: &str = "not the password";

/// Free attempts at one account, and the seconds until one more is free; then the same for one
/// client IP.
const AT_ACCOUNT: (usize, i64) = (5, 60);
const FROM_ADDRESS: (usize, i64) = (20, 10);

/// Tries a wrong password `times` times, each with a new browser.
async fn guess(site: &Site, email: &str, times: usize) -> Vec<u16> {
    let mut seen = Vec::new();
    for _ in 0..times {
        seen.push(try_sign_in(&mut site.browser(), email, WRONG, false).await.status.as_u16());
    }
    seen
}

/// Checks that the response asks to wait for `seconds` and sets no cookie.
fn asks_to_wait(answer: &Page, seconds: i64) {
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header(header::RETRY_AFTER), Some(seconds.to_string().as_str()));
    assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"));
    assert_eq!(answer.set_and_removed(), (vec![], vec![]));
    assert_eq!(
        answer.text("#wait"),
        format!("You can try again in {seconds} second{}.", if seconds == 1 { "" } else { "s" })
    );
    assert_eq!(answer.text("h1"), "Too many attempts");
}

/// Returns a site with one account, an hour after the sign-up.
async fn site_of_anna() -> (Site, Browser) {
    let browser = signed_in_browser(false).await;
    browser.site.advance_clock(3_600);
    (browser.site.clone(), browser)
}

#[tokio::test]
async fn a_few_attempts_at_an_account_are_free_and_the_next_must_wait() {
    let (site, _) = site_of_anna().await;
    let (free, pause) = AT_ACCOUNT;
    assert_eq!(guess(&site, ANNA, free).await, vec![422; free]);
    let mut browser = site.browser();
    for (waits, left) in [(0, pause), (1, pause - 1), (pause - 2, 1)] {
        site.advance_clock(waits);
        // The limit also rejects the right password.
        asks_to_wait(&try_sign_in(&mut browser, ANNA, PASSWORD, false).await, left);
    }
    site.advance_clock(1);
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 303, "it works again");
}

#[tokio::test]
async fn after_the_wait_there_is_one_attempt_and_after_a_while_all_of_them() {
    let (site, _) = site_of_anna().await;
    let (free, pause) = AT_ACCOUNT;
    guess(&site, ANNA, free).await;
    site.advance_clock(pause);
    assert_eq!(guess(&site, ANNA, 2).await, [422, 429]);
    site.advance_clock(pause * 5);
    assert_eq!(guess(&site, ANNA, free + 1).await, [vec![422; free], vec![429]].concat());
}

#[tokio::test]
async fn other_accounts_are_not_limited() {
    let (site, _) = site_of_anna().await;
    sign_up(&mut site.browser(), BERT, false).await;
    guess(&site, ANNA, 10).await;
    assert_eq!(try_sign_in(&mut site.browser(), BERT, PASSWORD, false).await.status, 303);
}

#[tokio::test]
async fn one_account_has_one_limit_for_all_spellings_of_its_address() {
    let (site, _) = site_of_anna().await;
    for email in ["anna@example.org", "ANNA@example.org", " Anna@Example.Org "] {
        guess(&site, email, 2).await;
    }
    assert_eq!(guess(&site, ANNA, 1).await, [429]);
}

#[tokio::test]
async fn a_browser_that_signed_in_before_is_not_locked_out_by_the_guesses_of_others() {
    let (site, mut known) = site_of_anna().await;
    sign_out(&mut known).await;
    guess(&site, ANNA, 10).await;
    assert_eq!(try_sign_in(&mut known, ANNA, PASSWORD, false).await.status, 303);
    sign_out(&mut known).await;

    // A known device has a limit of its own and does not use the account's.
    let device = known.cookies.value(DEVICE).to_owned();
    site.advance_clock(3_600);
    for expected in [422, 422, 422, 422, 422, 429] {
        assert_eq!(try_sign_in(&mut known, ANNA, WRONG, false).await.status.as_u16(), expected);
    }
    assert_eq!(guess(&site, ANNA, 1).await, [422]);
    assert_eq!(known.cookies.value(DEVICE), device);
}

#[tokio::test]
async fn a_device_token_of_another_account_or_an_invented_one_gives_no_more_attempts() {
    let (site, _) = site_of_anna().await;
    let mut bert = site.browser();
    sign_up(&mut bert, BERT, false).await;
    sign_out(&mut bert).await;
    guess(&site, ANNA, 5).await;
    assert_eq!(try_sign_in(&mut bert, ANNA, WRONG, false).await.status, 429);
    for number in 0..3 {
        let mut browser = site.browser();
        browser.cookies.plant(DEVICE, &format!("{number:064x}"), "/");
        assert_eq!(try_sign_in(&mut browser, ANNA, WRONG, false).await.status, 429);
    }
}

#[tokio::test]
async fn a_live_session_is_never_locked_out() {
    let (site, mut user) = site_of_anna().await;
    guess(&site, ANNA, 30).await;
    assert!(is_signed_in(&mut user).await);
    let page = user.get("/account/password").await;
    let typed = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    assert_eq!(
        user.submit(&page, "#change-password", &typed).await.address,
        "/account/security?notice=password-changed"
    );
    assert!(
        super::users::security(&mut user).await.text("#activity").contains("Wrong password entered 5 times that day")
    );
}

#[tokio::test]
async fn passwords_cannot_be_guessed_in_a_live_session_either() {
    let (site, mut user) = site_of_anna().await;
    let page = user.get("/account/delete").await;
    for _ in 0..AT_ACCOUNT.0 {
        assert_eq!(user.send_form(&page, "#delete-account", &[("password", WRONG)]).await.status, 422);
    }
    let limited = user.send_form(&page, "#delete-account", &[("password", PASSWORD)]).await;
    asks_to_wait(&limited, AT_ACCOUNT.1);
    assert_eq!(limited.attributes("main ul a", "href"), ["/account/delete", "/account", "/policy"]);
    assert_eq!(limited.text("main ul li:first-child a"), "Go back to the previous page");
    let change = user.get("/account/password").await;
    let typed = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    asks_to_wait(&user.send_form(&change, "#change-password", &typed).await, AT_ACCOUNT.1);
    assert!(is_signed_in(&mut user).await, "it stays signed in all the while");
    site.advance_clock(AT_ACCOUNT.1);
    assert_eq!(
        user.submit(&page, "#delete-account", &[("password", PASSWORD)]).await.address,
        "/?notice=account-deleted"
    );
}

#[tokio::test]
async fn an_empty_form_is_no_attempt() {
    let (site, _) = site_of_anna().await;
    let mut browser = site.browser();
    for _ in 0..10 {
        assert_eq!(try_sign_in(&mut browser, ANNA, "", false).await.status, 422);
    }
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 303);
}

/// Tries wrong passwords, each at another account, from these client IPs in turn.
async fn guess_from(site: &Site, addresses: &[&str], times: usize) -> Vec<u16> {
    let mut seen = Vec::new();
    for number in 0..times {
        let mut browser = site.browser();
        browser.address = Some(addresses[number % addresses.len()].parse::<IpAddr>().unwrap());
        let email = format!("{}-{number}@example.org", site.now());
        seen.push(try_sign_in(&mut browser, &email, WRONG, false).await.status.as_u16());
    }
    seen
}

#[tokio::test]
async fn one_client_ip_has_a_limit_over_all_accounts() {
    let (site, _) = site_of_anna().await;
    let (free, pause) = FROM_ADDRESS;
    assert_eq!(guess_from(&site, &["203.0.113.7"], free + 1).await, [vec![422; free], vec![429]].concat());
    assert_eq!(guess_from(&site, &["203.0.113.8"], 1).await, [422], "its neighbour has its own");
    let mut browser = site.browser();
    browser.address = Some("203.0.113.7".parse().unwrap());
    asks_to_wait(&try_sign_in(&mut browser, ANNA, PASSWORD, false).await, pause);
    let page = browser.get("/sign-up").await;
    asks_to_wait(&browser.send_form(&page, "#sign-up", &[("email", BERT), ("new_password", PASSWORD)]).await, pause);
    assert_eq!(browser.get("/policy").await.status, 200, "it may read all the same");
    site.advance_clock(pause);
    assert_eq!(try_sign_in(&mut browser, ANNA, PASSWORD, false).await.status, 303, "it works again");
}

#[tokio::test]
async fn an_attempt_counts_for_the_client_ip_before_the_password_is_checked() {
    let mut browser = setup().browser();
    browser.address = Some("203.0.113.7".parse().unwrap());
    let fields = "email=anna@example.org&new_password=passwordpassword";
    for _ in 0..20 {
        assert_eq!(browser.post_fields("/sign-up", fields).await.status, 422);
    }
    assert_eq!(browser.post_fields("/sign-up", fields).await.status, 429);
    browser.address = Some("203.0.113.8".parse().unwrap());
    assert_eq!(browser.post_fields("/sign-up", fields).await.status, 422, "the account is not held up");
}

#[tokio::test]
async fn a_limited_client_ip_does_not_use_up_an_accounts_attempts() {
    let (site, _) = site_of_anna().await;
    guess_from(&site, &["203.0.113.7"], FROM_ADDRESS.0).await;
    let mut blocked = site.browser();
    blocked.address = Some("203.0.113.7".parse().unwrap());
    for _ in 0..AT_ACCOUNT.0 {
        assert_eq!(try_sign_in(&mut blocked, ANNA, WRONG, false).await.status, 429);
    }
    assert_eq!(guess(&site, ANNA, 1).await, [422]);
}

#[tokio::test]
async fn an_ipv6_network_and_an_ipv4_mapped_address_count_as_one_client() {
    let free = FROM_ADDRESS.0;
    for (addresses, next, expected) in [
        (&["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8:1:2:3:4:5:6"][..], "2001:db8:1:2::9", 429),
        (&["2001:db8:1:2::1"], "2001:db8:1:3::1", 422),
        (&["203.0.113.7"], "::ffff:203.0.113.7", 429),
        (&["::ffff:203.0.113.7"], "::ffff:203.0.113.8", 422),
    ] {
        let (site, _) = site_of_anna().await;
        assert_eq!(guess_from(&site, addresses, free).await, vec![422; free], "{addresses:?}");
        assert_eq!(guess_from(&site, &[next], 1).await, [expected], "{next} after {addresses:?}");
    }
}

/// Tries a wrong password at a new account through a proxy that adds these header lines.
async fn guess_through(site: &Site, number: usize, lines: &[&str]) -> u16 {
    let mut browser = site.browser();
    browser.address = Some("10.0.0.1".parse().unwrap());
    let fields = encode(&[("email", &format!("n{number}@example.org")), ("password", WRONG)]);
    let request = browser.post("/sign-in");
    let request = lines.iter().fold(request, |request, line| request.header("x-forwarded-for", *line));
    browser.send(request, Body::from(fields)).await.status.as_u16()
}

#[tokio::test]
async fn behind_a_proxy_the_last_address_in_its_header_counts() {
    let site = site_with(|state| state.settings.client_ip_header = Some(HeaderName::from_static("x-forwarded-for")));
    let free = FROM_ADDRESS.0;
    for number in 0..free {
        // Entries that the client sends come before the proxy's own, which is last.
        let claimed = format!("198.51.100.{number}, 203.0.113.7");
        assert_eq!(guess_through(&site, number, &[&claimed]).await, 422);
    }
    assert_eq!(guess_through(&site, 100, &["203.0.113.7"]).await, 429);
    assert_eq!(guess_through(&site, 100, &["198.51.100.99", "203.0.113.7"]).await, 429, "in a line of its own");
    assert_eq!(guess_through(&site, 101, &["203.0.113.7, 203.0.113.8"]).await, 422);
    assert_eq!(guess_through(&site, 102, &["203.0.113.8,203.0.113.9 "]).await, 422);
}

#[tokio::test]
async fn without_a_proxy_the_client_ip_header_is_ignored() {
    let (site, _) = site_of_anna().await;
    let free = FROM_ADDRESS.0;
    for number in 0..free {
        assert_eq!(guess_through(&site, number, &[&format!("198.51.100.{number}")]).await, 422);
    }
    assert_eq!(guess_through(&site, 100, &["198.51.100.200"]).await, 429);
}

/// Signs in with the right password, each time with a new browser.
async fn sign_in_rightly(site: &Site, times: usize) -> Vec<u16> {
    let mut seen = Vec::new();
    for _ in 0..times {
        seen.push(try_sign_in(&mut site.browser(), ANNA, PASSWORD, false).await.status.as_u16());
    }
    seen
}

#[tokio::test]
async fn a_right_password_uses_up_no_attempt() {
    let (site, mut known) = site_of_anna().await;
    let many = 3 * AT_ACCOUNT.0;
    assert_eq!(sign_in_rightly(&site, many).await, vec![303; many]);
    for _ in 0..many {
        sign_out(&mut known).await;
        sign_in(&mut known, ANNA, false).await;
    }
    assert!(is_signed_in(&mut known).await);
    for number in 0..many {
        let page = known.get("/account/password").await;
        let (old, new) = if number.is_multiple_of(2) { (PASSWORD, OTHER_PASSWORD) } else { (OTHER_PASSWORD, PASSWORD) };
        let typed = [("password", old), ("new_password", new)];
        assert_eq!(known.send_form(&page, "#change-password", &typed).await.status, 303, "{number}");
    }
}

#[tokio::test]
async fn right_passwords_give_a_guesser_no_more_attempts_and_take_none() {
    let (site, _) = site_of_anna().await;
    let free = AT_ACCOUNT.0;
    for _ in 1..free {
        assert_eq!(guess(&site, ANNA, 1).await, [422]);
        assert_eq!(sign_in_rightly(&site, 2).await, [303, 303]);
    }
    assert_eq!(guess(&site, ANNA, 2).await, [422, 429]);
    assert_eq!(sign_in_rightly(&site, 1).await, [429]);
}

#[tokio::test]
async fn a_sign_up_gives_its_attempt_back() {
    let browser = signed_in_browser(false).await;
    assert_eq!(guess(&browser.site, ANNA, AT_ACCOUNT.0 + 1).await, [vec![422; AT_ACCOUNT.0], vec![429]].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn simultaneous_guesses_get_no_more_attempts() {
    let (site, _) = site_of_anna().await;
    let mut guesses = JoinSet::new();
    for number in 0..4 * AT_ACCOUNT.0 {
        // Each with a text of its own, so that none counts as the same form sent twice.
        let fields = encode(&[("email", ANNA), ("password", &format!("{WRONG} {number}"))]);
        let request = site.browser().post("/sign-in").body(Body::from(fields)).unwrap();
        let site = site.clone();
        guesses.spawn(async move { site.answer(request).await.0.status().as_u16() });
    }
    let seen = guesses.join_all().await;
    let checked = seen.iter().filter(|status| **status != 429).count();
    assert_eq!(checked, AT_ACCOUNT.0, "{seen:?}");
    assert_eq!(sign_in_rightly(&site, 1).await, [429]);
}

#[tokio::test]
async fn a_right_link_is_not_held_up_by_weak_passwords() {
    let (site, mut browser) = site_of_anna().await;
    let link = operator(&site).create_reset_link(ANNA).await.unwrap();
    let page = browser.get(&link).await;
    for _ in 0..2 * AT_ACCOUNT.0 {
        let answer = browser.send_form(&page, "#reset-password", &[("new_password", "short")]).await;
        assert_eq!(answer.status, 422);
    }
    assert_eq!(browser.send_form(&page, "#reset-password", &[("new_password", OTHER_PASSWORD)]).await.status, 303);
}
