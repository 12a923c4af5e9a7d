//! Links, forms, redirects and errors keep the language of the page.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use super::{
    super::{
        accounts::users::{ANNA, OTHER_PASSWORD, PASSWORD, another, signed_in_browser},
        browser::{Browser, FORM, anonymous_browser},
        page::Page,
        urls::{ACCOUNT_PAGES, PAGES},
    },
    OTHERS, address_in, of, set_up_for, spoken,
};
use crate::domain::i18n::{languages::Languages, locale::Locale, locale_path};

/// Returns the languages of the page's links and form targets, without the language switch and
/// files.
fn leads_to(page: &Page) -> Vec<(String, Option<Locale>)> {
    let links = page.attributes("a[href^='/']:not(#languages a):not(.translation a)", "href");
    let forms = page.attributes("form[action^='/']", "action");
    let of_no_language = ["/cookies.json", "/statistics.", "/receipts/", "/policy/feed.xml", "/.well-known/"];
    let serves_html = |address: &&str| !of_no_language.iter().any(|path| address.starts_with(path));
    let all = links.into_iter().chain(forms).filter(serves_html);
    all.map(|address| {
        (address.to_owned(), locale_path::split(address.split('?').next().unwrap(), &Languages::shipped()).0)
    })
    .collect()
}

#[tokio::test]
async fn every_link_and_every_form_keeps_the_language_of_its_url() {
    let mut user = signed_in_browser(false).await;
    for address in PAGES.into_iter().chain(ACCOUNT_PAGES) {
        let mut guest = anonymous_browser();
        for locale in Locale::SHIPPED {
            let browser = if ACCOUNT_PAGES.contains(&address) { &mut user } else { &mut guest };
            for (to, said) in leads_to(&browser.get(&address_in(locale, address)).await) {
                assert_eq!(said, Some(locale), "{to} on {address}");
            }
        }
        let mut browser = set_up_for(anonymous_browser(), "de");
        for (to, said) in leads_to(&browser.get(address).await) {
            assert_eq!(said, None, "{to} on {address}");
        }
    }
}

/// Sends a form on a German page and checks that the next page is the expected one in German.
async fn leads_on(browser: &mut Browser, page: &str, form: &str, answers: &[(&str, &str)], to: &str) -> Page {
    let page = browser.get(&address_in(Locale::GERMAN, page)).await;
    let answer = browser.send_form(&page, form, answers).await;
    let location = answer.header(header::LOCATION).unwrap_or_default().split('&').next().unwrap();
    assert_eq!((answer.status, location), (StatusCode::SEE_OTHER, address_in(Locale::GERMAN, to).as_str()), "{form}");
    let page = browser.follow(&page, &answer).await;
    assert_eq!(spoken(&page), of(Locale::GERMAN), "{form}");
    page
}

#[tokio::test]
async fn the_page_after_each_form_is_in_the_language_of_the_form() {
    let mut browser = set_up_for(anonymous_browser(), "fr");
    leads_on(&mut browser, "/policy/1.0", "#banner form", &[("answer", "yes")], "/policy/1.0?notice=accepted").await;
    let answers = [("preferences", "yes"), ("analytics", "yes")];
    leads_on(&mut browser, "/preferences", "#choices", &answers, "/preferences?notice=saved").await;
    let look = [("theme", "dark")];
    leads_on(&mut browser, "/preferences", "#appearance-form", &look, "/preferences?notice=appearance-saved").await;
    leads_on(&mut browser, "/statistics", "#languages form", &[("locale", "de")], "/statistics").await;
    let own = "form:has(input[value='__Host-Http-consent'])";
    leads_on(&mut browser, "/preferences", own, &[], "/preferences?notice=deleted").await;
    leads_on(&mut browser, "/preferences", "#choices", &answers, "/preferences?notice=saved").await;
    let first = "form.turn-off:has(input[value='analytics'])";
    leads_on(&mut browser, "/preferences", first, &[], "/preferences?notice=withdrawn").await;
    leads_on(&mut browser, "/preferences/delete", "#delete-all", &[], "/preferences?notice=all-deleted").await;
}

#[tokio::test]
async fn the_page_after_each_account_form_is_in_the_language_of_the_form() {
    let mut browser = set_up_for(anonymous_browser(), "fr");
    let new = [("email", ANNA), ("new_password", PASSWORD)];
    leads_on(&mut browser, "/sign-up?return_to=/policy", "#sign-up", &new, "/policy?notice=signed-up").await;
    leads_on(&mut browser, "/account", "#sign-out", &[], "/?notice=signed-out").await;
    let known = [("email", ANNA), ("password", PASSWORD)];
    leads_on(&mut browser, "/sign-in?return_to=/statistics", "#sign-in", &known, "/statistics?notice=signed-in").await;
    another(&browser, false).await;
    leads_on(&mut browser, "/account", "form[action$='/session/end']", &[], "/account?notice=session-ended").await;
    another(&browser, false).await;
    leads_on(&mut browser, "/account", "#end-others", &[], "/account?notice=others-ended").await;
    let both = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    leads_on(&mut browser, "/account/password", "#change-password", &both, "/account/security?notice=password-changed")
        .await;
    let last = [("password", OTHER_PASSWORD)];
    leads_on(&mut browser, "/account/delete", "#delete-account", &last, "/?notice=account-deleted").await;
}

#[tokio::test]
async fn a_form_that_is_shown_again_stays_in_its_language() {
    for locale in OTHERS {
        let mut browser = anonymous_browser();
        let page = browser.get(&address_in(locale, "/sign-in?return_to=/policy")).await;
        let wrong = [("email", ANNA), ("password", "wrong")];
        let again = browser.send_form(&page, "#sign-in", &wrong).await;
        assert_eq!((again.status, spoken(&again)), (StatusCode::UNPROCESSABLE_ENTITY, of(locale)));
        assert_eq!(again.form("#sign-in").action, address_in(locale, "/sign-in?return_to=/policy"));
        let expected = Locale::SHIPPED.map(|other| address_in(other, "/sign-in?return_to=/policy"));
        assert_eq!(again.attributes("#languages a", "href"), expected, "another language keeps where it leads");
        let page = browser.get(&address_in(locale, "/verify")).await;
        let judged = browser.send_form(&page, "#verify", &[("receipt", "no receipt")]).await;
        assert_eq!((judged.status, spoken(&judged)), (StatusCode::OK, of(locale)));
    }
}

#[tokio::test]
async fn an_error_is_in_the_language_of_the_url_or_of_accept_language() {
    for locale in OTHERS {
        let mut browser = anonymous_browser();
        let action = address_in(locale, "/api/consent/decide");
        let page = browser.post_fields(&action, "preferences=maybe").await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::BAD_REQUEST, of(locale)));
        let foreign = browser
            .request(Method::POST, &action)
            .header(header::ORIGIN, "https://evil.example")
            .header(header::CONTENT_TYPE, FORM);
        let page = browser.send(foreign, Body::from("preferences=yes&analytics=yes")).await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::FORBIDDEN, of(locale)));
        let long = format!("{}?{}", address_in(locale, "/policy"), "x".repeat(20_000));
        let page = browser.get(&long).await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::URI_TOO_LONG, of(locale)));
        let mut browser = set_up_for(anonymous_browser(), locale.tag());
        let page = browser.get("/nowhere").await;
        assert_eq!((page.status, spoken(&page)), (StatusCode::NOT_FOUND, of(locale)));
        assert!(page.has("header a[href='/policy']"));
    }
}

#[tokio::test]
async fn redirects_to_the_sign_in_and_back_keep_the_language() {
    let mut user = signed_in_browser(false).await;
    for locale in Locale::SHIPPED {
        for address in ACCOUNT_PAGES {
            let answer = anonymous_browser().get(&address_in(locale, address)).await;
            let expected = format!("{}?return_to={address}", address_in(locale, "/sign-in"));
            assert_eq!(answer.header(header::LOCATION), Some(expected.as_str()));
        }
        let answer = anonymous_browser().get(&address_in(locale, "/account/export")).await;
        let expected = format!("{}?return_to=/account", address_in(locale, "/sign-in"));
        assert_eq!(answer.header(header::LOCATION), Some(expected.as_str()));
        let answer = user.get(&address_in(locale, "/sign-in")).await;
        assert_eq!(answer.header(header::LOCATION), Some(address_in(locale, "/account").as_str()));
    }
    let answer = anonymous_browser().get("/account").await;
    assert_eq!(answer.header(header::LOCATION), Some("/sign-in?return_to=/account"));
}

#[tokio::test]
async fn blocked_cookies_are_detected_from_page_to_page_in_any_language() {
    let mut browser = anonymous_browser();
    browser.keeps_cookies = false;
    let page = browser.get("/de/policy").await;
    assert!(!page.has("#blocked"));
    assert!(browser.get_from(&page, "/de/preferences").await.has("#blocked"));
}
