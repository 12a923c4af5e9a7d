//! Colours of a publisher, and their contrast (WCAG 2.2, "contrast ratio").

use std::{fmt, str::FromStr};

/// The least contrast of text (WCAG 2.2, 1.4.3).
pub const MIN_CONTRAST: f64 = 4.5;

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// The text is not a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is # and six hexadecimal digits, such as #0b5c56")]
pub struct ParseColorError;

impl Color {
    pub const WHITE: Self = Self([0xff; 3]);
    pub const BLACK: Self = Self([0; 3]);

    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// The relative luminance, from 0 for black to 1 for white.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of two colours, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The colour nearest to this one, towards `end`, that has enough contrast to each background.
    #[must_use]
    pub fn readable_on(self, backgrounds: &[Self], end: Self) -> Self {
        let steps = (0..=255_u16).map(|step| self.mixed(end, step));
        steps.into_iter().find(|color| backgrounds.iter().all(|on| color.contrast(*on) >= MIN_CONTRAST)).unwrap_or(end)
    }

    /// This colour with `share` of 255 of another.
    fn mixed(self, other: Self, share: u16) -> Self {
        let mix = |one: u8, other: u8| {
            let sum = u16::from(one) * (255 - share) + u16::from(other) * share;
            u8::try_from(sum / 255).unwrap_or(u8::MAX)
        };
        let ([r, g, b], [or, og, ob]) = (self.0, other.0);
        Self([mix(r, or), mix(g, og), mix(b, ob)])
    }
}

impl FromStr for Color {
    type Err = ParseColorError;

    fn from_str(text: &str) -> Result<Self, ParseColorError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(ParseColorError)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ParseColorError);
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).map_err(|_| ParseColorError)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!("#0B5c56".parse::<Color>().map(|color| color.to_string()).as_deref(), Ok("#0b5c56"));
        for wrong in ["", "#", "0b5c56", "#0b5c5", "#0b5c566", "#0b5c5g", "#+b5c56", "red", "#äää"] {
            assert_eq!(wrong.parse::<Color>(), Err(ParseColorError), "{wrong:?}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 1e-9);
        assert!((Color::new(0x76, 0x76, 0x76).contrast(Color::WHITE) - 4.54).abs() < 0.01);
        assert!((Color::WHITE.contrast(Color::WHITE) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_nearest_readable_colour_is_the_colour_itself_or_just_readable() {
        let dark = Color::new(0x0b, 0x5c, 0x56);
        assert_eq!(dark.readable_on(&[Color::WHITE], Color::BLACK), dark);
        let orange = Color::new(0xff, 0x80, 0);
        let nearest = orange.readable_on(&[Color::WHITE], Color::BLACK);
        assert!((4.5..4.6).contains(&nearest.contrast(Color::WHITE)), "{nearest}");
        let pale = Color::new(0x22, 0x33, 0x44).readable_on(&[Color::BLACK], Color::WHITE);
        assert!((4.5..4.6).contains(&pale.contrast(Color::BLACK)), "{pale}");
    }
}
