//! The limits slow an attacker, and lock no user out for good.

use std::sync::{Arc, atomic::AtomicI64};

use super::*;

/// A clock that a test advances.
#[derive(Clone)]
struct FakeClock(Arc<AtomicI64>);

impl FakeClock {
    fn new() -> (Self, Clock) {
        let time = Self(Arc::new(AtomicI64::new(1_800_000_000)));
        let reader = time.clone();
        (time, Clock::from_fn(move || Timestamp(reader.0.load(Ordering::Relaxed))))
    }

    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn network(address: &str) -> Option<ClientNetwork> {
    address.parse().ok().map(|address: IpAddr| ClientNetwork::from(address))
}

/// How many of a thousand simultaneous attempts from there the limiter allows.
fn allowed(limiter: &Limiter, from: impl Fn(usize) -> Option<ClientNetwork>) -> usize {
    (0..1_000).filter(|n| limiter.attempt_from(from(*n)).is_ok()).count()
}

#[test]
fn one_network_has_twenty_attempts_and_then_one_in_ten_seconds() {
    let (time, clock) = FakeClock::new();
    let limiter = Limiter::new(RateLimits::default(), &clock);
    assert_eq!(allowed(&limiter, |_| network("192.0.2.1")), 20);
    assert_eq!(limiter.attempt_from(network("192.0.2.1")), Err(Wait { seconds: 10 }));
    assert_eq!(limiter.attempt_from(network("192.0.2.2")), Ok(()));
    time.advance(10);
    assert_eq!(limiter.attempt_from(network("192.0.2.1")), Ok(()));
}

#[test]
fn clients_of_one_network_share_a_limit_and_a_mapped_address_counts_as_ipv4() {
    assert!(network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9"));
    assert!(network("2001:db8:1:2::1") != network("2001:db8:1:3::1"));
    assert!(network("::ffff:192.0.2.1") == network("192.0.2.1"));
    assert!(network("192.0.2.1") != network("192.0.2.2"));
    let limiter = Limiter::new(RateLimits::default(), &FakeClock::new().1);
    assert_eq!(allowed(&limiter, |n| network(&format!("2001:db8:1:2::{n:x}"))), 20);
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out_for_longer() {
    for back in [1, 3_600, 4 * 366 * 86_400, 1_800_000_000 + 86_400] {
        let (time, clock) = FakeClock::new();
        let (limiter, here) = (Limiter::new(RateLimits::default(), &clock), network("192.0.2.1"));
        time.advance(100);
        assert_eq!(allowed(&limiter, |_| here), 20);
        time.advance(-back);
        assert!(limiter.attempt_from(here).is_err(), "{back}");
        time.advance(9);
        assert_eq!(limiter.attempt_from(here), Err(Wait { seconds: 1 }), "{back}");
        time.advance(1);
        assert_eq!(limiter.attempt_from(here), Ok(()), "{back}");
    }
}

#[test]
fn extreme_limits_and_clocks_do_not_panic() {
    for (burst, seconds) in [(0, 0), (0, 1), (1, 0), (u32::MAX, u32::MAX), (1, u32::MAX), (u32::MAX, 1)] {
        let limits = RateLimits {
            account_burst: burst,
            account_seconds: seconds,
            address_burst: burst,
            address_seconds: seconds,
            forms: burst,
        };
        let (time, clock) = FakeClock::new();
        let limiter = Limiter::new(limits, &clock);
        assert_eq!(limiter.attempt_from(network("192.0.2.1")), Ok(()));
        for moment in [i64::MAX, i64::MIN, 0, i64::MAX, 1_800_000_000] {
            time.0.store(moment, Ordering::Relaxed);
            allowed(&limiter, |_| network("192.0.2.1"));
        }
        time.advance(86_400);
        assert_eq!(limiter.attempt_from(network("192.0.2.1")), Ok(()), "{burst} {seconds}");
    }
}

#[test]
fn what_no_longer_limits_is_forgotten() {
    let (time, clock) = FakeClock::new();
    let limiter = Limiter::new(RateLimits::default(), &clock);
    for n in 0..10_000_u32 {
        let address = Ipv4Addr::from_bits(n);
        assert_eq!(limiter.attempt_from(Some(ClientNetwork::V4(address))), Ok(()));
        time.advance(1);
    }
    let most = usize::try_from(CALLS_BETWEEN_CLEANUPS).unwrap_or(0) + 120;
    assert!(limiter.networks.len() <= most);
}

#[test]
fn debug_output_contains_no_client() {
    let limiter = Limiter::new(RateLimits::default(), &FakeClock::new().1);
    assert_eq!(limiter.attempt_from(network("192.0.2.1")), Ok(()));
    assert_eq!(format!("{limiter:?}"), "Limiter");
}

#[test]
fn forms_are_counted_by_network_and_by_user_and_script_requests_apart() {
    let (time, clock) = FakeClock::new();
    let limiter = Limiter::new(RateLimits { forms: 60, ..RateLimits::default() }, &clock);
    let here = network("192.0.2.1");
    let forms = || (0..1_000).filter(|_| limiter.form_from(here).is_ok()).count();
    assert_eq!(forms(), 60);
    assert_eq!(limiter.form_from(here), Err(Wait { seconds: 1 }));
    assert_eq!(limiter.form_from(network("192.0.2.2")), Ok(()));
    assert_eq!((0..1_000).filter(|_| limiter.form_of("anna").is_ok()).count(), 60);
    assert_eq!((0..1_000).filter(|_| limiter.script_request_from(here).is_ok()).count(), 600);
    time.advance(1);
    assert_eq!(forms(), 1);
    time.advance(60);
    assert_eq!(forms(), 60);
}
