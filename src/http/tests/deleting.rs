//! The list of cookies in the browser, and deleting one or all of them.

use strum::VariantArray as _;

use super::{
    browser::{Browser, anonymous_browser},
    page::{Page, text},
};
use crate::domain::cookies::declaration::FirstPartyCookie;

/// Returns the names in the list of cookies in order.
fn listed(page: &Page) -> Vec<&str> {
    page.attributes("#stored tr[data-cookie]", "data-cookie")
}

/// Returns the selector of the form that deletes a cookie.
fn delete_form(name: &str) -> String {
    format!("tr[data-cookie='{name}'] form")
}

async fn with_every_cookie() -> Browser {
    let mut browser = anonymous_browser();
    let page = browser.decide("yes", "yes").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    assert_eq!(
        browser.holds(),
        ["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-consent", "__Host-Http-visit"]
    );
    browser
}

#[tokio::test]
async fn every_request_cookie_is_listed_and_no_value_is_shown() {
    let mut browser = with_every_cookie().await;
    browser.cookies.plant("other", "secret-of-another-service", "/");
    let page = browser.get("/preferences").await;
    let mut names = listed(&page);
    names.sort_unstable();
    assert_eq!(
        names,
        ["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-consent", "__Host-Http-visit", "other"]
    );
    let shown = String::from_utf8(page.bytes.to_vec()).unwrap();
    for held in browser.cookies.all().iter().filter(|held| held.value.len() > 8) {
        assert!(!shown.contains(&held.value), "{}", held.name);
    }
}

#[tokio::test]
async fn a_foreign_cookie_has_a_badge() {
    let mut browser = anonymous_browser();
    browser.cookies.plant("other", "1", "/");
    browser.cookies.plant("__Host-Visit", "1", "/");
    let page = browser.get("/preferences").await;
    assert_eq!(page.attributes("tr.foreign", "data-cookie"), ["other", "__Host-Visit"], "letter case counts");
    assert!(page.text("tr[data-cookie=other]").contains("We do not know this cookie."));
    assert!(page.has(".declarations--foreign tr[data-cookie=other]"));
    assert!(!page.has(".declarations--foreign tr[data-cookie=__Host-Http-visit]"));
}

#[tokio::test]
async fn a_cookie_that_the_page_itself_sets_is_listed_too() {
    let mut browser = anonymous_browser();
    let page = browser.get("/preferences").await;
    assert!(page.text("#stored").contains("Your browser sent no cookies. This page sets one:"));
    assert_eq!(listed(&page), ["__Host-Http-visit"]);
    assert!(page.text("tr[data-cookie=__Host-Http-visit]").contains("set by this page"));
    let page = browser.get("/preferences").await;
    assert!(!page.text("tr[data-cookie=__Host-Http-visit]").contains("set by this page"));
}

#[tokio::test]
async fn names_that_another_service_chose_cannot_break_the_page() {
    for name in ["<script>alert(1)</script>", "\"onmouseover", "a'b", "(x)", "", "%3Cb%3E"] {
        let mut browser = anonymous_browser();
        browser.cookies.plant(name, "1", "/");
        let page = browser.get("/preferences").await;
        assert_eq!(page.status, 200, "{name:?}");
        assert!(listed(&page).contains(&name), "{name:?}: {:?}", listed(&page));
        assert!(!page.has("#stored script, #stored b, [onmouseover]"), "{name:?}");
    }
}

#[tokio::test]
async fn one_cookie_is_deleted_and_the_page_confirms_it() {
    for (name, purpose) in [("__Host-Http-appearance", "preferences"), ("__Host-Http-analytics", "analytics")] {
        let mut browser = with_every_cookie().await;
        let page = browser.get("/preferences").await;
        assert!(page.text(&format!("tr[data-cookie={name}]")).contains("Turn off and delete"));
        let answer = browser.send_form(&page, &delete_form(name), &[]).await;
        assert!(answer.set_and_removed().1.contains(&name));
        assert!(!browser.holds().contains(&name));
        let page = browser.follow(&page, &answer).await;
        assert_eq!(page.text("#notice"), format!("Turned off: {purpose}. Deleted: {name}."));
        for address in super::urls::PAGES {
            browser.get(address).await;
        }
        assert!(!browser.holds().contains(&name), "it does not come back");
    }
}

#[tokio::test]
async fn a_cookie_that_every_page_sets_has_no_delete_button_and_is_not_said_to_be_deleted() {
    let mut browser = with_every_cookie().await;
    let page = browser.get("/preferences").await;
    assert!(!page.has(&delete_form("__Host-Http-visit")));
    assert!(page.text("tr[data-cookie=__Host-Http-visit]").contains("Set again on every page"));
    let answer = browser.post_fields("/api/cookies/delete", "name=__Host-Http-visit").await;
    let page = browser.follow(&page, &answer).await;
    assert_eq!(page.text("#notice"), "The cookie was deleted, and this page set it again.");
}

#[tokio::test]
async fn deleting_the_decision_removes_the_optional_cookies() {
    let mut browser = with_every_cookie().await;
    let page = browser.get("/preferences").await;
    let answer = browser.send_form(&page, &delete_form("__Host-Http-consent"), &[]).await;
    let removed =
        vec!["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-consent", "__Host-Http-language"];
    assert_eq!(answer.set_and_removed(), (vec![], removed));
    let page = browser.follow(&page, &answer).await;
    for name in ["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-consent"] {
        assert!(page.text("#notice").contains(name), "{}", page.text("#notice"));
    }
    assert!(page.text("#decision").starts_with("You have not chosen yet"));
    assert!(page.all("#choices input[checked]").is_empty());
    assert_eq!(browser.holds(), ["__Host-Http-visit"]);
    assert!(browser.get("/").await.has("#banner"), "it asks again");
}

#[tokio::test]
async fn deleting_everything_starts_afresh() {
    let mut browser = with_every_cookie().await;
    browser.cookies.plant("other", "1", "/");
    let page = browser.get("/preferences/delete").await;
    let answer = browser.send_form(&page, "#delete-all", &[]).await;
    // The editions of this site do not declare the cookies that only some sites set.
    let is_declared = |own: &&FirstPartyCookie| !matches!(own, FirstPartyCookie::SignIn | FirstPartyCookie::Bound);
    let declared = FirstPartyCookie::VARIANTS.iter().filter(is_declared);
    let mut removed: Vec<_> = declared.map(FirstPartyCookie::into_str).chain(["other"]).collect();
    removed.sort_unstable();
    assert_eq!(answer.set_and_removed(), (vec![], removed));
    assert_eq!(answer.header("clear-site-data"), Some("\"storage\""), "the cookies of other hosts of the domain stay");
    assert!(browser.holds().is_empty());
    let page = browser.follow(&page, &answer).await;
    assert_eq!(
        page.text("#notice"),
        "All cookies were deleted. Your choice is gone too, so we will ask again. Deleted: __Host-Http-consent, \
         __Host-Http-analytics and __Host-Http-appearance. This page set __Host-Http-visit again."
    );
    assert!(!page.has("#blocked"));
    assert_eq!(browser.holds(), ["__Host-Http-visit"], "as on a first visit");
    assert!(browser.get("/").await.has("#banner"));
}

#[tokio::test]
async fn a_foreign_cookie_is_deleted_on_the_whole_host() {
    let mut browser = anonymous_browser();
    for name in ["other", "__Host-other", "__Secure-other", "a.b-c_d!#$%&'*+^`|~"] {
        browser.cookies.plant(name, "1", "/");
        let page = browser.get("/preferences").await;
        let row = page.all("tr[data-cookie]").into_iter().find(|row| row.attr("data-cookie") == Some(name)).unwrap();
        assert!(text(row).contains("Delete"), "{name}");
        let answer = browser.post_fields("/api/cookies/delete", super::page::encode(&[("name", name)])).await;
        assert_eq!(answer.set_and_removed(), (vec![], vec![name]));
        assert!(!browser.holds().contains(&name), "{name}");
        let page = browser.follow(&page, &answer).await;
        assert!(page.text("#notice").starts_with("The cookie was deleted."), "{name}");
    }
}

#[tokio::test]
async fn a_foreign_cookie_with_the_path_of_the_page_is_deleted_too() {
    let mut browser = anonymous_browser();
    browser.cookies.plant("narrow", "1", "/preferences");
    let page = browser.get("/preferences").await;
    let answer = browser.send_form(&page, &delete_form("narrow"), &[]).await;
    assert_eq!(answer.set_and_removed(), (vec![], vec!["narrow"]));
    let page = browser.follow(&page, &answer).await;
    assert_eq!(listed(&page), ["__Host-Http-visit"]);
    assert_eq!(page.text("#notice"), "The cookie was deleted.");
}

#[tokio::test]
async fn a_cookie_that_cannot_be_deleted_is_named() {
    let mut browser = anonymous_browser();
    browser.cookies.plant("clinging", "1", "/");
    let page = browser.get("/preferences").await;
    let answer = browser.send_form(&page, &delete_form("clinging"), &[]).await;
    browser.cookies.plant("clinging", "1", "/preferences");
    let page = browser.follow(&page, &answer).await;
    let said = page.text("#notice");
    assert!(said.starts_with("The cookie could not be deleted. Your browser still sends clinging."), "{said}");
    assert!(!said.contains("Deleted:"), "{said}");
}

#[tokio::test]
async fn cookies_that_survive_deleting_everything_are_named() {
    let mut browser = anonymous_browser();
    let page = browser.get("/preferences/delete").await;
    let answer = browser.send_form(&page, "#delete-all", &[]).await;
    browser.cookies.plant("stubborn", "1", "/preferences");
    let page = browser.follow(&page, &answer).await;
    let said = page.text("#notice");
    assert!(said.contains("Your browser still sends stubborn."), "{said}");
}
