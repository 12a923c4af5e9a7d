//! The shipped content is valid.

use std::{collections::HashSet, fmt::Write, path::Path};

use strum::VariantArray as _;
use time::macros::date;

use super::{super::Content, shown};
use crate::{
    domain::{
        consent::decision::tests::TWO,
        cookies::{
            collected::Collected,
            declaration::{EssentialCookie, FirstPartyCookie, Lifetime},
            purpose::{Optional, Purpose},
        },
        i18n::locale::Locale,
        policy::{
            document::{Block, Edition, Section, Shortcode, current_edition, plain_text},
            version::Version,
        },
    },
    system::digest::sha256_hex,
};

const ANALYTICS: Purpose = Purpose::Optional(Optional::ANALYTICS);

fn shipped() -> Result<Content, Vec<String>> {
    Content::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("content")).map_err(|mistakes| shown(&mistakes))
}

/// The text of an edition as a reader sees it, without shortcodes: sections numbered, items with a
/// bullet, one space between words.
fn words(edition: &Edition) -> String {
    let mut text = edition.title.clone();
    blocks(&edition.introduction, &mut text);
    for (number, section) in (1..).zip(&edition.sections) {
        let _ = write!(text, " {number}. {}", plain_text(&section.heading));
        blocks(&section.blocks, &mut text);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn blocks(of: &[Block], text: &mut String) {
    for block in of {
        match block {
            Block::Paragraph(inner) | Block::Subheading { text: inner, .. } => {
                let _ = write!(text, " {}", plain_text(inner));
            }
            Block::List { items, .. } => {
                for item in items {
                    text.push_str(" •");
                    blocks(item, text);
                }
            }
            Block::Quote(inner) => blocks(inner, text),
            _ => {}
        }
    }
}

#[test]
fn the_shipped_content_has_no_mistake() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let versions: Vec<_> = content.editions.iter().map(|edition| edition.version.to_string()).collect();
    assert_eq!(versions, ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]);
    let on = |day| current_edition(&content.editions, day).map(|edition| edition.version.to_string());
    assert_eq!(on(date!(2026 - 10 - 31)).as_deref(), Some("1.0"));
    assert_eq!(on(date!(2026 - 11 - 01)).as_deref(), Some("1.1"));
    assert_eq!(on(date!(2026 - 11 - 25)).as_deref(), Some("1.1"));
    assert_eq!(on(date!(2026 - 11 - 26)).as_deref(), Some("1.2"));
    assert_eq!(on(date!(2026 - 11 - 27)).as_deref(), Some("1.3"));
    assert_eq!(on(date!(2026 - 11 - 28)).as_deref(), Some("1.4"));
    assert_eq!(on(date!(2026 - 11 - 29)).as_deref(), Some("1.5"));
    Ok(())
}

#[test]
fn the_first_edition_stays_word_for_word_what_was_published() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let text = content.editions.first().map(words).unwrap_or_default();
    assert_eq!(sha256_hex(&text), "5818146996ee1a34e35b3fc746cac7efb0213d3fb2a9e4a34e36602f3146b38b", "{text}");
    Ok(())
}

#[test]
fn the_second_edition_differs_by_its_mends_alone() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let [first, second, ..] = content.editions.as_slice() else { return Err(vec!["two editions are expected".into()]) };
    let mut mended = words(first);
    let mends = [
        ("placed onto your browsers that", "placed onto your browser that"),
        ("identify your device, secure your", "identify your device and secure your"),
        ("access to Harmony .", "access to Harmony."),
        ("when you visit Harmony , remember", "when you visit Harmony, remember"),
        ("Harmomny", "Harmony"),
        ("how well our site perform in", "how well our site performs in"),
        (
            "to understand, improve and when you access Harmony",
            "to understand and improve our site, and to know when you access Harmony",
        ),
        ("through their settings preferences.", "through their settings."),
    ];
    for (slip, mend) in mends {
        assert_eq!(mended.matches(slip).count(), 1, "{slip}");
        mended = mended.replace(slip, mend);
    }
    assert_eq!(words(second), mended);
    assert_eq!(second.summary.len(), mends.len() + 1, "one sentence for each mend, and one for the inserts");
    let ids = |edition: &Edition| edition.sections.iter().map(|section| section.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(first), ids(second));
    Ok(())
}

#[test]
fn each_insert_ends_its_section_and_from_the_third_edition_on_what_binds_comes_first() -> Result<(), Vec<String>> {
    let content = shipped()?;
    // The section, the shortcode, and how many blocks follow it.
    let inserts = |edition: &Edition| -> Vec<(usize, Shortcode, usize)> {
        let of = |(number, section): (usize, &Section)| {
            (0..).zip(section.blocks.iter().rev()).find_map(|(behind, block)| match block {
                Block::Shortcode(insert) => Some((number, *insert, behind)),
                _ => None,
            })
        };
        (1..).zip(&edition.sections).filter_map(of).collect()
    };
    let found: Vec<_> = content.editions.iter().map(inserts).collect();
    let with = |behind| {
        vec![
            (1, Shortcode::InPractice, behind),
            (4, Shortcode::CookieTable, 0),
            (5, Shortcode::Purposes, 0),
            (6, Shortcode::Controls, 0),
        ]
    };
    assert_eq!(found, [vec![], with(0), with(1), with(1), with(1), with(1)]);
    Ok(())
}

#[test]
fn the_third_edition_has_the_words_of_the_second_in_every_language() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let (second, third) = (Version { major: 1, minor: 1 }, Version { major: 1, minor: 2 });
    for locale in Locale::SHIPPED {
        let of = |version| content.localized_edition(version, locale).filter(|reading| reading.locale == locale);
        let (Some(before), Some(after)) = (of(second), of(third)) else {
            return Err(vec![format!("{} is missing", locale.tag())]);
        };
        assert!(!after.is_outdated, "{}", locale.tag());
        assert_eq!(words(after.edition), words(before.edition), "{}", locale.tag());
        assert_eq!(after.edition.summary.len(), 3, "{}", locale.tag());
        let last = after.edition.sections.first().and_then(|section| section.blocks.last());
        let Some(Block::Paragraph(binding)) = last else { return Err(vec!["a sentence is expected".into()]) };
        if locale == Locale::ENGLISH {
            assert!(plain_text(binding).starts_with("By continuing to visit or use our services, you are agreeing"));
        }
    }
    Ok(())
}

#[test]
fn the_third_edition_declares_two_essential_cookies_otherwise_and_asks_nobody_again() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let (second, third) = (Version { major: 1, minor: 1 }, Version { major: 1, minor: 2 });
    assert_eq!(content.fingerprints(second), content.fingerprints(third));
    for locale in Locale::SHIPPED {
        let (before, after) = (content.localized_inventory(second, locale), content.localized_inventory(third, locale));
        let differ: Vec<_> = FirstPartyCookie::VARIANTS
            .iter()
            .copied()
            .filter(|own| before.first_party(*own) != after.first_party(*own))
            .collect();
        assert_eq!(differ, [FirstPartyCookie::Visit, FirstPartyCookie::Consent], "{}", locale.tag());
        for own in differ {
            let Some((before, after)) = before.first_party(own).zip(after.first_party(own)) else {
                return Err(vec![format!("{} is missing", own.into_str())]);
            };
            assert_ne!(before.description, after.description, "{}", locale.tag());
            assert_eq!((before.lifetime, &before.attributes), (after.lifetime, &after.attributes));
        }
    }
    Ok(())
}

#[test]
fn the_fourth_edition_collects_more_and_has_the_words_of_the_third() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let (third, fourth) = (Version { major: 1, minor: 2 }, Version { major: 1, minor: 3 });
    for locale in Locale::SHIPPED {
        let of = |version| content.localized_edition(version, locale).filter(|reading| reading.locale == locale);
        let (Some(before), Some(after)) = (of(third), of(fourth)) else {
            return Err(vec![format!("{} is missing", locale.tag())]);
        };
        assert!(!after.is_outdated, "{}", locale.tag());
        assert_eq!(words(after.edition), words(before.edition), "{}", locale.tag());
        let texts = |version| {
            let text = content.localized_inventory(version, locale).purpose(ANALYTICS);
            text.map(|text| (text.question.clone(), text.description.clone())).unzip()
        };
        let ((asked_before, said_before), (asked, said)) = (texts(third), texts(fourth));
        assert_ne!(asked_before, asked, "{}", locale.tag());
        assert_ne!(said_before, said, "{}", locale.tag());
    }
    for edition in &content.editions {
        let collects = |what: &Collected| content.inventory(edition.version).collects(*what);
        let found: Vec<_> = Collected::ALL.iter().copied().filter(collects).collect();
        let expected = if edition.version < fourth { &[] } else { Collected::ALL };
        assert_eq!(found, expected, "{}", edition.version);
    }
    Ok(())
}

/// Answers of visitors refer to these. If one changes, every visitor who gave such an answer is
/// asked again.
#[test]
fn the_fingerprints_of_published_editions_stay() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let first = ("af344a9e95f03c10", "bee5116484a261a5");
    for (minor, expected) in [(0, first), (1, first), (2, first), (3, ("f62e60faccefa155", "766e9e5f55187114"))] {
        let fingerprints = content.fingerprints(Version { major: 1, minor });
        let [preferences, analytics] = TWO.map(|purpose| fingerprints[&purpose].to_string());
        assert_eq!((preferences.as_str(), analytics.as_str()), expected, "1.{minor}");
    }
    Ok(())
}

#[test]
fn the_shipped_cookies_are_the_servers_own_and_out_of_reach_of_scripts() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let inventory = content.newest_inventory();
    let declarations = inventory.declarations();
    let names: HashSet<_> = declarations.iter().map(|declaration| declaration.name.as_str()).collect();
    assert_eq!(names, FirstPartyCookie::VARIANTS.iter().map(FirstPartyCookie::into_str).collect());
    assert!(declarations.iter().all(|declaration| declaration.attributes.http_only));
    assert_eq!(inventory.essential(EssentialCookie::Visit).lifetime, Lifetime::Session);
    Ok(())
}

#[test]
fn edition_1_4_names_cookies_anew_and_reopens_no_question() -> Result<(), Vec<String>> {
    let content = shipped()?;
    let of = |minor| content.fingerprints(Version { major: 1, minor });
    assert_eq!(of(3), of(4));
    assert_ne!(of(2), of(3));
    Ok(())
}

#[test]
fn what_is_shown_names_the_edition_and_the_hash_of_its_file() -> Result<(), Vec<String>> {
    let content = shipped()?;
    for (version, text) in [
        ("1.0", include_str!("../../../content/policy/en/1.0.md")),
        ("1.1", include_str!("../../../content/policy/en/1.1.md")),
        ("1.2", include_str!("../../../content/policy/en/1.2.md")),
        ("1.3", include_str!("../../../content/policy/en/1.3.md")),
        ("1.4", include_str!("../../../content/policy/en/1.4.md")),
        ("1.5", include_str!("../../../content/policy/en/1.5.md")),
    ] {
        let edition = content.editions.iter().find(|edition| edition.version.to_string() == version);
        let shown = edition
            .and_then(|edition| content.prompt_snapshot(edition.version, Locale::ENGLISH))
            .map(|shown| &shown.shown);
        let found = shown.map(|shown| (shown.version.to_string(), shown.locale.as_str(), shown.policy.clone()));
        assert_eq!(found, Some((version.to_owned(), "en", sha256_hex(text))));
    }
    assert_eq!(content.prompt_snapshot(Version { major: 1, minor: 6 }, Locale::ENGLISH), None);
    assert_eq!(content.prompt_snapshot(Version { major: 0, minor: 9 }, Locale::ENGLISH), None);
    Ok(())
}
