//! The identity providers, which a file of their own lists, and whether passwords sign in beside
//! them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{ConfigError, raw::RawConfig};
use crate::system::openid::{self, ProviderSettings};

/// How many providers a site may have.
const MAX_PROVIDERS: usize = 8;

/// The longest id and the longest name of a provider, in characters.
const MAX_ID: usize = 32;
const MAX_NAME: usize = 60;

/// Through whom users sign in, beside passwords and passkeys, and what their sessions are bound to.
#[derive(Clone, Debug)]
pub struct IdentityConfig {
    /// Whether sessions are bound to a key of the device, in browsers that can.
    pub binds_sessions: bool,
    /// The file that lists the providers.
    file: Option<PathBuf>,
    /// The name of the setting, as the operator wrote it.
    pub name: String,
}

/// How users sign in.
#[derive(Clone, Debug)]
pub struct SignInConfig {
    /// Whether they may do so with a password.
    pub passwords: bool,
    /// The providers, in the order of the sign-in page.
    pub providers: Vec<ProviderSettings>,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self { passwords: true, providers: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    passwords: Option<bool>,
    #[serde(default)]
    provider: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    client_secret_file: Option<String>,
}

impl IdentityConfig {
    pub(super) fn parse(raw: &RawConfig) -> Result<Self, ConfigError> {
        let binds_sessions = match raw.bound_sessions.as_str() {
            "on" => true,
            "off" => false,
            other => return Err(raw.invalid("bound_sessions", format!("unknown value {other:?}"), "on or off")),
        };
        Ok(Self { binds_sessions, file: raw.identity_providers.clone(), name: raw.name("identity_providers") })
    }

    /// Reads the file. Without one, passwords sign in and no provider does.
    ///
    /// # Errors
    /// [`ConfigError::SettingFile`] if the file cannot be read, [`ConfigError::Invalid`] for the
    /// first mistake in it.
    pub fn sign_in(&self) -> Result<SignInConfig, ConfigError> {
        let Self { file: Some(file), name, .. } = self else { return Ok(SignInConfig::default()) };
        let unread = |error| ConfigError::SettingFile { name: name.clone(), file: file.clone(), error };
        let text = fs::read_to_string(file).map_err(unread)?;
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let read = |secret: &str| {
            let secret = folder.join(secret);
            fs::read_to_string(&secret).map_err(|error| format!("cannot read {}: {error}", secret.display()))
        };
        let expected = "a list of providers, as docs/operating.md describes it".to_owned();
        parse(&text, read).map_err(|problem| ConfigError::Invalid { name: name.clone(), problem, expected })
    }
}

/// Parses the file of providers. `read` reads the file of a secret. An error has nothing of a
/// secret.
fn parse(text: &str, read: impl Fn(&str) -> Result<String, String>) -> Result<SignInConfig, String> {
    // The message alone: the whole error repeats the line, which may have a secret.
    let file: ProviderFile = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let passwords = file.passwords.unwrap_or(true);
    if file.provider.is_empty() {
        let nobody = if passwords { "" } else { ", and with passwords off nobody could sign in" };
        return Err(format!("it lists no provider{nobody}"));
    }
    if file.provider.len() > MAX_PROVIDERS {
        return Err(format!("more than {MAX_PROVIDERS} providers"));
    }
    let (mut ids, mut issuers) = (BTreeSet::new(), BTreeSet::new());
    let mut providers = Vec::new();
    for Entry { id, name, issuer, client_id, client_secret, client_secret_file } in file.provider {
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(is_id) {
            return Err(format!("the id {id:?} is not 1 to {MAX_ID} of a-z, 0-9 and -"));
        }
        let wrong = |what: &str| Err(format!("{id}: {what}"));
        if name.trim().is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return wrong(&format!("the name is not 1 to {MAX_NAME} characters"));
        }
        if !openid::is_allowed(&issuer) || issuer.contains('?') {
            return wrong("the issuer is not an https:// URL without user, query and fragment");
        }
        if client_id.is_empty() {
            return wrong("client_id is empty");
        }
        let client_secret = match (client_secret, client_secret_file) {
            (Some(secret), None) => secret,
            (None, Some(file)) => read(&file).map_err(|error| format!("{id}: {error}"))?.trim_end().to_owned(),
            _ => return wrong("expected one of client_secret and client_secret_file"),
        };
        if client_secret.is_empty() {
            return wrong("the secret is empty");
        }
        if !ids.insert(id.clone()) || !issuers.insert(issuer.clone()) {
            return wrong("another provider has that id or issuer");
        }
        providers.push(ProviderSettings { id, name, issuer, client_id, client_secret });
    }
    Ok(SignInConfig { passwords, providers })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[provider]]\nid = \"company\"\nname = \"Acme\"\nissuer = \"https://login.acme.example\"\n\
                        client_id = \"harmony\"\nclient_secret_file = \"secret\"\n";

    fn problem(text: &str) -> String {
        parse(text, |_| Ok("geheim\n".into())).err().unwrap_or_default()
    }

    #[test]
    fn a_provider_has_an_id_a_name_an_issuer_and_a_secret() {
        let found = parse(GOOD, |file| Ok(format!("{file}!\n"))).unwrap_or_default();
        assert!(found.passwords);
        let secrets: Vec<_> = found.providers.iter().map(|one| (one.id.as_str(), one.client_secret.as_str())).collect();
        assert_eq!(secrets, [("company", "secret!")]);
        assert!(!format!("{found:?}").contains("secret!"));
        let other = GOOD.replace("company", "two").replace("login", "sso");
        assert_eq!(problem(&format!("{GOOD}{other}")), "");
    }

    #[test]
    fn passwords_are_off_only_beside_a_provider() {
        let without = |passwords| parse(&format!("passwords = {passwords}\n{GOOD}"), |_| Ok("geheim".into()));
        for passwords in [true, false] {
            assert_eq!(without(passwords).map(|found| found.passwords), Ok(passwords));
        }
        assert_eq!(problem("passwords = false"), "it lists no provider, and with passwords off nobody could sign in");
        assert_eq!(problem("passwords = true"), "it lists no provider");
        assert!(problem("passwords = \"no\"").contains("expected a boolean"), "{}", problem("passwords = \"no\""));
    }

    #[test]
    fn a_mistake_is_named_and_no_secret_is_repeated() {
        for (from, to, expected) in [
            ("\"company\"", "\"Company\"", "the id \"Company\" is not"),
            ("\"company\"", "\"\"", "the id"),
            ("\"Acme\"", "\" \"", "company: the name"),
            ("https://login", "http://login", "company: the issuer"),
            (".example\"", ".example/?a\"", "company: the issuer"),
            ("\"harmony\"", "\"\"", "company: client_id"),
            ("client_secret_file = \"secret\"", "", "company: expected one of"),
            ("client_secret_file = \"secret\"", "client_secret = \"\"", "company: the secret is empty"),
            ("client_id", "client", "unknown field"),
        ] {
            let said = problem(&GOOD.replace(from, to));
            assert!(said.contains(expected), "{to}: {said:?}");
        }
        assert!(problem(&format!("{GOOD}{GOOD}")).contains("another provider"));
        let broken = problem(&GOOD.replace("client_secret_file = \"secret\"", "client_secret = \"geheim"));
        assert!(!broken.is_empty() && !broken.contains("geheim"), "{broken}");
        let missing = parse(GOOD, |_| Err("no file".into())).err().unwrap_or_default();
        assert_eq!(missing, "company: no file");
    }
}
