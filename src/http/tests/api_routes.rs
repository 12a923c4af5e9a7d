//! The HTTP API: responses match their schemas, any origin may read them, and they set no cookies.
//! Each route of the OpenAPI description answers as described.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use axum::{
    body::Body,
    http::{Method, header},
};
use jsonschema::Registry;
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::{
    accounts::users::signed_in_browser,
    browser::{Browser, FORM, anonymous_browser},
    page::Page,
    receipts::download,
    site::{DAY, site_with, site_with_edition},
};
use crate::{
    content::DOCUMENTS,
    http::{
        router,
        routes::{openapi, schemas::Schema},
        state::page_cache::PageCache,
    },
    system::digest::sha256_hex,
};

/// Paths that every origin may read.
const OPEN: [&str; 8] = [
    "/policy.json",
    "/editions/1.0",
    "/editions/1.1",
    "/cookies.json",
    "/schemas/policy.json",
    "/schemas/cookies.json",
    "/schemas/receipt.json",
    "/openapi.json",
];

fn json(page: &Page) -> Value {
    serde_json::from_slice(&page.bytes).unwrap()
}

async fn read(browser: &mut Browser, address: &str) -> Value {
    let page = browser.get(address).await;
    assert_eq!(page.status, 200, "{address}");
    json(&page)
}

/// Returns the schema violations of a document.
fn faults(schema: &Value, document: &Value) -> Vec<String> {
    assert!(jsonschema::meta::is_valid(schema), "{schema}");
    let record: Value = serde_json::from_str(&Schema::Record.text()).unwrap();
    let known = Registry::new().add("urn:harmony:schema:record:1", record).unwrap().prepare().unwrap();
    let validator = jsonschema::options().with_registry(&known).build(schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

#[tokio::test]
async fn responses_match_their_schemas_which_accept_nothing_else() {
    let site = site_with_edition("", |_| ());
    let mut browser = site.browser();
    for (schema, addresses) in [
        ("/schemas/policy.json", &["/policy.json", "/editions/1.0", "/editions/1.1", "/editions/1.2"][..]),
        ("/schemas/cookies.json", &["/cookies.json"]),
    ] {
        let schema = read(&mut browser, schema).await;
        for address in addresses {
            let document = read(&mut browser, address).await;
            assert_eq!(faults(&schema, &document), Vec::<String>::new(), "{address}");
            for (at, other) in [
                ("/format", json!(9)),
                ("/edition/version", json!("1")),
                ("/edition/standing", json!("soon")),
                ("/edition/sha256", json!("00")),
                ("/purposes/0/essential", json!("yes")),
                ("/purposes/0/question", json!(1)),
            ] {
                let mut altered = document.clone();
                *altered.pointer_mut(at).unwrap() = other;
                assert_ne!(faults(&schema, &altered), Vec::<String>::new(), "{address} {at}");
            }
            for within in ["", "/edition", "/purposes/0"] {
                let mut more = document.clone();
                more.pointer_mut(within).unwrap()["more"] = json!(1);
                assert_ne!(faults(&schema, &more), Vec::<String>::new(), "{address} with more in {within:?}");
                let fields = document.pointer(within).unwrap().as_object().unwrap();
                for field in fields.keys() {
                    let mut less = document.clone();
                    less.pointer_mut(within).unwrap().as_object_mut().unwrap().remove(field);
                    assert_ne!(faults(&schema, &less), Vec::<String>::new(), "{address} without {within}/{field}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_schemas_in_the_documentation_are_those_that_are_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for &schema in Schema::VARIANTS {
        let name = schema.into_str().replace(".json", ".schema.json");
        let documented = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        let page = anonymous_browser().get(&format!("/schemas/{}", schema.into_str())).await;
        assert_eq!(page.header(header::CONTENT_TYPE), Some("application/schema+json"));
        let served = String::from_utf8(page.bytes.to_vec()).unwrap();
        assert!(served == documented, "docs/{name} must be\n{served}");
    }
}

#[tokio::test]
async fn the_policy_as_json_has_the_sections_and_text_of_the_page() {
    let mut browser = anonymous_browser();
    let data = read(&mut browser, "/policy.json").await;
    let page = browser.get("/policy").await;
    assert_eq!(data["title"], page.text("h1"));
    assert_eq!(data["language"], "en");
    let source = include_str!("../../../content/policy/en/1.1.md");
    assert_eq!(
        data["edition"],
        json!({
            "version": "1.1", "effective": "2026-11-01", "standing": "in_force", "sha256": sha256_hex(source),
            "page": "/policy/1.1", "data": "/editions/1.1",
        })
    );
    let sections = data["sections"].as_array().unwrap();
    let ids: Vec<_> = sections.iter().map(|section| section["id"].as_str().unwrap()).collect();
    let shown: Vec<_> = page.attributes("article section[id]", "id");
    assert_eq!(ids, shown[..ids.len()], "the page has its own sections behind them");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    for section in sections {
        let on_page = page.text(&format!("section[id={}]", section["id"].as_str().unwrap()));
        assert!(on_page.contains(section["heading"].as_str().unwrap()), "{on_page}");
        for paragraph in section["text"].as_str().unwrap().split("\n\n").flat_map(|block| block.split("\n- ")) {
            let paragraph = words(paragraph.trim_start_matches("- "));
            assert!(words(&on_page).contains(&paragraph), "{paragraph} is not in {on_page}");
        }
    }
    assert_eq!(data["sections"][3]["inserts"], json!(["cookie-table"]));
    assert_eq!(data["purposes"], read(&mut browser, "/cookies.json").await["purposes"]);
}

#[tokio::test]
async fn the_status_of_editions_follows_the_clock() {
    let site = site_with_edition("", |_| ());
    let mut browser = site.browser();
    let standing = |data: &Value| -> Vec<String> {
        let editions = data["editions"].as_array().unwrap().iter();
        editions.map(|edition| format!("{} {}", edition["version"], edition["standing"]).replace('"', "")).collect()
    };
    let data = read(&mut browser, "/policy.json").await;
    assert_eq!(standing(&data), ["1.0 past", "1.1 in_force", "1.2 coming"]);
    assert_eq!(read(&mut browser, "/editions/1.2").await["edition"], data["editions"][2]);
    site.advance_clock(DAY);
    let data = read(&mut browser, "/policy.json").await;
    assert_eq!(standing(&data), ["1.0 past", "1.1 past", "1.2 in_force"]);
    assert_eq!(data["edition"]["version"], "1.2");
    assert_eq!(read(&mut browser, "/cookies.json").await["edition"]["version"], "1.2");
    for address in data["editions"].as_array().unwrap().iter().flat_map(|edition| [&edition["page"], &edition["data"]])
    {
        assert_eq!(browser.get(address.as_str().unwrap()).await.status, 200, "{address}");
    }
    for address in ["/editions/9.9", "/editions/latest", "/editions/%ff", "/schemas/x", "/schemas/"] {
        assert_eq!(browser.get(address).await.status, 404, "{address}");
    }
}

/// Builds a request as a page of another site sends it.
async fn from_afar(browser: &mut Browser, method: Method, address: &str, more: &[(&str, &str)]) -> Page {
    let mut request = browser.request(method, address).header("sec-fetch-site", "cross-site");
    for (name, value) in more.iter().chain(&[("origin", "https://example.org")]) {
        request = request.header(*name, *value);
    }
    browser.send(request, Body::empty()).await
}

#[tokio::test]
async fn any_origin_may_read_the_api_and_none_with_cookies() {
    let mut browser = anonymous_browser();
    for address in OPEN {
        for origin in ["https://example.org", "null"] {
            let page = from_afar(&mut browser, Method::GET, address, &[("origin", origin)]).await;
            assert_eq!(page.status, 200, "{address}");
            assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"), "{address}");
            assert_eq!(page.header(header::ACCESS_CONTROL_EXPOSE_HEADERS), Some("etag"), "{address}");
            assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None, "{address}");
            assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
        }
        let asks = [("access-control-request-method", "GET"), ("access-control-request-headers", "if-none-match")];
        let page = from_afar(&mut browser, Method::OPTIONS, address, &asks).await;
        assert_eq!((page.status.as_u16(), page.bytes.len()), (200, 0), "{address}");
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_METHODS), Some("GET,HEAD"), "{address}");
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_HEADERS), Some("if-none-match"), "{address}");
        assert_eq!(page.header(header::ACCESS_CONTROL_MAX_AGE), Some("86400"), "{address}");
        assert_eq!(page.set_and_removed(), (vec![], vec![]), "{address}");
        assert_eq!(from_afar(&mut browser, Method::POST, address, &[]).await.status, 405, "{address}");
        assert_eq!(browser.post_fields(address, "").await.status, 405, "{address}");
    }
    for address in ["/", "/policy", "/health", "/account/export", "/receipts/x", "/nowhere"] {
        let page = from_afar(&mut browser, Method::GET, address, &[]).await;
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{address}");
    }
}

#[tokio::test]
async fn an_unchanged_response_is_not_sent_again_cached_or_not() {
    for site in [site_with(|_| ()), site_with(|state| state.page_cache = PageCache::enabled())] {
        let mut browser = site.browser();
        for address in OPEN {
            let page = browser.get(address).await;
            let tag = page.header(header::ETAG).unwrap().to_owned();
            assert_eq!(page.header(header::CACHE_CONTROL), Some("public, no-cache"), "{address}");
            assert_eq!(page.header(header::VARY), Some("accept-encoding"), "{address}");
            for (method, tags, status) in [
                (Method::GET, tag.clone(), 304),
                (Method::HEAD, tag.clone(), 304),
                (Method::GET, format!("\"x\", {tag}"), 304),
                (Method::GET, "\"x\"".to_owned(), 200),
                (Method::HEAD, "\"x\"".to_owned(), 200),
            ] {
                let answer = from_afar(&mut browser, method.clone(), address, &[("if-none-match", &tags)]).await;
                assert_eq!(answer.status, status, "{method} {address} {tags}");
                assert_eq!(answer.header(header::ETAG), Some(tag.as_str()), "{address}");
                assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"), "{address}");
                let expected = if method == Method::GET && status == 200 { page.bytes.len() } else { 0 };
                assert_eq!(answer.bytes.len(), expected, "{method} {address} {tags}");
            }
        }
        assert!(browser.holds().is_empty());
    }
}

/// Each route with the request to send and the expected status. `{receipt}` is the ID of a receipt.
const ASKED: [(&str, &str, &str, &str, u16); 44] = [
    ("get", "/policy.json", "/policy.json", "", 200),
    ("get", "/editions/{version}", "/editions/1.0", "", 200),
    ("get", "/editions/{version}", "/editions/9.9", "", 404),
    ("get", "/cookies.json", "/cookies.json", "", 200),
    ("get", "/schemas/{file}", "/schemas/policy.json", "", 200),
    ("get", "/schemas/{file}", "/schemas/cookies.json", "", 200),
    ("get", "/schemas/{file}", "/schemas/record.json", "", 200),
    ("get", "/schemas/{file}", "/schemas/receipt.json", "", 200),
    ("get", "/schemas/{file}", "/schemas/x", "", 404),
    ("get", "/openapi.json", "/openapi.json", "", 200),
    ("get", "/.well-known/gpc.json", "/.well-known/gpc.json", "", 200),
    ("get", "/receipts/{id}", "/receipts/{receipt}", "", 200),
    ("get", "/receipts/{id}", "/receipts/{receipt}", "as JSON-LD", 200),
    ("get", "/receipts/{id}", "/receipts/x", "", 404),
    ("get", "/statistics.json", "/statistics.json", "", 200),
    ("get", "/statistics.csv", "/statistics.csv", "", 200),
    ("post", "/api/measurements", "/api/measurements", "page=/&token=x&lcp=1", 400),
    ("get", "/api/unsubscribe", "/api/unsubscribe?token=a", "", 303),
    ("post", "/api/unsubscribe", "/api/unsubscribe?token=a", "List-Unsubscribe=One-Click", 200),
    ("post", "/api/unsubscribe", "/api/unsubscribe?token=a", "nothing=x", 400),
    ("get", "/sign-in/with/{provider}", "/sign-in/with/none", "", 404),
    ("get", "/sign-in/callback/{provider}", "/sign-in/callback/none", "", 404),
    ("post", "/sign-in/logout/{provider}", "/sign-in/logout/none", "logout_token=x", 404),
    ("post", "/device-key/start", "/device-key/start", "", 404),
    ("post", "/device-key/refresh", "/device-key/refresh", "", 404),
    ("get", "/preferences/export", "/preferences/export", "", 200),
    ("get", "/account/export", "/account/export", "", 200),
    ("get", "/account/export", "/account/export", "as a guest", 303),
    ("post", "/verify", "/verify", "receipt=x", 200),
    ("post", "/verify", "/verify", "nothing=x", 400),
    ("post", "/verify", "/verify", "from elsewhere", 403),
    ("get", "/api/v1/consent", "/api/v1/consent", "", 403),
    ("post", "/api/v1/consent", "/api/v1/consent", "nothing=x", 403),
    ("post", "/api/v1/findings", "/api/v1/findings", "nothing=x", 403),
    ("get", "/connect", "/connect?service=shop", "", 400),
    ("post", "/connect/answer", "/connect/answer", "nothing=x", 400),
    ("post", "/connect/save", "/connect/save", "nothing=x", 400),
    ("post", "/api/v1/connect", "/api/v1/connect", "nothing=x", 415),
    ("get", "/.well-known/harmony-keys.json", "/.well-known/harmony-keys.json", "", 200),
    ("get", "/health", "/health", "", 200),
    ("get", "/ready", "/ready", "", 200),
    ("get", "/.well-known/security.txt", "/.well-known/security.txt", "", 200),
    ("get", "/.well-known/change-password", "/.well-known/change-password", "", 303),
    ("get", "/.well-known/passkey-endpoints", "/.well-known/passkey-endpoints", "", 200),
];

#[tokio::test]
async fn every_route_of_the_openapi_description_answers_as_described() {
    let description = read(&mut anonymous_browser(), "/openapi.json").await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let described: BTreeSet<_> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |method| (&**method, &**path)))
        .collect();
    assert_eq!(described, ASKED.iter().map(|(method, path, ..)| (*method, *path)).collect(), "each is asked");

    let mut user = signed_in_browser(false).await;
    user.decide("yes", "no").await;
    let receipt: Value = serde_json::from_str(&download(&mut user).await).unwrap();
    let receipt = receipt["record"]["header"]["id"].as_str().unwrap().to_owned();
    let mut unanswered: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (method, path, address, with, status) in ASKED {
        let address = address.replace("{receipt}", &receipt);
        let mut guest = user.site.browser();
        let browser = if with == "as a guest" { &mut guest } else { &mut user };
        let page = match (method, with) {
            ("get", with) => {
                browser.sends.extend((with == "as JSON-LD").then_some(("accept", "application/ld+json")));
                let page = browser.send(browser.request(Method::GET, &address), Body::empty()).await;
                browser.sends.clear();
                page
            }
            (_, "from elsewhere") => {
                let request = browser.request(Method::POST, &address).header(header::ORIGIN, "https://example.org");
                browser.send(request.header(header::CONTENT_TYPE, FORM), Body::from("receipt=x")).await
            }
            _ => browser.post_fields(&address, with).await,
        };
        assert_eq!(page.status, status, "{method} {address} {with}");
        let operation = &description["paths"][path][method];
        let responses = &operation["responses"];
        *unanswered.entry((method, path)).or_default() += 1;
        let response =
            responses.get(status.to_string()).unwrap_or_else(|| panic!("{status} of {path} is not described"));
        for name in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
            assert!(page.header(name.as_str()).is_some(), "{path} has no {name}");
        }
        let Some(content) = response["content"].as_object() else {
            assert!(page.bytes.is_empty(), "{path} has a body that is not described");
            continue;
        };
        let kind = page.header(header::CONTENT_TYPE).unwrap();
        let kind = kind.split(';').next().unwrap();
        let says_html = kind == "text/html" && status >= 400;
        let (described, content) =
            content.iter().find(|(described, _)| *described == kind).or_else(|| content.iter().next()).unwrap();
        assert!(kind == described || says_html, "{path} answers {status} with {kind}, not {described}");
        if kind.ends_with("json") {
            let mut schema = content["schema"].clone();
            schema["components"] = description["components"].clone();
            assert_eq!(faults(&schema, &json(&page)), Vec::<String>::new(), "{path}");
        }
    }
}

#[test]
fn every_route_is_documented() {
    let documented = include_str!("../../../docs/api.md");
    for (path, item) in router::description().paths.paths {
        let method = if item.post.is_some() { "POST" } else { "GET" };
        assert!(documented.contains(&format!("`{method} {path}`")), "docs/api.md says nothing of {method} {path}");
    }
}

#[test]
fn other_urls_that_an_edition_may_link_to_exist() {
    let paths = router::description().paths.paths;
    for document in DOCUMENTS {
        assert!(paths.contains_key(document), "{document}");
    }
}

#[tokio::test]
async fn every_route_has_an_operation_id_a_summary_and_a_tag() {
    let description: Value = serde_json::from_slice(&openapi::text(&router::description())).unwrap();
    let groups: BTreeSet<_> =
        description["tags"].as_array().unwrap().iter().map(|tag| tag["name"].to_string()).collect();
    let mut names = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for field in ["summary", "description", "operationId"] {
                assert!(
                    operation[field].as_str().is_some_and(|text| !text.is_empty()),
                    "{method} {path} has no {field}"
                );
            }
            assert!(names.insert(operation["operationId"].to_string()), "{path} shares its name with another route");
            let tags = operation["tags"].as_array().unwrap();
            assert!(tags.iter().all(|tag| groups.contains(&tag.to_string())), "{path}");
        }
    }
    // All references within the description resolve.
    let text = description.to_string();
    for unread in ["\"$id\"", "\"$defs\"", "urn:", "\"items\":false", "\"origin\":false"] {
        assert!(!text.contains(unread), "{unread}");
    }
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(description["components"]["schemas"][name].is_object(), "{name}");
    }
}
