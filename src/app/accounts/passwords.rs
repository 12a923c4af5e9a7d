//! Hashes passwords and checks the strength of new ones, on threads that serve no pages.
//!
//! Argon2id runs with the minimum cost of the OWASP Password Storage Cheat Sheet. NIST SP 800-63B-4
//! (3.1.1.2) sets the rules: normalise with NFKC, do not trim or truncate, demand no character
//! classes.

use std::{
    fmt,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use tokio::{sync::Semaphore, task};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::zxcvbn;

use crate::{
    app::{AppState, concurrency_limit::ConcurrencyLimit},
    domain::{
        account::credentials::{Email, Password, PasswordWeakness, length_weakness},
        web::error::AppError,
    },
    store::{Account, User},
    system::rng::Rng,
};

/// The cost of a hash: memory in KiB (m), passes (t) and lanes (p). After the cost rises, the
/// server rehashes each password at the next sign-in.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// A password that takes fewer guesses is common. Word lists with appended digits are below it.
/// Twelve random characters (10^12) and four words (10^13 and more) are well above.
const MIN_GUESSES: u64 = 1_000_000_000;

/// How many operations may wait for a permit. On a slow core, the last one starts within seconds.
const MAX_QUEUE: usize = 100;

/// The length of the chunks that zxcvbn checks. Its sums fit up to this length: 5^27, for turns on
/// a keypad, is the last power of 5 in a `u64`. A longer text may overflow, or take most of a
/// second.
const CHUNK_CHARS: usize = 28;

impl AppState {
    /// What hashes and verifies passwords. Every use case that takes one begins with this.
    ///
    /// # Errors
    /// [`AppError::NotFound`] if passwords are switched off.
    pub(crate) fn passwords(&self) -> Result<&Passwords, AppError> {
        self.passwords.as_ref().ok_or(AppError::NotFound)
    }

    /// The hash of the password that signs in to an account, if there is one and passwords are not
    /// switched off. The store keeps a hash while they are.
    pub(crate) fn password_of<'a>(&self, account: &'a Account) -> Option<&'a str> {
        account.password_hash.as_deref().filter(|_| self.passwords.is_some())
    }

    /// Whether the user can confirm a sensitive action now: with the password, or with a recent
    /// sign-in where none signs in.
    pub(crate) fn can_confirm(&self, user: &User) -> bool {
        self.password_of(&user.account).is_some() || user.session.is_recent(self.now())
    }
}

/// Why the server could not hash or verify a password. Whether the password is right is unknown.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Hashing failed, or the stored text is not a valid hash.
    #[error("a password could not be hashed or compared: {0}")]
    Hash(#[from] password_hash::Error),
    /// Too many operations wait.
    #[error("too many wait for their password to be compared")]
    Busy,
    /// The thread ended before the operation did.
    #[error("the thread that works on passwords is gone")]
    Gone,
}

/// Hashes, verifies and checks passwords. The whole server shares one value, which limits how many
/// operations run at the same time.
pub(crate) struct Passwords {
    params: Params,
    /// The hash that the server verifies for unknown accounts. Its cost is the highest among the
    /// stored hashes that the server has seen.
    dummy_hash: Mutex<String>,
    queue: ConcurrencyLimit,
    hash_permits: Arc<Semaphore>,
    buffers: Arc<BufferPool>,
}

impl Passwords {
    /// Creates the dummy hash for unknown accounts. It matches no password, and takes as long to
    /// verify as any other hash.
    ///
    /// # Errors
    /// [`PasswordError::Hash`] if Argon2 rejects the cost.
    pub(crate) fn new(rng: &Rng) -> Result<Self, PasswordError> {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).map_err(password_hash::Error::from)?;
        let hash = Output::new(&rng.bytes::<{ Params::DEFAULT_OUTPUT_LEN }>()).map_err(password_hash::Error::from)?;
        let dummy_hash = to_phc(&params, new_salt(rng)?, hash)?;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let queue = ConcurrencyLimit::new(MAX_QUEUE, "passwords");
        Ok(Self {
            params,
            dummy_hash: Mutex::new(dummy_hash),
            queue,
            hash_permits: Arc::new(Semaphore::new(permit_count(cores))),
            buffers: Arc::default(),
        })
    }

    /// Hashes a password with a salt of 16 random bytes. Returns a PHC string.
    ///
    /// # Errors
    /// [`PasswordError`] if hashing failed.
    pub(crate) async fn hash(&self, password: &Password, rng: &Rng) -> Result<String, PasswordError> {
        let salt = new_salt(rng)?;
        let (params, buffers, password) = (self.params.clone(), Arc::clone(&self.buffers), normalized(password));
        let hash = move || to_phc(&params, salt, buffers.hash(params.clone(), &password, salt)?);
        self.with_permit(hash).await?
    }

    /// Whether the password matches the stored hash.
    ///
    /// For an unknown account, `stored` is none. The server then verifies the dummy hash and
    /// returns false. A wrong password for a cheap hash takes as much work as for the dummy hash.
    /// The response time therefore does not reveal which accounts exist (OWASP Authentication Cheat
    /// Sheet, "Authentication Responses").
    ///
    /// # Errors
    /// [`PasswordError`] if the stored text is not a valid hash, or the operation did not run.
    pub(crate) async fn verify(&self, password: &Password, stored: Option<String>) -> Result<bool, PasswordError> {
        let exists = stored.is_some();
        if let Some(stored) = &stored {
            self.raise_dummy_cost(stored);
        }
        let dummy_hash = self.dummy_hash().clone();
        let stored = stored.unwrap_or_else(|| dummy_hash.clone());
        let (buffers, password) = (Arc::clone(&self.buffers), normalized(password));
        let is_right = move || {
            let stored = PasswordHash::new(&stored)?;
            let (Some(salt), Some(hash)) = (stored.salt, stored.hash) else {
                return Err(password_hash::Error::EncodingInvalid);
            };
            // The stored hash names its own cost. The comparison of two `Output`s takes constant
            // time.
            let params = Params::try_from(&stored)?;
            let is_right = buffers.hash(params.clone(), &password, salt)? == hash && exists;
            if !is_right && let Some(rest) = rest(&params, &costs(&dummy_hash)?)? {
                buffers.hash(rest, &password, salt)?;
            }
            Ok(is_right)
        };
        Ok(self.with_permit(is_right).await??)
    }

    /// Rehashes a password whose stored hash has a lower cost than today's. None if the cost is not
    /// lower, or if hashing failed: the next sign-in tries again.
    pub(crate) async fn rehash_if_outdated(&self, password: &Password, stored: &str, rng: &Rng) -> Option<String> {
        if !costs(stored).is_ok_and(|stored| is_lower(&stored, &self.params)) {
            return None;
        }
        self.hash(password, rng).await.ok()
    }

    /// Raises the cost of the dummy hash to that of a stored hash, if the latter costs more.
    pub(crate) fn raise_dummy_cost(&self, stored: &str) {
        let mut dummy_hash = self.dummy_hash();
        if let Ok(Some(raised)) = raise_cost(&dummy_hash, stored) {
            *dummy_hash = raised;
        }
    }

    fn dummy_hash(&self) -> std::sync::MutexGuard<'_, String> {
        self.dummy_hash.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the server rejects a new password, if it does. `site` is the name of the publisher.
    ///
    /// # Errors
    /// [`PasswordError`] if the check did not run.
    pub(crate) async fn weakness(
        &self,
        password: &Password,
        email: &Email,
        site: &str,
    ) -> Result<Option<PasswordWeakness>, PasswordError> {
        let (password, email, site) = (normalized(password), email.clone(), site.to_lowercase());
        if let Some(weakness) = length_weakness(password.chars().count()) {
            return Ok(Some(weakness));
        }
        let common = self.with_permit(move || is_common(&password, &email, &site)).await?;
        Ok(common.then_some(PasswordWeakness::Common))
    }

    /// Takes every permit, so that other operations wait. The returned function counts those that
    /// wait.
    #[cfg(test)]
    pub(crate) async fn take_all_permits(&self) -> (impl Drop, impl Fn() -> usize) {
        let all = u32::try_from(self.hash_permits.available_permits()).unwrap_or(1);
        let permits = Arc::clone(&self.hash_permits).acquire_many_owned(all).await;
        (permits.ok().into_iter().collect::<Vec<_>>(), || MAX_QUEUE - self.queue.available())
    }

    /// The work of verifying the dummy hash.
    #[cfg(test)]
    pub(crate) fn dummy_cost(&self) -> u64 {
        costs(&self.dummy_hash()).map_or(0, |params| work(&params))
    }

    /// Runs the work on a blocking thread as soon as a permit is free.
    async fn with_permit<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let queued = self.queue.try_acquire().ok_or(PasswordError::Busy)?;
        let permit = Arc::clone(&self.hash_permits).acquire_owned().await.map_err(|_| PasswordError::Gone)?;
        drop(queued);
        // The work owns the permit, not the caller: a client that disconnects does not stop the
        // work.
        let work = move || (work(), drop(permit)).0;
        task::spawn_blocking(work).await.map_err(|_| PasswordError::Gone)
    }
}

/// Logs why a password operation failed, and maps the error to the response.
pub(super) fn map_password_error(error: PasswordError) -> AppError {
    match error {
        PasswordError::Busy => AppError::Busy,
        other => {
            tracing::error!(error = %other, "password hashing failed");
            AppError::Inner
        }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

/// The cost of a hash.
fn costs(stored: &str) -> Result<Params, password_hash::Error> {
    Params::try_from(&PasswordHash::new(stored)?)
}

/// The work of a hash: memory times passes. The time of a hash is proportional to it.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

/// Whether any part of the stored cost is lower.
fn is_lower(stored: &Params, today: &Params) -> bool {
    let costs = |params: &Params| [params.m_cost(), params.t_cost(), params.p_cost()];
    costs(stored).into_iter().zip(costs(today)).any(|(stored, today)| stored < today)
}

/// The cost of the remaining work: `all` minus `done`. Uses no more memory than `all`.
fn rest(done: &Params, all: &Params) -> Result<Option<Params>, password_hash::Error> {
    let missing = work(all).saturating_sub(work(done)) / u64::from(all.t_cost());
    // Less work than Argon2's minimum makes no measurable difference.
    let memory = u32::try_from(missing).unwrap_or(u32::MAX);
    let is_some = memory >= Params::MIN_M_COST * all.p_cost();
    is_some.then(|| Ok(Params::new(memory, all.t_cost(), all.p_cost(), None)?)).transpose()
}

/// The dummy hash at the cost of the stored hash, if the latter costs more.
fn raise_cost(dummy_hash: &str, stored: &str) -> Result<Option<String>, PasswordError> {
    let params = costs(stored)?;
    let old = PasswordHash::new(dummy_hash).map_err(password_hash::Error::from)?;
    match (old.salt, old.hash) {
        (Some(salt), Some(hash)) if work(&params) > work(&costs(dummy_hash)?) => Ok(Some(to_phc(&params, salt, hash)?)),
        _ => Ok(None),
    }
}

/// How many operations may run at the same time: two, but one core stays free if there are several.
fn permit_count(cores: usize) -> usize {
    cores.saturating_sub(1).clamp(1, 2)
}

/// The NFKC form of a password, the same for every keyboard layout and input method.
fn normalized(password: &Password) -> String {
    password.expose().nfkc().collect()
}

/// The length of a salt.
const SALT_BYTES: usize = 16;

fn new_salt(rng: &Rng) -> Result<Salt, password_hash::Error> {
    Ok(Salt::new(&rng.bytes::<SALT_BYTES>())?)
}

/// Reusable buffers for Argon2. If each hash allocated its own, the allocator would retain the
/// memory for each thread that ever made a hash.
#[derive(Default)]
struct BufferPool {
    free: Mutex<Vec<Vec<Block>>>,
    /// The work so far, for tests.
    #[cfg(test)]
    done: std::sync::atomic::AtomicU64,
}

impl BufferPool {
    /// Hashes a password with Argon2id.
    fn hash(&self, params: Params, password: &str, salt: Salt) -> Result<Output, password_hash::Error> {
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
        let mut blocks = self.free().pop().unwrap_or_default();
        blocks.resize(params.block_count(), Block::new());
        #[cfg(test)]
        self.done.fetch_add(work(&params), std::sync::atomic::Ordering::Relaxed);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let done = argon2.hash_password_into_with_memory(password.as_bytes(), &salt, output, &mut blocks);
        self.free().push(blocks);
        done?;
        Ok(Output::new(output)?)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Formats a hash with its salt and cost as a PHC string.
fn to_phc(params: &Params, salt: Salt, hash: Output) -> Result<String, PasswordError> {
    let params = ParamsString::try_from(params)?;
    let version = Some(Version::V0x13.into());
    let phc = PasswordHash { algorithm: ARGON2ID_IDENT, version, params, salt: Some(salt), hash: Some(hash) };
    Ok(phc.to_string())
}

/// Whether an attacker who knows the e-mail address and the site guesses the password soon.
///
/// - The whole address counts as one character.
/// - A password that repeats a shorter text counts as that text.
/// - What remains is common if each of its chunks is: one repeated letter before an unguessable
///   text does not make it common.
/// - Upper case does not count, as every attacker tries it.
fn is_common(password: &str, email: &Email, site: &str) -> bool {
    // The address as people write it: they do not type an A-label in a password.
    let email = &email.to_string();
    let words = |text| str::split(text, |character: char| !character.is_alphanumeric());
    let known: Vec<_> =
        [site, "cookie"].into_iter().chain(words(site)).chain(email.split('@')).chain(words(email)).collect();
    let characters: Vec<_> = password.to_lowercase().replace(email.as_str(), "@").chars().collect();
    let length = characters.len();
    let once = (1..=length / 2).find(|&period| characters[period..] == characters[..length - period]);
    let mut chunks = characters[..once.unwrap_or(length)].chunks(CHUNK_CHARS);
    chunks.all(|chunk| zxcvbn(&String::from_iter(chunk), &known).guesses() < MIN_GUESSES)
}

#[cfg(test)]
mod tests;
