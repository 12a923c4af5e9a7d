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
    model::account::{Email, Secret, Weakness, length_weakness},
    server::{chance::Chance, places::Places},
};

/// Kibibytes that one hash takes (m), how often it goes over them (t), and in how many lanes (p).
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
    nobodys: String,
    queue: Places,
    desks: Arc<Semaphore>,
    memory: Arc<Memory>,
}

impl Passwords {
    /// Makes up the hash that stands in for accounts that are not there. It is of no password, and takes as long as any
    /// other to compare.
    ///
    /// # Errors
    /// [`PasswordError::Hash`] if the costs are none that Argon2 takes.
    pub(crate) fn new(chance: &Chance) -> Result<Self, PasswordError> {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, None).map_err(password_hash::Error::from)?;
        let salt = SaltString::encode_b64(&chance.bytes::<SALT_BYTES>())?;
        let nobodys =
            written(&params, salt.as_salt(), Output::new(&chance.bytes::<{ Params::DEFAULT_OUTPUT_LEN }>())?)?;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let queue = Places::new(LONGEST_QUEUE, "passwords");
        Ok(Self { params, nobodys, queue, desks: Arc::new(Semaphore::new(desks(cores))), memory: Arc::default() })
    }

    /// The hash to store, as a PHC string with a salt of 16 random bytes.
    ///
    /// # Errors
    /// [`PasswordError`] if it could not be made.
    pub(crate) async fn hash(&self, password: &Secret, chance: &Chance) -> Result<String, PasswordError> {
        let salt = SaltString::encode_b64(&chance.bytes::<SALT_BYTES>())?;
        let (params, memory, password) = (self.params.clone(), Arc::clone(&self.memory), normalized(password));
        let hash = move || written(&params, salt.as_salt(), memory.hash(params.clone(), &password, salt.as_salt())?);
        self.at_a_desk(hash).await?
    }

    /// Whether the password is the one whose hash is stored.
    ///
    /// With nothing stored, because there is no such account, it answers no after the same work: how long it takes
    /// does not tell who has an account (OWASP Authentication Cheat Sheet, "Authentication Responses").
    ///
    /// # Errors
    /// [`PasswordError`] if what is stored is no hash, or the work was not done.
    pub(crate) async fn verify(&self, password: &Secret, stored: Option<String>) -> Result<bool, PasswordError> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        let (memory, password) = (Arc::clone(&self.memory), normalized(password));
        let is_right = move || {
            let stored = PasswordHash::new(&stored)?;
            let (Some(salt), Some(hash)) = (stored.salt, stored.hash) else {
                return Err(password_hash::Error::PhcStringField);
            };
            // With the costs that it was made with, and compared in constant time.
            Ok(memory.hash(Params::try_from(&stored)?, &password, salt)? == hash)
        };
        Ok(self.at_a_desk(is_right).await?? && exists)
    }

    /// Why a new password is not taken, if it is not.
    ///
    /// # Errors
    /// [`PasswordError::Gone`] if the work was not done.
    pub(crate) async fn weakness(&self, password: &Secret, email: &Email) -> Result<Option<Weakness>, PasswordError> {
        let (password, email) = (normalized(password), email.clone());
        if let Some(weakness) = length_weakness(password.chars().count()) {
            return Ok(Some(weakness));
        }
        let common = self.at_a_desk(move || is_common(&password, &email)).await?;
        Ok(common.then_some(Weakness::Common))
    }

    /// Takes every desk, so that whoever comes must wait, and tells with each call of the second part how many do.
    #[cfg(test)]
    pub(crate) async fn occupied(&self) -> (impl Drop, impl Fn() -> usize) {
        let all = u32::try_from(self.desks.available_permits()).unwrap_or(1);
        let desks = Arc::clone(&self.desks).acquire_many_owned(all).await;
        (desks.ok().into_iter().collect::<Vec<_>>(), || LONGEST_QUEUE - self.queue.free())
    }

    /// Does the work on a thread of its own, as soon as a desk is free.
    async fn at_a_desk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = self.queue.enter().ok_or(PasswordError::Busy)?;
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

/// How many work at a time: two, but one core is left for the pages where there is more than one.
fn desks(cores: usize) -> usize {
    cores.saturating_sub(1).clamp(1, 2)
}

/// The one spelling of a password, however the keyboard composed its characters.
fn normalized(password: &Secret) -> String {
    password.expose().nfkc().collect()
}

/// The bytes of a salt.
const SALT_BYTES: usize = 16;

/// The memory that hashes are made in, kept from one to the next. Allocated each time, it would stay with every thread that
/// ever made one.
#[derive(Default)]
struct Memory(Mutex<Vec<Vec<Block>>>);

impl Memory {
    /// The hash of a password, by Argon2id.
    fn hash(&self, params: Params, password: &str, salt: Salt<'_>) -> Result<Output, password_hash::Error> {
        let mut bytes = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut bytes)?;
        let mut blocks = self.free().pop().unwrap_or_default();
        blocks.resize(params.block_count(), Block::new());
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = Output::init_with(length, |out| {
            Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut blocks)?)
        });
        self.free().push(blocks);
        hash
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
