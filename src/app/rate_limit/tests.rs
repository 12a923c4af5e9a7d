//! The limits slow an attacker, and lock no user out for good.

use std::sync::{Arc, atomic::AtomicI64};

use super::*;

/// A clock that a test advances.
#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn new() -> (Self, Clock) {
        let hand = Self(Arc::new(AtomicI64::new(1_800_000_000)));
        let told = hand.clone();
        (hand, Clock::from_fn(move || Timestamp(told.0.load(Ordering::Relaxed))))
    }

    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn anna() -> RateLimitKey {
    RateLimitKey::Account("anna@example.org".into())
}

fn place(address: &str) -> Option<ClientNetwork> {
    address.parse().ok().map(|address: IpAddr| ClientNetwork::from(address))
}

/// How many of a thousand simultaneous attempts the limiter allows.
fn let_through(limiter: &Limiter, attempt: impl Fn(usize) -> (RateLimitKey, Option<ClientNetwork>)) -> usize {
    (0..1_000).map(attempt).filter(|(guesser, place)| limiter.attempt(guesser.clone(), *place).is_ok()).count()
}

#[test]
fn five_attempts_are_free_and_then_one_a_minute() {
    let (hand, clock) = Hand::new();
    let limiter = Limiter::new(RateLimits::default(), &clock);
    assert_eq!(let_through(&limiter, |_| (anna(), None)), 5);
    assert_eq!(limiter.attempt(anna(), None), Err(Wait { seconds: 60 }));
    hand.pass(59);
    assert_eq!(limiter.attempt(anna(), None), Err(Wait { seconds: 1 }));
    hand.pass(1);
    assert_eq!(limiter.attempt(anna(), None), Ok(()));
    assert_eq!(limiter.attempt(anna(), None), Err(Wait { seconds: 60 }));
    hand.pass(300);
    assert_eq!(let_through(&limiter, |_| (anna(), None)), 5);
}

#[test]
fn another_account_is_not_slowed() {
    let limiter = Limiter::new(RateLimits::default(), &Hand::new().1);
    assert_eq!(let_through(&limiter, |_| (anna(), None)), 5);
    assert_eq!(let_through(&limiter, |_| (RateLimitKey::Account("bo@example.org".into()), None)), 5);
}

#[test]
fn a_member_is_not_locked_out_by_who_guesses_at_their_account() {
    let limiter = Limiter::new(RateLimits::default(), &Hand::new().1);
    assert_eq!(let_through(&limiter, |_| (anna(), None)), 5);
    // This holds even if the keys contain the same text.
    for known in [RateLimitKey::Member("anna@example.org".into()), RateLimitKey::Export("anna@example.org".into())] {
        assert_eq!(let_through(&limiter, |_| (known.clone(), None)), 5);
    }
}

#[test]
fn one_place_may_try_twenty_accounts_and_then_one_in_ten_seconds() {
    let (hand, clock) = Hand::new();
    let limiter = Limiter::new(RateLimits::default(), &clock);
    let from = |address: &'static str| move |n: usize| (RateLimitKey::Account(n.to_string()), place(address));
    assert_eq!(let_through(&limiter, from("192.0.2.1")), 20);
    assert_eq!(limiter.attempt(anna(), place("192.0.2.1")), Err(Wait { seconds: 10 }));
    assert_eq!(limiter.attempt(anna(), place("192.0.2.2")), Ok(()));
    hand.pass(10);
    assert_eq!(limiter.attempt(anna(), place("192.0.2.1")), Ok(()));
    assert_eq!(limiter.guessers.len(), 21, "accounts that were only named after a refusal are not remembered");
}

#[test]
fn neighbours_of_one_network_share_a_place_and_a_mapped_address_is_what_it_maps() {
    assert!(place("2001:db8:1:2::1") == place("2001:db8:1:2:ffff::9"));
    assert!(place("2001:db8:1:2::1") != place("2001:db8:1:3::1"));
    assert!(place("::ffff:192.0.2.1") == place("192.0.2.1"));
    assert!(place("192.0.2.1") != place("192.0.2.2"));
    let limiter = Limiter::new(RateLimits::default(), &Hand::new().1);
    let neighbour = |n: usize| (RateLimitKey::Account(n.to_string()), place(&format!("2001:db8:1:2::{n:x}")));
    assert_eq!(let_through(&limiter, neighbour), 20);
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out_for_longer() {
    for back in [1, 3_600, 4 * 366 * 86_400, 1_800_000_000 + 86_400] {
        let (hand, clock) = Hand::new();
        let limiter = Limiter::new(RateLimits::default(), &clock);
        hand.pass(100);
        assert_eq!(let_through(&limiter, |_| (anna(), place("192.0.2.1"))), 5);
        hand.pass(-back);
        assert!(limiter.attempt(anna(), None).is_err(), "{back}");
        hand.pass(59);
        assert_eq!(limiter.attempt(anna(), None), Err(Wait { seconds: 1 }), "{back}");
        hand.pass(1);
        assert_eq!(limiter.attempt(anna(), None), Ok(()), "{back}");
    }
}

#[test]
fn no_limit_and_no_clock_makes_it_fail() {
    for (burst, seconds) in [(0, 0), (0, 1), (1, 0), (u32::MAX, u32::MAX), (1, u32::MAX), (u32::MAX, 1)] {
        let limits = RateLimits {
            account_burst: burst,
            account_seconds: seconds,
            address_burst: burst,
            address_seconds: seconds,
            forms: burst,
        };
        let (hand, clock) = Hand::new();
        let limiter = Limiter::new(limits, &clock);
        assert_eq!(limiter.attempt(anna(), place("192.0.2.1")), Ok(()));
        for moment in [i64::MAX, i64::MIN, 0, i64::MAX, 1_800_000_000] {
            hand.0.store(moment, Ordering::Relaxed);
            let_through(&limiter, |_| (anna(), place("192.0.2.1")));
        }
        hand.pass(86_400);
        assert_eq!(limiter.attempt(anna(), place("192.0.2.1")), Ok(()), "{burst} {seconds}");
    }
}

#[test]
fn what_no_longer_limits_is_forgotten() {
    let (hand, clock) = Hand::new();
    let limiter = Limiter::new(RateLimits::default(), &clock);
    for n in 0..10_000_u32 {
        let address = Ipv4Addr::from_bits(n);
        assert_eq!(limiter.attempt(RateLimitKey::Account(n.to_string()), Some(ClientNetwork::V4(address))), Ok(()));
        hand.pass(1);
    }
    let most = usize::try_from(COUNTED_BETWEEN_FORGETTING).unwrap_or(0) + 120;
    assert!(limiter.guessers.len() <= most && limiter.places.len() <= most);
}

#[test]
fn nothing_about_who_tried_is_printed() {
    let limiter = Limiter::new(RateLimits::default(), &Hand::new().1);
    assert_eq!(limiter.attempt(anna(), place("192.0.2.1")), Ok(()));
    assert_eq!(format!("{limiter:?}"), "Limiter");
}

#[test]
fn forms_are_counted_by_place_and_by_member_and_questions_apart() {
    let (hand, clock) = Hand::new();
    let limiter = Limiter::new(RateLimits { forms: 60, ..RateLimits::default() }, &clock);
    let here = place("192.0.2.1");
    let forms = || (0..1_000).filter(|_| limiter.form_from(here).is_ok()).count();
    assert_eq!(forms(), 60);
    assert_eq!(limiter.form_from(here), Err(Wait { seconds: 1 }));
    assert_eq!(limiter.form_from(place("192.0.2.2")), Ok(()));
    assert_eq!((0..1_000).filter(|_| limiter.form_of("anna").is_ok()).count(), 60);
    assert_eq!((0..1_000).filter(|_| limiter.question_from(here).is_ok()).count(), 600);
    hand.pass(1);
    assert_eq!(forms(), 1);
    hand.pass(60);
    assert_eq!(forms(), 60);
}

#[test]
fn a_known_browser_counts_for_its_place_and_is_not_held_up_by_it() {
    let limiter = Limiter::new(RateLimits::default(), &Hand::new().1);
    let here = place("192.0.2.1");
    for member in 0..25 {
        assert_eq!(limiter.attempt(RateLimitKey::Member(member.to_string()), here), Ok(()));
    }
    assert!(limiter.attempt(anna(), here).is_err());
}
