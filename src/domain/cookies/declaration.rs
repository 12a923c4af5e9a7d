//! Cookie declarations: name, purpose, lifetime and attributes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::purpose::{Essential, Optional, Purpose};
use crate::domain::policy::version::Version;

/// The lifetime of a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// A session cookie, set without `Max-Age`.
    Session,
    /// `Max-Age` in whole seconds.
    Persistent(Duration),
}

impl Lifetime {
    /// The lifetime beyond the session: zero for a session cookie.
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
    /// No cross-site request.
    Strict,
    /// Top-level navigations by link.
    Lax,
    /// Every cross-site request.
    None,
}

/// The attributes that a cookie is set and removed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Hidden from scripts.
    pub http_only: bool,
    /// Sent over https (and to loopback) only.
    pub secure: bool,
    /// Which cross-site requests carry it.
    pub same_site: SameSite,
    /// The path prefix of requests that carry it.
    pub path: String,
}

/// The declaration of a cookie in the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    pub name: String,
    pub purpose: Purpose,
    /// The lifetime in browsers.
    pub lifetime: Lifetime,
    /// The attributes that set and remove it.
    pub attributes: Attributes,
    /// The party that sets it, for the reader.
    pub set_by: String,
    /// Its use in plain words.
    pub description: String,
    /// The edition that introduced this declaration.
    pub since: Version,
    /// The edition that dropped it.
    pub until: Option<Version>,
    /// The reason for a name without the `__Host-` prefix.
    pub no_host_prefix_because: Option<String>,
}

/// A cookie that this server sets. Lifetime and attributes come from its declaration, which must
/// exist under its name or its former name.
///
/// Browsers accept a name in `__Host-Http-` only from the `Set-Cookie` of a server on this host, so
/// that no script can plant a value (RFC 6265bis, 4.1.3). Older browsers enforce `__Host-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(const_into_str)]
pub enum FirstPartyCookie {
    /// Set in every browser on its first page.
    #[strum(to_string = "__Host-Http-visit")]
    Visit,
    /// Remembers a decision.
    #[strum(to_string = "__Host-Http-consent")]
    Consent,
    /// Remembers colour theme and text size.
    #[strum(to_string = "__Host-Http-appearance")]
    Appearance,
    /// Remembers the language.
    #[strum(to_string = "__Host-Http-language")]
    Language,
    /// Distinguishes first and returning visits.
    #[strum(to_string = "__Host-Http-analytics")]
    Analytics,
    /// Identifies a session until the browser is closed.
    #[strum(to_string = "__Host-Http-session")]
    Session,
    /// Continues a persistent session.
    #[strum(to_string = "__Host-Http-remember")]
    Remember,
    /// Identifies a browser that signed in before.
    #[strum(to_string = "__Host-Http-device")]
    Device,
    /// Connects the return from an identity provider with the sign-in that began in this browser.
    #[strum(to_string = "__Host-Http-signin")]
    SignIn,
    /// Proves that the session is in the browser that began it. Without `Http-`: Chromium 156 takes
    /// no credential of that prefix for a device's key (`InvalidCredentialsCookie`).
    #[strum(to_string = "__Host-bound")]
    Bound,
}

/// A set of first-party cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FirstPartyCookies(u16);

impl FromIterator<FirstPartyCookie> for FirstPartyCookies {
    fn from_iter<T: IntoIterator<Item = FirstPartyCookie>>(cookies: T) -> Self {
        Self(cookies.into_iter().fold(0, |set, own| set | own.bit()))
    }
}

impl FirstPartyCookies {
    pub const fn contains(self, cookie: FirstPartyCookie) -> bool {
        self.0 & cookie.bit() != 0
    }

    pub fn iter(self) -> impl Iterator<Item = FirstPartyCookie> {
        FirstPartyCookie::VARIANTS.iter().copied().filter(move |own| self.contains(*own))
    }
}

/// A first-party cookie that needs no consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EssentialCookie {
    Visit,
    Consent,
    Session,
    Remember,
    Device,
}

/// A first-party cookie that needs a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionalCookie {
    Appearance,
    Language,
    Analytics,
}

impl OptionalCookie {
    /// The purpose that the visitor must grant.
    pub const fn purpose(self) -> Optional {
        match self {
            Self::Appearance | Self::Language => Optional::PREFERENCES,
            Self::Analytics => Optional::ANALYTICS,
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
    /// The cookie of that name or former name.
    pub fn from_name(name: impl AsRef<[u8]>) -> Option<Self> {
        let name = name.as_ref();
        if !name.starts_with(b"__Host-") {
            return None;
        }
        let is_named = |own: &Self| [own.into_str(), own.label()].iter().any(|one| one.as_bytes() == name);
        Self::VARIANTS.iter().copied().find(is_named)
    }

    /// The name under which editions declared the cookie before they declared its name, if they
    /// did.
    pub fn former_name(self) -> Option<&'static str> {
        Some(self.label()).filter(|former| *former != self.into_str())
    }

    /// The label under which the server authenticates the cookie's values. A new name does not
    /// change it, so that values keep.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Visit => "__Host-visit",
            Self::Consent => "__Host-consent",
            Self::Appearance => "__Host-appearance",
            Self::Language => "__Host-language",
            Self::Analytics => "__Host-analytics",
            Self::Session => "__Host-session",
            Self::Remember => "__Host-remember",
            Self::Device => "__Host-device",
            Self::SignIn => "__Host-signin",
            Self::Bound => "__Host-bound",
        }
    }

    /// Its place in a [`FirstPartyCookies`].
    const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The cookies that identify a signed-in user.
    pub const AUTH_COOKIES: [Self; 2] = [Self::Session, Self::Remember];

    /// Whether every site must declare it. Only one with an identity provider sets
    /// [`Self::SignIn`], and only one that binds sessions sets [`Self::Bound`].
    pub const fn is_required(self) -> bool {
        self.purpose().is_essential() && !matches!(self, Self::SignIn | Self::Bound)
    }

    /// The purpose in code, which the declaration must match.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Visit | Self::Device | Self::SignIn => Purpose::Essential(Essential::Security),
            Self::Session | Self::Remember | Self::Bound => Purpose::Essential(Essential::Authentication),
            Self::Consent => Purpose::Essential(Essential::Consent),
            Self::Appearance => Purpose::Optional(OptionalCookie::Appearance.purpose()),
            Self::Language => Purpose::Optional(OptionalCookie::Language.purpose()),
            Self::Analytics => Purpose::Optional(OptionalCookie::Analytics.purpose()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_cookies_contains_what_was_put_in_and_nothing_else() {
        for &one in FirstPartyCookie::VARIANTS {
            let set = FirstPartyCookies::from_iter([one]);
            for &other in FirstPartyCookie::VARIANTS {
                assert_eq!(set.contains(other), one == other);
            }
            assert!(!FirstPartyCookies::default().contains(one));
            assert_eq!(FirstPartyCookie::from_name(one.into_str()), Some(one));
            assert_eq!(FirstPartyCookie::from_name(one.label()), Some(one));
            assert_eq!(one.into_str().replace("__Host-Http-", "__Host-"), one.label());
            let former = (one != FirstPartyCookie::Bound).then_some(one.label());
            assert_eq!(one.former_name(), former, "browsers hold values that are authenticated under it");
        }
    }
}
