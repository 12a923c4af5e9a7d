//! Rate limits per client network and per account for forms, API calls and exports. Pages have
//! none.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{
    accounts::users::{ANNA, PASSWORD, count, rows, sign_up, try_sign_in},
    browser::{Browser, ORIGIN},
    page::Page,
    site::{Site, SiteParts, setup, site_with, site_with_edition_and_services},
};
use crate::{
    app::{rate_limit::Limiter, retention::delete_expired},
    config::rate_limits::RateLimits,
};

/// Low enough to be exceeded in a test.
const FORMS: u32 = 6;

fn lower_limits(state: &mut SiteParts) {
    state.app.limiter = Limiter::new(RateLimits { forms: FORMS, ..RateLimits::default() }, &state.app.clock);
}

fn from(site: &Site, address: &str) -> Browser {
    let mut browser = site.browser();
    browser.address = Some(address.parse().unwrap());
    browser
}

fn asks_to_wait(answer: &Page) {
    assert_eq!(answer.status, 429, "{}", answer.address);
    assert_eq!(answer.header(header::RETRY_AFTER), Some("10"));
    assert_eq!(answer.set_and_removed(), (vec![], vec![]));
}

#[tokio::test]
async fn a_stored_count_names_nobody_and_goes_when_it_limits_nothing() {
    let site = setup();
    sign_up(&mut site.browser(), ANNA, false).await;
    try_sign_in(&mut site.browser(), ANNA, "wrong", false).await;
    assert_eq!(count(&site, "rate_limits").await, 1);
    assert!(!format!("{:?}", rows(&site, "rate_limits").await).contains("anna"));
    delete_expired(&site.state, Duration::MAX, Duration::ZERO).await.unwrap();
    site.advance_clock(3_600);
    delete_expired(&site.state, Duration::MAX, Duration::from_hours(1)).await.unwrap();
    assert_eq!(count(&site, "rate_limits").await, 0);
}

#[tokio::test]
async fn a_client_network_may_send_a_number_of_forms_per_minute_and_read_without_limit() {
    let site = site_with(lower_limits);
    for form in ["/api/consent/answer", "/verify", "/api/cookies/delete", "/api/session/sign_out"] {
        let heard = from(&site, "192.0.2.1").post_fields(form, "answer=no").await;
        assert_ne!(heard.status, 429, "{form}");
    }
    let mut browser = from(&site, "192.0.2.1");
    browser.decide("yes", "no").await;
    browser.decide("no", "no").await;
    let before = browser.cookies.value("__Host-Http-consent").to_owned();
    let refused = browser.post_fields("/api/consent/answer", "answer=yes").await;
    asks_to_wait(&refused);
    assert_eq!(refused.text("#wait"), "You can try again in 10 seconds.");
    assert_eq!(refused.text("main ul li:first-child a"), "Go to the home page");
    asks_to_wait(&from(&site, "192.0.2.1").post_fields("/verify", "receipt=x").await);
    for (form, from_page, expected) in [
        ("/verify", None, "/verify"),
        ("/api/consent/answer", Some("/policy/history"), "/policy/history"),
        ("/de/api/consent/answer", Some("/de/policy/1.0"), "/de/policy/1.0"),
        ("/api/appearance/save", None, "/preferences"),
        ("/api/appearance/save", Some("/nowhere"), "/preferences"),
        ("/api/consent/answer", Some("/account/delete"), "/"),
        ("/sign-in/reset", Some("/sign-in/reset?token=abc"), "/"),
    ] {
        let request = browser.post(form);
        let request = match from_page {
            Some(page) => request.header(header::REFERER, format!("{ORIGIN}{page}")),
            None => request,
        };
        let refused = browser.send(request, Body::from("answer=yes")).await;
        asks_to_wait(&refused);
        assert_eq!(refused.attributes("main ul li:first-child a", "href"), [expected], "{form} on {from_page:?}");
    }
    assert_eq!(browser.cookies.value("__Host-Http-consent"), before, "nothing was done");
    for address in ["/policy", "/preferences", "/preferences/history", "/health"] {
        assert_eq!(browser.get(address).await.status, 200, "{address}");
    }
    from(&site, "192.0.2.2").decide("yes", "yes").await;
    site.advance_clock(10);
    browser.decide("yes", "yes").await;
}

#[tokio::test]
async fn a_user_has_one_limit_in_all_networks() {
    let site = site_with(lower_limits);
    let mut user = site.browser();
    sign_up(&mut user, ANNA, false).await;
    for last in 0..FORMS {
        user.address = Some(format!("192.0.2.{last}").parse().unwrap());
        user.decide("yes", "no").await;
    }
    user.address = Some("198.51.100.1".parse().unwrap());
    let refused = user.post_fields("/api/consent/answer", "answer=no").await;
    asks_to_wait(&refused);
    assert_eq!(refused.text("header nav:not(.languages) li:last-child a"), "Your account");
}

#[tokio::test]
async fn api_calls_have_ten_times_the_limit_of_forms() {
    let site = site_with_edition_and_services("", crate::http::tests::partner_api::SERVICES, lower_limits);
    let mut shop = from(&site, "192.0.2.1");
    let mut asks = async || {
        let request =
            shop.request(Method::GET, "/api/v1/consent").header(header::ORIGIN, crate::http::tests::partner_api::SHOP);
        shop.send(request, Body::empty()).await
    };
    for _ in 0..FORMS * 10 {
        assert_eq!(asks().await.status, 200);
    }
    let refused = asks().await;
    assert_eq!((refused.status.as_u16(), refused.header(header::RETRY_AFTER)), (429, Some("1")));
    assert_eq!(refused.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(crate::http::tests::partner_api::SHOP));
    assert_ne!(from(&site, "192.0.2.1").post_fields("/verify", "receipt=x").await.status, 429, "forms are apart");
}

#[tokio::test]
async fn a_client_that_signs_in_repeatedly_reaches_the_limit_of_forms() {
    let site = site_with(lower_limits);
    sign_up(&mut from(&site, "192.0.2.1"), ANNA, false).await;
    for _ in 1..FORMS {
        assert_eq!(try_sign_in(&mut from(&site, "192.0.2.1"), ANNA, PASSWORD, false).await.status, 303);
    }
    asks_to_wait(&try_sign_in(&mut from(&site, "192.0.2.1"), ANNA, PASSWORD, false).await);
}

#[tokio::test]
async fn exports_are_limited_per_user_and_in_total() {
    let site = site_with(|_| ());
    let mut user = site.browser();
    sign_up(&mut user, ANNA, false).await;
    let places: Vec<_> = std::iter::from_fn(|| site.state.exports.try_acquire()).collect();
    let busy = user.get("/account/export").await;
    assert_eq!((busy.status.as_u16(), busy.header(header::RETRY_AFTER)), (503, Some("1")));
    drop(places);
    for _ in 1..5 {
        assert_eq!(user.get("/account/export").await.status, 200);
    }
    let refused = user.get("/account/export").await;
    assert_eq!((refused.status.as_u16(), refused.header(header::RETRY_AFTER)), (429, Some("60")));
}
