//! How the pages look to one visitor: colour theme and text size.

use serde::{Deserialize, Serialize};

/// The colour theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the device prefers.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in forms, cookies and the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The size of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextSize {
    /// As the browser has it.
    #[default]
    Normal,
    /// An eighth larger.
    Large,
    /// A quarter larger.
    Larger,
}

impl TextSize {
    /// Every size, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Large, Self::Larger];

    /// Its name in forms, cookies and the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Large => "large",
            Self::Larger => "larger",
        }
    }
}

/// How the pages look to one visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Appearance {
    /// The colour theme.
    pub theme: Theme,
    /// The size of the text.
    pub text_size: TextSize,
}

impl Appearance {
    /// The appearance as a cookie's value.
    pub fn encode(self) -> String {
        format!("{}.{}", self.theme.name(), self.text_size.name())
    }

    /// The appearance that a value encodes, if it is one.
    pub fn decode(value: &str) -> Option<Self> {
        let (theme, text_size) = value.split_once('.')?;
        Some(Self {
            theme: Theme::ALL.into_iter().find(|candidate| candidate.name() == theme)?,
            text_size: TextSize::ALL.into_iter().find(|candidate| candidate.name() == text_size)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appearance_survives_its_encoding_and_nothing_else_is_one() {
        for theme in Theme::ALL {
            for text_size in TextSize::ALL {
                let appearance = Appearance { theme, text_size };
                assert_eq!(Appearance::decode(&appearance.encode()), Some(appearance));
            }
        }
        for bad in ["", ".", "dark", "dark.", "dark.huge", "Dark.large", "dark.large.", "\"><script>"] {
            assert_eq!(Appearance::decode(bad), None, "{bad:?}");
        }
    }
}
