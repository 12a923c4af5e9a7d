//! The policy and the inventory in other languages.

use axum::http::StatusCode;

use super::{
    super::{browser::anonymous_browser, page::text, site::site_with_content},
    OTHERS, address_in, of, spoken,
};
use crate::{content::i18n::Messages, domain::i18n::locale::Locale};

const VERSION: &str = "/policy/1.1";

/// Returns the file of a shipped translation.
fn shipped(locale: Locale) -> String {
    let file = format!("{}/content/policy/{locale}/1.1.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn a_translation_has_the_sections_of_the_original_and_says_which_language_prevails() {
    let original = anonymous_browser().get(VERSION).await;
    assert!(!original.has(".translation"));
    for locale in OTHERS {
        for address in [VERSION, "/policy"] {
            let page = anonymous_browser().get(&address_in(locale, address)).await;
            assert_eq!(page.attributes("article section[id]", "id"), original.attributes("article section[id]", "id"));
            assert_ne!(page.text("h1"), original.text("h1"));
            assert_eq!(page.attributes(".translation a", "href"), ["/en/policy/1.1"]);
            assert!(!page.has(".translation strong"));
            assert!(
                !page.has("article h1[lang], article section:not(.callout)[lang]"),
                "the whole page is in one language"
            );
            assert_eq!(page.all("section.callout").len(), 4);
        }
    }
}

#[tokio::test]
async fn an_untranslated_edition_is_shown_in_english_and_marked_as_english() {
    for locale in OTHERS {
        let page = anonymous_browser().get(&address_in(locale, "/policy/1.0")).await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(locale)));
        assert_eq!(page.text("h1"), "Cookie policy");
        for part in ["article h1", ".introduction", ".toc ol", "#use", "#changes ul"] {
            let element = page.one(part);
            assert_eq!((element.attr("lang"), element.attr("dir")), (Some("en"), Some("ltr")), "{part}");
        }
        assert!(page.has("p.translation"), "the reader is told");
        // Text that the site adds to the edition is in the reader's language.
        assert_eq!(page.all("section.callout:not([lang])").len(), 0);
    }
}

#[tokio::test]
async fn a_comparison_is_in_the_readers_language_and_marks_the_compared_english() {
    let compared = "/policy/compare/1.0/1.1";
    let original = anonymous_browser().get(compared).await;
    assert!(!original.has("main [lang], main [dir]"), "the whole page is in one language");
    for locale in OTHERS {
        let page = anonymous_browser().get(&address_in(locale, compared)).await;
        let texts = &Messages::shipped(locale).editions;
        assert_eq!(plain(&page.text("h1")), plain(&texts.changed("1.0", "1.1")));
        for part in
            ["#text-purposes h2", "#text-purposes p:not(.diff-callout)", ".toc a[href='#text-use']", ".unchanged a"]
        {
            for element in page.all(part) {
                assert_eq!((element.attr("lang"), element.attr("dir")), (Some("en"), Some("ltr")), "{locale} {part}");
            }
        }
        for mark in ["del", "ins"] {
            let is_marked = format!("[lang=en][dir=ltr] {mark}, .legend {mark}, .diff-callout {mark}");
            assert_eq!(page.all(&is_marked).len(), page.all(mark).len(), "{locale}");
            assert_eq!(page.all(mark).len(), original.all(mark).len(), "{locale}");
            for unseen in page.all(&format!("{mark} > .visually-hidden")) {
                assert_eq!((unseen.attr("lang"), unseen.attr("dir")), (Some(locale.tag()), Some(locale.direction())));
            }
        }
        assert!(
            !page.has(".lead[lang], .legend[lang], .diff-position[lang], .diff-callout[lang], #declared [lang]"),
            "{locale}"
        );
    }
}

/// Removes the Unicode isolates that separate names from text of another direction.
fn plain(text: &str) -> String {
    text.replace(['\u{2067}', '\u{2068}', '\u{2069}'], "")
}

#[tokio::test]
async fn the_history_lists_the_changes_of_an_edition_in_the_readers_language() {
    let original = anonymous_browser().get("/policy/history").await;
    let summary = "article > ul:not(.links)";
    for locale in OTHERS {
        let page = anonymous_browser().get(&address_in(locale, "/policy/history")).await;
        let (told, english) = (page.all(summary), original.all(summary));
        // Only the first edition, listed last, has no translation.
        let (older, same) = (*told.last().unwrap(), *english.last().unwrap());
        for (newer, in_english) in told.iter().zip(&english).take(told.len() - 1) {
            assert_eq!((newer.attr("lang"), text(*newer) == text(*in_english)), (None, false), "{locale}");
        }
        assert_eq!((older.attr("lang"), older.attr("dir")), (Some("en"), Some("ltr")), "{locale}");
        assert_eq!(text(older), text(same), "{locale}");
        let hashes = |page: &super::Page| page.all(".hash code").into_iter().map(text).collect::<Vec<_>>();
        assert_eq!(hashes(&page), hashes(&original), "{locale}");
    }
}

#[tokio::test]
async fn a_translation_of_an_older_text_is_shown_with_a_note() {
    let folder = site_with_content(|content| {
        let file = content.join("policy/en/1.1.md");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.replace("Cookies also help us", "Cookies help us")).unwrap();
    });
    let page = folder.browser().get("/de/policy/1.1").await;
    assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(Locale::GERMAN)));
    assert_eq!(page.attributes(".translation strong a", "href"), ["/en/policy/1.1"]);
    assert_eq!(page.text("h1"), "Cookie-Richtlinie");
}

#[tokio::test]
async fn the_inventory_is_translated_with_the_facts_of_the_original() {
    let original = anonymous_browser().get(VERSION).await;
    let names = original.attributes("table.declarations tr[data-cookie]", "data-cookie");
    let english: Vec<_> = original.all("table.declarations td:nth-child(2)").into_iter().map(text).collect();
    for locale in OTHERS {
        let page = anonymous_browser().get(&address_in(locale, VERSION)).await;
        assert_eq!(page.attributes("table.declarations tr[data-cookie]", "data-cookie"), names);
        let told: Vec<_> = page.all("table.declarations td:nth-child(2)").into_iter().map(text).collect();
        for (told, english) in told.iter().zip(&english) {
            let first = english.split('.').next().unwrap();
            assert!(!told.starts_with(first), "{locale} says {first:?} in English");
        }
        let page = anonymous_browser().get(&address_in(locale, "/")).await;
        let home = anonymous_browser().get("/en").await;
        let question = home.text("#banner").split(" Optional cookies").next().unwrap().to_owned();
        assert!(!page.text("#banner").contains(&question));
        let questions = anonymous_browser().get(&address_in(locale, "/preferences")).await;
        assert!(!questions.text("#choices").contains("May Harmony"), "{locale}");
    }
}

#[test]
fn the_shipped_translations_match_the_shipped_original() {
    let original = include_str!("../../../../content/policy/en/1.1.md");
    for locale in OTHERS {
        let hash = crate::system::digest::sha256_hex(original);
        assert!(shipped(locale).contains(&format!("translates = \"{hash}\"")), "{locale}");
    }
}
