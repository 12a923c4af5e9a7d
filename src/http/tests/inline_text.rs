//! Words of adjacent inline elements never run together: a space or punctuation separates them.
//! Screen readers, copied text, searches and joined scripts depend on it.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Node};

use super::{
    accounts::users::signed_in_browser,
    browser::Browser,
    site::setup,
    urls::{ACCOUNT_PAGES, PAGES},
};
use crate::domain::i18n::locale::Locale;

/// Inline elements.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "bdi", "cite", "code", "del", "em", "i", "ins", "kbd", "label", "mark", "small", "span",
    "strong", "time", "q",
];

/// Elements whose text the page does not show.
const SKIPPED: [&str; 5] = ["head", "script", "style", "svg", "textarea"];

/// Invisible characters, which do not separate words.
const UNSEEN: [char; 6] = ['\u{200e}', '\u{200f}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];

/// Returns the places where words of two elements run together.
fn run_together(document: &Html) -> Vec<String> {
    let (mut found, mut before) = (Vec::new(), String::new());
    let mut is_parted = false;
    walk(document.root_element(), &mut |piece| match piece {
        Piece::Line => before.clear(),
        Piece::Edge => is_parted = true,
        Piece::Text(text) => {
            let seen: String = text.chars().filter(|c| !UNSEEN.contains(c)).collect();
            let (Some(first), Some(last)) = (seen.chars().next(), before.chars().last()) else {
                before.push_str(&seen);
                is_parted &= seen.is_empty();
                return;
            };
            if is_parted && last.is_alphanumeric() && first.is_alphanumeric() {
                found.push(format!("{before}|{seen}"));
            }
            before = seen;
            is_parted = false;
        }
    });
    found
}

enum Piece<'t> {
    /// Start or end of a line.
    Line,
    /// Start or end of an inline element.
    Edge,
    Text(&'t str),
}

fn walk(element: ElementRef<'_>, tell: &mut impl FnMut(Piece<'_>)) {
    let edge = || if INLINE.contains(&element.value().name()) { Piece::Edge } else { Piece::Line };
    if SKIPPED.contains(&element.value().name()) {
        return;
    }
    tell(edge());
    for child in element.children() {
        match child.value() {
            Node::Text(text) => tell(Piece::Text(text)),
            _ => ElementRef::wrap(child).into_iter().for_each(|child| walk(child, tell)),
        }
    }
    tell(edge());
}

/// Opens the pages in each language.
async fn open_all(browser: &mut Browser, pages: &[&str]) {
    let mut found = BTreeSet::new();
    // A message shows only after a page of the site.
    let home = browser.get("/").await;
    for locale in Locale::SHIPPED {
        for page in pages {
            let page = browser.get_from(&home, &format!("/{locale}{}", page.trim_end_matches('/'))).await;
            found.extend(run_together(&page.document).into_iter().map(|words| format!("{}: {words}", page.address)));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_check_finds_words_that_run_together_and_nothing_else() {
    for (html, many) in [
        ("<dt>Authentication<small>always on</small></dt>", 1),
        ("<dt>الأمان<small>مفعّل</small></dt>", 1),
        ("<dt>Authentication <small>always on</small></dt>", 0),
        ("<p><code>a</code><code>b</code></p>", 1),
        ("<p><code>a</code>, <code>b</code></p>", 0),
        ("<p><a>a</a></p><p><a>b</a></p>", 0),
        ("<p>(<code>a</code>).</p>", 0),
        ("<p>one<br>two</p>", 0),
        ("<p><b>a</b><i></i><b>b</b></p>", 1),
        ("<p>one<span>\u{2068}two\u{2069}</span></p>", 1),
    ] {
        assert_eq!(run_together(&Html::parse_document(html)).len(), many, "{html}");
    }
}

#[tokio::test]
async fn no_words_run_together_before_a_decision() {
    let mut browser = setup().browser();
    browser.cookies.plant("stranger", "value", "/");
    open_all(&mut browser, &PAGES).await;
    open_all(&mut browser, &["/nowhere", "/policy/9.9"]).await;
}

#[tokio::test]
async fn no_words_run_together_after_a_decision_and_in_an_account() {
    let mut browser = signed_in_browser(true).await;
    browser.decide("yes", "yes").await;
    for _ in 0..12 {
        browser.get("/policy").await;
    }
    browser.site.state.store.flush().await.unwrap();
    super::accounts::users::another(&browser, true).await;
    super::accounts::users::try_sign_in(&mut browser.site.browser(), "anna@example.org", "wrong", false).await;
    open_all(&mut browser, &PAGES).await;
    open_all(&mut browser, &ACCOUNT_PAGES).await;
    open_all(&mut browser, &["/preferences?notice=saved", "/policy?notice=accepted"]).await;
}
