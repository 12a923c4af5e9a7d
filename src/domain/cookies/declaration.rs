//! One cookie as declared: what it is called, why it exists, how long it lives, and with which attributes it is set.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::purpose::{Essential, Optional, Purpose};
use crate::domain::policy::version::Version;

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until the visit ends, usually when the browser is closed: set without `Max-Age`.
    Session,
    /// For so long after it was set: `Max-Age` in whole seconds.
    Persistent(Duration),
}

impl Lifetime {
    /// How long it lasts beyond the visit: nothing for a session cookie.
    pub const fn duration(self) -> Duration {
        match self {
            Self::Session => Duration::ZERO,
            Self::Persistent(duration) => duration,
        }
    }

    /// `Max-Age` in seconds; `None` for a session cookie.
    pub const fn max_age(self) -> Option<u64> {
        match self {
            Self::Session => None,
            Self::Persistent(duration) => Some(duration.as_secs()),
        }
    }
}

/// Which cross-site requests carry a cookie (RFC 6265bis, 4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[strum(const_into_str)]
pub enum SameSite {
    /// None.
    Strict,
    /// Top-level navigations by link.
    Lax,
    /// All.
    None,
}

/// The attributes that a cookie is set and removed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Out of reach of scripts.
    pub http_only: bool,
    /// Sent over https only (and to this machine itself).
    pub secure: bool,
    /// Which cross-site requests carry it.
    pub same_site: SameSite,
    /// The part of the site that receives it.
    pub path: String,
}

/// One cookie as declared in the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The cookie's name.
    pub name: String,
    /// Why it exists.
    pub purpose: Purpose,
    /// How long a browser keeps it.
    pub lifetime: Lifetime,
    /// What it is set and removed with.
    pub attributes: Attributes,
    /// Who sets it, for the reader.
    pub set_by: String,
    /// What it is for, in plain words.
    pub description: String,
    /// The edition of the policy that first declared it so.
    pub since: Version,
    /// The edition that does not declare it any more, if there is one.
    pub until: Option<Version>,
    /// Why the name does without the `__Host-` prefix, where it does.
    pub no_host_prefix_because: Option<String>,
}

/// A cookie that this server itself sets. Each must be declared, and takes lifetime and attributes from its declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str, prefix = "__Host-", serialize_all = "lowercase")]
pub enum FirstPartyCookie {
    /// Given to every visiting browser on its first page.
    Visit,
    /// Remembers a decision.
    Consent,
    /// Remembers colour theme and text size.
    Appearance,
    /// Remembers the language.
    Language,
    /// Tells a first view from a returning one.
    Analytics,
    /// Recognises a signed-in browser until it is closed.
    Session,
    /// Keeps a browser signed in.
    Remember,
    /// Tells a browser that signed in before from a new one.
    Device,
}

/// An own cookie that needs no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EssentialCookie {
    /// See [`FirstPartyCookie::Visit`].
    Visit,
    /// See [`FirstPartyCookie::Consent`].
    Consent,
    /// See [`FirstPartyCookie::Session`].
    Session,
    /// See [`FirstPartyCookie::Remember`].
    Remember,
    /// See [`FirstPartyCookie::Device`].
    Device,
}

/// An own cookie that only a grant lets out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionalCookie {
    /// See [`FirstPartyCookie::Appearance`].
    Appearance,
    /// See [`FirstPartyCookie::Language`].
    Language,
    /// See [`FirstPartyCookie::Analytics`].
    Analytics,
}

impl OptionalCookie {
    /// The purpose that must be granted.
    pub const fn purpose(self) -> Optional {
        match self {
            Self::Appearance | Self::Language => Optional::Preferences,
            Self::Analytics => Optional::Analytics,
        }
    }
}

impl From<EssentialCookie> for FirstPartyCookie {
    fn from(cookie: EssentialCookie) -> Self {
        match cookie {
            EssentialCookie::Visit => Self::Visit,
            EssentialCookie::Consent => Self::Consent,
            EssentialCookie::Session => Self::Session,
            EssentialCookie::Remember => Self::Remember,
            EssentialCookie::Device => Self::Device,
        }
    }
}

impl From<OptionalCookie> for FirstPartyCookie {
    fn from(cookie: OptionalCookie) -> Self {
        match cookie {
            OptionalCookie::Appearance => Self::Appearance,
            OptionalCookie::Language => Self::Language,
            OptionalCookie::Analytics => Self::Analytics,
        }
    }
}

impl FirstPartyCookie {
    /// The cookies that recognise a member. Without one of them nobody is signed in.
    pub const OF_A_MEMBER: [Self; 2] = [Self::Session, Self::Remember];

    /// The purpose that the code sets it for, which its declaration must name.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Visit | Self::Device => Purpose::Essential(Essential::Security),
            Self::Session | Self::Remember => Purpose::Essential(Essential::Authentication),
            Self::Consent => Purpose::Essential(Essential::Consent),
            Self::Appearance => Purpose::Optional(OptionalCookie::Appearance.purpose()),
            Self::Language => Purpose::Optional(OptionalCookie::Language.purpose()),
            Self::Analytics => Purpose::Optional(OptionalCookie::Analytics.purpose()),
        }
    }
}
