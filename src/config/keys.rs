//! The keys: as they are set, or created in the data folder at the first start.

use std::{
    fmt, fs,
    io::{self, ErrorKind, Write},
    path::Path,
};

use super::{ConfigError, DataDir, raw::RawConfig};
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

/// The secret keys that the settings contain, and the folder for the files of the others.
pub struct KeyConfig {
    cookie: Option<[u8; KEY_BYTES]>,
    ledger: Option<[u8; SECRET_BYTES]>,
    token: Option<[u8; consent_jwt::SECRET_BYTES]>,
    /// The public keys of other servers and of earlier ones.
    trusted: Vec<String>,
    data_dir: DataDir,
}

/// A key that the next start creates.
pub struct MissingKey {
    /// The variable that would set it.
    pub name: &'static str,
    /// What is lost if there was another one before.
    pub lost: &'static str,
}

/// A secret key and where it is stored.
struct SecretKey {
    setting: &'static str,
    /// The variable that sets it.
    name: &'static str,
    /// The file in the data folder.
    file: &'static str,
    /// What is lost if a new key replaces it.
    lost: &'static str,
}

/// Authenticates the consent cookie.
const COOKIE_KEY: SecretKey = SecretKey {
    setting: "cookie_key",
    name: "HARMONY_COOKIE_KEY",
    file: "consent.key",
    lost: "every stored choice is then asked again",
};

/// Signs the ledger.
const LEDGER_KEY: SecretKey = SecretKey {
    setting: "ledger_key",
    name: "HARMONY_LEDGER_KEY",
    file: "ledger.key",
    lost: "a new chain of records then begins beside the old one",
};

/// Signs the tokens for partner services.
const TOKEN_KEY: SecretKey = SecretKey {
    setting: "token_key",
    name: "HARMONY_TOKEN_KEY",
    file: "token.key",
    lost: "partner services then fetch the new public key",
};

impl fmt::Debug for KeyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyConfig")
            .field("trusted", &self.trusted)
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

impl KeyConfig {
    pub(super) fn parse(raw: &RawConfig, data_dir: DataDir) -> Result<Self, ConfigError> {
        Ok(Self {
            cookie: set_key(raw, &COOKIE_KEY, raw.cookie_key.as_deref())?,
            ledger: set_key(raw, &LEDGER_KEY, raw.ledger_key.as_deref())?,
            token: set_key(raw, &TOKEN_KEY, raw.token_key.as_deref())?,
            trusted: trusted_keys(raw)?,
            data_dir,
        })
    }

    /// The signer of cookies, whose key is created if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key file cannot be read or created.
    pub fn cookie_signer(&self, rng: &Rng) -> Result<CookieSigner, ConfigError> {
        Ok(CookieSigner::new(&self.load(&COOKIE_KEY, self.cookie, rng)?))
    }

    /// The ledger, whose key is created if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key file cannot be read or created.
    pub fn ledger(&self, rng: &Rng) -> Result<Ledger, ConfigError> {
        Ok(Ledger::new(Key::new(&self.load(&LEDGER_KEY, self.ledger, rng)?), self.trusted.clone()))
    }

    /// The signer of tokens for partner services, whose key is created if missing.
    ///
    /// # Errors
    /// [`ConfigError`] if the key file cannot be read or created.
    pub fn token_signer(&self, rng: &Rng) -> Result<ConsentTokenSigner, ConfigError> {
        Ok(ConsentTokenSigner::new(&self.load(&TOKEN_KEY, self.token, rng)?))
    }

    /// The keys whose records are trusted: those that are listed, and the server's own, if there is
    /// one already.
    ///
    /// # Errors
    /// [`ConfigError`] if the key file cannot be read.
    pub fn trusted_keys(&self) -> Result<TrustedKeys, ConfigError> {
        if self.has_ledger_key() {
            return Ok(self.ledger(&Rng::system())?.trusted_keys().clone());
        }
        Ok(TrustedKeys::new(None, self.trusted.clone()))
    }

    /// Whether there is a key to sign the ledger with already.
    pub fn has_ledger_key(&self) -> bool {
        self.ledger.is_some() || self.data_dir.path().join(LEDGER_KEY.file).is_file()
    }

    /// The keys that a start creates, because they are neither set nor in the data folder.
    pub fn missing(&self) -> Vec<MissingKey> {
        let keys = [
            (&COOKIE_KEY, self.cookie.is_some()),
            (&LEDGER_KEY, self.ledger.is_some()),
            (&TOKEN_KEY, self.token.is_some()),
        ];
        let missing = keys.into_iter().filter(|(key, is_set)| !is_set && !self.data_dir.path().join(key.file).exists());
        missing.map(|(SecretKey { name, lost, .. }, _)| MissingKey { name, lost }).collect()
    }

    /// The key from the settings, or else from its file, which is created if missing.
    fn load<const N: usize>(
        &self,
        secret: &SecretKey,
        set: Option<[u8; N]>,
        rng: &Rng,
    ) -> Result<[u8; N], ConfigError> {
        if let Some(set) = set {
            return Ok(set);
        }
        let folder = self.data_dir.path();
        let file = folder.join(secret.file);
        let read = || match fs::read_to_string(&file) {
            Ok(held) => {
                let key = key_from_hex(held.trim_end());
                let invalid = || ConfigError::KeyFile { file: file.clone(), digits: N * 2, lost: secret.lost };
                key.map(Some).ok_or_else(invalid)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ConfigError::KeyUnread { error: explain(&file, error), file: file.clone() }),
        };
        let mut key = read()?;
        if key.is_none() {
            self.data_dir.create()?;
            create_key(folder, &file, &rng.bytes::<N>(), rng).map_err(|error| self.data_dir.error(error))?;
            // Read it again: another server may have created it at the same moment.
            key = read()?;
        }
        warn_if_open_to_others(&file);
        key.ok_or_else(|| self.data_dir.error(ErrorKind::NotFound.into()))
    }
}

/// The key that is set, if one is.
fn set_key<const N: usize>(
    raw: &RawConfig,
    secret: &SecretKey,
    set: Option<&str>,
) -> Result<Option<[u8; N]>, ConfigError> {
    let invalid = || raw.invalid(secret.setting, "not a key", &format!("{} hexadecimal digits", N * 2));
    set.map(|set| key_from_hex(set).ok_or_else(invalid)).transpose()
}

/// The public keys that are listed.
fn trusted_keys(raw: &RawConfig) -> Result<Vec<String>, ConfigError> {
    let listed = raw.ledger_keys.as_deref().unwrap_or_default();
    let keys = listed.split(',').map(|key| key.trim().to_ascii_lowercase()).filter(|key| !key.is_empty());
    let check = |key: String| {
        let expected = "what harmony ledger key prints, separated by commas";
        let invalid = || raw.invalid("ledger_keys", format!("invalid public key {key:?}"), expected);
        if is_public(&key) { Ok(key) } else { Err(invalid()) }
    };
    keys.map(check).collect()
}

/// Creates the file of a key, for its owner alone, unless it exists by then: of several servers
/// that start at once, one creates it. The file gets its name only when it is complete.
fn create_key(folder: &Path, file: &Path, key: &[u8], rng: &Rng) -> io::Result<()> {
    let unfinished = file.with_extension(format!("key.{}.new", rng.token()));
    let made = write_key(&unfinished, key).and_then(|()| match fs::hard_link(&unfinished, file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    fs::remove_file(&unfinished).and(made)?;
    fs::File::open(folder)?.sync_all()
}

fn write_key(file: &Path, key: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writing = options.open(file)?;
    writeln!(writing, "{}", hex(key))?;
    writing.sync_all()
}

/// The key of twice `N` hexadecimal digits, in either case.
fn key_from_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    unhex(&digits.to_ascii_lowercase())
}
