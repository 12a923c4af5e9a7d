//! One choice over several domains: a partner service on another domain gets it by a one-use code,
//! and hands back an answer.

mod answers;
mod codes;
mod fields;
mod limits;
mod servers;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use super::{
    accounts::users::count,
    browser::{Browser, FORM, HOST},
    page::{Page, encode},
    partner_api::consent_document,
    site::{Site, site_with_edition_and_services},
};

/// Two services with a callback, one without, and one that is not under the policy yet.
const SERVICES: &str = r#"
[[service]]
id = "shop"
name = "Shop"
address = "https://shop.example/"
origins = ["https://pay.shop.example", "https://shop.example"]
callback = "https://shop.example/consent/callback"
how = "incorporates"
since = "1.0"

[[service]]
id = "club"
name = "Club"
address = "https://club.example/"
origins = ["https://club.example"]
callback = "https://club.example/callback"
how = "links"
since = "1.1"

[[service]]
id = "plain"
name = "Plain"
address = "https://plain.example/"
origins = ["https://plain.example"]
how = "links"
since = "1.0"

[[service]]
id = "later"
name = "Later"
address = "https://later.example/"
origins = ["https://later.example"]
callback = "https://later.example/callback"
how = "links"
since = "1.2"
"#;

const SHOP: &str = "https://shop.example";
const CLUB: &str = "https://club.example";

/// A verifier and its challenge (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The query of a request for a code.
const ASKED: &str = "service=shop&state=xyz&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn setup() -> Site {
    site_with_edition_and_services("", SERVICES, |_| ())
}

/// The code in the redirect to the shop's callback, which has nothing else but the state.
fn code_in(page: &Page) -> String {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text("body"));
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
    assert_eq!(page.header(header::REFERRER_POLICY), Some("no-referrer"));
    let location = page.header(header::LOCATION).unwrap();
    let query = location.strip_prefix("https://shop.example/consent/callback?code=").unwrap();
    let code = query.strip_suffix("&state=xyz").unwrap();
    assert!(code.len() == 32 && code.bytes().all(|byte| byte.is_ascii_hexdigit()), "{location}");
    code.to_owned()
}

/// Exchanges a code as the server of a service does: with neither cookies nor an origin.
async fn exchange(site: &Site, body: impl Into<Body>) -> Page {
    exchange_from(site, "192.0.2.200", body).await
}

/// Exchanges a code from this IP address.
async fn exchange_from(site: &Site, address: &str, body: impl Into<Body>) -> Page {
    let request = Request::builder().method(Method::POST).uri("/api/v1/connect");
    let request = request.header(header::HOST, HOST).header(header::CONTENT_TYPE, "application/json");
    let mut server = site.browser();
    server.address = Some(address.parse().unwrap());
    server.send(request, body.into()).await
}

/// The body with which the shop exchanges a code.
fn of_shop(code: &str) -> String {
    json!({ "code": code, "code_verifier": VERIFIER, "service": "shop" }).to_string()
}

/// What the shop gets for a code.
async fn choice_of(site: &Site, code: &str) -> Value {
    consent_document(&exchange(site, of_shop(code)).await)
}

/// Checks that a code was refused, always with the same body.
fn is_refused(page: &Page, case: &str) {
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{case}");
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/problem+json"), "{case}");
    let problem: Value = serde_json::from_slice(&page.bytes).unwrap();
    let detail = "This code is not valid: it was used before, has expired, or is not for this service and this \
                  verifier. Ask for another one.";
    let expected = json!({ "type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail });
    assert_eq!(problem, expected, "{case}");
}

impl Browser {
    /// Follows a link of the shop's page to this site, for a code.
    async fn ask_code(&mut self, query: &str) -> Page {
        let request = self.request(Method::GET, &format!("/connect?{query}")).header("sec-fetch-site", "cross-site");
        let page = self.send(request, Body::empty()).await;
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "asking sets nothing");
        page
    }

    /// The choice as the shop gets it now.
    async fn choice_at_shop(&mut self) -> Value {
        let page = self.ask_code(ASKED).await;
        choice_of(&self.site, &code_in(&page)).await
    }

    /// Sends the form of a page of that origin. As it is cross-site, no cookie goes with it.
    async fn answer_at(&self, origin: &str, fields: &[(&str, &str)]) -> Page {
        let mut without_cookies = self.site.browser();
        without_cookies.languages.clone_from(&self.languages);
        without_cookies.sends.clone_from(&self.sends);
        let request = without_cookies.request(Method::POST, "/connect/answer");
        let request = request.header(header::CONTENT_TYPE, FORM).header("sec-fetch-site", "cross-site");
        let request = if origin.is_empty() { request } else { request.header(header::ORIGIN, origin) };
        let page = without_cookies.send(request, encode(fields).into()).await;
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "it changes nothing");
        page
    }
}

/// The numbers of commits with records, and of codes.
async fn stored(site: &Site) -> (usize, usize) {
    (count(site, "ledger_batches").await, count(site, "connect_codes").await)
}

/// The fields of the shop's form, with these answers.
fn form<'f>(answers: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    [&[("service", "shop"), ("state", "xyz"), ("code_challenge", CHALLENGE)], answers].concat()
}

/// The name of the open question about a purpose, as the shop's form has it.
fn question(choice: &Value, purpose: &str) -> String {
    let purposes = choice["asks"]["purposes"].as_array().unwrap();
    let asked = purposes.iter().find(|asked| asked["name"] == purpose).unwrap();
    asked["purpose"].as_str().unwrap().to_owned()
}
