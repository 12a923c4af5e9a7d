//! What the script of a partner service saw in browsers and the policy does not say: names without
//! a declaration, optional entries without a grant, and lifetimes that are too long.
//!
//! A finding has no value, no path and nothing of the visitor. A name could have an identifier in
//! it, so [`mask`] replaces what may be one, and declared entries are named by their declaration.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::Inventory;
use crate::domain::cookies::service_entry::{MAX_NAME_CHARS, ServiceEntry, StorageKind};

/// The largest report, in bytes.
pub const MAX_REPORT_BYTES: usize = 8_192;

/// The most findings of a report.
pub const MAX_FINDINGS: usize = 50;

/// The most characters of a masked name.
pub const MAX_MASKED_CHARS: usize = 64;

/// The most names that are stored of a service and a day.
pub const MAX_NAMES_PER_DAY: i64 = 200;

/// For how many days findings are stored.
pub const STORED_DAYS: u16 = 90;

/// The fewest characters that look like a number, like a hexadecimal one, and like another
/// identifier.
const MIN_DIGITS: usize = 4;
const MIN_HEX_DIGITS: usize = 8;
const MIN_HEX_GROUP: usize = 4;
const MIN_MIXED: usize = 16;

/// What is wrong with an entry in a browser.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
)]
#[strum(const_into_str, serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Nothing declares its name.
    Undeclared,
    /// Its purpose is optional and not granted.
    WithoutConsent,
    /// The browser keeps it for longer than declared.
    TooLong,
}

/// An entry that a browser has and the policy does not say, as a report has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub kind: StorageKind,
    /// The declared name or pattern; without a declaration, the masked name.
    pub name: String,
    pub finding: FindingKind,
}

/// A finding of a service on one day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountedFinding {
    pub day: time::Date,
    /// The id of the service.
    pub service: String,
    pub finding: Finding,
}

/// Why a report is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    #[error("a report has 1 to {MAX_FINDINGS} findings")]
    Number,
    #[error("a finding has a name of 1 to {MAX_NAME_CHARS} characters")]
    Name,
}

/// The findings of a report that the inventory confirms, each once and with a masked name.
///
/// # Errors
/// [`ReportError`] if the script does not send such a report.
pub fn confirmed(inventory: &Inventory, service: &str, report: Vec<Finding>) -> Result<BTreeSet<Finding>, ReportError> {
    if !(1..=MAX_FINDINGS).contains(&report.len()) {
        return Err(ReportError::Number);
    }
    if report.iter().any(|finding| !(1..=MAX_NAME_CHARS).contains(&finding.name.chars().count())) {
        return Err(ReportError::Name);
    }
    Ok(report.into_iter().filter_map(|finding| confirm(inventory, service, finding)).collect())
}

/// The finding with a masked name, unless the inventory says otherwise.
fn confirm(inventory: &Inventory, service: &str, reported: Finding) -> Option<Finding> {
    let Finding { kind, name, finding } = reported;
    let entries = || {
        let is_of_kind = move |entry: &&ServiceEntry| entry.service == service && entry.storage.kind() == kind;
        inventory.services().all().iter().filter(is_of_kind)
    };
    let named = || entries().filter(|entry| entry.name.as_str() == name);
    match finding {
        FindingKind::Undeclared => {
            let name = mask(&name);
            let is_declared = entries().any(|entry| entry.name.matches(name.as_bytes()))
                || kind == StorageKind::Cookie && is_cookie_of_the_policy(inventory, &name);
            (!is_declared).then_some(Finding { kind, name, finding })
        }
        FindingKind::WithoutConsent => {
            named().any(|entry| !entry.purpose.is_essential()).then_some(Finding { kind, name, finding })
        }
        FindingKind::TooLong => {
            (kind == StorageKind::Cookie && named().next().is_some()).then_some(Finding { kind, name, finding })
        }
    }
}

/// Whether this site or any service declares the cookie. A page also sees what others set for their
/// common domain.
fn is_cookie_of_the_policy(inventory: &Inventory, name: &str) -> bool {
    inventory.find_or_former(name).is_some() || inventory.services().cookie(name.as_bytes()).is_some()
}

/// The name with a `*` for everything that may identify somebody, cut to [`MAX_MASKED_CHARS`].
///
/// Masked are: words with an `@`; eight or more hexadecimal digits; groups of four or more with
/// hyphens between them, as in a UUID; four or more digits; sixteen or more letters and digits with
/// a digit among them; and all but visible ASCII and spaces.
pub fn mask(name: &str) -> String {
    let name: Vec<char> = name.chars().take(MAX_NAME_CHARS).collect();
    let mut masked = String::new();
    let mut rest = name.as_slice();
    while let [first, others @ ..] = rest {
        let identifier = identifier_length(rest);
        rest = if identifier == 0 { others } else { rest.get(identifier..).unwrap_or_default() };
        let next = if identifier == 0 { *first } else { '*' };
        if !(next == '*' && masked.ends_with('*')) {
            masked.push(next);
        }
    }
    match masked.char_indices().nth(MAX_MASKED_CHARS - 1) {
        Some((at, _)) if masked.len() > MAX_MASKED_CHARS => format!("{}*", masked[..at].trim_end_matches('*')),
        _ => masked,
    }
}

/// How many characters of the text may be an identifier at its start.
fn identifier_length(text: &[char]) -> usize {
    let run = |is_in: fn(char) -> bool| text.iter().take_while(|character| is_in(**character)).count();
    let has = |length: usize, is_wanted: fn(char) -> bool| text.iter().take(length).any(|found| is_wanted(*found));
    let word = run(|character| !character.is_whitespace());
    let (digits, mixed) = (run(|c| c.is_ascii_digit()), run(|c| c.is_ascii_alphanumeric()));
    let hex = hex_length(text);
    if has(word, |character| character == '@') {
        word
    } else if hex > 0 {
        hex
    } else if digits >= MIN_DIGITS {
        digits
    } else if mixed >= MIN_MIXED && has(mixed, |character| character.is_ascii_digit()) {
        mixed
    } else {
        run(|character| !(' '..='~').contains(&character))
    }
}

/// The length of the hexadecimal number at the start, in one group or in several with hyphens
/// between them; 0 if it is short.
fn hex_length(text: &[char]) -> usize {
    let group = |text: &[char]| text.iter().take_while(|digit| digit.is_ascii_hexdigit()).count();
    let mut length = group(text);
    let is_one = length >= MIN_HEX_DIGITS;
    let mut is_several = false;
    while length >= MIN_HEX_GROUP
        && let Some(['-', others @ ..]) = text.get(length..)
        && group(others) >= MIN_HEX_GROUP
    {
        length += 1 + group(others);
        is_several = true;
    }
    if is_one || is_several { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        cookies::{
            declaration::Lifetime,
            inventory::ServiceEntries,
            purpose::{Essential, Optional, Purpose},
            service_entry::{NamePattern, StatedAttributes, Storage},
        },
        policy::version::Version,
    };

    const VERSION: Version = Version { major: 1, minor: 0 };

    #[test]
    fn what_may_identify_somebody_is_masked() {
        let long = "preference ".repeat(8);
        for (name, expected) in [
            ("cart", "cart"),
            ("_gid", "_gid"),
            ("v2_theme_123", "v2_theme_123"),
            ("visit-20261128", "visit-*"),
            ("user_4711", "user_*"),
            ("sid-deadbeef", "sid-*"),
            ("sid-deadbee", "sid-deadbee"),
            ("feed-a12-cafe-b", "feed-a12-cafe-b"),
            ("k:550e8400-e29b-41d4-a716-446655440000", "k:*"),
            ("cart-CAFE-BABE-", "cart-*-"),
            ("ajs_x7Gk2LpQw9ZrTmYbNc", "ajs_*"),
            ("persistentPreferencesOfTheShop", "persistentPreferencesOfTheShop"),
            ("last anna.b@example.org seen", "last * seen"),
            ("{\"user\":\"a@b\"}", "*"),
            ("größe", "gr*e"),
            ("a\u{0}\u{202e}b\n", "a*b*"),
            ("12345@67890", "*"),
            ("_ga_*", "_ga_*"),
            ("**1234**", "*"),
            (long.as_str(), "preference preference preference preference preference preferen*"),
        ] {
            assert_eq!(mask(name), expected, "{name}");
            assert_eq!(mask(expected), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_masked_name_is_short_plain_and_masked_already(name in ".{0,200}") {
            let masked = mask(&name);
            prop_assert!(masked.len() <= MAX_MASKED_CHARS && masked.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(mask(&masked), masked);
        }

        #[test]
        fn no_number_survives(before in "[a-z_]{0,20}", number in 1_000_u64.., after in "[a-z_]{0,20}") {
            let masked = mask(&format!("{before}{number}{after}"));
            prop_assert!(!masked.contains(|character: char| character.is_ascii_digit()), "{}", masked);
        }
    }

    fn entry(service: &str, name: &str, purpose: Purpose, storage: Storage) -> ServiceEntry {
        ServiceEntry {
            service: service.to_owned(),
            name: NamePattern::of_storage(name).unwrap_or_else(|_| unreachable!("{name} is a name")),
            storage,
            purpose,
            party: None,
            set_by: None,
            description: "Counts.".to_owned(),
            since: VERSION,
            until: None,
        }
    }

    fn inventory() -> Inventory {
        let (optional, essential) = (Purpose::Optional(Optional::ANALYTICS), Purpose::Essential(Essential::Security));
        let cookie = || Storage::Cookie { lifetime: Lifetime::Session, attributes: StatedAttributes::default() };
        let entries = vec![
            entry("shop", "_ga_*", optional, cookie()),
            entry("shop", "cart", essential, cookie()),
            entry("shop", "seen", optional, Storage::Local(None)),
            entry("club", "club_*", optional, cookie()),
            entry("club", "kept", optional, Storage::Local(None)),
        ];
        let services = ServiceEntries::new(entries);
        Inventory { declarations: Vec::new(), former: Vec::new(), services, purposes: Vec::new() }
    }

    #[test]
    fn what_is_declared_is_no_finding() {
        use FindingKind::{TooLong, Undeclared, WithoutConsent};
        use StorageKind::{Cookie, IndexedDb, LocalStorage};
        let inventory = inventory();
        for (kind, name, finding, expected) in [
            (Cookie, "_gid", Undeclared, Some("_gid")),
            (Cookie, "track-20261128", Undeclared, Some("track-*")),
            (Cookie, "_ga_ABC", Undeclared, None),
            (Cookie, "cart", Undeclared, None),
            // Another service of the policy may have set it for the common domain.
            (Cookie, "club_7", Undeclared, None),
            // Storage is of one origin, and of one kind.
            (LocalStorage, "kept", Undeclared, Some("kept")),
            (LocalStorage, "cart", Undeclared, Some("cart")),
            (LocalStorage, "seen", Undeclared, None),
            (IndexedDb, "seen", Undeclared, Some("seen")),
            (Cookie, "_ga_*", WithoutConsent, Some("_ga_*")),
            (LocalStorage, "seen", WithoutConsent, Some("seen")),
            (Cookie, "_ga_ABC", WithoutConsent, None),
            (Cookie, "cart", WithoutConsent, None),
            (Cookie, "_gid", WithoutConsent, None),
            (LocalStorage, "kept", WithoutConsent, None),
            (Cookie, "_ga_*", TooLong, Some("_ga_*")),
            (Cookie, "cart", TooLong, Some("cart")),
            (Cookie, "club_*", TooLong, None),
            (LocalStorage, "seen", TooLong, None),
        ] {
            let found = confirm(&inventory, "shop", Finding { kind, name: name.to_owned(), finding });
            let expected = expected.map(|name| Finding { kind, name: name.to_owned(), finding });
            assert_eq!(found, expected, "{kind:?} {name} {finding:?}");
        }
    }

    #[test]
    fn a_report_is_bounded_and_counts_each_finding_once() {
        let inventory = inventory();
        let finding =
            |name: &str| Finding { kind: StorageKind::Cookie, name: name.to_owned(), finding: FindingKind::Undeclared };
        let of = |names: &[&str]| confirmed(&inventory, "shop", names.iter().map(|name| finding(name)).collect());
        assert_eq!(of(&["id-1111", "id-2222", "cart"]), Ok(BTreeSet::from([finding("id-*")])));
        assert_eq!(of(&[]), Err(ReportError::Number));
        assert_eq!(of(&["a"; MAX_FINDINGS + 1]), Err(ReportError::Number));
        assert_eq!(of(&[""]), Err(ReportError::Name));
        assert_eq!(of(&[&"a".repeat(MAX_NAME_CHARS + 1)]), Err(ReportError::Name));
    }
}
