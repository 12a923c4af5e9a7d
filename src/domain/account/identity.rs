//! Signing in through an identity provider: what a browser keeps while its user is there.

use crate::domain::{Timestamp, i18n::locale::Locale, web::page::Page};

/// How long a sign-in at the provider may take, in seconds: the declared lifetime of the cookie.
pub const SIGN_IN_SECONDS: u64 = 600;

/// How many identities an account may have.
pub const MAX_IDENTITIES: usize = 8;

/// A sign-in that began in this browser. The server signs it, so a field is what the server wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    pub expires_at: Timestamp,
    /// The id of the provider.
    pub provider: String,
    /// The account that the identity is linked to, or none to sign in.
    pub link_to: Option<String>,
    pub return_to: Option<Page>,
    /// The language of the page, if its path named it.
    pub locale: Option<Locale>,
    /// A random value, from which the server derives what it sends to the provider.
    pub secret: String,
}

/// The character between two fields. No field contains it.
const SEPARATOR: char = '~';

impl PendingSignIn {
    /// The value of the cookie.
    pub fn encode(&self) -> String {
        let return_to = self.return_to.map(|page| page.to_string()).unwrap_or_default();
        let locale = self.locale.map(|locale| locale.to_string()).unwrap_or_default();
        let link_to = self.link_to.as_deref().unwrap_or_default();
        let Self { expires_at, provider, secret, .. } = self;
        format!("{}~{provider}~{link_to}~{return_to}~{locale}~{secret}", expires_at.0)
    }

    /// Parses the value of the cookie.
    pub fn decode(value: &str) -> Option<Self> {
        let fields: Vec<_> = value.split(SEPARATOR).collect();
        let [expires_at, provider, link_to, return_to, locale, secret] = fields[..] else { return None };
        Some(Self {
            expires_at: Timestamp(expires_at.parse().ok()?),
            provider: provider.to_owned(),
            link_to: Some(link_to.to_owned()).filter(|account| !account.is_empty()),
            return_to: return_to.parse().ok(),
            locale: locale.parse().ok(),
            secret: secret.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_comes_back_as_it_began() {
        let plain = PendingSignIn {
            expires_at: Timestamp(600),
            provider: "company".into(),
            link_to: None,
            return_to: None,
            locale: None,
            secret: "0a".into(),
        };
        let full = PendingSignIn {
            link_to: Some("1b".into()),
            return_to: Some(Page::History),
            locale: "ar".parse().ok(),
            ..plain.clone()
        };
        for pending in [plain, full] {
            assert_eq!(PendingSignIn::decode(&pending.encode()), Some(pending));
        }
        for value in ["", "600", "600~a~~~", "x~a~~~~b", "600~a~~~~b~c"] {
            assert_eq!(PendingSignIn::decode(value), None, "{value}");
        }
    }
}
