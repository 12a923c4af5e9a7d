//! Parses a cookie's lifetime: `session`, or a number and a unit such as `180 days`.

use std::time::Duration;

use crate::domain::cookies::declaration::Lifetime;

/// Parses a lifetime.
pub(super) fn parse(text: &str) -> Option<Lifetime> {
    if text == "session" {
        return Some(Lifetime::Session);
    }
    let (number, unit) = text.split_once(' ')?;
    let seconds: u64 = match unit {
        "day" | "days" => 24 * 60 * 60,
        "hour" | "hours" => 60 * 60,
        "minute" | "minutes" => 60,
        "second" | "seconds" => 1,
        _ => return None,
    };
    // `parse` alone would accept a sign.
    let number: u64 = number.bytes().all(|byte| byte.is_ascii_digit()).then_some(number)?.parse().ok()?;
    Some(Lifetime::Persistent(Duration::from_secs(number.checked_mul(seconds)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_session_or_a_number_and_a_unit() {
        assert_eq!(parse("session"), Some(Lifetime::Session));
        for (text, seconds) in [
            ("180 days", 15_552_000),
            ("1 day", 86_400),
            ("12 hours", 43_200),
            ("30 minutes", 1_800),
            ("60 seconds", 60),
            ("0 seconds", 0),
        ] {
            assert_eq!(parse(text), Some(Lifetime::Persistent(Duration::from_secs(seconds))), "{text:?}");
        }
        for text in [
            "",
            "Session",
            "180",
            "days",
            " days",
            "180days",
            "180  days",
            "180 days ",
            "+180 days",
            "-1 days",
            "1.5 hours",
            "6 months",
            "18446744073709551615 days",
            "99999999999999999999 seconds",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
