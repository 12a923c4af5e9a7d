//! Cookies with a former name, once an edition declares the newer one: they are read for their
//! lifetime, so that nobody is signed out or asked again.

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{
    accounts::users::{ANNA, is_signed_in, sign_up},
    browser::Browser,
    page::Page,
    site::{DAY, Site, site_with_newest_edition},
};

/// The days from the start of a test to edition 1.3, which declares the former names last.
const TO_FORMER: i64 = 5;

/// A site on the last day of edition 1.3.
fn site() -> Site {
    let site = site_with_newest_edition(|_| ());
    site.advance_clock(TO_FORMER * DAY);
    site
}

/// A browser that is signed in for longer, has allowed everything and was counted, all of it on the
/// day before edition 1.4.
async fn settled(site: &Site) -> Browser {
    let mut browser = site.browser();
    sign_up(&mut browser, ANNA, true).await;
    let page = browser.decide("yes", "yes").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    browser.get("/policy").await;
    let held = ["analytics", "appearance", "consent", "device", "remember", "session", "visit"]
        .map(|name| format!("__Host-{name}"));
    assert_eq!(browser.holds(), held);
    browser
}

#[tokio::test]
async fn a_new_name_signs_nobody_out_and_asks_nobody_again() {
    let site = site();
    let mut browser = settled(&site).await;
    site.advance_clock(DAY / 4);
    let before = browser.get("/policy").await;
    site.advance_clock(DAY / 4);
    let page = browser.get("/policy").await;
    assert!(page.text("main").contains("__Host-Http-session") && !before.text("main").contains("__Host-Http-session"));
    assert!(!page.has("#banner"));
    assert_eq!(page.one("html").attr("data-theme"), Some("dark"));
    assert_eq!(page.header("set-cookie"), None, "every cookie is read under its former name");
    assert!(is_signed_in(&mut browser).await);
    assert!(!browser.get("/preferences").await.has(".reconsent"));
}

#[tokio::test]
async fn a_former_name_counts_only_if_the_browser_sends_it() {
    let site = site();
    site.advance_clock(DAY / 2);
    let (now, former) = ("tr[data-cookie='__Host-Http-visit']", "tr[data-cookie='__Host-visit']");
    let held = |page: &Page| page.one(&format!("{former} .dot")).attr("data-held").map(str::to_owned);
    let mut browser = site.browser();
    let page = browser.get("/preferences").await;
    assert!(page.has(now) && !page.has(former), "the page sets one cookie, under one name");
    assert_eq!(page.text("[data-count=own]"), "1");
    assert_eq!(held(&browser.get("/policy/1.3").await).as_deref(), Some("no"));
    browser.cookies.plant("__Host-visit", "1", "/");
    assert!(browser.get("/preferences").await.has(former));
    // That response removed it, since the browser has the newer one.
    browser.cookies.plant("__Host-visit", "1", "/");
    assert_eq!(held(&browser.get("/policy/1.3").await).as_deref(), Some("yes"));
}

#[tokio::test]
async fn what_the_server_sets_replaces_the_former_name() {
    let site = site();
    let mut browser = settled(&site).await;
    site.advance_clock(DAY / 2);
    let answer = browser.decide("yes", "no").await;
    assert!(!answer.has("#banner"));
    let held = browser.holds();
    assert!(held.contains(&"__Host-Http-consent") && !held.contains(&"__Host-consent"), "{held:?}");
    assert!(!held.contains(&"__Host-analytics"), "a rejected cookie goes under each name: {held:?}");
    browser.cookies.clear_one("__Host-session");
    assert!(is_signed_in(&mut browser).await);
    let held = browser.holds();
    assert!(held.contains(&"__Host-Http-remember") && !held.contains(&"__Host-remember"), "{held:?}");
    // A value that a script plants under the former name does not count beside the new one.
    browser.cookies.plant("__Host-session", "planted", "/");
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_cookie_under_its_former_name_is_listed_and_deleted() {
    let site = site();
    let mut browser = settled(&site).await;
    site.advance_clock(DAY / 2);
    let page = browser.get("/preferences").await;
    assert!(page.has("tr[data-cookie='__Host-session']") && !page.has("tr.foreign"));
    let page = browser.submit(&page, "tr[data-cookie='__Host-session'] form", &[]).await;
    assert!(page.text("#notice").contains("__Host-session"), "{}", page.text("#notice"));
    assert!(!is_signed_in(&mut browser).await);
    browser.delete_all().await;
    assert_eq!(browser.holds(), ["__Host-Http-visit"]);
}

#[tokio::test]
async fn a_former_name_is_read_for_the_lifetime_of_its_cookie_alone() {
    let site = site();
    let mut browser = settled(&site).await;
    let held = browser.cookies.value("__Host-consent").to_owned();
    browser.cookies.clear();
    let noon_of_1_4 = DAY / 2;
    site.advance_clock(noon_of_1_4 + 179 * DAY);
    browser.cookies.plant("__Host-consent", &held, "/");
    assert!(!browser.get("/").await.has("#banner"));
    for (name, days, is_read) in
        [("__Host-visit", 0, false), ("__Host-analytics", 0, true), ("__Host-analytics", 2, false)]
    {
        site.advance_clock(days * DAY);
        let mut other = site.browser();
        other.cookies.plant("__Host-consent", &held, "/");
        other.cookies.plant(name, "1", "/");
        other.get("/").await;
        assert_eq!(other.holds().contains(&name), is_read, "{name} after {days} days");
    }
}

#[tokio::test]
async fn of_two_names_the_newer_counts_in_either_order() {
    let site = site();
    let mut browser = settled(&site).await;
    let former = format!("__Host-consent={}", browser.cookies.value("__Host-consent"));
    site.advance_clock(DAY / 2);
    browser.decide("no", "no").await;
    let newer = format!("__Host-Http-consent={}", browser.cookies.value("__Host-Http-consent"));
    for cookies in [format!("{former}; {newer}"), format!("{newer}; {former}")] {
        let mut other = site.browser();
        let request = other.request(Method::GET, "/policy").header(header::COOKIE, &cookies);
        let page = other.send(request, Body::empty()).await;
        assert!(!page.has("#banner") && !page.has("#withdrawal *"), "{cookies}");
    }
}
