//! The API for partner services: access, answers, tokens, the script, and the page that lists them.

mod answers;
mod findings;
mod list;
mod measurement;
mod origins;
mod properties;
mod script;
mod tokens;

use axum::{
    body::Body,
    http::{HeaderName, Method, Request, StatusCode, header, request},
};
use serde_json::{Value, json};

use super::{
    browser::{Browser, HOST},
    page::Page,
    site::{Site, site_with_edition_and_services},
};

/// URL of the API.
const CONSENT: &str = "/api/v1/consent";

/// Two services under the policy now, and one from the edition that takes effect a day later.
pub(super) const SERVICES: &str = r#"
[[service]]
name = "Shop"
address = "https://shop.example/"
origins = ["https://shop.example", "https://pay.shop.example"]
how = "incorporates"
since = "1.0"

[[service]]
name = "Here"
address = "http://127.0.0.1:4000/"
origins = ["http://127.0.0.1:4000"]
how = "links"
since = "1.1"

[[service]]
name = "Later"
address = "https://later.example/"
origins = ["https://later.example"]
how = "incorporates"
since = "1.2"
"#;

/// Origin of the first service.
pub(super) const SHOP: &str = "https://shop.example";

/// Returns a site with these services and an edition that takes effect the next day.
pub(super) fn setup() -> Site {
    site_with_edition_and_services("", SERVICES, |_| ())
}

/// Returns the URL of a receipt.
fn receipt(record: &Value) -> String {
    format!("/receipts/{}", record.as_str().unwrap())
}

/// Builds a request as a script of the page sends it, without the headers that depend on the
/// method.
fn ask(method: Method, address: &str, origin: &str) -> request::Builder {
    Request::builder()
        .method(method)
        .uri(address)
        .header(header::HOST, HOST)
        .header(header::ACCEPT, "*/*")
        .header(header::ORIGIN, origin)
        .header("sec-fetch-site", "same-site")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty")
}

/// Returns the body, which must match its schema and be readable by that origin only.
fn decision_response(page: &Page, origin: &str) -> Value {
    is_readable_by(page, origin);
    consent_document(page)
}

/// Returns the body, which must match its schema.
pub(super) fn consent_document(page: &Page) -> Value {
    assert_eq!(page.status, StatusCode::OK, "{}", String::from_utf8_lossy(&page.bytes));
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
    let value: Value = serde_json::from_slice(&page.bytes).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/consent.schema.json")).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert_eq!(validator.validate(&value).map_err(|error| error.to_string()), Ok(()), "{value}");
    value
}

/// Checks that the browser lets only that origin read the response.
fn is_readable_by(page: &Page, origin: &str) {
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(origin));
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), Some("true"));
    assert_eq!(page.header(header::ACCESS_CONTROL_EXPOSE_HEADERS), Some("retry-after"));
    assert!(varies(page));
}

/// Whether `Vary` includes `Origin`.
fn varies(page: &Page) -> bool {
    page.headers.get_all(header::VARY).iter().any(|name| name == "origin")
}

/// Checks that the response is a problem document with that status and no inner detail.
pub(super) fn is_problem(page: &Page, status: u16) {
    let text = String::from_utf8_lossy(&page.bytes);
    assert_eq!(page.status.as_u16(), status, "{text}");
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/problem+json"), "{text}");
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    let problem: Value = serde_json::from_slice(&page.bytes).unwrap();
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], page.status.canonical_reason().unwrap());
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.ends_with('.') && detail.len() > 20 && !detail.contains("line 1"), "{detail}");
}

/// Returns the names of the CORS response headers.
fn access_headers(page: &Page) -> Vec<&str> {
    page.headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("access-control-")).collect()
}

impl Browser {
    /// Reads the decision as a page of that origin does.
    async fn read_decision(&mut self, origin: &str) -> Value {
        let page = self.send(ask(Method::GET, CONSENT, origin), Body::empty()).await;
        assert_eq!(page.set_and_removed().0, Vec::<&str>::new(), "asking sets nothing");
        decision_response(&page, origin)
    }

    /// Posts a body as a page of that origin does.
    async fn post_decision(&mut self, origin: &str, body: impl Into<Body>) -> Page {
        let request = ask(Method::POST, CONSENT, origin).header(header::CONTENT_TYPE, "application/json");
        self.send(request, body.into()).await
    }

    /// Posts these answers as a page of that origin does, and returns the decision.
    pub(super) async fn post_answers(&mut self, origin: &str, choices: Value) -> Value {
        let choices = self.answers_body(origin, choices).await;
        let page = self.post_decision(origin, json!({ "choices": choices }).to_string()).await;
        decision_response(&page, origin)
    }

    /// Returns a body with these answers and the IDs of the current questions.
    async fn answers_body(&mut self, origin: &str, choices: Value) -> Value {
        let asked = self.read_decision(origin).await["asks"]["purposes"].as_array().cloned().unwrap_or_default();
        let named = choices.as_object().unwrap().iter().map(|(purpose, granted)| {
            let question = asked.iter().find(|asked| asked["name"] == **purpose);
            let name = question.map_or(purpose.as_str(), |asked| asked["purpose"].as_str().unwrap());
            (name.to_owned(), granted.clone())
        });
        named.collect()
    }
}
