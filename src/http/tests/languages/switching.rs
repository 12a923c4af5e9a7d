//! The language switch: it leads to the same page, and saves the choice only where that is allowed.

use axum::http::{StatusCode, header};

use super::{
    super::{
        accounts::users::signed_in_browser,
        browser::{ORIGIN, anonymous_browser},
        page::encode,
        urls::{ACCOUNT_PAGES, PAGES},
    },
    LANGUAGE, OTHERS, address_in, of, set_up_for, spoken,
};
use crate::{content::i18n::Messages, domain::i18n::locale::Locale};

const SWITCHER: &str = "nav#languages";

#[tokio::test]
async fn every_page_links_to_itself_in_each_language() {
    for address in PAGES {
        for locale in Locale::SHIPPED {
            let page = anonymous_browser().get(&address_in(locale, address)).await;
            assert!(!page.one(SWITCHER).attr("aria-label").unwrap().is_empty());
            let expected = Locale::SHIPPED.map(|other| address_in(other, address));
            assert_eq!(page.attributes("#languages a", "href"), expected, "{locale} {address}");
            assert_eq!(page.attributes("#languages a", "hreflang"), Locale::SHIPPED.map(String::from));
            assert_eq!(page.attributes("#languages a", "lang"), Locale::SHIPPED.map(String::from));
            let names: Vec<_> = page.all("#languages a").into_iter().map(super::super::page::text).collect();
            assert_eq!(names, Locale::SHIPPED.map(|locale| Messages::shipped(locale).languages.own_name()));
            assert_eq!(page.attributes("#languages [aria-current]", "lang"), [locale.tag()]);
            let alternates = expected.into_iter().chain([address.to_owned()]);
            let alternates: Vec<_> = alternates.map(|address| format!("{ORIGIN}{address}")).collect();
            assert_eq!(page.attributes("head link[rel=alternate][hreflang]", "href"), alternates);
            let tags = page.attributes("head link[rel=alternate][hreflang]", "hreflang");
            let each = Locale::SHIPPED.map(String::from).into_iter().chain(["x-default".to_owned()]);
            assert!(tags.into_iter().eq(each));
        }
    }
}

#[tokio::test]
async fn the_switch_keeps_the_query_that_the_page_needs_and_no_other() {
    let page = anonymous_browser().get("/de/sign-in?return_to=/policy&notice=saved").await;
    let expected = Locale::SHIPPED.map(|locale| format!("/{locale}/sign-in?return_to=/policy"));
    assert_eq!(page.attributes("#languages a", "href"), expected);
    let page = anonymous_browser().get("/sign-in?return_to=https://evil.example").await;
    assert_eq!(page.attributes("#languages a", "href"), Locale::SHIPPED.map(|locale| format!("/{locale}/sign-in")));
    let page = anonymous_browser().get("/de/policy?x=1&notice=accepted").await;
    assert_eq!(page.attributes("#languages a", "href"), Locale::SHIPPED.map(|locale| format!("/{locale}/policy")));
}

#[tokio::test]
async fn account_pages_have_the_language_switch_too() {
    let mut browser = signed_in_browser(false).await;
    for address in ACCOUNT_PAGES {
        let page = browser.get(&address_in(Locale::ARABIC, address)).await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::OK, of(Locale::ARABIC)), "{address}");
        assert_eq!(page.attributes("#languages a", "href"), Locale::SHIPPED.map(|other| address_in(other, address)));
    }
}

#[tokio::test]
async fn reading_in_a_language_sets_no_cookie() {
    for preferences in ["yes", "no"] {
        let mut browser = anonymous_browser();
        browser.decide(preferences, "no").await;
        for locale in OTHERS {
            let page = browser.get(&address_in(locale, "/policy")).await;
            assert_eq!(page.set_and_removed().0, Vec::<&str>::new());
        }
        assert!(!browser.holds().contains(&LANGUAGE));
    }
}

#[tokio::test]
async fn with_a_grant_a_chosen_language_is_saved_and_leads_to_the_same_page() {
    let mut browser = set_up_for(anonymous_browser(), "en");
    browser.decide("yes", "no").await;
    let page = browser.get("/policy/1.0").await;
    assert!(!page.has("#languages a"), "links would save nothing");
    let answer = browser.send_form(&page, "#languages form", &[("locale", "de")]).await;
    assert_eq!(answer.header(header::LOCATION), Some("/de/policy/1.0"));
    assert_eq!(answer.set_and_removed(), (vec![LANGUAGE], vec![]));
    let cookie = answer.header(header::SET_COOKIE).unwrap();
    assert!(cookie.starts_with("__Host-Http-language=de; ") && cookie.contains("Max-Age=15552000"), "{cookie}");
    let page = browser.follow(&page, &answer).await;
    assert_eq!(spoken(&page), of(Locale::GERMAN));
    assert_eq!(spoken(&browser.get("/").await), of(Locale::GERMAN), "an address that says none");
    let page = browser.get("/preferences").await;
    assert!(
        page.has(&format!("[data-cookie='{LANGUAGE}']"))
            || page.bytes.windows(LANGUAGE.len()).any(|w| w == LANGUAGE.as_bytes())
    );
}

#[tokio::test]
async fn without_a_grant_a_chosen_language_is_not_saved() {
    for preferences in [None, Some("no")] {
        let mut browser = anonymous_browser();
        if let Some(answer) = preferences {
            browser.decide(answer, "no").await;
        }
        let fields = encode(&[("locale", "ar"), ("return_to", "/statistics")]);
        let answer = browser.post_fields("/api/language/choose", fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header(header::LOCATION), Some("/ar/statistics"));
        assert_eq!(answer.set_and_removed(), (vec![], vec![]));
    }
}

#[tokio::test]
async fn a_language_that_is_not_offered_is_rejected() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    for fields in [
        "",
        "locale=de",
        "return_to=/policy",
        "locale=it&return_to=/policy",
        "locale=DE&return_to=/policy",
        "locale=de&return_to=https://evil.example",
        "locale=de&return_to=//evil.example",
        "locale=de&return_to=/de/policy",
    ] {
        let answer = browser.post_fields("/api/language/choose", fields).await;
        assert_eq!((answer.status.as_u16(), answer.set_and_removed()), (400, (vec![], vec![])), "{fields}");
    }
}

#[tokio::test]
async fn a_withdrawal_removes_the_language_cookie_at_once() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let page = browser.get("/").await;
    browser.submit(&page, "#languages form", &[("locale", "fr")]).await;
    assert!(browser.holds().contains(&LANGUAGE));
    let page = browser.get("/preferences").await;
    assert_eq!(spoken(&page), of(Locale::FRENCH));
    let answer = browser.send_form(&page, "form.turn-off", &[]).await;
    assert!(answer.set_and_removed().1.contains(&LANGUAGE));
    assert_eq!(spoken(&browser.follow(&page, &answer).await), of(Locale::ENGLISH));
}
