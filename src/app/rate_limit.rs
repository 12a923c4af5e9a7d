//! The rate limits: a burst of attempts, then one per period.
//!
//! Attempts at an account and messages to an address are counted in the database, for all servers
//! together, by an HMAC of what they count for. An attempt is counted before it is checked, so that
//! simultaneous guesses get no more; one that succeeds is given back. [`Limiter`] counts what comes
//! from a network, in memory and for this server alone (GCRA, from the crate `governor`): the
//! server neither stores nor logs an IP address. Both drop a count that no longer limits.

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
    RateLimiter, clock, clock::Clock as _, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};

use crate::{
    app::AppState,
    config::rate_limits::{MAX_BURST, MAX_FORMS, MAX_SECONDS, RateLimits},
    domain::{
        Timestamp,
        account::{attempts::Quota, form_error::FormError},
        web::error::AppError,
    },
    store::Tx,
    system::{clock::Clock, cookie_signer::CookieSigner},
};

const MINUTE: Duration = Duration::from_mins(1);

/// The number of counted calls after which the limiter drops the counts that no longer limit.
const CALLS_BETWEEN_CLEANUPS: u32 = 1_024;

/// The number of script requests that count as one form. Each page of a partner service sends one.
const REQUESTS_PER_FORM: u32 = 10;

/// The messages to one address that anybody can have sent at once, and how long each further one
/// must wait. A mailbox gets few that its owner did not ask for.
const MAILS: u32 = 3;
const MAIL_SECONDS: u32 = 20 * 60;

/// The context of the HMAC of a key.
const KEY_CONTEXT: &str = "rate-limit";

/// The longest step that counts when an operator sets the clock ahead. The bounds keep the elapsed
/// time within the range of [`Nanos`].
const MAX_STEP_SECONDS: u64 = 366 * 86_400;
const MAX_ELAPSED_SECONDS: u64 = 10_000_000_000;

/// What an attempt counts for, at any server.
///
/// A browser that signed in to the account before has a bucket of its own. An attacker's guesses
/// therefore cannot lock the user out (OWASP, "Slow Down Online Guessing Attacks with Device
/// Cookies").
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum RateLimitKey {
    /// An unknown browser: the e-mail address, whether it has an account or not.
    Account(String),
    /// A browser that is or was signed in to the account of this id.
    User(String),
    /// The exports of the account of this id, or of the browser whose records have this subject.
    Export(String),
    /// The hash of a password reset link's token.
    ResetToken(String),
    /// The messages to this address that anybody can have sent, whether it has an account or not.
    Mail(String),
}

impl RateLimitKey {
    /// The name under which the database counts it.
    fn name(&self, signer: &CookieSigner) -> String {
        let (kind, value) = match self {
            Self::Account(address) => ("account", address),
            Self::User(id) => ("user", id),
            Self::Export(id) => ("export", id),
            Self::ResetToken(hash) => ("reset", hash),
            Self::Mail(address) => ("mail", address),
        };
        signer.derive(KEY_CONTEXT, &format!("{kind} {value}"))
    }
}

/// An attempt that was counted for a key.
pub(crate) struct Attempt {
    key: String,
    quota: Quota,
    taken_at: Timestamp,
}

impl AppState {
    /// Counts an attempt, before the server verifies the password.
    ///
    /// An attempt of a known browser counts for its network too. The network's limit never delays
    /// that browser. If the attempt succeeds, the caller gives it back ([`AppState::give_back`]);
    /// it still counts for the network.
    ///
    /// # Errors
    /// [`FormError::Wait`] if the network or the key is over its limit. The caller must not verify
    /// the password then.
    pub(crate) async fn attempt(
        &self,
        key: RateLimitKey,
        network: Option<ClientNetwork>,
    ) -> Result<Attempt, FormError> {
        // The network comes first: a limited network then cannot fill the database with invented
        // accounts.
        let network_result = self.limiter.attempt_from(network);
        if matches!(key, RateLimitKey::Account(_) | RateLimitKey::ResetToken(_)) {
            network_result?;
        }
        self.attempt_by(key).await
    }

    /// Counts an attempt for a key whose network the caller counted before.
    ///
    /// # Errors
    /// - [`FormError::Wait`] if the key is over its limit.
    /// - [`AppError::Unavailable`] if the count cannot be stored.
    pub(crate) async fn attempt_by(&self, key: RateLimitKey) -> Result<Attempt, FormError> {
        let quota =
            if matches!(key, RateLimitKey::Mail(_)) { Quota::new(MAILS, MAIL_SECONDS) } else { self.limiter.quota };
        let (key, taken_at) = (key.name(&self.cookie_signer), self.now());
        let name = key.clone();
        let count = move |tx: &Tx<'_>| {
            let taken = quota.take(tx.rate_limit(&name)?, taken_at);
            taken.map_or_else(|seconds| Ok(Some(seconds)), |full_at| tx.set_rate_limit(&name, full_at).map(|()| None))
        };
        match self.store.write(count).await.map_err(AppError::from)? {
            None => Ok(Attempt { key, quota, taken_at }),
            Some(seconds) => Err(FormError::Wait { seconds }),
        }
    }

    /// Gives an attempt back that succeeded. Returns at once.
    pub(crate) fn give_back(&self, attempt: Attempt) {
        let (clock, Attempt { key, quota, taken_at }) = (self.clock.clone(), attempt);
        self.store.write_detached(move |tx| {
            // A count that limited nothing any more was deleted.
            let Some(full_at) = tx.rate_limit(&key)? else { return Ok(()) };
            let now = clock.now();
            let full_at = quota.give_back(full_at, taken_at, now);
            if full_at <= now { tx.delete_rate_limit(&key) } else { tx.set_rate_limit(&key, full_at) }
        });
    }
}

/// The network of a client, as far as one household or one machine has it to itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ClientNetwork {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address. A client changes the others at will (RFC 4291, 2.5.4;
    /// RFC 8981).
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

/// Hides the address, so that no log contains it.
impl fmt::Debug for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientNetwork")
    }
}

/// How long a client must wait before its next attempt.
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
    Network(ClientNetwork),
    /// The user, by the id of the account.
    User(String),
}

/// The rate limits of this server, and their counts.
pub(crate) struct Limiter {
    /// Of one account.
    quota: Quota,
    networks: Keyed<ClientNetwork>,
    forms: Keyed<FormLimitKey>,
    script_requests: Keyed<ClientNetwork>,
    calls: AtomicU32,
}

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, MonotonicClock, NoOpMiddleware<Nanos>>;

impl Limiter {
    /// Creates the limits with empty counts. A limit of 0 counts as 1.
    pub(crate) fn new(limits: RateLimits, clock: &Clock) -> Self {
        // All limits share one clock, so that the clock of an unused limit does not fall behind.
        let monotonic = MonotonicClock::start(clock);
        let forms = limits.forms.clamp(1, MAX_FORMS);
        let script_requests = forms * REQUESTS_PER_FORM;
        Self {
            quota: Quota::new(limits.account_burst.min(MAX_BURST), limits.account_seconds.min(MAX_SECONDS)),
            networks: limiter(limits.address_burst.min(MAX_BURST), period(limits.address_seconds), monotonic.clone()),
            forms: limiter(forms, MINUTE / forms, monotonic.clone()),
            script_requests: limiter(script_requests, MINUTE / script_requests, monotonic),
            calls: AtomicU32::new(0),
        }
    }

    /// Counts costly work that a network requests, before the server does it.
    ///
    /// # Errors
    /// [`Wait`] if the network is over its limit.
    pub(crate) fn attempt_from(&self, network: Option<ClientNetwork>) -> Result<(), Wait> {
        self.clean_up();
        network.map_or(Ok(()), |network| check(&self.networks, &network))
    }

    /// Counts a form from a network.
    ///
    /// # Errors
    /// [`Wait`] if the network is over its limit.
    pub(crate) fn form_from(&self, network: Option<ClientNetwork>) -> Result<(), Wait> {
        self.clean_up();
        network.map_or(Ok(()), |network| check(&self.forms, &FormLimitKey::Network(network)))
    }

    /// Counts a form of a user, by the id of the account.
    ///
    /// # Errors
    /// [`Wait`] if the user is over the limit.
    pub(crate) fn form_of(&self, account: &str) -> Result<(), Wait> {
        check(&self.forms, &FormLimitKey::User(account.to_owned()))
    }

    /// Counts a request of a partner script from a network.
    ///
    /// # Errors
    /// [`Wait`] if the network is over its limit.
    pub(crate) fn script_request_from(&self, network: Option<ClientNetwork>) -> Result<(), Wait> {
        self.clean_up();
        network.map_or(Ok(()), |network| check(&self.script_requests, &network))
    }

    fn clean_up(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(CALLS_BETWEEN_CLEANUPS) {
            drop_expired(&self.networks);
            drop_expired(&self.forms);
            drop_expired(&self.script_requests);
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limiter")
    }
}

fn period(seconds: u32) -> Duration {
    Duration::from_secs(seconds.clamp(1, MAX_SECONDS).into())
}

fn limiter<K: Clone + Eq + Hash>(burst: u32, period: Duration, monotonic: MonotonicClock) -> Keyed<K> {
    let burst = NonZeroU32::new(burst.min(MAX_FORMS * REQUESTS_PER_FORM)).unwrap_or(NonZeroU32::MIN);
    let quota =
        governor::Quota::with_period(period).unwrap_or(governor::Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
    RateLimiter::dashmap_with_clock(quota, monotonic)
}

fn check<K: Clone + Eq + Hash>(limiter: &Keyed<K>, key: &K) -> Result<(), Wait> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(limiter.clock().now());
        Wait { seconds: (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1) }
    })
}

fn drop_expired<K: Clone + Eq + Hash>(limiter: &Keyed<K>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}

/// Counts the seconds that pass on the clock.
///
/// While the clock is behind its last reading, no seconds pass. With plain timestamps, a clock that
/// an operator sets back would lock users out until it caught up.
#[derive(Clone)]
struct MonotonicClock {
    clock: Clock,
    last: Arc<Mutex<MonotonicInstant>>,
}

struct MonotonicInstant {
    at: Timestamp,
    elapsed: u64,
}

impl MonotonicClock {
    fn start(clock: &Clock) -> Self {
        Self { clock: clock.clone(), last: Arc::new(Mutex::new(MonotonicInstant { at: clock.now(), elapsed: 0 })) }
    }
}

impl clock::Clock for MonotonicClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let step = u64::try_from(now.0.saturating_sub(last.at.0)).unwrap_or(0).min(MAX_STEP_SECONDS);
        *last = MonotonicInstant { at: now, elapsed: (last.elapsed + step).min(MAX_ELAPSED_SECONDS) };
        Nanos::new(last.elapsed * 1_000_000_000)
    }
}

#[cfg(test)]
mod tests;
