//! CSRF: every URL that changes something rejects requests of other sites, with any content type
//! and any combination of origin headers.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, header},
};
use leptos::server_fn::axum::server_fn_paths;

use super::{
    accounts::users::signed_in_browser,
    browser::{Browser, FORM, ORIGIN},
    page::Page,
    records::export,
};
use crate::{
    domain::web::path::{self, CONNECT_ANSWER, CONNECT_SAVE, PARTNER_CONNECT, UNSUBSCRIBE},
    http::{router, tests::urls::FORMS},
};

/// Values of `Content-Type`.
const KINDS: [&str; 6] =
    [FORM, "application/json", "application/cbor", "multipart/form-data; boundary=x", "text/plain", ""];

/// Values of `Origin`, `Referer` and `Sec-Fetch-Site` in requests that do not come from this site.
const FOREIGN: [(&str, &str); 24] = [
    ("", ""),
    ("", "null"),
    ("", "https://evil.example"),
    ("", "http://localhost:3000.evil.example"),
    ("", "http://evil-localhost:3000"),
    ("", "http://sub.localhost:3000"),
    ("", "http://localhost:3001"),
    ("", "http://localhost"),
    ("", "https://localhost:3000"),
    ("", "http://user@localhost:3000"),
    ("", "http://user:word@localhost:3000"),
    ("", "HTTP://LOCALHOST:3000"),
    ("", "http://LOCALHOST:3000"),
    ("", "http://localhost:3000/"),
    ("", "http://localhost:3000 http://evil.example"),
    ("", "http://127.0.0.1:3000"),
    ("", "file://"),
    ("same-origin", "null"),
    ("same-origin", "https://evil.example"),
    ("same-site", "http://sub.localhost:3000"),
    ("cross-site", "https://evil.example"),
    ("cross-site", ORIGIN),
    ("cross-site", "null"),
    ("none", ""),
];

/// Returns every URL with a method other than `GET`, taken from the routes.
fn addresses() -> BTreeSet<String> {
    let functions = server_fn_paths().map(|(path, method)| {
        assert_eq!(method, Method::POST, "{path} changes something by {method}");
        path.to_owned()
    });
    let described = router::description().paths.paths;
    let posted = described.into_iter().filter(|(_, item)| item.post.is_some()).map(|(path, _)| path);
    functions.chain(posted).collect()
}

/// The URLs for partner services, mail and identity providers that other sites may send a request
/// to: the API has its own check, and the others change nothing of the browser that sends it.
const OF_PARTNERS: [&str; 7] =
    ["/api/v1/consent", "/api/v1/findings", "/api/measurements", CONNECT_ANSWER, PARTNER_CONNECT, UNSUBSCRIBE, LOGOUT];

/// Where an identity provider says that a user signed out there.
const LOGOUT: &str = "/sign-in/logout/{provider}";

/// Returns valid fields for a URL.
fn fields(address: &str) -> &'static str {
    FORMS.iter().find(|(form, _)| *form == address).map_or("{\"choices\":{\"analytics\":true}}", |(_, fields)| fields)
}

async fn post(browser: &mut Browser, address: &str, kind: &str, site: &str, origin: &str) -> Page {
    let mut request = browser.request(Method::POST, address);
    request.headers_mut().unwrap().remove(header::ACCEPT);
    for (name, value) in [("content-type", kind), ("sec-fetch-site", site), ("origin", origin)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    browser.send(request, Body::from(fields(address))).await
}

#[test]
fn the_tests_cover_every_route_that_takes_a_form() {
    let known: BTreeSet<_> = FORMS.iter().map(|(address, _)| (*address).to_owned()).collect();
    let routes: BTreeSet<_> = addresses()
        .into_iter()
        .filter(|address| !OF_PARTNERS.contains(&&**address) && address != CONNECT_SAVE)
        // They take no form; `accounts/device_keys.rs` sends what another site may.
        .filter(|address| !path::is_device_key(address))
        .collect();
    assert_eq!(routes, known.clone());
}

#[tokio::test]
async fn no_request_of_another_site_changes_anything() {
    let mut browser = signed_in_browser(true).await;
    browser.decide("yes", "yes").await;
    let before = (browser.cookies.all().to_vec(), export(&browser.site).await, browser.site.views_in_all().await);
    let mut tried = 0;
    for address in addresses()
        .into_iter()
        .filter(|address| ![CONNECT_ANSWER, PARTNER_CONNECT, UNSUBSCRIBE, LOGOUT].contains(&&**address))
    {
        for prefix in ["", "/de"] {
            // API routes and those for partner services have no language prefix.
            let is_missing = !prefix.is_empty() && !path::is_localized(&address);
            let address = format!("{prefix}{address}");
            for kind in KINDS {
                for (site, origin) in FOREIGN {
                    let page = post(&mut browser, &address, kind, site, origin).await;
                    let case = format!("{address} {kind:?} {site:?} {origin:?}");
                    let status = if is_missing { 404 } else { 403 };
                    assert_eq!(page.status, status, "{case}");
                    assert_eq!(page.set_and_removed(), (vec![], vec![]), "{case}");
                    assert_eq!(page.header("clear-site-data"), None, "{case}");
                    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{case}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 4_000, "{tried}");
    assert_eq!(browser.cookies.all(), before.0);
    assert_eq!(export(&browser.site).await, before.1, "no record was made");
    assert_eq!(browser.site.views_in_all().await, before.2);
    assert_eq!(browser.get("/account").await.status, 200, "the member is signed in and has an account");
}

#[tokio::test]
async fn the_sites_own_forms_are_accepted_with_and_without_fetch_metadata() {
    for (site, origin) in [("same-origin", ORIGIN), ("same-origin", ""), ("", ORIGIN)] {
        for (address, _) in FORMS {
            let mut browser = signed_in_browser(false).await;
            let page = post(&mut browser, address, FORM, site, origin).await;
            assert_ne!(page.status, 403, "{address} {site:?} {origin:?}");
            let is_done = page.status == 303 || page.status == 422 || page.status == 200 || page.status == 410;
            // This site sends no mail, so it has no such form.
            let is_missing =
                ["/sign-in/forgotten", "/api/account/send_confirmation", "/policy/subscribe"].contains(&address);
            assert!(is_done || is_missing && page.status == 404, "{address} {site:?} {origin:?}: {}", page.status);
        }
    }
}

#[tokio::test]
async fn get_requests_never_change_anything() {
    let mut browser = signed_in_browser(false).await;
    browser.decide("yes", "no").await;
    let before = (browser.cookies.all().to_vec(), export(&browser.site).await);
    for address in addresses() {
        for method in [Method::GET, Method::HEAD] {
            for query in ["", fields(&address)] {
                let query = query.replace(['{', '}', '"'], "");
                let request = browser.request(method.clone(), &format!("{address}?{query}"));
                let page = browser.send(request.header("sec-fetch-site", "same-origin"), Body::empty()).await;
                // A page that needs a link is gone without one.
                let statuses = [200, 303, 403, 405, 410];
                assert!(statuses.contains(&page.status.as_u16()), "{method} {address}: {}", page.status);
            }
        }
    }
    assert_eq!(browser.cookies.all(), before.0);
    assert_eq!(export(&browser.site).await, before.1);
    assert_eq!(browser.get("/account").await.status, 200);
}
