//! Keeps passwords as hashes and judges new ones, away from the threads that serve pages.
//!
//! Argon2id with the least that the OWASP Password Storage Cheat Sheet asks for; normalised and judged as NIST
//! SP 800-63B-4 (3.1.1.2) has it: NFKC, nothing trimmed, nothing cut, no rule about kinds of characters.

use std::{
    fmt,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{self, Output, ParamsString, PasswordHash, Salt, SaltString},
};
use tokio::{sync::Semaphore, task};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::zxcvbn;

use crate::{
    app::concurrency_limit::ConcurrencyLimit,
    domain::account::credentials::{Email, Password, PasswordWeakness, length_weakness},
    system::rng::Rng,
};

/// Kibibytes that one hash takes (m), how often it goes over them (t), and in how many lanes (p). Once they rise, each member's
/// hash is made anew at their next sign-in.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// A password that is found in fewer guesses is common. Lists with digits behind them end below, twelve random
/// characters (10^12) and four words (10^13 and more) lie well above.
const FEW_GUESSES: u64 = 1_000_000_000;

/// So many may wait for a desk: at the speed of an old core, few enough that the last is served within some seconds.
const LONGEST_QUEUE: usize = 100;

/// So many characters are judged at a time. Up to this length zxcvbn's sums fit (5^27, for the turns on a keypad, is the
/// last power that a `u64` holds); with a longer text it may overflow, and takes most of a second over an ill-chosen one.
const PIECE: usize = 28;

/// Something within failed; whether the password is right is not known.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Hashing failed, or what is stored is no hash.
    #[error("a password could not be hashed or compared: {0}")]
    Hash(#[from] password_hash::Error),
    /// As many wait as can be served in time.
    #[error("too many wait for their password to be compared")]
    Busy,
    /// The thread that did it has ended.
    #[error("the thread that works on passwords is gone")]
    Gone,
}

/// Hashes, compares and judges passwords; one for the whole server, since it counts how many are at work.
pub(crate) struct Passwords {
    params: Params,
    /// The hash that stands in for accounts that are not there, as costly as the costliest that was seen.
    nobodys: Mutex<String>,
    queue: ConcurrencyLimit,
    desks: Arc<Semaphore>,
    memory: Arc<BufferPool>,
}

impl Passwords {
    /// Makes up the hash that stands in for accounts that are not there. It is of no password, and takes as long as any
    /// other to compare.
    ///
    /// # Errors
    /// [`PasswordError::Hash`] if the costs are none that Argon2 takes.
    pub(crate) fn new(chance: &Rng) -> Result<Self, PasswordError> {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).map_err(password_hash::Error::from)?;
        let salt = SaltString::encode_b64(&chance.bytes::<SALT_BYTES>())?;
        let nobodys =
            written(&params, salt.as_salt(), Output::new(&chance.bytes::<{ Params::DEFAULT_OUTPUT_LEN }>())?)?;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let queue = ConcurrencyLimit::new(LONGEST_QUEUE, "passwords");
        Ok(Self {
            params,
            nobodys: Mutex::new(nobodys),
            queue,
            desks: Arc::new(Semaphore::new(desks(cores))),
            memory: Arc::default(),
        })
    }

    /// The hash to store, as a PHC string with a salt of 16 random bytes.
    ///
    /// # Errors
    /// [`PasswordError`] if it could not be made.
    pub(crate) async fn hash(&self, password: &Password, chance: &Rng) -> Result<String, PasswordError> {
        let salt = SaltString::encode_b64(&chance.bytes::<SALT_BYTES>())?;
        let (params, memory, password) = (self.params.clone(), Arc::clone(&self.memory), normalized(password));
        let hash = move || written(&params, salt.as_salt(), memory.hash(params.clone(), &password, salt.as_salt())?);
        self.with_permit(hash).await?
    }

    /// Whether the password is the one whose hash is stored.
    ///
    /// With nothing stored, because there is no such account, it answers no after the same work, and a no of an account whose
    /// hash is a cheap one takes no less: how long it takes does not tell who has an account (OWASP Authentication Cheat
    /// Sheet, "Authentication Responses").
    ///
    /// # Errors
    /// [`PasswordError`] if what is stored is no hash, or the work was not done.
    pub(crate) async fn verify(&self, password: &Password, stored: Option<String>) -> Result<bool, PasswordError> {
        let exists = stored.is_some();
        if let Some(stored) = &stored {
            self.reckon_with(stored);
        }
        let nobodys = self.nobodys().clone();
        let stored = stored.unwrap_or_else(|| nobodys.clone());
        let (memory, password) = (Arc::clone(&self.memory), normalized(password));
        let is_right = move || {
            let stored = PasswordHash::new(&stored)?;
            let (Some(salt), Some(hash)) = (stored.salt, stored.hash) else {
                return Err(password_hash::Error::PhcStringField);
            };
            // With the costs that it was made with, and compared in constant time.
            let params = Params::try_from(&stored)?;
            let is_right = memory.hash(params.clone(), &password, salt)? == hash && exists;
            if !is_right && let Some(rest) = rest(&params, &costs(&nobodys)?)? {
                memory.hash(rest, &password, salt)?;
            }
            Ok(is_right)
        };
        Ok(self.with_permit(is_right).await??)
    }

    /// The hash to store in the place of one that was made at lower costs than today's. None if it was not, or as many wait as
    /// can be served: there is another sign-in.
    pub(crate) async fn renewed(&self, password: &Password, stored: &str, chance: &Rng) -> Option<String> {
        if !costs(stored).is_ok_and(|stored| is_lower(&stored, &self.params)) {
            return None;
        }
        self.hash(password, chance).await.ok()
    }

    /// Has an account that is not there cost what this hash does, if that is more.
    pub(crate) fn reckon_with(&self, stored: &str) {
        let mut nobodys = self.nobodys();
        if let Ok(Some(dearer)) = dearer(&nobodys, stored) {
            *nobodys = dearer;
        }
    }

    fn nobodys(&self) -> std::sync::MutexGuard<'_, String> {
        self.nobodys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a new password is not taken, if it is not.
    ///
    /// # Errors
    /// [`PasswordError::Gone`] if the work was not done.
    pub(crate) async fn weakness(
        &self,
        password: &Password,
        email: &Email,
    ) -> Result<Option<PasswordWeakness>, PasswordError> {
        let (password, email) = (normalized(password), email.clone());
        if let Some(weakness) = length_weakness(password.chars().count()) {
            return Ok(Some(weakness));
        }
        let common = self.with_permit(move || is_common(&password, &email)).await?;
        Ok(common.then_some(PasswordWeakness::Common))
    }

    /// Takes every desk, so that whoever comes must wait, and tells with each call of the second part how many do.
    #[cfg(test)]
    pub(crate) async fn occupied(&self) -> (impl Drop, impl Fn() -> usize) {
        let all = u32::try_from(self.desks.available_permits()).unwrap_or(1);
        let desks = Arc::clone(&self.desks).acquire_many_owned(all).await;
        (desks.ok().into_iter().collect::<Vec<_>>(), || LONGEST_QUEUE - self.queue.available())
    }

    /// The work that an account takes which is not there.
    #[cfg(test)]
    pub(crate) fn cost_of_nobody(&self) -> u64 {
        costs(&self.nobodys()).map_or(0, |params| work(&params))
    }

    /// Does the work on a thread of its own, as soon as a desk is free.
    async fn with_permit<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = self.queue.try_acquire().ok_or(PasswordError::Busy)?;
        let desk = Arc::clone(&self.desks).acquire_owned().await.map_err(|_| PasswordError::Gone)?;
        drop(place);
        // The work holds the desk, not whoever waits for it: a browser that hangs up does not end the work.
        let work = move || (work(), drop(desk)).0;
        task::spawn_blocking(work).await.map_err(|_| PasswordError::Gone)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

/// The costs that a hash was made with.
fn costs(stored: &str) -> Result<Params, password_hash::Error> {
    Params::try_from(&PasswordHash::new(stored)?)
}

/// How many kibibytes are gone over in all. The time that a hash takes goes with them.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

/// Whether any of the costs is lower.
fn is_lower(stored: &Params, today: &Params) -> bool {
    let costs = |params: &Params| [params.m_cost(), params.t_cost(), params.p_cost()];
    costs(stored).into_iter().zip(costs(today)).any(|(stored, today)| stored < today)
}

/// The costs of what is left to do after some of the work, in no more memory than all of it takes.
fn rest(done: &Params, all: &Params) -> Result<Option<Params>, password_hash::Error> {
    let missing = work(all).saturating_sub(work(done)) / u64::from(all.t_cost());
    // Less than the least that Argon2 takes is not seen in the time either.
    let memory = u32::try_from(missing).unwrap_or(u32::MAX);
    let is_some = memory >= Params::MIN_M_COST * all.p_cost();
    is_some.then(|| Ok(Params::new(memory, all.t_cost(), all.p_cost(), None)?)).transpose()
}

/// The first hash at the costs of the second, if those are more.
fn dearer(nobodys: &str, stored: &str) -> Result<Option<String>, PasswordError> {
    let params = costs(stored)?;
    let old = PasswordHash::new(nobodys)?;
    match (old.salt, old.hash) {
        (Some(salt), Some(hash)) if work(&params) > work(&costs(nobodys)?) => Ok(Some(written(&params, salt, hash)?)),
        _ => Ok(None),
    }
}

/// How many work at a time: two, but one core is left for the pages where there is more than one.
fn desks(cores: usize) -> usize {
    cores.saturating_sub(1).clamp(1, 2)
}

/// The one spelling of a password, however the keyboard composed its characters.
fn normalized(password: &Password) -> String {
    password.expose().nfkc().collect()
}

/// The bytes of a salt.
const SALT_BYTES: usize = 16;

/// The memory that hashes are made in, kept from one to the next. Allocated each time, it would stay with every thread that
/// ever made one.
#[derive(Default)]
struct BufferPool {
    free: Mutex<Vec<Vec<Block>>>,
    /// The work that was done, for tests to count.
    #[cfg(test)]
    done: std::sync::atomic::AtomicU64,
}

impl BufferPool {
    /// The hash of a password, by Argon2id.
    fn hash(&self, params: Params, password: &str, salt: Salt<'_>) -> Result<Output, password_hash::Error> {
        let mut bytes = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut bytes)?;
        let mut blocks = self.free().pop().unwrap_or_default();
        blocks.resize(params.block_count(), Block::new());
        #[cfg(test)]
        self.done.fetch_add(work(&params), std::sync::atomic::Ordering::Relaxed);
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = Output::init_with(length, |out| {
            Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut blocks)?)
        });
        self.free().push(blocks);
        hash
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hash with its salt and its costs, as a PHC string.
fn written(params: &Params, salt: Salt<'_>, hash: Output) -> Result<String, PasswordError> {
    let params = ParamsString::try_from(params)?;
    let version = Some(Version::V0x13.into());
    let written = PasswordHash { algorithm: ARGON2ID_IDENT, version, params, salt: Some(salt), hash: Some(hash) };
    Ok(written.to_string())
}

/// Whether a guesser who knows the address and the site finds the password soon.
///
/// The whole address counts as one character, and what is repeated throughout counts once. The rest is judged piece by
/// piece, and is common if every piece is: a line of one letter with something unguessable behind it is not. Capitals
/// are passed over, for every guesser tries them too.
fn is_common(password: &str, email: &Email) -> bool {
    // As people write it: what they make of it in a password is not an A-label.
    let email = &email.to_string();
    let known: Vec<_> = ["harmony", "cookie"]
        .into_iter()
        .chain(email.split('@'))
        .chain(email.split(|character: char| !character.is_alphanumeric()))
        .collect();
    let characters: Vec<_> = password.to_lowercase().replace(email.as_str(), "@").chars().collect();
    let length = characters.len();
    let once = (1..=length / 2).find(|&period| characters[period..] == characters[..length - period]);
    let mut pieces = characters[..once.unwrap_or(length)].chunks(PIECE);
    pieces.all(|piece| zxcvbn(&String::from_iter(piece), &known).guesses() < FEW_GUESSES)
}

#[cfg(test)]
mod tests;
