//! What an edition may not hold, line by line.

use super::{HEAD, edition, mistakes_in};

const NO_RULE: &str = "1.0.md:10: a table needs a rule below its head, such as |---|---|; \\| is a bar in a text";

/// Texts below [`HEAD`] with a title on line 6 and an empty line 7, and what is said about line 8
/// and those after it.
const TEXTS: &[(&str, &[&str])] = &[
    ("<div>x</div>", &["1.0.md:8: raw HTML has no place in a policy"]),
    ("<!-- x -->", &["1.0.md:8: raw HTML has no place in a policy"]),
    ("one\ntwo <b>three", &["1.0.md:9: raw HTML has no place in a policy"]),
    ("<script>\nalert(1)\n</script>", &["1.0.md:8: raw HTML has no place in a policy"]),
    (
        "![x](https://example.org/x.png)",
        &[
            "1.0.md:8: the image \"https://example.org/x.png\" is refused: use the path of a file in public/, such as /a.png",
        ],
    ),
    (
        "![x](/x.html)",
        &["1.0.md:8: the image \"/x.html\" is refused: use the path of a file in public/, such as /a.png"],
    ),
    ("![](/x.png)", &["1.0.md:8: the image has no text for readers who do not see it: ![text](/a.png)"]),
    ("![x](/x.png \"y\")", &["1.0.md:8: an image has no title: say it in the text"]),
    ("![x][y]", &["1.0.md:8: the link names [y], which is defined nowhere"]),
    ("```\nx\n```", &["1.0.md:8: a code block (a line indented by four spaces is one too) has no place in a policy"]),
    ("a\n\n    x", &["1.0.md:10: a code block (a line indented by four spaces is one too) has no place in a policy"]),
    // Tables.
    ("a\n\n| b | c |\n| d | e |", &[NO_RULE]),
    ("a\n\nb | c\n---\nd | e", &["1.0.md:10: the section has no id: write ## b | c {#b-c}"]),
    ("a\n\nb | c\n---|---|---\nd | e", &[NO_RULE]),
    ("|a|b|\n|-|-|\n|c|d|e|", &["1.0.md:10: the row has more cells than the table has columns, which are 2"]),
    (
        "|a|b|\n|-|-|\n|c|d|\ntext",
        &["1.0.md:11: the row has no bar: put an empty line between a table and what follows"],
    ),
    (
        "|a|b|\n|-|-|\n|{{ purposes }}|d|",
        &["1.0.md:10: an insert stands in a paragraph of its own, with nothing beside it: {{ name }}"],
    ),
    // Footnotes.
    (
        "a[^1]",
        &[
            "1.0.md:8: a footnote that is defined nowhere, [^ ], means nothing here; a backslash before it makes it text",
        ],
    ),
    ("a\n\n[^1]: b", &["1.0.md:10: nothing refers to the footnote [^1]"]),
    (
        "a[^1]\n\n[^1]: b[^2]\n\n[^2]: c",
        &["1.0.md:10: a footnote cannot refer to a footnote", "1.0.md:12: nothing refers to the footnote [^2]"],
    ),
    (
        "## A[^1] {#a}\n\n[^1]: b",
        &[
            "1.0.md:8: a heading, a link or an image cannot refer to a footnote",
            "1.0.md:10: nothing refers to the footnote [^1]",
        ],
    ),
    // Other dialects.
    (
        "!!! note \"Title\"\n    Text",
        &["1.0.md:8: an admonition, !!!, means nothing here; a backslash before it makes it text"],
    ),
    ("a\n::: tip", &["1.0.md:9: a container, :::, means nothing here; a backslash before it makes it text"]),
    ("a\n{: .b}", &["1.0.md:9: an attribute list, {: }, means nothing here; a backslash before it makes it text"]),
    ("a {#b}", &["1.0.md:8: an attribute list, {# }, means nothing here; a backslash before it makes it text"]),
    ("- a {.b}", &["1.0.md:8: an attribute list, {. }, means nothing here; a backslash before it makes it text"]),
    ("a\nb {% c %}", &["1.0.md:9: a template tag, {% %}, means nothing here; a backslash before it makes it text"]),
    (
        "##a",
        &["1.0.md:8: a heading without a space behind its # means nothing here; a backslash before it makes it text"],
    ),
    (
        "> #a",
        &["1.0.md:8: a heading without a space behind its # means nothing here; a backslash before it makes it text"],
    ),
    ("a\n[TOC]", &["1.0.md:9: a table of contents, [TOC], means nothing here; a backslash before it makes it text"]),
    ("a [[b]]", &["1.0.md:8: a wiki link, [[ ]], means nothing here; a backslash before it makes it text"]),
    ("*[HTML]: a", &["1.0.md:8: an abbreviation, *[ ]:, means nothing here; a backslash before it makes it text"]),
    ("a^[b]", &["1.0.md:8: an inline footnote, ^[ ], means nothing here; a backslash before it makes it text"]),
    ("a ~~b~~ c", &["1.0.md:8: struck-out text has no place in a policy"]),
    ("- [x] a", &["1.0.md:8: a task list has no place in a policy"]),
    ("> [!NOTE]\n> a", &["1.0.md:8: an alert has no place in a policy"]),
    ("a\u{1}b", &["1.0.md:8: the text holds a control character"]),
    ("a&#8;b", &["1.0.md:8: the text holds a control character"]),
    ("`a\u{1}b`", &["1.0.md:8: the text holds a control character"]),
    ("a\u{202e}b", &["1.0.md:8: the text holds a character that turns the direction of reading around"]),
    ("`a&#8;b` `\u{202a}`", &["1.0.md:8: the text holds a character that turns the direction of reading around"]),
    // Links.
    (
        "a\n[x](javascript:alert(1))",
        &[
            "1.0.md:9: the link to \"javascript:alert(1)\" is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section",
        ],
    ),
    (
        "[x](//evil.example)",
        &[
            "1.0.md:8: the link to \"//evil.example\" is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section",
        ],
    ),
    (
        "[x](java&#x73;cript&colon;a)",
        &[
            "1.0.md:8: the link to \"javascript:a\" is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section",
        ],
    ),
    (
        "<data:text/html,x>",
        &[
            "1.0.md:8: the link to \"data:text/html,x\" is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section",
        ],
    ),
    (
        "[x][y]\n\n[y]: http://example.org",
        &[
            "1.0.md:8: the link to \"http://example.org\" is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section",
        ],
    ),
    ("[x][y]", &["1.0.md:8: the link names [y], which is defined nowhere"]),
    (
        "a http://example.org b",
        &[
            "1.0.md:8: the link to \"http://example.org\" is refused: use https://, mailto:, tel:, a path such as /preferences, or #id of a section",
        ],
    ),
    ("[](/)", &["1.0.md:8: the link has no text"]),
    ("[x](#nowhere)", &["1.0.md:8: the link leads to #nowhere, but no section has that id"]),
    // Headings.
    ("## A", &["1.0.md:8: the section has no id: write ## A {#a}"]),
    ("## A\n\n## A {#a}", &["1.0.md:8: the section has no id: write ## A {#a-2}"]),
    (
        "## Changes {#changes}",
        &["1.0.md:8: the page itself uses the id \"changes\": take another, such as {#changes-2}"],
    ),
    ("## A {#a-title}", &["1.0.md:8: the page itself uses the id \"a-title\": take another, such as {#a-title-2}"]),
    ("## A {#a}\n\n## B {#a}", &["1.0.md:10: the id \"a\" belongs to an earlier section already"]),
    ("## A {#Big}", &["1.0.md:8: the id \"Big\" must be small letters, digits and hyphens, with a letter first"]),
    ("## A {#1}", &["1.0.md:8: the id \"1\" must be small letters, digits and hyphens, with a letter first"]),
    ("## A {#ä}", &["1.0.md:8: the id \"ä\" must be small letters, digits and hyphens, with a letter first"]),
    ("## A {#a .b}", &["1.0.md:8: the braces of a heading hold an id and nothing else: {#some-id}"]),
    ("## A {#a onclick=x}", &["1.0.md:8: the braces of a heading hold an id and nothing else: {#some-id}"]),
    ("## {#a}", &["1.0.md:8: the heading is empty"]),
    ("# Again", &["1.0.md:8: this is a second title: an edition has one, and a section begins with ##"]),
    ("### A", &["1.0.md:8: a subheading, ###, needs a section, ##, above it"]),
    ("## A {#a}\n### B {#b}", &["1.0.md:9: only the heading of a section, ##, has an id"]),
    ("## A {#a}\n#### B", &["1.0.md:9: a heading ####, needs a subheading, ###, above it"]),
    ("## A {#a}\n### B\n## C {#c}\n#### D", &["1.0.md:11: a heading ####, needs a subheading, ###, above it"]),
    ("## A {#a}\n##### B", &["1.0.md:9: headings go no deeper than ####"]),
    ("> ## A {#a}", &["1.0.md:8: a heading cannot stand within a list or quotation"]),
    ("- # A", &["1.0.md:8: a heading cannot stand within a list or quotation"]),
    // Shortcodes.
    (
        "{{ cookies }}",
        &["1.0.md:8: there is no insert \"cookies\"; there are in-practice, cookie-table, purposes, controls"],
    ),
    ("{{}}", &["1.0.md:8: there is no insert \"\"; there are in-practice, cookie-table, purposes, controls"]),
    (
        "See {{ purposes }}.",
        &["1.0.md:8: an insert stands in a paragraph of its own, with nothing beside it: {{ name }}"],
    ),
    (
        "{{ purposes }}\n{{ controls }}",
        &["1.0.md:8: an insert stands in a paragraph of its own, with nothing beside it: {{ name }}"],
    ),
    (
        "**{{ purposes }}**",
        &["1.0.md:8: an insert stands in a paragraph of its own, with nothing beside it: {{ name }}"],
    ),
    ("{{ purposes", &["1.0.md:8: an insert stands in a paragraph of its own, with nothing beside it: {{ name }}"]),
    (
        "## {{ purposes }} {#a}",
        &["1.0.md:8: an insert stands in a paragraph of its own, with nothing beside it: {{ name }}"],
    ),
    ("- {{ purposes }}", &["1.0.md:8: an insert cannot stand within a list or quotation"]),
    ("> {{ purposes }}", &["1.0.md:8: an insert cannot stand within a list or quotation"]),
    ("{{ purposes }}\n\n{{ purposes }}", &["1.0.md:10: the insert purposes stands in this edition already"]),
    // Depth.
    ("> > > > > > > > > a", &["1.0.md:8: the text is nested deeper than 8 levels"]),
    ("- - - - - - - - - a", &["1.0.md:8: the text is nested deeper than 8 levels"]),
    ("> > > > > > > > *a*", &["1.0.md:8: the text is nested deeper than 8 levels"]),
    // Several at once.
    (
        "<b>\n\na ~~b~~\n\n## A",
        &[
            "1.0.md:8: raw HTML has no place in a policy",
            "1.0.md:10: struck-out text has no place in a policy",
            "1.0.md:12: the section has no id: write ## A {#a}",
        ],
    ),
];

#[test]
fn what_a_policy_may_not_hold_is_refused_by_its_line() {
    for (text, expected) in TEXTS {
        assert_eq!(mistakes_in(&format!("{HEAD}# Title\n\n{text}\n")), *expected, "{text}");
    }
}

#[test]
fn lines_are_counted_alike_when_they_end_as_on_windows() {
    for (text, expected) in TEXTS {
        let text = format!("{HEAD}# Title\n\n{text}\n").replace('\n', "\r\n");
        assert_eq!(mistakes_in(&text), *expected, "{text}");
    }
}

#[test]
fn an_edition_begins_with_its_title() {
    for (text, expected) in [
        ("", "1.0.md:6: the title is missing: begin the text with # and the title"),
        ("\n\nText.\n", "1.0.md:6: the title is missing: begin the text with # and the title"),
        ("Text.\n\n# Title\n", "1.0.md:8: the title must come before all other text"),
        ("## A {#a}\n\n# Title\n", "1.0.md:8: the title must come before all other text"),
        ("# A *title*\n", "1.0.md:6: the title is plain text, without marks or links"),
        ("# Title {#title}\n", "1.0.md:6: only the heading of a section, ##, has an id"),
        ("#\n", "1.0.md:6: the heading is empty"),
    ] {
        assert_eq!(mistakes_in(&format!("{HEAD}{text}")), [expected], "{text:?}");
    }
}

#[test]
fn so_many_mistakes_are_told_and_the_rest_is_counted() {
    let told = mistakes_in(&format!("{HEAD}# Title\n\n{}", "<b>\n\n".repeat(150)));
    assert_eq!(told.len(), 101);
    assert_eq!(told[99], "1.0.md:206: raw HTML has no place in a policy");
    assert_eq!(told[100], "1.0.md:208: the file has 50 more mistakes from here on: mend those above first");
}

#[test]
fn so_many_sections_are_too_many() {
    let with = |sections: usize| {
        let sections: Vec<_> = (0..sections).map(|number| format!("## A {{#a{number}}}\n\n")).collect();
        mistakes_in(&format!("{HEAD}# Title\n\n{}", sections.concat()))
    };
    assert_eq!(with(200), Vec::<String>::new());
    assert_eq!(with(210), ["1.0.md:408: an edition has at most 200 sections"]);
}

#[test]
fn a_front_matter_says_version_day_and_summary_and_nothing_else() {
    const VERSION: &str = "version = \"1.0\"";
    const DAY: &str = "effective = \"2026-01-15\"";
    const SUMMARY: &str = "summary = [\"a\"]";
    const NO_DAY: &[&str] = &["1.0.md:3: effective must be a day such as 2026-01-31"];
    const NO_SUMMARY: &[&str] =
        &["1.0.md:4: summary must be a list of sentences in quotes, at least one, and none of them empty"];
    for (head, expected) in [
        ([VERSION, DAY, SUMMARY], &[] as &[&str]),
        ([VERSION, "effective = 2026-01-15", SUMMARY], &[]),
        (
            ["", "", ""],
            &["1.0.md:1: version is missing", "1.0.md:1: effective is missing", "1.0.md:1: summary is missing"],
        ),
        (
            ["version = \"1\"", DAY, SUMMARY],
            &["1.0.md:2: a version is two numbers with a full stop between them, such as 1.1, not \"1\""],
        ),
        (["version = 1.0", DAY, SUMMARY], &["1.0.md:2: version must be a text in quotes"]),
        (["version = \"1.1\"", DAY, SUMMARY], &["1.0.md:2: the version is 1.1, but the file is named 1.0.md"]),
        ([VERSION, "effective = \"2026-02-30\"", SUMMARY], NO_DAY),
        ([VERSION, "effective = \"15.1.2026\"", SUMMARY], NO_DAY),
        ([VERSION, "effective = 2026-01-15T00:00:00Z", SUMMARY], NO_DAY),
        ([VERSION, "effective = 12:00:00", SUMMARY], NO_DAY),
        ([VERSION, "effective = 2026", SUMMARY], NO_DAY),
        ([VERSION, DAY, "summary = \"a\""], NO_SUMMARY),
        ([VERSION, DAY, "summary = []"], NO_SUMMARY),
        ([VERSION, DAY, "summary = [\"a\", \" \"]"], NO_SUMMARY),
        ([VERSION, DAY, "summary = [1]"], NO_SUMMARY),
        (
            [VERSION, DAY, "summary = [\"a\"]\nauthor = \"b\""],
            &[
                "1.0.md:5: there is no field \"author\"; there are version, effective, published, notify, notify_days, summary",
            ],
        ),
        (
            [VERSION, "effective = 2026-01-15\npublished = 2026-01-16", SUMMARY],
            &["1.0.md:4: the edition is made public on 2026-01-16, but in force from 2026-01-15"],
        ),
        (
            [VERSION, "effective = 2026-01-15\npublished = 1", SUMMARY],
            &["1.0.md:4: published must be a day such as 2026-01-31"],
        ),
        ([VERSION, DAY, "notify = 1\nsummary = [\"a\"]"], &["1.0.md:4: notify must be true or false"]),
        ([VERSION, DAY, "notify_days = 7\nsummary = [\"a\"]"], &["1.0.md:4: notify_days needs notify = true"]),
        (
            [VERSION, DAY, "notify = true\nnotify_days = 0\nsummary = [\"a\"]"],
            &["1.0.md:5: notify_days must be a number of days, 1 to 365"],
        ),
        (
            [VERSION, DAY, "notify = true\nnotify_days = 366\nsummary = [\"a\"]"],
            &["1.0.md:5: notify_days must be a number of days, 1 to 365"],
        ),
        (
            [VERSION, DAY, "notify = true\nnotify_days = -1\nsummary = [\"a\"]"],
            &["1.0.md:5: notify_days must be a number of days, 1 to 365"],
        ),
        (
            [VERSION, "effective = 2026-01-15\npublished = 2026-01-02\nnotify = true", SUMMARY],
            &["1.0.md:5: subscribers are told on 2026-01-01, but the edition is made public on 2026-01-02"],
        ),
        ([VERSION, "effective", SUMMARY], &["1.0.md:3: this is not TOML: key with no value, expected `=`"]),
        ([VERSION, VERSION, SUMMARY], &["1.0.md:3: this is not TOML: duplicate key"]),
        (
            ["version = \"x\"", "effective = 1", "summary = 1"],
            &[
                "1.0.md:2: a version is two numbers with a full stop between them, such as 1.1, not \"x\"",
                "1.0.md:3: effective must be a day such as 2026-01-31",
                "1.0.md:4: summary must be a list of sentences in quotes, at least one, and none of them empty",
            ],
        ),
    ] {
        let text = format!("+++\n{}\n+++\n# Title\n", head.join("\n"));
        assert_eq!(mistakes_in(&text), expected, "{text}");
    }
}

#[test]
fn a_front_matter_stands_between_two_lines_of_plus_signs() {
    let missing = ["1.0.md:1: the front matter is missing: begin the file with it, between two lines of +++"];
    assert_eq!(mistakes_in("# Title\n"), missing);
    assert_eq!(mistakes_in("\n+++\n+++\n# Title\n").first().map(String::as_str), missing.first().copied());
    let no_end = ["1.0.md:1: the front matter has no end: close it with a line of +++"];
    assert_eq!(mistakes_in("+++\nversion = \"1.0\"\n"), no_end);
    assert_eq!(mistakes_in("+++"), no_end);
}

const NOT_READ: &str = "this is not read: write `key: text`, or `key:` with lines of `- text` below it";

#[test]
fn a_front_matter_may_be_yaml_of_texts_and_lists() {
    let read = |head: &str| mistakes_in(&format!("---\n{head}\n---\n# Title\n"));
    for head in [
        "version: 1.0\neffective: 2026-01-15\nsummary:\n  - First edition.\n  - \"And: more\" # why",
        "# a comment\n\nversion: '1.0'\neffective: \"2026-01-15\" # a day\nsummary: [First., 'It''s, so', \"a \\\"b\\\"\"]",
        "summary:\n- a\nversion: \"1.0\"\npublished: 2026-01-01\neffective: 2026-01-15",
        "version: 1.0\neffective: 2026-01-15\nnotify: true\nnotify_days: 7\nsummary: [a]",
    ] {
        assert_eq!(read(head), Vec::<String>::new(), "{head}");
    }
    let good = "version: 1.0\neffective: 2026-01-15\nsummary: [a]\n";
    for (line, expected) in [
        (
            "title: GitHub Cookies",
            "there is no field \"title\"; there are version, effective, published, notify, notify_days, summary",
        ),
        ("versions:\n  fpt: '*'", NOT_READ),
        ("a: |\n  text", NOT_READ),
        ("a: {b: c}", NOT_READ),
        ("a: [b", NOT_READ),
        ("a: [b] c", NOT_READ),
        ("a: [b, c: d]", NOT_READ),
        ("a: \"b", NOT_READ),
        ("a: b: c", NOT_READ),
        ("a: &b c", NOT_READ),
        ("a:b", NOT_READ),
        ("- a", NOT_READ),
        ("\ta: b", NOT_READ),
        ("version: 1.0", "duplicate key"),
    ] {
        let line_number = if line.contains('\n') { 6 } else { 5 };
        let found = read(&format!("{good}{line}"));
        assert!(found.contains(&format!("1.0.md:{line_number}: {expected}")), "{line}: {found:?}");
    }
    assert_eq!(read("version: 1.0\neffective: 2026-01-15"), ["1.0.md:1: summary is missing"]);
    let empty = "summary must be a list of sentences in quotes, at least one, and none of them empty";
    assert_eq!(read("version: 1.0\neffective: 2026-01-15\nsummary:"), [format!("1.0.md:4: {empty}")]);
    let no_end = ["1.0.md:1: the front matter has no end: close it with a line of ---"];
    assert_eq!(mistakes_in("---\nversion: 1.0\n+++\n"), no_end);
}

#[test]
fn what_is_nested_ten_thousand_deep_is_refused_and_overflows_nothing() {
    for (what, text) in [
        ("quotations", ">".repeat(10_000) + " a"),
        ("lists", "- ".repeat(10_000) + "a"),
        ("emphasis", "*a _b ".repeat(10_000) + &"c_ d*".repeat(10_000)),
        ("strong", "**a".repeat(10_000) + &"b**".repeat(10_000)),
        ("links", "[".repeat(10_000) + "a" + &"](/)".repeat(10_000)),
        ("quotations on many lines", (">".repeat(100) + " a\n\n").repeat(1_000)),
        ("a megabyte of quotations", ">".repeat(1_000_000)),
        ("a megabyte of brackets", "[".repeat(1_000_000)),
        ("a megabyte of tags", "<b>".repeat(300_000)),
    ] {
        let start = std::time::Instant::now();
        let read = edition(&format!("{HEAD}# Title\n\n{text}\n"));
        assert!(start.elapsed().as_secs() < 10, "{what} took {:?}", start.elapsed());
        if what.starts_with("quotations") || what == "lists" {
            assert!(read.is_err(), "{what}");
        }
    }
    let keys = format!("+++\n{} = 1\n+++\n# Title\n", vec!["a"; 200_000].join("."));
    assert_eq!(mistakes_in(&keys), ["1.0.md:2: this is not TOML: recursion limit"]);
}

#[test]
fn a_table_has_so_many_cells_and_so_long_headings() {
    let rows = |number: usize| format!("{HEAD}# Title\n\n|a|b|\n|-|-|\n{}", "|c|\n".repeat(number));
    assert_eq!(mistakes_in(&rows(4_999)), Vec::<String>::new());
    assert_eq!(mistakes_in(&rows(5_100)), ["1.0.md:5009: the tables of an edition have at most 10000 cells"]);
    let heading = format!("{HEAD}# Title\n\n|{}|\n|-|\n|a|\n", "a".repeat(101));
    assert_eq!(mistakes_in(&heading), ["1.0.md:8: the heading of a column has at most 100 characters"]);
}
