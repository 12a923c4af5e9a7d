//! Access to the partner API: exactly the listed origins, at one URL.

use axum::{
    body::Body,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde_json::json;

use super::{
    super::{
        browser::{FORM, ORIGIN},
        receipts::sound,
        site::DAY,
    },
    CONSENT, SHOP, access_headers, ask, decision_response, is_problem, is_readable_by, setup, varies,
};
use crate::http::tests::urls::FORMS;

/// Origins that are not listed, or not yet, some similar to listed ones.
const OTHERS: [&str; 19] = [
    "null",
    "*",
    "",
    "https://evil.example",
    ORIGIN,
    "https://later.example",
    "http://shop.example",
    "https://shop.example/",
    "https://shop.example.",
    "https://shop.example:443",
    "https://shop.example:8443",
    "https://SHOP.example",
    "HTTPS://shop.example",
    "https://www.shop.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://shop.example@evil.example",
    "https://shop.example, https://shop.example",
    "http://localhost:4000",
];

#[tokio::test]
async fn the_listed_origins_have_access() {
    let site = setup();
    for origin in [SHOP, "https://pay.shop.example", "http://127.0.0.1:4000"] {
        let page = site.browser().send(ask(Method::GET, CONSENT, origin), Body::empty()).await;
        decision_response(&page, origin);
        assert_eq!(access_headers(&page).len(), 3, "{:?}", page.headers);
    }
}

#[tokio::test]
async fn other_origins_get_an_error_without_cors_headers() {
    let site = setup();
    let mut browser = site.browser();
    browser.answer_banner("yes").await;
    for origin in OTHERS {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
            let is_head = method == Method::HEAD;
            let request = ask(method, CONSENT, origin)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
            let page = browser.send(request, r#"{"choices":{"analytics":false}}"#.into()).await;
            if is_head {
                assert_eq!(page.status, StatusCode::FORBIDDEN);
            } else {
                is_problem(&page, 403);
            }
            assert_eq!(access_headers(&page), Vec::<&str>::new(), "{origin:?}");
            assert!(varies(&page), "{origin:?}");
        }
    }
    assert_eq!(browser.read_decision(SHOP).await["decision"]["choices"]["analytics"], true, "nothing was changed");
}

#[tokio::test]
async fn the_partner_api_has_one_url_without_a_language() {
    let mut browser = setup().browser();
    for address in ["/de/api/v1/consent", "/api/v1/consent/", "/api/v1/CONSENT"] {
        let page = browser.send(ask(Method::GET, address, SHOP), Body::empty()).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(access_headers(&page).len(), 0, "{address}");
    }
}

#[tokio::test]
async fn a_request_without_exactly_one_origin_is_rejected() {
    let mut browser = setup().browser();
    let request = browser.request(Method::GET, CONSENT);
    is_problem(&browser.send(request, Body::empty()).await, 403);
    for second in [SHOP, "https://evil.example"] {
        let request = ask(Method::GET, CONSENT, SHOP).header(header::ORIGIN, second);
        is_problem(&browser.send(request, Body::empty()).await, 403);
    }
    let odd = HeaderValue::from_bytes(b"https://shop.example\xff").unwrap();
    let mut request = ask(Method::GET, CONSENT, "");
    request.headers_mut().unwrap().insert(header::ORIGIN, odd);
    is_problem(&browser.send(request, Body::empty()).await, 403);
}

#[tokio::test]
async fn a_service_has_access_from_the_effective_date_of_its_edition() {
    let site = setup();
    let mut browser = site.browser();
    let asks = || ask(Method::GET, CONSENT, "https://later.example");
    is_problem(&browser.send(asks(), Body::empty()).await, 403);
    site.advance_clock(DAY);
    decision_response(&browser.send(asks(), Body::empty()).await, "https://later.example");
}

#[tokio::test]
async fn a_preflight_request_gets_the_allowed_methods_and_headers() {
    let mut browser = setup().browser();
    let request = ask(Method::OPTIONS, CONSENT, SHOP)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type");
    let page = browser.send(request, Body::empty()).await;
    assert_eq!((page.status, page.bytes.len()), (StatusCode::NO_CONTENT, 0));
    is_readable_by(&page, SHOP);
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_METHODS), Some("GET, POST"));
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_HEADERS), Some("content-type"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
}

#[tokio::test]
async fn a_listed_origin_may_do_nothing_else() {
    let mut browser = setup().browser();
    for (address, fields) in FORMS {
        let request = ask(Method::POST, address, SHOP).header(header::CONTENT_TYPE, FORM);
        let page = browser.send(request, fields.into()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{address}");
        assert_eq!((access_headers(&page), page.set_and_removed()), (vec![], (vec![], vec![])), "{address}");
    }
    for address in ["/", "/preferences", "/account", "/api/v1/", "/api/v1/consent/", "/api/v1/other"] {
        let page = browser.send(ask(Method::GET, address, SHOP), Body::empty()).await;
        assert_eq!(access_headers(&page), Vec::<&str>::new(), "{address}");
    }
    is_problem(&browser.send(ask(Method::POST, "/api/v1/other", SHOP), Body::empty()).await, 404);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let page = browser.send(ask(method, CONSENT, SHOP), Body::empty()).await;
        is_problem(&page, 405);
        is_readable_by(&page, SHOP);
        assert_eq!(page.header(header::ALLOW), Some("GET,HEAD,POST,OPTIONS"));
    }
}

#[tokio::test]
async fn an_invalid_answer_gets_an_error_that_the_page_may_read() {
    let site = setup();
    let mut browser = site.browser();
    let long = format!(r#"{{"choices":{{"analytics":true{}}}}}"#, " ".repeat(9_000));
    for (body, status) in [
        ("", 400),
        ("x", 400),
        ("{}", 400),
        ("[]", 400),
        ("null", 400),
        (r#"{"choices":{}}"#, 400),
        (r#"{"choices":null}"#, 400),
        (r#"{"choices":{"analytics":null}}"#, 400),
        (r#"{"choices":{"analytics":"true"}}"#, 400),
        (r#"{"choices":{"analytics":1}}"#, 400),
        (r#"{"choices":{"security":false}}"#, 400),
        (r#"{"choices":{"analytics":true,"analytics":false}}"#, 400),
        (r#"{"choices":{"analytics":true},"collected_via":"preferences"}"#, 400),
        (r#"{"choices":{"analytics":true}} x"#, 400),
        (r#"{"choices":{"analytics":true}"#, 400),
        (long.as_str(), 413),
    ] {
        let page = browser.post_decision(SHOP, body.to_owned()).await;
        is_problem(&page, status);
        is_readable_by(&page, SHOP);
    }
    for kind in ["", "text/plain", FORM, "multipart/form-data", "text/json", "application/jsonx"] {
        let request = ask(Method::POST, CONSENT, SHOP).header(header::CONTENT_TYPE, kind);
        is_problem(&browser.send(request, r#"{"choices":{"analytics":true}}"#.into()).await, 415);
    }
    assert_eq!(browser.holds(), Vec::<&str>::new());
    browser.post_answers(SHOP, json!({ "analytics": true })).await;
    assert_eq!(sound(&site).await.records, 1, "nothing was recorded before");
}
