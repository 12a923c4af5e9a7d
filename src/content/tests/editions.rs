//! How a valid text is parsed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there and then")]

use time::macros::date;

use super::{HEAD, edition};
use crate::{
    domain::policy::{
        document::{
            Align, Block, Column, Definition, Edition, Footnote, Inline, Section, Shortcode, Table, plain_text,
        },
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
    let link = |to: &str, says: &str| Inline::Link { to: to.to_owned(), title: String::new(), text: vec![text(says)] };
    let source = format!("{HEAD}{markdown}");
    let expected = Edition {
        version: Version { major: 1, minor: 0 },
        effective: date!(2026 - 01 - 15),
        published: None,
        notify_days: None,
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
                    Block::Subheading { level: 3, text: vec![text("Below")] },
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
    let kept = "“Curly” ’quotes’ – and \u{a0}spaces, ‘straight’ \"ones\" 'too' -- (c) 1/2 $x$ a^b^ H~2~O? [x] #a a: b!!! a | b";
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

/// The blocks of a text without sections.
fn introduction(markdown: &str) -> Vec<Block> {
    let read = edition(&format!("{HEAD}# Title\n\n{markdown}\n"));
    read.unwrap_or_else(|found| panic!("{markdown}: {found:?}")).map(|edition| edition.introduction).unwrap_or_default()
}

#[test]
fn a_table_has_headings_columns_and_rows() {
    let column = |heading: &str, align| Column { heading: vec![text(heading)], align };
    let markdown = "Name | Use | Days\n:--- | :-: | --:\n`_ga` | *Counts*<br>visits \\| more | 400\n_gid | |\n";
    let expected = Block::Table(Table {
        columns: vec![column("Name", Align::Start), column("Use", Align::Center), column("Days", Align::End)],
        rows: vec![
            vec![
                vec![Inline::Code("_ga".to_owned())],
                vec![Inline::Emphasis(vec![text("Counts")]), Inline::Break, text("visits | more")],
                vec![text("400")],
            ],
            vec![vec![text("_gid")], vec![], vec![]],
        ],
    });
    assert_eq!(introduction(markdown), [expected]);
}

#[test]
fn definitions_rules_images_and_titles_are_part_of_the_text() {
    let definition = |term: &str, details: &[&[&str]]| Definition {
        term: vec![text(term)],
        details: details.iter().map(|detail| detail.iter().map(|one| paragraph(one)).collect()).collect(),
    };
    assert_eq!(
        introduction("Cookie\n: A file.\n: A small one.\n\nPixel\n\n: An image.\n\n  A tiny one."),
        [Block::Definitions(vec![
            definition("Cookie", &[&["A file."], &["A small one."]]),
            definition("Pixel", &[&["An image.", "A tiny one."]]),
        ])]
    );
    assert_eq!(introduction("a\n\n---\n\nb"), [paragraph("a"), Block::Rule, paragraph("b")]);
    let image = Inline::Image { path: "/img/flow.png".to_owned(), alt: "How data flows".to_owned() };
    assert_eq!(introduction("![How *data* flows](/img/flow.png)"), [Block::Paragraph(vec![image])]);
    let link = |to: &str, title: &str| {
        let (to, title) = (to.to_owned(), title.to_owned());
        vec![Block::Paragraph(vec![Inline::Link { to, title, text: vec![text("a")] }])]
    };
    assert_eq!(introduction("[a](/ \"What \\\"a\\\" is\")"), link("/", "What \"a\" is"));
    assert_eq!(introduction("[a](tel:+44-20-7946-0958)"), link("tel:+44-20-7946-0958", ""));
}

#[test]
fn addresses_in_a_text_become_links() {
    let linked = |markdown: &str| -> Vec<(String, String)> {
        let link = |inline: &Inline| match inline {
            Inline::Link { to, text, .. } => Some((to.clone(), plain_text(text))),
            _ => None,
        };
        introduction(markdown)
            .iter()
            .flat_map(|block| match block {
                Block::Paragraph(inlines) => inlines.iter().filter_map(link).collect(),
                _ => vec![],
            })
            .collect()
    };
    for (markdown, to, says) in [
        ("See https://example.org/a_b?c=d&e.", "https://example.org/a_b?c=d&e", "https://example.org/a_b?c=d&e"),
        ("(www.example.org)", "https://www.example.org", "www.example.org"),
        ("Write to privacy@example.org!", "mailto:privacy@example.org", "privacy@example.org"),
    ] {
        assert_eq!(linked(markdown), [(to.to_owned(), says.to_owned())], "{markdown}");
    }
    for none in ["example.org and Node.js", "`https://example.org`", "ftp://example.org", "javascript://example.org"] {
        assert_eq!(linked(none), [], "{none}");
    }
    let link = [("/".to_owned(), "https://example.org".to_owned())];
    assert_eq!(linked("[https://example.org](/)"), link, "a link within a link");
}

#[test]
fn footnotes_are_numbered_as_they_are_read_and_end_the_section_that_names_them_first() {
    let markdown = format!(
        "{HEAD}# Title\n\nOne[^b].\n\n[^a]: First *defined*.\n\n[^b]: Later.\n\n    More.\n\n## A {{#a}}\n\nTwo[^a], again[^b].\n"
    );
    let reference = |number, is_first| Inline::FootnoteReference { number, is_first };
    let read = edition(&markdown).unwrap_or_default().unwrap();
    assert_eq!(
        read.introduction,
        [
            Block::Paragraph(vec![text("One"), reference(1, true), text(".")]),
            Block::Footnotes(vec![Footnote { number: 1, blocks: vec![paragraph("Later."), paragraph("More.")] }]),
        ]
    );
    let defined = vec![text("First "), Inline::Emphasis(vec![text("defined")]), text(".")];
    assert_eq!(
        read.sections[0].blocks,
        [
            Block::Paragraph(vec![text("Two"), reference(2, true), text(", again"), reference(1, false), text("."),]),
            Block::Footnotes(vec![Footnote { number: 2, blocks: vec![Block::Paragraph(defined)] }]),
        ]
    );
}

#[test]
fn headings_go_four_levels_deep() {
    let read = edition(&format!("{HEAD}# Title\n\n## A {{#a}}\n\n### B\n\n#### C\n\ntext\n")).unwrap_or_default();
    let level = |block: &Block| match block {
        Block::Subheading { level, .. } => Some(*level),
        _ => None,
    };
    let levels: Vec<_> = read.unwrap().sections[0].blocks.iter().filter_map(level).collect();
    assert_eq!(levels, [3, 4]);
}

#[test]
fn a_backslash_keeps_what_means_something_elsewhere() {
    for (markdown, says) in [
        ("\\!!! a", "!!! a"),
        ("a \\{: b }", "a {: b }"),
        ("\\#a", "#a"),
        ("a \\{% b %}", "a {% b %}"),
        ("\\::: a", "::: a"),
        ("a \\| b\nc \\| d", "a | b c | d"),
        ("\\[^a]", "[^a]"),
        ("`{% a %}`", "{% a %}"),
    ] {
        let [Block::Paragraph(inlines)] = &introduction(markdown)[..] else { panic!("{markdown}") };
        assert_eq!(plain_text(inlines), says, "{markdown}");
    }
}
