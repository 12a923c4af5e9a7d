//! Who publishes the policy, and what their pages look like.

use std::{fmt, str::FromStr, sync::Arc};

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::{
    account::credentials::Email,
    i18n::locale::Locale,
    web::{color::Color, page::Page},
};

/// The publisher of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The name that the pages use.
    pub name: String,
    /// The name of the legal person: the controller in each record.
    pub legal_name: Arc<str>,
    /// Where to write to: an e-mail address or a URL.
    pub contact: Option<Contact>,
    /// The address that messages to users are sent from.
    pub mail_from: Option<Email>,
    /// The postal address.
    pub address: Option<String>,
    /// Where the law applies that the processing is under.
    pub jurisdiction: Vec<Territory>,
    /// Where the servers are that store personal data.
    pub storage_location: Vec<Territory>,
    /// Who receives personal data beside the publisher and the parties that set cookies.
    pub recipients: Vec<String>,
    /// The URL of the privacy policy.
    pub privacy_url: Option<String>,
    /// The URL of the publisher's own site.
    pub home_url: Option<String>,
    /// The language of the original editions, which prevail, and of a visitor who names none.
    pub language: Locale,
    /// What `/` shows.
    pub home: HomePage,
    /// The logo on light and on dark backgrounds, as SVG.
    pub logo: Option<Themed<Arc<[u8]>>>,
    /// The path of the picture for shared links (Open Graph), 1200 by 630 pixels.
    pub card: Option<String>,
    /// The colour of links and buttons, if it is not the default.
    pub accent: Option<Themed<Color>>,
}

/// A value for the light and for the dark theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Themed<T> {
    pub light: T,
    pub dark: T,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    Email(String),
    Url(String),
}

impl Contact {
    /// The target of a link.
    pub fn href(&self) -> String {
        match self {
            Self::Email(address) => format!("mailto:{address}"),
            Self::Url(url) => url.clone(),
        }
    }
}

/// A country (ISO 3166-1), a part of one (ISO 3166-2), the EU or the EEA, such as `DE` or `US-CA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Territory(String);

/// The text is no code of a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a territory is a code of ISO 3166 such as DE or US-CA, or EU or EEA")]
pub struct ParseTerritoryError;

impl FromStr for Territory {
    type Err = ParseTerritoryError;

    fn from_str(code: &str) -> Result<Self, ParseTerritoryError> {
        let (country, part) = code.split_once('-').map_or((code, "A"), |(country, part)| (country, part));
        let is_code = (country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
            && (1..=3).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_code || code == "EEA" { Ok(Self(code.to_owned())) } else { Err(ParseTerritoryError) }
    }
}

impl fmt::Display for Territory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What `/` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum HomePage {
    /// A page of its own, with the visitor's choice and cookies.
    #[default]
    Overview,
    Policy,
    Preferences,
}

impl HomePage {
    /// The page that `/` redirects to, if it is another one.
    pub const fn redirect(self) -> Option<Page> {
        match self {
            Self::Overview => None,
            Self::Policy => Some(Page::Policy),
            Self::Preferences => Some(Page::Preferences),
        }
    }
}

impl Themed<Color> {
    /// The backgrounds of the light theme, and those of the dark one, as `style/base.css` has them.
    pub const BACKGROUNDS: Themed<[Color; 2]> = Themed {
        light: [Color::WHITE, Color::new(0xf6, 0xf5, 0xf1)],
        dark: [Color::new(0x14, 0x16, 0x14), Color::new(0x1e, 0x21, 0x1e)],
    };

    /// The style sheet that sets the accent. Text on it has the colour of the page's background.
    pub fn style_sheet(&self) -> String {
        let ([on_light, _], [on_dark, _]) = (Self::BACKGROUNDS.light, Self::BACKGROUNDS.dark);
        let Self { light, dark } = self;
        format!(":root{{--accent:light-dark({light},{dark});--on-accent:light-dark({on_light},{on_dark})}}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backgrounds_are_those_of_the_style_sheet() {
        let sheet = include_str!("../../style/base.css");
        let [light, dark] = [Themed::<Color>::BACKGROUNDS.light, Themed::<Color>::BACKGROUNDS.dark];
        for (name, at) in [("bg", 0), ("surface", 1)] {
            let expected = format!("--{name}: light-dark({}, {});", light[at], dark[at]);
            assert!(sheet.contains(&expected), "{expected}");
        }
    }

    #[test]
    fn an_accent_is_a_sheet_of_two_properties() {
        let accent = Themed { light: Color::new(0x12, 0x34, 0x56), dark: Color::new(0xab, 0xcd, 0xef) };
        assert_eq!(
            accent.style_sheet(),
            ":root{--accent:light-dark(#123456,#abcdef);--on-accent:light-dark(#ffffff,#141614)}\n"
        );
    }

    #[test]
    fn a_territory_is_its_code() {
        for code in ["DE", "EU", "EEA", "US-CA", "GB-ENG"] {
            assert_eq!(code.parse::<Territory>().map(|territory| territory.to_string()), Ok(code.to_owned()));
        }
        for code in ["", "de", "DEU", "Germany", "US-", "-CA", "US-CALI", "US-ca"] {
            assert_eq!(code.parse::<Territory>(), Err(ParseTerritoryError), "{code:?}");
        }
    }

    #[test]
    fn only_another_page_is_redirected_to() {
        assert_eq!(
            HomePage::VARIANTS.iter().filter_map(|home| home.redirect()).collect::<Vec<_>>(),
            [Page::Policy, Page::Preferences]
        );
    }
}
