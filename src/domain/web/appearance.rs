//! How the pages look to one visitor: colour theme and text size.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

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

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(const_into_str, serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum TextSize {
    /// The browser's own size.
    #[default]
    Normal,
    /// An eighth larger.
    Large,
    /// A quarter larger.
    Larger,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Appearance {
    pub theme: Theme,
    pub text_size: TextSize,
}

impl Appearance {
    /// Encodes the appearance as a cookie value.
    pub fn encode(self) -> String {
        format!("{}.{}", self.theme.into_str(), self.text_size.into_str())
    }

    /// Decodes a cookie value; `None` if it is not the output of [`Appearance::encode`].
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
