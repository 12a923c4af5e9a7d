//! The policy and the inventory in another language.

use axum::http::StatusCode;

use super::{
    super::{browser::newcomer, page::text, site::setup_with_content},
    OTHERS, address_in, of, spoken,
};
use crate::model::locale::Locale;

const VERSION: &str = "/policy/1.1";

/// The text of a shipped translation.
fn shipped(locale: Locale) -> String {
    let file = format!("{}/content/policy/{locale}/1.1.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn a_translation_has_the_sections_of_the_original_and_says_which_language_prevails() {
    let original = newcomer().get(VERSION).await;
    assert!(!original.has(".translation"));
    for locale in OTHERS {
        for address in [VERSION, "/policy"] {
            let page = newcomer().get(&address_in(locale, address)).await;
            assert_eq!(page.attributes("article section[id]", "id"), original.attributes("article section[id]", "id"));
            assert_ne!(page.text("h1"), original.text("h1"));
            assert_eq!(page.attributes(".translation a", "href"), ["/en/policy/1.1"]);
            assert!(!page.has(".translation strong"));
            assert!(!page.has("article h1[lang], article section[lang]"), "the whole page is in one language");
            assert_eq!(page.all("aside.insert").len(), 4);
        }
    }
}

#[tokio::test]
async fn an_edition_that_is_not_translated_is_read_in_english_and_marked_as_such() {
    for locale in OTHERS {
        let page = newcomer().get(&address_in(locale, "/policy/1.0")).await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(locale)));
        assert_eq!(page.text("h1"), "Cookie policy");
        for part in ["article h1", ".introduction", ".toc ol", "#use", "#changes ul"] {
            let element = page.one(part);
            assert_eq!((element.attr("lang"), element.attr("dir")), (Some("en"), Some("ltr")), "{part}");
        }
        assert!(page.has("p.translation"), "the reader is told");
        // What the site itself says on the page is in the reader's language.
        assert_eq!(page.all("aside.insert:not([lang])").len(), 0);
    }
}

#[tokio::test]
async fn a_translation_of_an_older_text_is_shown_and_marked() {
    let folder = setup_with_content(|content| {
        let file = content.join("policy/en/1.1.md");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.replace("Cookies also help us", "Cookies help us")).unwrap();
    });
    let page = folder.browser().get("/de/policy/1.1").await;
    assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(Locale::German)));
    assert_eq!(page.attributes(".translation strong a", "href"), ["/en/policy/1.1"]);
    assert_eq!(page.text("h1"), "Cookie-Richtlinie");
}

#[tokio::test]
async fn the_inventory_is_told_in_the_readers_words_with_the_facts_of_the_original() {
    let original = newcomer().get(VERSION).await;
    let names = original.attributes("table.cookies tr[data-cookie]", "data-cookie");
    let english: Vec<_> = original.all("table.cookies td:last-child").into_iter().map(text).collect();
    for locale in OTHERS {
        let page = newcomer().get(&address_in(locale, VERSION)).await;
        assert_eq!(page.attributes("table.cookies tr[data-cookie]", "data-cookie"), names);
        let told: Vec<_> = page.all("table.cookies td:last-child").into_iter().map(text).collect();
        for (told, english) in told.iter().zip(&english) {
            let first = english.split('.').next().unwrap();
            assert!(!told.starts_with(first), "{locale} says {first:?} in English");
        }
        let page = newcomer().get(&address_in(locale, "/")).await;
        let home = newcomer().get("/en").await;
        let question = home.text("#banner").split(" Nothing optional").next().unwrap().to_owned();
        assert!(!page.text("#banner").contains(&question));
        let questions = newcomer().get(&address_in(locale, "/preferences")).await;
        assert!(!questions.text("#choices").contains("May Harmony"), "{locale}");
    }
}

#[test]
fn the_shipped_translations_are_of_the_shipped_original() {
    let original = include_str!("../../../../../content/policy/en/1.1.md");
    for locale in OTHERS {
        let hash = crate::server::digest::sha256_hex(original);
        assert!(shipped(locale).contains(&format!("translates = \"{hash}\"")), "{locale}");
    }
}
