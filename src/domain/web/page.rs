//! The URLs of the pages: a closed list, so that a redirect can lead nowhere else.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::domain::policy::version::Version;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Page {
    /// `/`
    Home,
    /// `/policy`: the current edition.
    Policy,
    /// `/policy/1.0`: the permanent URL of an edition, whether it exists or not.
    Edition(Version),
    /// `/policy/history`: every edition.
    Editions,
    /// `/policy/compare`: selects two editions.
    Compare,
    /// `/policy/compare/1.0/1.1`: the changes between two editions, whether they exist or not.
    Comparison(Version, Version),
    /// `/policy/subscribe`: asks for messages about new versions.
    Subscribe,
    /// `/policy/unsubscribe`: the target of the link that ends them.
    Unsubscribe,
    /// `/preferences`
    Preferences,
    /// `/preferences/history`
    History,
    /// `/preferences/delete`: asks whether to delete every cookie.
    DeleteCookies,
    /// `/verify`
    Verify,
    /// `/services`: the partner services.
    Services,
    /// `/transparency`: the compliance report.
    Transparency,
    /// `/transparency/measurement`: what is counted and measured.
    Measurement,
    /// `/statistics`
    Statistics,
    /// `/sign-up`
    SignUp,
    /// `/sign-in`
    SignIn,
    /// `/sign-in/reset`: the target of a one-time link to set a new password.
    PasswordReset,
    /// `/sign-in/forgotten`: asks for a message with such a link.
    ForgottenPassword,
    /// `/confirm`: the target of the other one-time links in messages.
    Confirm,
    /// `/account`
    Account,
    /// `/account/security`: the password, and what happened in the account.
    Security,
    /// `/account/data`: export, history and erasure.
    AccountData,
    /// `/account/password`
    Password,
    /// `/account/password/remove`
    RemovePassword,
    /// `/account/passkey`: adds a passkey.
    AddPasskey,
    /// `/account/passkey/remove`
    RemovePasskey,
    /// `/account/delete`
    DeleteAccount,
}

impl Page {
    /// Whether the page needs a signed-in user.
    pub const fn requires_sign_in(self) -> bool {
        matches!(
            self,
            Self::Account
                | Self::Security
                | Self::AccountData
                | Self::Password
                | Self::RemovePassword
                | Self::AddPasskey
                | Self::RemovePasskey
                | Self::DeleteAccount
        )
    }

    /// Whether a user with a disabled account may open the page, to export data or erase the
    /// account.
    pub const fn is_for_disabled(self) -> bool {
        matches!(self, Self::Account | Self::DeleteAccount)
    }

    /// Whether the page shows policy text, which is the same for everybody.
    pub const fn shows_policy(self) -> bool {
        matches!(self, Self::Policy | Self::Edition(_) | Self::Editions | Self::Compare | Self::Comparison(..))
    }

    /// Whether the page is of no use to a signed-in user.
    pub const fn is_for_guests(self) -> bool {
        matches!(self, Self::SignUp | Self::SignIn)
    }

    /// Whether the page has a form that posts to the page itself, so that its errors are shown at
    /// the page's own URL.
    pub const fn takes_form(self) -> bool {
        self.takes_passwords() || matches!(self, Self::Verify)
    }

    /// Whether the page has a form for a password, an address or the link of a message, so that no
    /// cache may store it.
    pub const fn takes_passwords(self) -> bool {
        matches!(
            self,
            Self::SignUp
                | Self::SignIn
                | Self::PasswordReset
                | Self::ForgottenPassword
                | Self::Confirm
                | Self::Subscribe
                | Self::Unsubscribe
                | Self::Password
                | Self::RemovePassword
                | Self::AddPasskey
                | Self::RemovePasskey
                | Self::DeleteAccount
        )
    }
}

/// The path is not a page of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that address is not a page of this site")]
pub struct ParsePageError;

impl FromStr for Page {
    type Err = ParsePageError;

    fn from_str(path: &str) -> Result<Self, ParsePageError> {
        Ok(match path {
            "/" => Self::Home,
            "/policy" => Self::Policy,
            "/policy/history" => Self::Editions,
            "/policy/compare" => Self::Compare,
            "/policy/subscribe" => Self::Subscribe,
            "/policy/unsubscribe" => Self::Unsubscribe,
            "/preferences" => Self::Preferences,
            "/preferences/history" => Self::History,
            "/preferences/delete" => Self::DeleteCookies,
            "/verify" => Self::Verify,
            "/services" => Self::Services,
            "/transparency" => Self::Transparency,
            "/transparency/measurement" => Self::Measurement,
            "/statistics" => Self::Statistics,
            "/sign-up" => Self::SignUp,
            "/sign-in" => Self::SignIn,
            "/sign-in/reset" => Self::PasswordReset,
            "/sign-in/forgotten" => Self::ForgottenPassword,
            "/confirm" => Self::Confirm,
            "/account" => Self::Account,
            "/account/security" => Self::Security,
            "/account/data" => Self::AccountData,
            "/account/password" => Self::Password,
            "/account/password/remove" => Self::RemovePassword,
            "/account/passkey" => Self::AddPasskey,
            "/account/passkey/remove" => Self::RemovePasskey,
            "/account/delete" => Self::DeleteAccount,
            other if other.starts_with("/policy/compare/") => {
                let versions = other.strip_prefix("/policy/compare/").and_then(|versions| versions.split_once('/'));
                let (from, to) = versions.ok_or(ParsePageError)?;
                Self::Comparison(from.parse().map_err(|_| ParsePageError)?, to.parse().map_err(|_| ParsePageError)?)
            }
            other => {
                let version = other.strip_prefix("/policy/").and_then(|version| version.parse().ok());
                Self::Edition(version.ok_or(ParsePageError)?)
            }
        })
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => f.write_str("/"),
            Self::Policy => f.write_str("/policy"),
            Self::Edition(version) => write!(f, "/policy/{version}"),
            Self::Editions => f.write_str("/policy/history"),
            Self::Compare => f.write_str("/policy/compare"),
            Self::Subscribe => f.write_str("/policy/subscribe"),
            Self::Unsubscribe => f.write_str("/policy/unsubscribe"),
            Self::Comparison(from, to) => write!(f, "/policy/compare/{from}/{to}"),
            Self::Preferences => f.write_str("/preferences"),
            Self::History => f.write_str("/preferences/history"),
            Self::DeleteCookies => f.write_str("/preferences/delete"),
            Self::Verify => f.write_str("/verify"),
            Self::Services => f.write_str("/services"),
            Self::Transparency => f.write_str("/transparency"),
            Self::Measurement => f.write_str("/transparency/measurement"),
            Self::Statistics => f.write_str("/statistics"),
            Self::SignUp => f.write_str("/sign-up"),
            Self::SignIn => f.write_str("/sign-in"),
            Self::PasswordReset => f.write_str("/sign-in/reset"),
            Self::ForgottenPassword => f.write_str("/sign-in/forgotten"),
            Self::Confirm => f.write_str("/confirm"),
            Self::Account => f.write_str("/account"),
            Self::Security => f.write_str("/account/security"),
            Self::AccountData => f.write_str("/account/data"),
            Self::Password => f.write_str("/account/password"),
            Self::RemovePassword => f.write_str("/account/password/remove"),
            Self::AddPasskey => f.write_str("/account/passkey"),
            Self::RemovePasskey => f.write_str("/account/passkey/remove"),
            Self::DeleteAccount => f.write_str("/account/delete"),
        }
    }
}

impl TryFrom<String> for Page {
    type Error = ParsePageError;

    fn try_from(path: String) -> Result<Self, ParsePageError> {
        path.parse()
    }
}

impl From<Page> for String {
    fn from(page: Page) -> Self {
        page.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_address_and_nothing_else_is_one() {
        for good in [
            "/",
            "/policy",
            "/policy/1.0",
            "/policy/history",
            "/policy/compare",
            "/policy/compare/1.0/1.1",
            "/policy/subscribe",
            "/policy/unsubscribe",
            "/preferences",
            "/preferences/history",
            "/preferences/delete",
            "/verify",
            "/services",
            "/transparency",
            "/transparency/measurement",
            "/statistics",
            "/sign-up",
            "/sign-in",
            "/sign-in/reset",
            "/sign-in/forgotten",
            "/confirm",
            "/account",
            "/account/security",
            "/account/data",
            "/account/password",
            "/account/password/remove",
            "/account/passkey",
            "/account/passkey/remove",
            "/account/delete",
        ] {
            assert_eq!(good.parse::<Page>().map(|page| page.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "//",
            "//evil.example",
            "/\\evil.example",
            "/%2F/evil.example",
            "/%5Cevil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\u{0}/",
            " /account",
            "/account/",
            "javascript:alert(1)",
            "https://evil.example",
            "/policy/",
            "/policy/1.0/",
            "/policy/latest",
            "/policy/history/",
            "/policy/compare/",
            "/policy/compare/1.0",
            "/policy/compare/1.0/",
            "/policy/compare/1.0/1.1/",
            "/policy/compare/1.0/1.01",
            "/policy/compare//1.0/1.1",
            "/policy?x",
            "/policy#x",
            "/%70olicy",
            "/preferences\n",
            "/preferences/",
            "/preferences/history/",
            "/verify?receipt",
            "policy",
        ] {
            assert_eq!(bad.parse::<Page>(), Err(ParsePageError), "{bad:?}");
        }
    }
}
