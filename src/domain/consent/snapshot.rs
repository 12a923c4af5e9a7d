//! The prompt that a visitor answers: for each optional purpose the question, its meaning, and its
//! declared cookies.
//!
//! The types have a canonical form: JSON with the fields in this order. A [`Fingerprint`] is
//! the hash of a purpose's form, so equal fingerprints mean that two answers were given to the same
//! prompt.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::{
    cookies::{
        declaration::{Declaration, Lifetime, SameSite},
        inventory::{Inventory, PurposeText},
        purpose::PerPurpose,
        service_entry::{Party, Retention, ServiceEntry, StatedAttributes, StorageKind},
    },
    from_text::from_text,
    policy::version::Version,
};

/// A cookie in the prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptCookie {
    pub name: String,
    /// The lifetime in seconds; `None` for a session cookie.
    pub max_age: Option<u64>,
    /// Hidden from scripts.
    pub http_only: bool,
    /// Sent over https only.
    pub secure: bool,
    /// Which cross-site requests carry it.
    pub same_site: SameSite,
    /// The path prefix of requests that carry it.
    pub path: String,
    pub set_by: String,
    pub description: String,
}

impl From<&Declaration> for PromptCookie {
    fn from(declaration: &Declaration) -> Self {
        let Declaration { name, lifetime, attributes, set_by, description, .. } = declaration;
        Self {
            name: name.clone(),
            max_age: lifetime.max_age(),
            http_only: attributes.http_only,
            secure: attributes.secure,
            same_site: attributes.same_site,
            path: attributes.path.clone(),
            set_by: set_by.clone(),
            description: description.clone(),
        }
    }
}

impl PromptCookie {
    /// The lifetime in browsers.
    pub const fn lifetime(&self) -> Lifetime {
        match self.max_age {
            None => Lifetime::Session,
            Some(seconds) => Lifetime::Persistent(std::time::Duration::from_secs(seconds)),
        }
    }
}

/// What a partner service declares, in the prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptEntry {
    /// The id of the service.
    pub service: String,
    pub kind: StorageKind,
    pub name: String,
    pub kept: Retention,
    #[serde(flatten)]
    pub attributes: StatedAttributes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
    /// Who sets it; `None` for the service itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<String>,
    pub description: String,
}

impl From<&ServiceEntry> for PromptEntry {
    fn from(entry: &ServiceEntry) -> Self {
        Self {
            service: entry.service.clone(),
            kind: entry.storage.kind(),
            name: entry.name.as_str().to_owned(),
            kept: entry.storage.retention(),
            attributes: entry.storage.attributes(),
            party: entry.party,
            set_by: entry.set_by.clone(),
            description: entry.description.clone(),
        }
    }
}

impl PromptEntry {
    /// What identifies an entry over editions.
    pub fn key(&self) -> (&str, StorageKind, &str) {
        (&self.service, self.kind, &self.name)
    }

    /// Entries as prompts have them: sorted, so the order in the publisher's files does not matter.
    pub fn sorted<'e>(entries: impl Iterator<Item = &'e ServiceEntry>) -> Vec<Self> {
        let mut entries: Vec<_> = entries.map(Self::from).collect();
        entries.sort_by(|one, other| one.key().cmp(&other.key()));
        entries
    }
}

/// An optional purpose in the prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptPurpose {
    pub name: String,
    pub question: String,
    /// What a yes means.
    pub description: String,
    /// Its cookies, by name.
    pub cookies: Vec<PromptCookie>,
    /// What partner services declare for it; absent if nothing, as in older prompts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<PromptEntry>,
}

impl PromptPurpose {
    /// Builds the prompt of a purpose. Cookies are sorted, so the order in the publisher's file
    /// does not matter.
    pub fn new<'d>(
        about: &PurposeText,
        cookies: impl IntoIterator<Item = &'d Declaration>,
        entries: impl Iterator<Item = &'d ServiceEntry>,
    ) -> Self {
        let mut cookies: Vec<_> = cookies.into_iter().map(PromptCookie::from).collect();
        cookies.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            name: about.purpose.as_str().to_owned(),
            question: about.question.clone(),
            description: about.description.clone(),
            cookies,
            services: PromptEntry::sorted(entries),
        }
    }

    /// Builds the prompt of each optional purpose.
    pub fn from_inventory(inventory: &Inventory) -> PerPurpose<Self> {
        let prompt = |text: &PurposeText| {
            let (cookies, entries) =
                (inventory.cookies_for(text.purpose), inventory.services().for_purpose(text.purpose));
            Some((text.purpose.optional()?, Self::new(text, cookies, entries)))
        };
        inventory.purposes().iter().filter_map(prompt).collect()
    }
}

/// The whole prompt under one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptContent {
    pub version: Version,
    /// The locale of the prompt.
    pub locale: String,
    /// The SHA-256 of the edition's source text, as 64 hexadecimal digits.
    pub policy: String,
    pub purposes: PerPurpose<PromptPurpose>,
}

/// The fingerprint of a purpose in the prompt: the first 8 bytes of the SHA-256 of its canonical
/// form.
///
/// It is compared with the few fingerprints of one site, and stored in an authenticated cookie, so
/// 8 bytes suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Fingerprint(pub u64);

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from_text(from)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The text is not 16 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 16 hexadecimal digits in lower case")]
pub struct ParseFingerprintError;

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, ParseFingerprintError> {
        let is_plain = text.len() == 16 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let fingerprint = is_plain.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        fingerprint.map(Self).ok_or(ParseFingerprintError)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_one_spelling_is_a_fingerprint() {
        assert_eq!("00000000000000ff".parse(), Ok(Fingerprint(255)));
        for bad in ["", "ff", "00000000000000FF", "+0000000000000ff", "00000000000000fg", "000000000000000ff"] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(ParseFingerprintError), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_fingerprint_survives_its_spelling(number: u64) {
            prop_assert_eq!(Fingerprint(number).to_string().parse(), Ok(Fingerprint(number)));
        }
    }
}
