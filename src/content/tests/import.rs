//! An existing policy becomes an edition that passes, and every change is named by its line.

use std::path::Path;

use proptest::prelude::*;
use time::macros::date;

use super::{
    super::{
        cookies,
        import::{Imported, Target, import_text},
    },
    hostile, inventory_of, properties, shown,
};
use crate::{
    domain::{i18n::languages::Languages, policy::version::Version},
    properties::cases,
};

fn imported(text: &str) -> Imported {
    let languages = Languages::shipped();
    let target = Target {
        languages: &languages,
        version: Version { major: 1, minor: 0 },
        effective: date!(2026 - 01 - 15),
        base: Some("https://old.example/"),
    };
    import_text(text, Path::new("1.0.md"), &target)
}

/// The text behind the front matter.
fn body(imported: &Imported) -> &str {
    imported.text.splitn(3, "+++\n").nth(2).unwrap_or_default().trim()
}

fn changes(imported: &Imported) -> Vec<String> {
    imported.changes.iter().map(ToString::to_string).collect()
}

/// What each construct becomes below a title, and what is said about it. The construct begins on
/// line 3.
const TEXTS: &[(&str, &str, &[&str])] = &[
    ("Text stays *as* it `is`.", "Text stays *as* it `is`.", &[]),
    ("## What we use", "## What we use {#what-we-use}", &["3: the heading gets the id {#what-we-use}"]),
    ("## Changes {#changes}", "## Changes {#changes-2}", &["3: the heading gets the id {#changes-2}"]),
    ("#### Deep", "## Deep {#deep}", &["3: the heading moves from level 4 to 2, and the heading gets the id {#deep}"]),
    (
        "# One\n\n### Two",
        "## One {#one}\n\n### Two",
        &["3: the heading moves from level 1 to 2, and the heading gets the id {#one}"],
    ),
    (
        "##Close",
        "## Close {#close}",
        &["3: the heading gets a space behind its #", "3: the heading gets the id {#close}"],
    ),
    ("- # In a list", "- **In a list**", &["3: the heading within a list or quotation becomes strong text"]),
    (
        "See [it](http://a.example/b).",
        "See [it](<https://a.example/b>).",
        &["3: the link leads to https://a.example/b"],
    ),
    ("See http://a.example.", "See https://a.example.", &["3: the address begins with https://"]),
    (
        "See [it](/site/privacy#our-use).",
        "See [it](<https://old.example/site/privacy#our-use>).",
        &["3: the link leads to https://old.example/site/privacy#our-use"],
    ),
    ("See [it](/preferences).", "See [it](/preferences).", &[]),
    (
        "See [it](javascript:a).",
        "See it.",
        &["3: the link to \"javascript:a\" becomes text: name its site with --base, or write its full address"],
    ),
    (
        "See [it](#what-we-use--why).\n\n## What we use & why",
        "See [it](#what-we-use-why).\n\n## What we use & why {#what-we-use-why}",
        &["3: the link leads to #what-we-use-why", "5: the heading gets the id {#what-we-use-why}"],
    ),
    ("See [it](#no).", "See it.", &["3: the link to #no becomes text: nothing has that id"]),
    ("Name | Use\n_ga | Counts", "Name | Use\n|---|---|\n_ga | Counts", &["3: the table gets the rule below its head"]),
    ("a | b\n--|--\nc | d | e", "a | b\n--|--\nc | d  e |", &["5: what stands behind the last column joins its cell"]),
    (
        "| a | b |\n|---|---|\n| c | d |\n(*) Note",
        "| a | b |\n|---|---|\n| c | d |\n\n(*) Note",
        &["6: the line below the table becomes a paragraph"],
    ),
    ("!!! note \"Mind\"\n    Text.\n\nMore.", "**Mind**\n\nText.\n\nMore.", &["3: the admonition becomes text"]),
    ("::: tip\nText.\n:::", "Text.", &["3: \"::: tip\" is left out", "5: \":::\" is left out"]),
    ("Text.{: .lead}", "Text.", &["3: \"{: .lead}\" is left out"]),
    ("{% if a %}Text.{% endif %}", "Text.", &["3: \"{% endif %}\" is left out", "3: \"{% if a %}\" is left out"]),
    (
        "By {{ company.name }}.",
        "By `{{ company.name }}`.",
        &["3: the variable \"company.name\" is written as code: replace it"],
    ),
    ("{{ cookie-table }}", "{{ cookie-table }}", &[]),
    (
        "a <b>b</b>",
        "a b",
        &["3: \"</b>\" becomes Markdown or is left out", "3: \"<b>\" becomes Markdown or is left out"],
    ),
    ("<p>See <a href=\"https://a.example\">it</a></p>", "See [it](<https://a.example>)", &["3: the HTML becomes text"]),
    ("<script>\nalert(1)\n</script>", "", &["3: the HTML becomes text"]),
    ("```\n_ga=1\n```", "`_ga=1`", &["3: the block of code becomes text"]),
    ("a ~~b~~", "a b", &["3: the text is not struck out any more"]),
    ("- [x] a", "- a", &["3: the box of the task is left out"]),
    ("> [!NOTE]\n> a", "> \n> a", &["3: the alert becomes a quotation"]),
    (
        "![Flow](img/flow.png)",
        "Flow",
        &["3: the image \"img/flow.png\" becomes its text: put the file into public/ to show it"],
    ),
    ("a[^1]", "a\\[^1]", &["3: a footnote that is defined nowhere, [^ ], stays as text"]),
    ("a[^1]\n\n[^1]: b", "a[^1]\n\n[^1]: b", &[]),
    ("a\u{200e}\u{202e}b", "a\u{200e}b", &["3: an invisible character is left out"]),
];

#[test]
fn each_construct_becomes_one_that_an_edition_may_hold() {
    let mut wrong = Vec::new();
    for (text, expected, said) in TEXTS {
        let found = imported(&format!("# Title\n\n{text}\n"));
        // Empty lines may be left of what is gone.
        let mut becomes = body(&found).to_owned();
        while becomes.contains("\n\n\n") {
            becomes = becomes.replace("\n\n\n", "\n\n");
        }
        let expected = format!("# Title\n\n{expected}");
        if becomes != expected.trim() || changes(&found) != *said || !found.left.is_empty() {
            wrong.push((*text, becomes, changes(&found), shown(&found.left)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // An edition stays as it is.
    for (_, text, _) in TEXTS {
        assert_eq!(changes(&imported(&format!("# Title\n\n{text}\n"))), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_policy_gets_a_front_matter_and_a_title_of_plain_text_at_its_start() {
    let found = imported("---\ntitle: Our *cookies*\nlayout: page\n---\nText.\n");
    assert_eq!(
        found.text,
        "+++\nversion = \"1.0\"\neffective = \"2026-01-15\"\nsummary = [\"First edition.\"]\n+++\n\n# Our \\*cookies\\*\n\nText.\n"
    );
    assert_eq!(changes(&found), ["1: the front matter is replaced by that of an edition", "5: the text gets a title"]);
    assert_eq!(body(&imported("Text.\n\nOur **cookies**\n===\n\nMore.\n")), "# Our cookies\n\nText.\n\n\n\nMore.");
    assert_eq!(body(&imported("")), "# Cookie policy");
}

#[test]
fn the_table_of_cookies_becomes_declarations_that_pass() {
    let table = "\
Provider of Cookie | Cookie Name | Description | Expiration*
-------------------|-------------|-------------|------------
Us | `csrf` | Protects forms against \"forgery\" | Session
[Meter](https://meter.example) | `_m` | Counts visits | 5 years
Us | `lang` | Remembers the language | One month
Us | `lang` | Again | One month
Us | `ok` | Consent | 13 months
Us | no name | x | 1 day
Us | `odd` | Counts | Until it ends
";
    let found = imported(&format!("# Title\n\n{table}"));
    assert_eq!(shown(&found.left), Vec::<String>::new());
    let (text, count) = &found.declarations;
    assert_eq!(*count, 5, "{text}");
    for expected in [
        "name = \"csrf\"\npurpose = \"security\" # a guess\nlifetime = \"session\"\n",
        "name = \"_m\"\npurpose = \"analytics\" # a guess\nlifetime = \"400 days\" # the longest for this purpose, not \"5 years\"\n",
        "name = \"lang\"\npurpose = \"preferences\" # a guess\nlifetime = \"31 days\"\n",
        "name = \"ok\"\npurpose = \"consent\" # a guess\nlifetime = \"183 days\" # the longest",
        "name = \"odd\"\npurpose = \"analytics\" # a guess\nlifetime = \"session\" # not read: \"Until it ends\"\n",
        "set_by = \"Meter\"\ndescription = \"Counts visits\"\nsince = \"1.0\"\nno_host_prefix_because = ",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let all = format!("{}\n{text}", inventory_of(&["1.0", "1.1"]).replace("\"1.1\"", "\"1.0\""));
    let read = cookies::parse(Path::new("cookies.toml"), &all, (&[Version { major: 1, minor: 0 }], None), "Acme");
    assert!(read.is_ok(), "{read:?}\n{all}");
    assert_eq!(imported("# Title\n\na | b\n--|--\nc | d\n").declarations.1, 0);
}

#[test]
fn an_advertising_cookie_gets_a_purpose_that_the_publisher_must_declare() {
    let table = |description: &str| {
        let row = format!("Cookie | Purpose | Duration\n---|---|---\n`ad` | {description} | 90 days\n");
        imported(&format!("# Title\n\n{row}")).declarations.0
    };
    let told = "# An entry of the purpose \"advertising\" needs a [[purpose]] of that name in cookies.toml.\n";
    for description in ["Shows advertisements", "Measures a marketing campaign", "Remembers which ads you saw"] {
        let text = table(description);
        assert!(text.contains("purpose = \"advertising\" # a guess\nlifetime = \"90 days\"\n"), "{text}");
        assert!(text.split("\n\n").next().is_some_and(|head| format!("{head}\n").contains(told)), "{text}");
    }
    for (description, purpose) in [("Counts visits", "analytics"), ("Keeps your opt-out of advertising", "consent")] {
        let text = table(description);
        assert!(text.contains(&format!("purpose = \"{purpose}\"")) && !text.contains(told), "{text}");
    }
}

#[test]
fn hostile_texts_become_editions_or_say_what_is_left() {
    let mut slow = Vec::new();
    for (name, text) in hostile::all().into_iter().filter(|(_, text)| text.len() <= 64 * 1024) {
        let start = std::time::Instant::now();
        let found = imported(&text);
        if start.elapsed().as_secs() >= 30 {
            slow.push((name, start.elapsed()));
        }
        assert!(found.text.len() < 40 * 64 * 1024);
    }
    assert_eq!(slow, []);
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn no_text_breaks_an_import(text in properties::markdown()) {
        let found = imported(&text);
        let lines = text.lines().count().max(1);
        prop_assert!(found.changes.iter().all(|change| (1..=lines).contains(&change.line)), "{:?}", found.changes);
    }
}
