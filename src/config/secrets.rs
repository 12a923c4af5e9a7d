//! The keys: as they are set, or made in the data folder at the first start.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
};

use super::{Config, ConfigError};
use crate::{
    ledger::{
        Ledger,
        key::{Key, SECRET_BYTES, TrustedKeys, is_public},
    },
    store::{explain, warn_if_open_to_others},
    system::{
        consent_jwt,
        consent_jwt::ConsentTokenSigner,
        cookie_signer::{CookieSigner, KEY_BYTES},
        digest::{hex, unhex},
        rng::Rng,
    },
};

impl Config {
    /// The seal of the configured key, or of the one in the data folder, which is made if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key is none or its file cannot be read or made.
    pub fn seal(&self, chance: &Rng) -> Result<CookieSigner, ConfigError> {
        Ok(CookieSigner::new(&self.secret::<KEY_BYTES>(&CONSENT_SECRET, self.cookie_key.as_deref(), chance)?))
    }

    /// The ledger under the configured key, or under the one in the data folder, which is made if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key is none or its file cannot be read or made.
    pub fn ledger(&self, chance: &Rng) -> Result<Ledger, ConfigError> {
        let secret = self.secret::<SECRET_BYTES>(&LEDGER_SECRET, self.ledger_key.as_deref(), chance)?;
        Ok(Ledger::new(Key::new(&secret), self.listed_keys()?))
    }

    /// The keys under which records are believed: those that are listed, and the own, if there is one already.
    ///
    /// # Errors
    /// [`ConfigError`] if a key is none, or the file of the own cannot be read.
    pub fn trusted_keys(&self) -> Result<TrustedKeys, ConfigError> {
        if self.has_ledger_key() {
            return Ok(self.ledger(&Rng::system())?.trusted_keys().clone());
        }
        Ok(TrustedKeys::new(None, self.listed_keys()?))
    }

    /// The public keys that are listed.
    fn listed_keys(&self) -> Result<Vec<String>, ConfigError> {
        let listed = self.ledger_keys.as_deref().unwrap_or_default();
        let keys = listed.split(',').map(|key| key.trim().to_ascii_lowercase()).filter(|key| !key.is_empty());
        keys.map(|key| if is_public(&key) { Ok(key) } else { Err(ConfigError::LedgerKeys(key)) }).collect()
    }

    /// What signs the statements for sibling services: the configured key, or the one in the data folder, which is made if
    /// missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key is none or its file cannot be read or made.
    pub fn tokens(&self, chance: &Rng) -> Result<ConsentTokenSigner, ConfigError> {
        Ok(ConsentTokenSigner::new(&self.secret::<{ consent_jwt::SECRET_BYTES }>(
            &TOKEN_SECRET,
            self.token_key.as_deref(),
            chance,
        )?))
    }

    /// Whether each key that is set is one.
    ///
    /// # Errors
    /// [`ConfigError::Key`] and [`ConfigError::LedgerKeys`].
    pub(super) fn check_keys(&self) -> Result<(), ConfigError> {
        let is_key = |set: &Option<String>, bytes: usize| {
            set.as_ref().is_none_or(|set| set.len() == bytes * 2 && set.bytes().all(|digit| digit.is_ascii_hexdigit()))
        };
        for (secret, set, bytes) in [
            (&CONSENT_SECRET, &self.cookie_key, KEY_BYTES),
            (&LEDGER_SECRET, &self.ledger_key, SECRET_BYTES),
            (&TOKEN_SECRET, &self.token_key, consent_jwt::SECRET_BYTES),
        ] {
            if !is_key(set, bytes) {
                return Err(ConfigError::Key { name: secret.name, digits: bytes * 2 });
            }
        }
        self.listed_keys().map(drop)
    }

    /// Whether there is a key to sign the ledger with already.
    pub fn has_ledger_key(&self) -> bool {
        self.ledger_key.is_some() || self.data_dir.join(LEDGER_SECRET.file).is_file()
    }

    /// A secret as it is set, or as its file in the data folder has it, which is made if missing.
    fn secret<const N: usize>(
        &self,
        secret: &SecretKey,
        set: Option<&str>,
        chance: &Rng,
    ) -> Result<[u8; N], ConfigError> {
        let digits = N * 2;
        if let Some(set) = set {
            return key_from_hex(set).ok_or(ConfigError::Key { name: secret.name, digits });
        }
        let file = self.data_dir.join(secret.file);
        let read = || match fs::read_to_string(&file) {
            Ok(held) => {
                let key = key_from_hex(held.trim_end());
                key.map(Some).ok_or_else(|| ConfigError::KeyFile { file: file.clone(), digits, lost: secret.lost })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ConfigError::KeyUnread { error: explain(&file, error), file: file.clone() }),
        };
        let mut key = read()?;
        if key.is_none() {
            self.make_data_folder()?;
            make_key(&self.data_dir, &file, &chance.bytes::<N>(), chance).map_err(|error| self.data_error(error))?;
            // What is there now: another server may have made it at the same moment.
            key = read()?;
        }
        warn_if_open_to_others(&file);
        key.ok_or_else(|| self.data_error(ErrorKind::NotFound.into()))
    }

    /// What a start will make anew, since it is neither set nor in the data folder: the name of each key, with what is lost by
    /// that where there was one before.
    pub fn missing_keys(&self) -> Vec<(&'static str, &'static str)> {
        [(&CONSENT_SECRET, &self.cookie_key), (&LEDGER_SECRET, &self.ledger_key), (&TOKEN_SECRET, &self.token_key)]
            .into_iter()
            .filter(|(secret, set)| set.is_none() && !self.data_dir.join(secret.file).exists())
            .map(|(secret, _)| (secret.name, secret.lost))
            .collect()
    }
}

/// A secret that can be set, or is made in the data folder.
struct SecretKey {
    /// The variable that sets it.
    name: &'static str,
    /// The file in the data folder.
    file: &'static str,
    /// What is lost when another takes its place.
    lost: &'static str,
}

/// What marks the consent cookie.
const CONSENT_SECRET: SecretKey =
    SecretKey { name: "HARMONY_COOKIE_KEY", file: "consent.key", lost: "every stored choice is then asked again" };

/// What signs the statements for sibling services.
const TOKEN_SECRET: SecretKey =
    SecretKey { name: "HARMONY_TOKEN_KEY", file: "token.key", lost: "sibling services then fetch the new public key" };

/// What signs the ledger.
const LEDGER_SECRET: SecretKey = SecretKey {
    name: "HARMONY_LEDGER_KEY",
    file: "ledger.key",
    lost: "a new chain of records then begins beside the old one",
};

/// Makes the file of a key, for its owner alone, unless there is one by then: of several that start at one moment, one makes
/// it. It has its name only once it is whole.
fn make_key(folder: &Path, file: &Path, key: &[u8], chance: &Rng) -> io::Result<()> {
    let unfinished = file.with_extension(format!("key.{}.new", chance.token()));
    let made = write_key(&unfinished, key).and_then(|()| match fs::hard_link(&unfinished, file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&unfinished).and(made)?;
    fs::File::open(folder)?.sync_all()
}

/// Writes a key to a new file.
fn write_key(file: &Path, key: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writing = options.open(file)?;
    writeln!(writing, "{}", hex(key))?;
    writing.sync_all()
}

/// The key of so many hexadecimal digits, in either case.
fn key_from_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    unhex(&digits.to_ascii_lowercase())
}
