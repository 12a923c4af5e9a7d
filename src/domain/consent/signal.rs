//! Privacy signals: a browser's refusal of everything optional, sent with each request.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A privacy signal, the stronger one last.
///
/// Both mean the same here, but differ in weight: in some places Global Privacy Control is legally
/// binding. So a yes that was given beside Do Not Track does not count beside Global Privacy
/// Control.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(const_into_str, serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// `DNT: 1` (W3C, Tracking Preference Expression).
    DoNotTrack,
    /// `Sec-GPC: 1` (W3C, Global Privacy Control), with or without `DNT`.
    GlobalPrivacyControl,
}

impl Signal {
    /// The strongest signal in the values of all `Sec-GPC` and `DNT` header lines.
    pub fn from_headers<'v>(
        sec_gpc: impl IntoIterator<Item = &'v [u8]>,
        dnt: impl IntoIterator<Item = &'v [u8]>,
    ) -> Option<Self> {
        if sec_gpc.into_iter().any(is_one) {
            Some(Self::GlobalPrivacyControl)
        } else {
            dnt.into_iter().any(is_one).then_some(Self::DoNotTrack)
        }
    }
}

/// Whether an element of a header line is exactly `1`, ignoring whitespace (RFC 9110, 5.6.1).
///
/// A proxy may have joined several lines into one.
fn is_one(line: &[u8]) -> bool {
    line.split(|byte| *byte == b',').any(|element| element.trim_ascii() == b"1")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(sec_gpc: &[&str], dnt: &[&str]) -> Option<Signal> {
        Signal::from_headers(sec_gpc.iter().map(|line| line.as_bytes()), dnt.iter().map(|line| line.as_bytes()))
    }

    #[test]
    fn exactly_one_is_a_signal_and_nothing_else_is() {
        for (line, expected) in [
            ("1", true),
            (" 1", true),
            ("1 ", true),
            ("\t1\t ", true),
            ("1, 0", true),
            ("0, 1", true),
            ("0,1,0", true),
            (",1,", true),
            ("", false),
            (" ", false),
            (",", false),
            ("0", false),
            ("2", false),
            ("11", false),
            ("1 1", false),
            ("01", false),
            ("1.0", false),
            ("-1", false),
            ("+1", false),
            ("true", false),
            ("?1", false),
            ("\"1\"", false),
            ("1;a=1", false),
            ("1; 0", false),
            ("on", false),
            ("\u{b9}", false),
            ("\u{a0}1", false),
            ("１", false),
        ] {
            let found = (read(&[line], &[]), read(&[], &[line]));
            let expected = expected.then_some(());
            let (gpc, dnt) = (expected.map(|()| Signal::GlobalPrivacyControl), expected.map(|()| Signal::DoNotTrack));
            assert_eq!(found, (gpc, dnt), "{line:?}");
        }
    }

    #[test]
    fn one_line_of_several_is_enough_and_both_headers_are_the_stronger_signal() {
        let (gpc, dnt) = (Some(Signal::GlobalPrivacyControl), Some(Signal::DoNotTrack));
        for (sec_gpc, other, expected) in [
            (vec![], vec![], None),
            (vec!["0", "1"], vec![], gpc),
            (vec!["1", "0"], vec![], gpc),
            (vec!["1", "1"], vec![], gpc),
            (vec!["", "true", " 1 "], vec![], gpc),
            (vec!["0", "2"], vec![], None),
            (vec!["1"], vec!["0"], gpc),
            (vec!["1"], vec!["1"], gpc),
            (vec!["0"], vec!["1"], dnt),
            (vec!["true"], vec!["0", "1"], dnt),
            (vec!["0"], vec!["0"], None),
        ] {
            assert_eq!(read(&sec_gpc, &other), expected, "{sec_gpc:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn lines_say_what_their_join_says(lines in prop::collection::vec("[01 \t,x]{0,6}", 0..4)) {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(read(&lines, &[]), read(&[&lines.join(", ")], &[]));
            prop_assert_eq!(read(&[], &lines), read(&[], &[&lines.join(",")]));
        }

        #[test]
        fn any_bytes_can_be_read(line: Vec<u8>) {
            let found = Signal::from_headers([line.as_slice()], []);
            prop_assert!(found.is_none() || line.contains(&b'1'));
        }
    }
}
