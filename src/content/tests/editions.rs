//! How a valid text is parsed.

use time::macros::date;

use super::{HEAD, edition};
use crate::{
    domain::policy::{
        document::{Block, Edition, Inline, Section, Shortcode},
        version::Version,
    },
    system::digest::sha256_hex,
};

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn paragraph(content: &str) -> Block {
    Block::Paragraph(vec![text(content)])
}

#[test]
fn a_text_becomes_a_tree_that_holds_it_all() {
    let markdown = r#"# The "title" -- as it is...

One line
and the next, *soft*, **strong *both***, `{{ code }}`.\
After a break, <https://example.org/a?b=c&d> and <me@example.org>.

## First & only {#first-1}

- tight [link](/preferences)
- loose

  with *two* paragraphs

### Below

3. three
4. four
   > quoted

{{cookie-table}}

## See [first](#first-1) {#second}
{{   controls   }}
"#;
    let link = |to: &str, says: &str| Inline::Link { to: to.to_owned(), text: vec![text(says)] };
    let source = format!("{HEAD}{markdown}");
    let expected = Edition {
        version: Version { major: 1, minor: 0 },
        effective: date!(2026 - 01 - 15),
        published: None,
        sha256: sha256_hex(&source),
        summary: vec!["First edition.".to_owned()],
        title: "The \"title\" -- as it is...".to_owned(),
        introduction: vec![Block::Paragraph(vec![
            text("One line and the next, "),
            Inline::Emphasis(vec![text("soft")]),
            text(", "),
            Inline::Strong(vec![text("strong "), Inline::Emphasis(vec![text("both")])]),
            text(", "),
            Inline::Code("{{ code }}".to_owned()),
            text("."),
            Inline::Break,
            text("After a break, "),
            link("https://example.org/a?b=c&d", "https://example.org/a?b=c&d"),
            text(" and "),
            link("mailto:me@example.org", "me@example.org"),
            text("."),
        ])],
        sections: vec![
            Section {
                id: "first-1".to_owned(),
                heading: vec![text("First & only")],
                blocks: vec![
                    Block::List {
                        start: None,
                        items: vec![
                            vec![Block::Paragraph(vec![text("tight "), link("/preferences", "link")])],
                            vec![
                                paragraph("loose"),
                                Block::Paragraph(vec![
                                    text("with "),
                                    Inline::Emphasis(vec![text("two")]),
                                    text(" paragraphs"),
                                ]),
                            ],
                        ],
                    },
                    Block::Subheading(vec![text("Below")]),
                    Block::List {
                        start: Some(3),
                        items: vec![
                            vec![paragraph("three")],
                            vec![paragraph("four"), Block::Quote(vec![paragraph("quoted")])],
                        ],
                    },
                    Block::Shortcode(Shortcode::CookieTable),
                ],
            },
            Section {
                id: "second".to_owned(),
                heading: vec![text("See "), link("#first-1", "first")],
                blocks: vec![Block::Shortcode(Shortcode::Controls)],
            },
        ],
    };
    assert_eq!(edition(&source), Ok(Some(expected.clone())));
    let source = source.replace('\n', "\r\n");
    assert_eq!(edition(&source), Ok(Some(Edition { sha256: sha256_hex(&source), ..expected })));
}

#[test]
fn words_keep_their_letters() {
    let kept = "“Curly” ’quotes’ – and \u{a0}spaces, ‘straight’ \"ones\" 'too' -- (c) 1/2 $x$ a^b^ H~2~O? [x] {#a}";
    let kept = kept.replace("H~2~O", "H2O");
    let expected = vec![paragraph(&kept)];
    let read = edition(&format!("{HEAD}# Title\n\n{kept}\n"));
    assert_eq!(read.map(|edition| edition.map(|edition| edition.introduction)), Ok(Some(expected)));
}

#[test]
fn eight_levels_are_deep_enough() {
    assert!(edition(&format!("{HEAD}# Title\n\n> > > > > > > > a\n")).is_ok());
    assert!(edition(&format!("{HEAD}# Title\n\n- - - - - - - *a*\n")).is_ok());
}
