//! The addresses of the pages: a closed list, so that a way back can lead nowhere else.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::version::Version;

/// One page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Page {
    /// `/`
    Home,
    /// `/policy`: the edition in force.
    Policy,
    /// `/policy/1.0`: one edition at its permanent address, whether it exists or not.
    Edition(Version),
    /// `/preferences`
    Preferences,
    /// `/insights`
    Insights,
}

/// The path is no page of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that address is not a page of this site")]
pub struct NotAPage;

impl FromStr for Page {
    type Err = NotAPage;

    fn from_str(path: &str) -> Result<Self, NotAPage> {
        Ok(match path {
            "/" => Self::Home,
            "/policy" => Self::Policy,
            "/preferences" => Self::Preferences,
            "/insights" => Self::Insights,
            other => {
                let version = other.strip_prefix("/policy/").and_then(|version| version.parse().ok());
                Self::Edition(version.ok_or(NotAPage)?)
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
            Self::Preferences => f.write_str("/preferences"),
            Self::Insights => f.write_str("/insights"),
        }
    }
}

impl TryFrom<String> for Page {
    type Error = NotAPage;

    fn try_from(path: String) -> Result<Self, NotAPage> {
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
        for good in ["/", "/policy", "/policy/1.0", "/preferences", "/insights"] {
            assert_eq!(good.parse::<Page>().map(|page| page.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "//",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/policy/",
            "/policy/1.0/",
            "/policy/latest",
            "/policy?x",
            "/policy#x",
            "/%70olicy",
            "/preferences\n",
            "policy",
        ] {
            assert_eq!(bad.parse::<Page>(), Err(NotAPage), "{bad:?}");
        }
    }
}
