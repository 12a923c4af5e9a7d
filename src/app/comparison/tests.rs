#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

use std::time::{Duration, Instant};

use proptest::{collection::vec, prelude::*};
use strum::VariantArray as _;
use time::macros::date;

use super::*;
use crate::domain::{
    comparison::TextBlockKind,
    policy::{
        document::{Block, Inline, Section, Shortcode},
        version::Version,
    },
};

fn paragraph(text: &str) -> Block {
    Block::Paragraph(vec![Inline::Text(text.to_owned())])
}

fn section(id: &str, blocks: Vec<Block>) -> Section {
    Section { id: id.to_owned(), heading: vec![Inline::Text(format!("About {id}"))], blocks }
}

fn edition(minor: u16, introduction: Vec<Block>, sections: Vec<Section>) -> Edition {
    Edition {
        version: Version { major: 1, minor },
        effective: date!(2026 - 01 - 01),
        published: None,
        notify_days: None,
        sha256: String::new(),
        summary: vec![],
        title: "Cookies".to_owned(),
        introduction,
        sections,
    }
}

/// The spans of a comparison of two paragraphs, as `-removed-` and `+added+`.
fn rendered(older: &str, newer: &str) -> String {
    let of = |text| edition(0, vec![paragraph(text)], vec![]);
    let compared = compare(&of(older), &of(newer));
    let mark = |span: &DiffSpan| match span.tag {
        ChangeTag::Equal => span.text.clone(),
        ChangeTag::Delete => format!("-{}-", span.text),
        ChangeTag::Insert => format!("+{}+", span.text),
    };
    let blocks = compared.introduction.iter().map(|block| block.spans.iter().map(mark).collect::<String>());
    blocks.collect::<Vec<_>>().join("|")
}

#[test]
fn a_diff_marks_only_the_words_that_changed() {
    for (older, newer, expected) in [
        ("the same", "the same", "the same"),
        ("access to Harmony .", "access to Harmony.", "access to -Harmony .-+Harmony.+"),
        (
            "If signed in to Harmomny, we help",
            "If signed in to Harmony, we help",
            "If signed in to -Harmomny-+Harmony+, we help",
        ),
        ("We keep a red car here", "We keep a blue bike here", "We keep a -red car-+blue bike+ here"),
        ("One two three", "Nothing of that", "-One two three-|+Nothing of that+"),
        ("", "New", "--|+New+"),
        ("We use cookies it’s so", "We use cookies that’s so", "We use cookies -it’s-+that’s+ so"),
        ("نستخدم ملفات تعريف الارتباط هنا", "نستخدم ملفات الارتباط هنا", "نستخدم ملفات -تعريف -الارتباط هنا"),
    ] {
        // A text block without a word has no span.
        let expected = expected.trim_start_matches("--");
        assert_eq!(rendered(older, newer), expected, "{older:?} to {newer:?}");
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_a_change() {
    let of = |to: &str| {
        let link = Inline::Link { to: to.to_owned(), title: String::new(), text: vec![Inline::Text("here".into())] };
        edition(0, vec![Block::Paragraph(vec![Inline::Text("You choose and change your mind ".into()), link])], vec![])
    };
    let compared = compare(&of("/preferences"), &of("/account"));
    assert!(!compared.is_same());
    assert!(compare(&of("/account"), &of("/account")).is_same());
}

#[test]
fn sections_come_go_and_move_by_their_ids() {
    let all = |ids: &[&str]| ids.iter().map(|id| section(id, vec![paragraph("Text.")])).collect::<Vec<_>>();
    let compared =
        compare(&edition(0, vec![], all(&["a", "b", "c", "d"])), &edition(1, vec![], all(&["d", "a", "e", "c"])));
    let places: Vec<_> = compared.sections.iter().map(|section| (section.id.as_str(), section.position)).collect();
    assert_eq!(
        places,
        [
            ("d", DiffPosition::Moved { before: 4, now: 1 }),
            ("a", DiffPosition::Kept { before: 1, now: 2 }),
            ("b", DiffPosition::Removed { before: 2 }),
            ("e", DiffPosition::Added { now: 3 }),
            ("c", DiffPosition::Kept { before: 3, now: 4 }),
        ]
    );
    assert!(
        compared
            .sections
            .iter()
            .all(|section| section.is_same() == matches!(section.position, DiffPosition::Kept { .. }))
    );
    assert!(compared.sections.iter().filter(|section| section.id == "d").all(ComparedSection::has_same_text));
}

#[test]
fn a_new_paragraph_between_two_that_changed_does_not_confuse_them() {
    let of = |texts: &[&str]| edition(0, texts.iter().map(|text| paragraph(text)).collect(), vec![]);
    let older = of(&["We set cookies when you visit.", "You can delete them at any time."]);
    let newer =
        of(&["We set cookies if you visit.", "Quite another thought.", "You can delete all of them at any time."]);
    let fates: Vec<_> = compare(&older, &newer).introduction.iter().map(|block| block.tag).collect();
    assert_eq!(fates, [ChangeTag::Equal, ChangeTag::Insert, ChangeTag::Equal]);
}

#[test]
fn a_paragraph_never_becomes_an_item() {
    let item = Block::List { start: None, items: vec![vec![paragraph("The same words.")]] };
    let compared = compare(&edition(0, vec![paragraph("The same words.")], vec![]), &edition(1, vec![item], vec![]));
    let blocks: Vec<_> = compared.introduction.iter().map(|block| (block.kind, block.tag)).collect();
    assert_eq!(blocks, [(TextBlockKind::Paragraph, ChangeTag::Delete), (TextBlockKind::Item, ChangeTag::Insert)]);
}

#[test]
fn texts_as_long_as_a_file_can_be_are_compared_within_seconds() {
    let long = |word: &str, paragraphs: usize, words: usize| {
        let blocks = (0..paragraphs).map(|number| {
            let text: Vec<_> = (0..words).map(|index| format!("{word}{}", (index * 7 + number) % 977)).collect();
            paragraph(&text.join(" "))
        });
        edition(0, blocks.collect(), vec![])
    };
    for (paragraphs, words) in [(1, 150_000), (30, 5_000), (5_000, 30), (50_000, 2)] {
        let (older, newer) = (long("a", paragraphs, words), long("b", paragraphs, words));
        let started = Instant::now();
        let compared = compare(&older, &newer);
        // This is the limit of an unoptimised build; a release build takes a tenth of the time.
        assert!(started.elapsed() < Duration::from_secs(20), "{paragraphs} of {words}: {:?}", started.elapsed());
        assert_eq!((compared.older(), compared.newer()), (PlainText::from(&older), PlainText::from(&newer)));
    }
}

/// Joins words of a small vocabulary, so that two texts have much in common.
fn text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof!["[abc]", Just("we".to_owned()), Just(", ".to_owned()), Just(" ".to_owned()), Just("عن".to_owned())],
        0..12,
    )
    .prop_map(|words| words.join(" "))
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        4 => text().prop_map(|text| paragraph(&text)),
        1 => text().prop_map(|text| Block::Subheading { level: 3, text: vec![Inline::Text(text)] }),
        1 => text().prop_map(|text| Block::Quote(vec![paragraph(&text)])),
        2 => vec(text(), 0..4)
            .prop_map(|items| Block::List { start: None, items: items.iter().map(|item| vec![paragraph(item)]).collect() }),
        1 => prop::sample::select(Shortcode::VARIANTS.to_vec()).prop_map(Block::Shortcode),
    ]
}

fn any_edition() -> impl Strategy<Value = Edition> {
    let sections = vec(("[a-f]", vec(block(), 0..5)), 0..6).prop_map(|all| {
        let mut seen = std::collections::HashSet::new();
        all.into_iter()
            .filter(|(id, _)| seen.insert(id.clone()))
            .map(|(id, blocks)| section(&id, blocks))
            .collect::<Vec<_>>()
    });
    (vec(block(), 0..4), sections).prop_map(|(introduction, sections)| edition(0, introduction, sections))
}

proptest! {
    #[test]
    fn both_texts_are_read_out_of_a_comparison_again(older in any_edition(), newer in any_edition()) {
        let compared = compare(&older, &newer);
        prop_assert_eq!(compared.newer(), PlainText::from(&newer), "what was added and kept is the newer text");
        prop_assert_eq!(compared.older(), PlainText::from(&older), "what was removed and kept is the older text");
        prop_assert_eq!(compared.is_same(), PlainText::from(&older) == PlainText::from(&newer));
    }

    #[test]
    fn an_edition_is_the_same_as_itself(one in any_edition()) {
        prop_assert!(compare(&one, &one).is_same());
    }

    #[test]
    fn any_words_are_read_out_of_their_comparison_again(older in ".{0,60}", newer in ".{0,60}", work in 0_usize..2_000) {
        let spans = WordDiff::with_budget(work).compare(&older, &newer);
        let read = |has: fn(ChangeTag) -> bool| spans.iter().filter(|span| has(span.tag)).map(|span| span.text.as_str()).collect::<String>();
        prop_assert_eq!(read(ChangeTag::in_older), older);
        prop_assert_eq!(read(ChangeTag::in_newer), newer);
        prop_assert!(spans.iter().all(|span| !span.text.is_empty()));
    }
}

#[test]
fn the_shipped_editions_differ_where_their_summary_says_so() {
    let content = crate::content::Content::load(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content"));
    let content = content.unwrap();
    let [older, newer, ..] = &content.editions[..] else { return };
    let compared = compare(older, newer);
    let changed: Vec<_> =
        compared.sections.iter().filter(|section| !section.is_same()).map(|section| section.id.as_str()).collect();
    assert_eq!(changed, ["use", "what-is-a-cookie", "types", "purposes", "control"]);
    assert!(compared.introduction.iter().all(ComparedTextBlock::is_same));
}

#[test]
fn a_shortcode_is_not_a_word_of_its_section() {
    let insert = || Block::Shortcode(Shortcode::Purposes);
    for (older, newer, same_words, alone) in [
        (vec![paragraph("one two")], vec![paragraph("one two")], true, false),
        (vec![paragraph("one two")], vec![paragraph("one two"), insert()], true, true),
        (vec![insert()], vec![Block::Shortcode(Shortcode::Controls)], true, true),
        (vec![insert(), paragraph("one two")], vec![paragraph("one two")], true, true),
        (vec![paragraph("one two")], vec![paragraph("one three"), insert()], false, false),
        (vec![paragraph("one two"), insert()], vec![paragraph("one three"), insert()], false, false),
    ] {
        let of = |minor, blocks| edition(minor, vec![], vec![section("one", blocks)]);
        let compared = compare(&of(0, older.clone()), &of(1, newer.clone()));
        let section = &compared.sections[0];
        let found = (section.has_same_words(), section.only_shortcodes_changed());
        assert_eq!(found, (same_words, alone), "{older:?} {newer:?}");
        assert!(!section.has_same_text() || section.has_same_words());
    }
    let gone = compare(&edition(0, vec![], vec![section("one", vec![insert()])]), &edition(1, vec![], vec![]));
    assert!(!gone.sections[0].has_same_words() && !gone.sections[0].only_shortcodes_changed());
}
