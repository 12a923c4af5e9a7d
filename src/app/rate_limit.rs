//! The rate limits: so much at once, then one more every so often (GCRA, by `governor`), for each account and each network.
//!
//! Attempts to give a password are counted, and exports, then every form, and every question of a script.
//! What is counted stays in memory and is forgotten once it no longer limits; no address is written down or logged.

use std::{
    fmt,
    hash::Hash,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock, clock::Clock as _, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};

use crate::{
    config::rate_limits::{MAX_BURST, MAX_FORMS, MAX_SECONDS, RateLimits},
    domain::{Timestamp, account::form_error::FormError},
    system::clock::Clock,
};

const MINUTE: Duration = Duration::from_mins(1);

/// Each time so many are counted, what no longer limits is forgotten.
const COUNTED_BETWEEN_FORGETTING: u32 = 1_024;

/// So many questions of scripts count as one form: each page of a sibling service asks one.
const QUESTIONS: u32 = 10;

/// A clock that leaps ahead by more has been set wrong; what it counts for is kept small, so that time never ends.
const LONGEST_STEP: u64 = 366 * 86_400;
const END_OF_TIME: u64 = 10_000_000_000;

/// Who tries.
///
/// A browser that signed in to the account before has a bucket of its own, so that nobody can lock a member out by
/// guessing at their account (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum RateLimitKey {
    /// Any other browser: the e-mail address, whether there is such an account or not.
    Account(String),
    /// A browser that signed in to this account, by its id, before or is signed in to it.
    Member(String),
    /// A member who takes their data away, by the id of the account.
    Export(String),
    /// The hash of a password reset link's token.
    ResetToken(String),
}

/// Where an attempt comes from, as far as one household or one machine has it to itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClientNetwork {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address: the rest its owner changes at will (RFC 4291, 2.5.4; RFC 8981).
    V6([u16; 4]),
}

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// An address is never printed.
impl fmt::Debug for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

/// How long to wait before the next attempt is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// Whole seconds, rounded up; at least one.
    pub seconds: u64,
}

impl From<Wait> for FormError {
    fn from(wait: Wait) -> Self {
        Self::Wait { seconds: wait.seconds }
    }
}

/// Who sends forms.
#[derive(Clone, PartialEq, Eq, Hash)]
enum FormLimitKey {
    Place(ClientNetwork),
    /// By the account's id.
    Member(String),
}

/// What came of late.
pub(crate) struct Limiter {
    guessers: Keyed<RateLimitKey>,
    places: Keyed<ClientNetwork>,
    forms: Keyed<FormLimitKey>,
    questions: Keyed<ClientNetwork>,
    counted: AtomicU32,
}

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, MonotonicClock, NoOpMiddleware<Nanos>>;

impl Limiter {
    /// Nobody has tried yet. A limit of 0 counts as 1.
    pub(crate) fn new(limits: RateLimits, clock: &Clock) -> Self {
        // One for all, so that none falls behind while only others are asked.
        let watch = MonotonicClock::start(clock);
        let forms = limits.forms.clamp(1, MAX_FORMS);
        let questions = forms * QUESTIONS;
        Self {
            guessers: limiter(limits.account_burst.min(MAX_BURST), pause(limits.account_seconds), watch.clone()),
            places: limiter(limits.address_burst.min(MAX_BURST), pause(limits.address_seconds), watch.clone()),
            forms: limiter(forms, MINUTE / forms, watch.clone()),
            questions: limiter(questions, MINUTE / questions, watch),
            counted: AtomicU32::new(0),
        }
    }

    /// Counts an attempt, before the password is looked at. A browser that is known is counted for its place too, but no neighbour
    /// there can hold it up.
    ///
    /// # Errors
    /// [`Wait`] if it is one too many for its place or for the guesser; then the password is not to be looked at.
    pub(crate) fn attempt(&self, guesser: RateLimitKey, place: Option<ClientNetwork>) -> Result<(), Wait> {
        // The place first: one that is refused can then not fill the memory with invented accounts.
        let of_place = self.attempt_from(place);
        if matches!(guesser, RateLimitKey::Account(_) | RateLimitKey::ResetToken(_)) {
            of_place?;
        }
        self.attempt_by(guesser)
    }

    /// Counts work that is asked for from a place, before it is done.
    ///
    /// # Errors
    /// [`Wait`] if it is one too many.
    pub(crate) fn attempt_from(&self, place: Option<ClientNetwork>) -> Result<(), Wait> {
        place.map_or(Ok(()), |place| ask(&self.places, &place))
    }

    /// Counts an attempt of a guesser whose place was asked before.
    ///
    /// # Errors
    /// [`Wait`] if it is one too many.
    pub(crate) fn attempt_by(&self, guesser: RateLimitKey) -> Result<(), Wait> {
        self.forget_now_and_then();
        ask(&self.guessers, &guesser)
    }

    /// Counts a form that came from a place.
    ///
    /// # Errors
    /// [`Wait`] if it is one too many.
    pub(crate) fn form_from(&self, place: Option<ClientNetwork>) -> Result<(), Wait> {
        self.forget_now_and_then();
        place.map_or(Ok(()), |place| ask(&self.forms, &FormLimitKey::Place(place)))
    }

    /// Counts a form of a member, by the id of the account.
    ///
    /// # Errors
    /// [`Wait`] if it is one too many.
    pub(crate) fn form_of(&self, account: &str) -> Result<(), Wait> {
        ask(&self.forms, &FormLimitKey::Member(account.to_owned()))
    }

    /// Counts a question of a script that came from a place.
    ///
    /// # Errors
    /// [`Wait`] if it is one too many.
    pub(crate) fn question_from(&self, place: Option<ClientNetwork>) -> Result<(), Wait> {
        self.forget_now_and_then();
        place.map_or(Ok(()), |place| ask(&self.questions, &place))
    }

    fn forget_now_and_then(&self) {
        if self.counted.fetch_add(1, Ordering::Relaxed).is_multiple_of(COUNTED_BETWEEN_FORGETTING) {
            forget(&self.guessers);
            forget(&self.places);
            forget(&self.forms);
            forget(&self.questions);
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limiter")
    }
}

fn pause(seconds: u32) -> Duration {
    Duration::from_secs(seconds.clamp(1, MAX_SECONDS).into())
}

fn limiter<K: Clone + Eq + Hash>(burst: u32, pause: Duration, watch: MonotonicClock) -> Keyed<K> {
    let burst = NonZeroU32::new(burst.min(MAX_FORMS * QUESTIONS)).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(pause).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
    RateLimiter::dashmap_with_clock(quota, watch)
}

fn ask<K: Clone + Eq + Hash>(limiter: &Keyed<K>, key: &K) -> Result<(), Wait> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(limiter.clock().now());
        Wait { seconds: (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1) }
    })
}

fn forget<K: Clone + Eq + Hash>(limiter: &Keyed<K>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}

/// Counts the seconds that pass on the clock. While the clock is set back none pass: nobody is locked out until it has
/// caught up, as they would be if the moments themselves were compared.
#[derive(Clone)]
struct MonotonicClock {
    clock: Clock,
    reading: Arc<Mutex<MonotonicInstant>>,
}

struct MonotonicInstant {
    at: Timestamp,
    passed: u64,
}

impl MonotonicClock {
    fn start(clock: &Clock) -> Self {
        Self { clock: clock.clone(), reading: Arc::new(Mutex::new(MonotonicInstant { at: clock.now(), passed: 0 })) }
    }
}

impl clock::Clock for MonotonicClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let step = u64::try_from(now.0.saturating_sub(reading.at.0)).unwrap_or(0).min(LONGEST_STEP);
        *reading = MonotonicInstant { at: now, passed: (reading.passed + step).min(END_OF_TIME) };
        Nanos::new(reading.passed * 1_000_000_000)
    }
}

#[cfg(test)]
mod tests;
