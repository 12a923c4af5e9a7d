//! Valid i18n files, and diagnostics of invalid ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

use std::{collections::BTreeMap, path::Path};

use proptest::prelude::*;
use toml::de::{DeTable, DeValue};

use super::{Messages, parse};
use crate::{content::shipped::Shipped, domain::i18n::locale::Locale, properties::cases};

/// The shipped file of a locale.
fn shipped(locale: Locale) -> &'static str {
    Shipped::find(locale).unwrap().strings
}

/// The diagnostics of a text as the publisher sees them.
fn mistakes(text: &str, locale: Locale) -> Vec<String> {
    let found = parse(Path::new("x.toml"), [text, ""], (locale, "Harmony"), &[]).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

/// The number of the line that starts with this text.
fn line(text: &str, begins: &str) -> usize {
    text.lines().position(|line| line.starts_with(begins)).unwrap() + 1
}

/// Every text by the name of its key.
fn texts(locale: Locale) -> BTreeMap<String, String> {
    fn collect(table: &DeTable<'_>, before: &str, found: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            let name = format!("{before}{}", key.get_ref());
            match value.get_ref() {
                DeValue::Table(table) => collect(table, &format!("{name}."), found),
                other => drop(found.insert(name, other.as_str().unwrap().to_owned())),
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(DeTable::parse(shipped(locale)).unwrap().get_ref(), "", &mut found);
    found
}

#[test]
fn every_language_is_shipped_whole() {
    for locale in Locale::SHIPPED {
        assert_eq!(mistakes(shipped(locale), locale), Vec::<String>::new(), "{locale}");
        assert_eq!(Messages::shipped(locale).locale(), locale);
    }
}

#[test]
fn each_mistake_is_named_with_its_key_and_its_line() {
    let english = shipped(Locale::ENGLISH);
    let frame = line(english, "[frame]");
    let at = |key: &str| line(english, key);
    for (key, instead, said) in [
        ("skip = ", "", (frame, "skip is missing in [frame]")),
        ("skip = ", "skipp = \"Skip\"", (frame, "skip is missing in [frame]")),
        ("skip = ", "skip = 7", (at("skip = "), "skip must be a text in quotes")),
        ("skip = ", "skip = \" \"", (at("skip = "), "skip is empty")),
        ("skip = ", "skip = \"<b>Skip</b>\"", (at("skip = "), "skip holds < or >, but a text holds no HTML")),
        ("skip = ", "skip = \"{where}\"", (at("skip = "), "skip names {where}; there is nothing to name in it")),
        ("tab = ", "tab = \"Harmony\"", (at("tab = "), "tab lacks {title}")),
        ("tab = ", "tab = \"{title} {tilte}\"", (at("tab = "), "tab names {tilte}; there is {title}")),
        (
            "signed_in = \"Signed in as",
            "signed_in = \"{email}\"",
            (at("signed_in = \"Signed in as"), "signed_in lacks {strong}…{/strong}"),
        ),
        ("count.other", "", (at("count.one"), "count.other is missing in [cookies]")),
        (
            "count.other",
            "count.other = \"x\"\ncount.few = \"y\"",
            (at("count.other") + 1, "count has no form \"few\" in this language; there are one, other and numbers"),
        ),
        ("count.other", "count.other = 1", (at("count.other"), "count.other must be a text in quotes")),
        ("count.other", "count.other = \"{n}\"", (at("count.other"), "count.other names {n}; there is {count}")),
        ("[signal]", "[signall]", (at("[signal]"), "there is no table [signall]")),
        ("[signal]", "[signall]", (1, "the table [signal] is missing")),
        ("[signal]", "[x]", (at("[signal]"), "there is no table [x]")),
    ] {
        let changed: Vec<_> = english.lines().map(|line| if line.starts_with(key) { instead } else { line }).collect();
        let found = mistakes(&changed.join("\n"), Locale::ENGLISH);
        let said = format!("x.toml:{}: {}", said.0, said.1);
        assert!(found.contains(&said), "{said}\n{found:#?}");
    }
    let unknown = english.replace("[frame]", "[frame]\nhello = \"Hello\"");
    assert_eq!(mistakes(&unknown, Locale::ENGLISH), [format!("x.toml:{}: there is no hello in [frame]", frame + 1)]);
    let flat = english.replace("failed.one = ", "failed = ").replace("failed.other = ", "#");
    let said = format!("x.toml:{}: failed counts, so it must have a text for each of one, other", at("failed.one"));
    assert_eq!(mistakes(&flat, Locale::ENGLISH), [said]);
}

#[test]
fn what_a_file_lacks_comes_with_the_program() {
    let english = shipped(Locale::ENGLISH);
    let of = |text| parse(Path::new("x.toml"), [text, english], (Locale::ENGLISH, "Harmony"), &[]);
    let whole = parse(Path::new("x.toml"), [english, ""], (Locale::ENGLISH, "Harmony"), &[]);
    assert_eq!(of("# Nothing.\n"), whole);
    let changed = of("[frame]\nskip = \"Past it\"\n[cookies]\ncount.one = \"one\"\ncount.other = \"many\"\n").unwrap();
    assert_eq!((changed.frame.skip(), changed.frame.policy()), ("Past it".to_owned(), "Cookie policy".to_owned()));
    assert_eq!((changed.cookies.count(1), changed.cookies.count(2)), ("one".to_owned(), "many".to_owned()));
    let mistakes = |text| -> Vec<String> { of(text).err().unwrap().iter().map(ToString::to_string).collect() };
    assert_eq!(mistakes("[frame]\nskipp = \"x\""), ["x.toml:2: there is no skipp in [frame]"]);
    assert_eq!(mistakes("frame = 1"), ["x.toml:1: frame must be a table, written as [frame]"]);
    assert_eq!(mistakes("[cookies]\ncount.one = \"one\""), ["x.toml:2: count.other is missing in [cookies]"]);
}

#[test]
fn every_mistake_is_told_at_once() {
    let english = shipped(Locale::ENGLISH);
    let changed = english.replace("skip = ", "skipp = ").replace("\nyes = ", "\nyess = ").replace("{days}", "{tage}");
    let found = mistakes(&changed, Locale::ENGLISH);
    let keys = ["skip is", "no skipp", "yes is", "no yess", "activity_lead.other names"];
    for key in keys {
        assert_eq!(found.iter().filter(|said| said.contains(key)).count(), 1, "{key}: {found:#?}");
    }
}

#[test]
fn a_language_with_more_forms_needs_each_of_them() {
    let arabic = shipped(Locale::ARABIC);
    for form in ["zero", "one", "two", "few", "many", "other"] {
        let key = format!("most_a_day.{form} = ");
        let without: Vec<_> = arabic.lines().filter(|line| !line.starts_with(&key)).collect();
        let found = mistakes(&without.join("\n"), Locale::ARABIC);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].ends_with(&format!(": most_a_day.{form} is missing in [statistics]")), "{found:#?}");
    }
}

#[test]
fn no_sentence_of_another_language_is_left_in_english() {
    let english = texts(Locale::ENGLISH);
    for locale in Locale::SHIPPED.into_iter().skip(1) {
        for (key, text) in texts(locale) {
            let is_sentence = text.split_whitespace().filter(|word| !word.contains(['{', '·'])).count() > 2;
            assert!(!is_sentence || english.get(&key) != Some(&text), "{locale}.toml: {key} is {text:?}");
        }
    }
}

#[test]
fn to_reject_is_said_as_plainly_as_to_accept() {
    for locale in Locale::SHIPPED {
        let banner = Messages::shipped(locale).banner;
        for (accept, reject) in
            [(banner.accept_all(), banner.reject_all()), (banner.accept_one("x"), banner.reject_one("x"))]
        {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let (accept, reject) = (words(&accept), words(&reject));
            let differing = accept.iter().zip(&reject).filter(|(one, other)| one != other).count();
            assert_eq!((accept.len(), differing), (reject.len(), 1), "{locale}: {accept:?} {reject:?}");
        }
    }
}

#[test]
fn numbers_are_said_in_the_form_of_their_language() {
    let cookies = |locale, count| Messages::shipped(locale).cookies.count(count);
    for (locale, count, said) in [
        (Locale::ENGLISH, 1, "1 cookie"),
        (Locale::ENGLISH, 5, "5 cookies"),
        (Locale::GERMAN, 1, "1 Cookie"),
        (Locale::FRENCH, 0, "0 cookie"),
        (Locale::ARABIC, 2, "ملفان"),
        (Locale::ARABIC, 3, "\u{2068}3\u{2069} ملفات"),
        (Locale::ARABIC, 11, "\u{2068}11\u{2069} ملفًا"),
    ] {
        assert_eq!(cookies(locale, count), said, "{locale}");
    }
}

#[test]
fn a_row_of_names_is_read_from_where_its_first_word_is() {
    let arabic = Messages::shipped(Locale::ARABIC);
    let row = arabic.words.comma("بعيد", "Lax");
    assert_eq!(row.replace('،', ","), "\u{2068}بعيد\u{2069}, \u{2068}Lax\u{2069}");
    for (first, tag) in
        [(row, '\u{2067}'), ("بعيد".to_owned(), '\u{2068}'), (arabic.words.comma("Lax", "بعيد"), '\u{2068}')]
    {
        let longer = arabic.words.comma(first, "x");
        assert!(longer.starts_with(tag), "{longer:?}");
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_file_that_lacks_any_line_is_refused_unless_it_can_do_without(at in 0..900_usize) {
        let english = shipped(Locale::ENGLISH);
        let left_out = english.lines().nth(at).unwrap_or_default();
        let rest: Vec<_> = english.lines().enumerate().filter(|(line, _)| *line != at).map(|(_, line)| line).collect();
        let can_do_without = left_out.is_empty() || left_out.starts_with('#')
            || left_out.split(" = ").next().is_some_and(|key| key.ends_with(['2', '3', '4']));
        prop_assert_eq!(mistakes(&rest.join("\n"), Locale::ENGLISH).is_empty(), can_do_without, "{}", left_out);
    }
}
