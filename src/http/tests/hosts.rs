//! The site answers only to its configured host names.

use axum::{
    body::Body,
    http::{Method, Request, header},
};

use super::{
    browser::{FORM, HOST, TAKES_HTML, anonymous_browser},
    page::Page,
};
use crate::http::tests::raw_client::{ask, serve};

/// Other host names, some similar to the site's.
const OTHERS: [&str; 10] = [
    "evil.example",
    "localhost",
    "localhost:3001",
    "localhost:3000.evil.example",
    "evil-localhost:3000",
    "sub.localhost:3000",
    "localhost.:3000",
    "127.0.0.1:3000",
    "user@localhost:3000",
    "localhost:3000,evil.example",
];

async fn sent_to(host: Option<&str>, method: Method, address: &str) -> Page {
    let mut browser = anonymous_browser();
    let mut request = Request::builder().method(method).uri(address);
    for (name, value) in [("accept", TAKES_HTML), ("sec-fetch-site", "same-origin"), ("content-type", FORM)] {
        request = request.header(name, value);
    }
    if let Some(host) = host {
        request = request.header(header::HOST, host).header(header::ORIGIN, format!("http://{host}"));
    }
    browser.send(request, Body::from("answer=yes&return_to=/")).await
}

#[tokio::test]
async fn a_request_for_another_host_is_rejected_and_changes_nothing() {
    for host in OTHERS {
        for (method, address) in [
            (Method::GET, "/"),
            (Method::GET, "/policy"),
            (Method::GET, "/preferences"),
            (Method::GET, "/cookies.json"),
            (Method::GET, "/api/v1/consent"),
            (Method::GET, "/favicon.svg"),
            (Method::GET, "/nowhere"),
            (Method::POST, "/api/consent/answer"),
            (Method::POST, "/de/api/consent/answer"),
            (Method::OPTIONS, "/cookies.json"),
        ] {
            let page = sent_to(Some(host), method.clone(), address).await;
            assert_eq!(page.status, 421, "{method} {address} at {host}");
            assert_eq!(page.set_and_removed(), (vec![], vec![]), "{method} {address} at {host}");
            assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
            assert!(page.header(header::CONTENT_SECURITY_POLICY).is_some());
        }
        let page = sent_to(Some(host), Method::GET, "/policy").await;
        assert_eq!(page.text("h1"), "Wrong address", "{host}");
        let page = sent_to(Some(host), Method::GET, "/de/policy").await;
        assert_eq!(page.text("h1"), "Falsche Adresse", "{host}");
    }
}

#[tokio::test]
async fn the_health_checks_answer_to_any_host() {
    for address in ["/health", "/ready"] {
        for host in [Some("10.0.0.7"), Some(HOST), None] {
            assert_eq!(sent_to(host, Method::GET, address).await.status, 200, "{address} {host:?}");
        }
    }
}

#[tokio::test]
async fn host_names_ignore_case_and_origins_do_not() {
    let page = sent_to(Some("LOCALHOST:3000"), Method::GET, "/").await;
    assert_eq!(page.status, 200);
    let page = sent_to(Some("LOCALHOST:3000"), Method::POST, "/api/consent/answer").await;
    assert_eq!(page.status, 403, "no browser sends an origin in capitals");
}

#[tokio::test]
async fn a_request_without_a_host_is_rejected() {
    let page = sent_to(None, Method::GET, "/").await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (400, (vec![], vec![])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_conflicting_hosts_is_rejected() {
    let address = serve(&super::site::setup()).await;
    for (request, status) in [
        ("GET /policy HTTP/1.1\r\nhost: localhost:3000\r\n", "200"),
        ("GET http://localhost:3000/policy HTTP/1.1\r\nhost: localhost:3000\r\n", "200"),
        ("GET /policy HTTP/1.1\r\nhost: evil.example\r\n", "421"),
        ("GET http://evil.example/policy HTTP/1.1\r\nhost: localhost:3000\r\n", "400"),
        ("GET http://localhost:3000/policy HTTP/1.1\r\nhost: evil.example\r\n", "400"),
        ("GET http://evil.example/policy HTTP/1.1\r\nhost: evil.example\r\n", "421"),
        ("GET http://user@localhost:3000/policy HTTP/1.1\r\nhost: localhost:3000\r\n", "400"),
        ("GET /policy HTTP/1.1\r\nhost: localhost:3000\r\nhost: localhost:3000\r\n", "400"),
        ("GET /policy HTTP/1.1\r\nhost: localhost:3000\r\nhost: evil.example\r\n", "400"),
        ("GET /policy HTTP/1.1\r\n", "400"),
        ("GET /policy HTTP/1.1\r\nhost:\r\n", "421"),
        ("GET /policy HTTP/1.0\r\n", "400"),
        ("GET /policy HTTP/1.0\r\nhost: localhost:3000\r\n", "200"),
        ("GET /health HTTP/1.0\r\n", "200"),
        ("GET /health HTTP/1.1\r\nhost: 10.0.0.7:3000\r\n", "200"),
        ("CONNECT localhost:3000 HTTP/1.1\r\nhost: localhost:3000\r\n", "404"),
    ] {
        let answer = ask(address, format!("{request}connection: close\r\n\r\n").into_bytes()).await;
        assert_eq!(answer.status(), status, "{request}: {}", answer.head);
        assert!(status == "200" || answer.header("set-cookie").is_none(), "{request}");
    }
}
