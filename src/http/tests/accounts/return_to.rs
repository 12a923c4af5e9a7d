//! After the sign-in, users return to the page that they came from, which is never on another site.

use axum::http::header;

use super::{
    super::{
        browser::{Browser, anonymous_browser},
        page::encode,
    },
    users::{ANNA, PASSWORD, signed_in_browser, try_sign_in},
};

/// Paths of the site.
const GOOD: [&str; 8] =
    ["/", "/policy", "/policy/1.0", "/policy/1.1", "/preferences", "/statistics", "/account", "/account/password"];

/// Values that lead to another site or are no page.
const EVIL: [&str; 30] = [
    "",
    " ",
    "https://evil.example/",
    "HTTPS://evil.example/",
    "http:evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/policy",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/%5Cevil.example",
    "%2F%2Fevil.example",
    "/%2Fevil.example",
    "/policy@evil.example",
    "/policy/../../evil",
    "/./policy",
    "/policy?x=y",
    "/policy#x",
    "/policy/",
    " /policy",
    "/policy ",
    "\t/policy",
    "/\t/evil.example",
    "/\n/evil.example",
    "/policy\r\nSet-Cookie: a=b",
    "/policy\0",
    "javascript:alert(1)",
    "data:text/html,x",
    "/api/session/sign_out",
];

/// Returns the `return_to` value in the form at that URL.
async fn return_to_value(browser: &mut Browser, address: &str, form: &str, field: &str) -> Option<String> {
    let page = browser.get(&format!("{address}?{field}")).await;
    assert_eq!(page.status, 200, "{address}?{field}");
    page.form(form).value("return_to").map(str::to_owned)
}

#[tokio::test]
async fn the_sign_in_returns_to_the_page_in_the_url() {
    let user = signed_in_browser(false).await;
    for to in GOOD {
        user.site.advance_clock(3_600);
        let mut browser = user.site.browser();
        for (address, form) in [("/sign-in", "#sign-in"), ("/sign-up", "#sign-up")] {
            let found = return_to_value(&mut browser, address, form, &encode(&[("return_to", to)])).await;
            assert_eq!(found.as_deref(), Some(to), "{address}");
        }
        let page = browser.get(&format!("/sign-in?return_to={to}")).await;
        let answer = browser.send_form(&page, "#sign-in", &[("email", ANNA), ("password", PASSWORD)]).await;
        assert_eq!(answer.header(header::LOCATION), Some(format!("{to}?notice=signed-in").as_str()));
        let page = browser.follow(&page, &answer).await;
        assert_eq!((page.status.as_u16(), page.text("#notice").as_str()), (200, "You are signed in."), "{to}");
    }
}

#[tokio::test]
async fn without_a_page_to_return_to_the_account_is_next() {
    let user = signed_in_browser(false).await;
    let mut browser = user.site.browser();
    let answer = try_sign_in(&mut browser, ANNA, PASSWORD, false).await;
    assert_eq!(answer.header(header::LOCATION), Some("/account?notice=signed-in"));
}

#[tokio::test]
async fn an_invalid_return_to_in_the_url_is_ignored() {
    let mut browser = anonymous_browser();
    for to in EVIL {
        for (address, form) in [("/sign-in", "#sign-in"), ("/sign-up", "#sign-up")] {
            let found = return_to_value(&mut browser, address, form, &encode(&[("return_to", to)])).await;
            assert_eq!(found, None, "{address} {to:?}");
        }
    }
    for field in ["return_to", "return_to=%FF", "return_to[]=/policy", "%"] {
        assert_eq!(return_to_value(&mut browser, "/sign-in", "#sign-in", field).await, None, "{field}");
    }
}

#[tokio::test]
async fn an_invalid_return_to_in_a_form_is_rejected_and_nobody_is_signed_in() {
    let user = signed_in_browser(false).await;
    let mut browser = user.site.browser();
    // An empty field counts as a missing one.
    for to in EVIL.into_iter().filter(|to| !to.is_empty()) {
        for (address, fields) in [
            ("/sign-in", vec![("email", ANNA), ("password", PASSWORD), ("return_to", to)]),
            ("/sign-up", vec![("email", "new@example.org"), ("new_password", PASSWORD), ("return_to", to)]),
        ] {
            let answer = browser.post_fields(address, encode(&fields)).await;
            assert_eq!((answer.status.as_u16(), answer.header(header::LOCATION)), (400, None), "{address} {to:?}");
            assert_eq!(answer.set_and_removed(), (vec![], vec![]), "{address} {to:?}");
        }
    }
}

#[tokio::test]
async fn the_header_of_every_page_links_to_the_sign_in_and_back() {
    for (address, link) in [
        ("/policy", "/sign-in?return_to=/policy"),
        ("/policy/1.0", "/sign-in?return_to=/policy/1.0"),
        ("/statistics", "/sign-in?return_to=/statistics"),
        ("/preferences", "/sign-in?return_to=/preferences"),
        ("/", "/sign-in?return_to=/"),
        ("/sign-in", "/sign-in"),
        ("/sign-up", "/sign-in"),
    ] {
        let page = anonymous_browser().get(address).await;
        assert_eq!(page.attributes("header nav:not(.languages) li:last-child a", "href"), [link], "{address}");
    }
    let page = signed_in_browser(false).await.get("/policy").await;
    assert_eq!(page.attributes("header nav:not(.languages) li:last-child a", "href"), ["/account"]);
}

#[tokio::test]
async fn a_signed_in_user_is_redirected_from_the_sign_in_to_the_account() {
    let mut user = signed_in_browser(false).await;
    for address in ["/sign-in", "/sign-up", "/sign-in?return_to=/policy"] {
        let answer = user.get(address).await;
        assert_eq!((answer.status.as_u16(), answer.header(header::LOCATION)), (303, Some("/account")), "{address}");
    }
}
