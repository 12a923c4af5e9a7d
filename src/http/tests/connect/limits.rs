//! Codes are limited per client network, as the other requests are.

use super::{ASKED, SERVICES, exchange_from, of_shop, site_with_edition_and_services};
use crate::{app::rate_limit::Limiter, config::rate_limits::RateLimits};

#[tokio::test]
async fn a_network_may_ask_for_so_many_codes_a_minute() {
    let site = site_with_edition_and_services("", SERVICES, |state| {
        state.app.limiter = Limiter::new(RateLimits { forms: 2, ..RateLimits::default() }, &state.app.clock);
    });
    let mut browser = site.browser();
    browser.address = Some("192.0.2.1".parse().unwrap());
    for _ in 0..20 {
        assert_eq!(browser.ask_code(ASKED).await.status, 303);
    }
    assert_eq!(browser.ask_code(ASKED).await.status, 429);
    for _ in 0..20 {
        assert_eq!(exchange_from(&site, "192.0.2.2", of_shop("x")).await.status, 400);
    }
    assert_eq!(exchange_from(&site, "192.0.2.2", of_shop("x")).await.status, 429);
    assert_eq!(exchange_from(&site, "192.0.2.3", of_shop("x")).await.status, 400, "another network");
}
