//! A record contains the text that was shown, and a change of language does not prompt again.

use serde_json::Value;

use super::{
    super::{browser::anonymous_browser, receipts::download},
    OTHERS, address_in, of, spoken,
};
use crate::{
    domain::i18n::locale::Locale,
    store::{StoreError, Tx},
};

#[tokio::test]
async fn a_decision_is_recorded_with_the_language_and_the_text_that_were_shown() {
    let mut seen = std::collections::HashSet::new();
    for locale in Locale::SHIPPED {
        let mut browser = anonymous_browser();
        let page = browser.get(&address_in(locale, "/policy")).await;
        browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
        let receipt = download(&mut browser).await;
        let json: Value = serde_json::from_str(&receipt).unwrap();
        let choice = find(&json, "locale").unwrap();
        assert_eq!(choice.as_str(), Some(locale.tag()));
        let hash = find(&json, "shown").unwrap().as_str().unwrap().to_owned();
        let content = browser.site.state.content();
        let version = browser.site.state.current_version().version;
        let shown = content.prompt_snapshot(version, locale).unwrap();
        assert_eq!((shown.text.hash.as_str(), shown.shown.locale.as_str()), (hash.as_str(), locale.tag()));
        let reading = content.localized_edition(version, locale).unwrap();
        assert_eq!((&shown.shown.policy, reading.locale), (&reading.edition.sha256, locale));
        assert!(seen.insert(hash), "each language is a text of its own");

        // Verification works in every language.
        for other in [Locale::ENGLISH, Locale::ARABIC] {
            let page = browser.get(&address_in(other, "/verify")).await;
            let judged = browser.send_form(&page, "#verify", &[("receipt", &receipt)]).await;
            assert!(judged.has("#verdict[data-verdict=genuine], #says-title"), "{locale} in {other}");
        }
    }
}

/// Returns the first value with that name at any depth.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|inner| find(inner, name))),
        Value::Array(items) => items.iter().find_map(|inner| find(inner, name)),
        _ => None,
    }
}

/// Returns every stored prompt text with its hash.
fn stored_texts(tx: &Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    tx.prompt_snapshots()
}

#[tokio::test]
async fn the_original_prompt_is_stored_beside_the_translation_that_was_shown() {
    let mut browser = anonymous_browser();
    let page = browser.get("/ar").await;
    browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
    let texts = browser.site.state.store.read(stored_texts).await.unwrap();
    let content = browser.site.state.content();
    let version = browser.site.state.current_version().version;
    for locale in [Locale::ARABIC, Locale::ENGLISH] {
        let text = &content.prompt_snapshot(version, locale).unwrap().text;
        assert!(texts.iter().any(|(hash, shown)| (hash, shown) == (&text.hash, &text.text)), "{locale}");
    }
    assert_eq!(texts.len(), 2, "and nothing else");
}

#[tokio::test]
async fn changing_the_language_does_not_prompt_again() {
    for locale in Locale::SHIPPED {
        let mut browser = anonymous_browser();
        let page = browser.get(&address_in(locale, "/")).await;
        browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
        for other in Locale::SHIPPED {
            let page = browser.get(&address_in(other, "/policy")).await;
            assert_eq!(spoken(&page), of(other));
            assert!(!page.has("#banner"), "given in {locale}, asked in {other}");
            let page = browser.get(&address_in(other, "/preferences")).await;
            assert!(!page.has(".reconsent"));
            assert_eq!(page.attributes("#choices input[checked]", "id"), ["preferences-yes", "analytics-yes"]);
        }
    }
}

#[tokio::test]
async fn the_fingerprint_of_the_prompt_is_the_same_in_every_language() {
    let site = anonymous_browser().site;
    let content = site.state.content();
    let version = site.state.current_version().version;
    for locale in OTHERS {
        let shown = content.prompt_snapshot(version, locale).unwrap();
        assert_eq!(&shown.fingerprints, content.fingerprints(version));
        assert_ne!(shown.text, content.prompt_snapshot(version, Locale::ENGLISH).unwrap().text);
    }
}
