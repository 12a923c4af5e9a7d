//! E-mail addresses in a canonical spelling, independent of keyboard and browser.
//!
//! The local part is compared in lower case and NFC (RFC 6532, 3.1), the domain as A-labels
//! (UTS #46, RFC 5891): `bücher.example` and `xn--bcher-kva.example` are equal. Invisible
//! characters are rejected, so that a list of accounts shows what is there.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{CodePointMapData, props::GeneralCategory};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::domain::i18n::invisible::is_invisible;

/// The longest e-mail address (RFC 5321, 4.5.3.1.3: a path of 256 bytes with two angle brackets).
const MAX_EMAIL_BYTES: usize = 254;

/// The longest local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_PART_BYTES: usize = 64;

/// The longest input that is parsed. Every spelling of an address of [`MAX_EMAIL_BYTES`] is
/// shorter, since NFC and A-labels shrink text by less than a factor of four.
const MAX_INPUT_BYTES: usize = (MAX_EMAIL_BYTES + MAX_LOCAL_PART_BYTES) * 4;

/// Letters, digits and hyphens in each label (RFC 1123, 2.1).
const HOST: (AsciiDenyList, Hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);

/// A canonical e-mail address, the key of an account.
///
/// Only [`Email::parse`] builds one. `Display` shows the domain in its own script, and parses back
/// to the same address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Parses a typed address. Only a delivered mail proves that it exists (OWASP Input Validation
    /// Cheat Sheet, "Email Address Validation").
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.len() > MAX_INPUT_BYTES || typed.chars().any(is_invisible) {
            return None;
        }
        let (local, domain) = typed.rsplit_once('@')?;
        let local = fold(local);
        let domain = Uts46::new().to_ascii(domain.as_bytes(), HOST.0, HOST.1, DnsLength::Verify).ok()?;
        let fits = local.len() <= MAX_LOCAL_PART_BYTES && local.len() + 1 + domain.len() <= MAX_EMAIL_BYTES;
        let reads = local.chars().all(may_stand_before_the_at) && local.chars().next().is_some_and(begins);
        let email = Self(format!("{local}@{domain}"));
        // An A-label can decode to invisible characters.
        (fits && reads && !email.to_string().chars().any(is_invisible)).then_some(email)
    }

    /// The canonical address, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let (domain, _) = Uts46::new().to_unicode(domain.as_bytes(), HOST.0, HOST.1);
        write!(f, "{local}@{domain}")
    }
}

/// The canonical local part: composed, since case mapping works on composed letters, and composed
/// again, since a lower-case letter can decompose.
fn fold(local: &str) -> String {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    nfc.normalize(&nfc.normalize(local).to_lowercase()).into_owned()
}

/// No quoted strings, and nothing that needs quotes: such addresses are rare and error-prone.
fn may_stand_before_the_at(character: char) -> bool {
    !"@\"<>()[],;:\\`".contains(character)
}

/// Whether a character can come first. A combining mark would attach to the text before the
/// address.
fn begins(character: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    !matches!(category, EnclosingMark | NonspacingMark | SpacingMark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_read_in_one_spelling() {
        for (typed, read) in [
            (" Anna@Example.ORG\n", "anna@example.org"),
            ("a@localhost", "a@localhost"),
            ("anna+cookies@mail.example.org", "anna+cookies@mail.example.org"),
            ("o'neill_1@xn--bcher-kva.example", "o'neill_1@xn--bcher-kva.example"),
            ("o'neill_1@XN--BCHER-KVA.example", "o'neill_1@xn--bcher-kva.example"),
            ("bob@bücher.example", "bob@xn--bcher-kva.example"),
            ("bob@bu\u{308}cher.example", "bob@xn--bcher-kva.example"),
            ("bob@ＢÜＣＨＥＲ。example", "bob@xn--bcher-kva.example"),
            ("bob@straße.example", "bob@xn--strae-oqa.example"),
            ("bob@strasse.example", "bob@strasse.example"),
            ("Åsa@BÜCHER.example", "åsa@xn--bcher-kva.example"),
            ("A\u{30a}sa@bücher.example", "åsa@xn--bcher-kva.example"),
            ("\u{212b}sa@bücher.example", "åsa@xn--bcher-kva.example"),
            ("ΑΣ@example.org", "ας@example.org"),
            ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
            ("علي@مثال.إختبار", "علي@xn--mgbh0fb.xn--kgbechtv"),
            ("a--b@r3---c.example", "a--b@r3---c.example"),
            ("🍪@example.org", "🍪@example.org"),
        ] {
            assert_eq!(Email::parse(typed).as_ref().map(Email::as_str), Some(read), "{typed:?}");
        }
    }

    #[test]
    fn an_address_is_shown_in_its_own_script() {
        for (typed, shown) in [
            ("ANNA@EXAMPLE.ORG", "anna@example.org"),
            ("bob@xn--bcher-kva.example", "bob@bücher.example"),
            ("A\u{30a}sa@BÜCHER.example", "åsa@bücher.example"),
            ("用户@例子.广告", "用户@例子.广告"),
        ] {
            assert_eq!(Email::parse(typed).map(|email| email.to_string()).as_deref(), Some(shown), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for local in
            ["", "a@b", "a b", "a\tb", "a\0", "\"a\"", "<a", "a,b", "a;b", "a:b", "(a)b", "[a]", "a\\b", "\u{308}a"]
        {
            assert_eq!(Email::parse(&format!("{local}@example.org")), None, "{local:?}");
        }
        for domain in [
            "",
            " ",
            "b c",
            "b..c",
            ".b",
            "b.",
            "-b",
            "b-.c",
            "b_c",
            "b/c",
            "[127.0.0.1]",
            "b>",
            "℀.example",
            "xn--",
            "xn--a",
            "xn--bücher",
            "xn--BCHER-KVA\u{308}.example",
            "\u{308}a.example",
            "אa.example",
        ] {
            assert_eq!(Email::parse(&format!("anna@{domain}")), None, "{domain:?}");
        }
        assert_eq!(Email::parse("anna"), None);
        assert_eq!(Email::parse("anna＠example.org"), None);
    }

    #[test]
    fn a_character_that_nobody_sees_stands_in_no_address() {
        let unseen = [
            '\0',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1680}',
            '\u{17b4}',
            '\u{180e}',
            '\u{2000}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{206a}',
            '\u{2800}',
            '\u{3164}',
            '\u{e000}',
            '\u{fdd0}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{fffc}',
            '\u{ffff}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{1fffe}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{f0000}',
            '\u{10fffd}',
            '\u{378}',
        ];
        for unseen in unseen {
            for typed in [
                format!("an{unseen}na@example.org"),
                format!("anna{unseen}@example.org"),
                format!("a{unseen}@example.org"),
                format!("anna@exam{unseen}ple.org"),
                format!("anna@example.org{unseen}a"),
            ] {
                assert_eq!(Email::parse(&typed), None, "{typed:?}");
            }
        }
        assert!(Email::parse("\u{a0}anna@example.org\u{2028}").is_some(), "spaces around it are cut off");
        // The labels of "نامه‌ای" with and without its joiner: the first spelling is rejected too.
        assert_eq!(Email::parse("anna@xn--mgba3gch31f060k.example"), None);
        assert_eq!(Email::parse("anna@نامه\u{200c}ای.example"), None);
        assert!(Email::parse("anna@نامهای.example").is_some());
    }

    #[test]
    fn an_address_has_a_longest_length_as_a_whole_and_before_its_at_and_in_each_label() {
        let domain = |last: usize| format!("{0}.{0}.{1}", "d".repeat(63), "d".repeat(last));
        assert!(Email::parse(&format!("{}@{}", "a".repeat(64), domain(61))).is_some());
        assert!(Email::parse(&format!("{}@{}", "a".repeat(64), domain(62))).is_none());
        assert!(Email::parse(&format!("a@{}", domain(64))).is_none());
        assert!(Email::parse(&format!("{}@b", "a".repeat(65))).is_none());
        assert!(Email::parse(&format!("{}@b", "å".repeat(32))).is_some());
        assert!(Email::parse(&format!("{}@b", "a\u{30a}".repeat(32))).is_some(), "as it is compared");
        assert!(Email::parse(&format!("{}@b", "å".repeat(33))).is_none());
        assert!(Email::parse(&format!("a@{}", "例".repeat(400))).is_none());
        assert!(Email::parse(&"a@b".repeat(1_000_000)).is_none());
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(typed in ".*") {
            prop_assert!(Email::parse(&typed).is_none_or(|email| email.as_str().contains('@')));
        }

        #[test]
        fn an_address_is_read_as_itself(typed in "[ ]?[\\PC--@]{1,20}@[\\p{L}\\p{N}-]{1,9}(\\.\\p{L}+)? ?") {
            if let Some(email) = Email::parse(&typed) {
                prop_assert_eq!(Email::parse(email.as_str()), Some(email.clone()));
                prop_assert_eq!(Email::parse(&email.to_string()), Some(email.clone()));
                prop_assert_eq!(email.to_string().matches('@').count(), 1);
                prop_assert!(!email.to_string().chars().any(is_invisible));
                let (_, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
                prop_assert!(domain.is_ascii());
            }
        }

        #[test]
        fn every_spelling_is_the_same_address(
            local in "[a-zà-öα-πа-я가-각]{1,9}",
            domain in "[a-zà-öα-πа-я가-각]{1,9}",
            upper: bool,
            decomposed: bool,
            labels: bool,
        ) {
            use icu_normalizer::DecomposingNormalizerBorrowed;
            let cased = |part: &str| if upper { part.to_uppercase().to_lowercase() } else { part.to_owned() };
            let spelled = |part: &str| {
                let part = if upper { part.to_uppercase() } else { part.to_owned() };
                if decomposed { DecomposingNormalizerBorrowed::new_nfd().normalize(&part).into_owned() } else { part }
            };
            // Upper case changes some letters for good (ς, ß), so the test compares the changed
            // text.
            let (local, domain) = (cased(&local), cased(&domain));
            let first = Email::parse(&format!("{local}@{domain}.example"));
            if let Some(first) = first {
                let typed = if labels {
                    let (_, label) = first.as_str().rsplit_once('@').unwrap_or_default();
                    format!("{}@{label}", spelled(&local))
                } else {
                    format!("{}@{}.example", spelled(&local), spelled(&domain))
                };
                prop_assert_eq!(Email::parse(&typed), Some(first), "{}", typed);
            }
        }

        #[test]
        fn one_unseen_character_anywhere_is_refused(
            character in any::<char>().prop_filter("unseen", |character| is_invisible(*character)),
            at in 1..16_usize,
        ) {
            let mut typed = "anna@example.org".to_owned();
            typed.insert(at, character);
            prop_assert_eq!(Email::parse(&typed), None, "{:?}", typed);
        }
    }
}
