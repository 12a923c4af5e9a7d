//! How the pages look to one visitor: colour theme and text size.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The colour theme.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(const_into_str, serialize_all = "lowercase")]
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

/// The size of the text.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(const_into_str, serialize_all = "lowercase")]
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
        format!("{}.{}", self.theme.into_str(), self.text_size.into_str())
    }

    /// The appearance that a value encodes, if it is one.
    pub fn decode(value: &str) -> Option<Self> {
        let (theme, text_size) = value.split_once('.')?;
        Some(Self { theme: theme.parse().ok()?, text_size: text_size.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appearance_survives_its_encoding_and_nothing_else_is_one() {
        for &theme in Theme::VARIANTS {
            for &text_size in TextSize::VARIANTS {
                let appearance = Appearance { theme, text_size };
                assert_eq!(Appearance::decode(&appearance.encode()), Some(appearance));
            }
        }
        for bad in ["", ".", "dark", "dark.", "dark.huge", "Dark.large", "dark.large.", "\"><script>"] {
            assert_eq!(Appearance::decode(bad), None, "{bad:?}");
        }
    }
}
