//! Declarations of partner services: the cookies and the storage that a service keeps in browsers.
//!
//! A [`ServiceEntry`] is no [`Declaration`](super::declaration::Declaration) and cannot become one.
//! The jar and the gate take declarations only, so this server sets no cookie of a service.
//!
//! ```compile_fail,E0308
//! use harmony::domain::cookies::{declaration::Declaration, service_entry::ServiceEntry};
//! fn set(_: &Declaration) {}
//! fn of_a_service(entry: &ServiceEntry) {
//!     set(entry);
//! }
//! ```

mod pattern;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

pub use self::pattern::{MAX_NAME_CHARS, NamePattern, NamePatternError};
use super::{
    declaration::{Lifetime, SameSite},
    purpose::Purpose,
};
use crate::domain::policy::version::Version;

/// Where a browser keeps an entry. The names are those of `kind` in the publisher's file.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[strum(const_into_str)]
pub enum StorageKind {
    #[default]
    #[strum(serialize = "cookie")]
    #[serde(rename = "cookie")]
    Cookie,
    #[strum(serialize = "local storage")]
    #[serde(rename = "local storage")]
    LocalStorage,
    #[strum(serialize = "session storage")]
    #[serde(rename = "session storage")]
    SessionStorage,
    #[strum(serialize = "indexeddb")]
    #[serde(rename = "indexeddb")]
    IndexedDb,
}

/// How long an entry is kept, shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// Until the browser, or for session storage the tab, is closed.
    Session,
    Seconds(u64),
    /// Until the visitor or the service deletes it.
    UntilDeleted,
}

impl From<Lifetime> for Retention {
    fn from(lifetime: Lifetime) -> Self {
        lifetime.max_age().map_or(Self::Session, Self::Seconds)
    }
}

/// Whose origin an entry belongs to, seen from the page of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray, Serialize, Deserialize)]
#[strum(const_into_str, serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Party {
    First,
    Third,
}

/// The attributes that a service states of its cookie. Nothing is claimed of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedAttributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_only: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_site: Option<SameSite>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Where and how long an entry is kept. Storage has no attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    Cookie {
        lifetime: Lifetime,
        attributes: StatedAttributes,
    },
    /// For some seconds, or until deleted.
    Local(Option<u64>),
    Session,
    /// For some seconds, or until deleted.
    IndexedDb(Option<u64>),
}

impl Storage {
    pub const fn kind(&self) -> StorageKind {
        match self {
            Self::Cookie { .. } => StorageKind::Cookie,
            Self::Local(_) => StorageKind::LocalStorage,
            Self::Session => StorageKind::SessionStorage,
            Self::IndexedDb(_) => StorageKind::IndexedDb,
        }
    }

    pub fn retention(&self) -> Retention {
        match self {
            Self::Cookie { lifetime, .. } => (*lifetime).into(),
            Self::Session => Retention::Session,
            Self::Local(seconds) | Self::IndexedDb(seconds) => {
                seconds.map_or(Retention::UntilDeleted, Retention::Seconds)
            }
        }
    }

    /// The attributes that are stated of a cookie.
    pub fn attributes(&self) -> StatedAttributes {
        match self {
            Self::Cookie { attributes, .. } => attributes.clone(),
            Self::Local(_) | Self::Session | Self::IndexedDb(_) => StatedAttributes::default(),
        }
    }
}

/// What a service keeps in browsers under one name or pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    /// The id of the service.
    pub service: String,
    pub name: NamePattern,
    pub storage: Storage,
    pub purpose: Purpose,
    pub party: Option<Party>,
    /// Who sets it; `None` for the service itself.
    pub set_by: Option<String>,
    /// Its use in plain words.
    pub description: String,
    /// The edition that introduced this entry.
    pub since: Version,
    /// The edition that dropped it.
    pub until: Option<Version>,
}

/// What identifies an entry over editions.
pub type EntryKey<'e> = (&'e str, StorageKind, &'e str);

impl ServiceEntry {
    pub fn key(&self) -> EntryKey<'_> {
        (&self.service, self.storage.kind(), self.name.as_str())
    }
}
