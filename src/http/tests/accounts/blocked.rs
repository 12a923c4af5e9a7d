//! Signing in with a browser that rejects cookies: the site explains the failure and stores
//! nothing.

use axum::{
    body::Body,
    http::{Method, header},
};

use super::{
    super::{
        browser::{Browser, ORIGIN, anonymous_browser},
        page::Page,
    },
    users::{ANNA, OTHER_PASSWORD, PASSWORD, count, signed_in_browser},
};

/// Sends a form of the page and follows each redirect with the page as its referrer.
async fn sent(browser: &mut Browser, page: &Page, form: &str, answers: &[(&str, &str)]) -> Page {
    let mut answer = browser.send_form(page, form, answers).await;
    while answer.status == 303 {
        answer = browser.follow(page, &answer).await;
    }
    answer
}

fn keeping_none(mut browser: Browser) -> Browser {
    browser.keeps_cookies = false;
    browser
}

#[tokio::test]
async fn a_sign_in_without_cookies_explains_that_it_needs_them() {
    let user = signed_in_browser(false).await;
    for address in ["/sign-in", "/sign-in?return_to=/policy", "/de/sign-in", "/sign-in?return_to=/account/password"] {
        user.site.advance_clock(3_600);
        let mut browser = keeping_none(user.site.browser());
        let page = browser.get(address).await;
        let answer = sent(&mut browser, &page, "#sign-in", &[("email", ANNA), ("password", PASSWORD)]).await;
        let said = answer.text("#blocked strong");
        if address.starts_with("/de") {
            assert!(said.contains("nicht angemeldet"), "{said}");
        } else {
            assert_eq!(said, "Your browser blocks cookies here, so you are not signed in.", "{address}");
            assert!(answer.text("#blocked").contains("Signing in needs cookies."), "{address}");
        }
        assert!(!answer.has("#notice"), "{address}: {}", answer.address);
    }
}

#[tokio::test]
async fn a_sign_in_without_cookies_after_a_wrong_password_explains_it_too() {
    let user = signed_in_browser(false).await;
    let mut browser = keeping_none(user.site.browser());
    let page = browser.get("/sign-in").await;
    let wrong = browser.send_form(&page, "#sign-in", &[("email", ANNA), ("password", "slip")]).await;
    assert_eq!(wrong.status, 422);
    let answer = sent(&mut browser, &wrong, "#sign-in", &[("password", PASSWORD)]).await;
    assert!(answer.text("#blocked").contains("Signing in needs cookies."));
}

#[tokio::test]
async fn a_sign_up_without_cookies_creates_the_account_and_one_session() {
    let mut browser = keeping_none(anonymous_browser());
    let page = browser.get("/sign-up").await;
    let typed = [("email", ANNA), ("new_password", PASSWORD)];
    for later in [0, 5, 60, 120] {
        browser.site.advance_clock(later);
        let page = browser.get("/sign-up").await;
        let answer = sent(&mut browser, &page, "#sign-up", &typed).await;
        let is_new = later < 30;
        assert_eq!(answer.text("#blocked").contains("Your account is created, but"), is_new, "{later}");
        assert!(answer.text("#blocked").contains("Signing in needs cookies."), "{later}");
        assert_eq!((count(&browser.site, "accounts").await, count(&browser.site, "sessions").await), (1, 1), "{later}");
    }
    let answer = sent(&mut browser, &page, "#sign-up", &[("email", ANNA), ("new_password", OTHER_PASSWORD)]).await;
    assert!(
        answer.text("#problems li").starts_with("An account with this email address"),
        "with another password it is not theirs"
    );
}

#[tokio::test]
async fn a_link_from_another_site_cannot_show_a_message_about_an_account() {
    for (site, referer) in [
        ("none", None),
        ("cross-site", Some("https://evil.example/sign-up")),
        ("same-site", Some("http://sub.localhost:3000/sign-up")),
        ("cross-site", Some(ORIGIN)),
    ] {
        for address in ["/sign-in?notice=signed-up", "/account?notice=signed-up", "/policy?notice=signed-in"] {
            let mut browser = anonymous_browser();
            let mut request = browser.request(Method::GET, address).header("sec-fetch-site", site);
            if let Some(referer) = referer {
                request = request.header(header::REFERER, referer);
            }
            let page = browser.send(request, Body::empty()).await;
            assert!(!page.has("#notice"), "{address} {site}");
            let to = page.header(header::LOCATION).unwrap_or_default();
            assert!(!to.contains("notice"), "{address} {site}: {to}");
            let said = if page.has("#blocked") { page.text("#blocked") } else { String::new() };
            assert!(!said.contains("account is created") && !said.contains("Signing in needs"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_browser_with_cookies_gets_no_warning_about_them() {
    let mut browser = anonymous_browser();
    let page = browser.get("/sign-up").await;
    let answer = sent(&mut browser, &page, "#sign-up", &[("email", ANNA), ("new_password", PASSWORD)]).await;
    assert!(!answer.has("#blocked") && answer.has("#notice"));
}
