//! Deserialization of values that have one text each, without a copy of that text: the verification
//! of a ledger reads millions.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserializer, de};

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> de::Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// Parses the text that `from` has.
///
/// # Errors
/// That of `from`, or of the parser.
pub(super) fn from_text<'de, T: FromStr<Err: fmt::Display>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_str(TextVisitor(PhantomData))
}
