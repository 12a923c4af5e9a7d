//! Responses as bytes on a TCP connection: length, `HEAD`, `304`, chunked bodies, long headers.

use super::{
    browser::{FORM, ORIGIN},
    raw_client::{ask, head, serve},
    site::setup,
};

#[tokio::test(flavor = "multi_thread")]
async fn content_length_is_the_length_of_the_body() {
    let address = serve(&setup()).await;
    for path in
        ["/", "/policy", "/preferences", "/statistics", "/cookies.json", "/health", "/nowhere", "/api/consent/decide"]
    {
        let answer = ask(address, head(&format!("GET {path}"), &[])).await;
        assert_eq!(answer.length(), Some(answer.body.len()), "{path}: {}", answer.head);
        let compressed = ask(address, head(&format!("GET {path}"), &["accept-encoding: gzip, br"])).await;
        assert!(
            compressed.length().is_none_or(|length| length == compressed.body.len()),
            "{path}: {}",
            compressed.head
        );
        if compressed.header("content-encoding").is_none() {
            assert_eq!(compressed.body.len(), answer.body.len(), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_response_has_the_headers_of_get_and_no_body() {
    let address = serve(&setup()).await;
    for path in ["/", "/policy", "/preferences", "/cookies.json", "/health", "/nowhere", "/api/consent/decide"] {
        for coding in ["identity", "gzip"] {
            let case = format!("{path} {coding}");
            let accepts = format!("accept-encoding: {coding}");
            let headers = [accepts.as_str(), "cookie: __Host-Http-visit=1"];
            let whole = ask(address, head(&format!("GET {path}"), &headers)).await;
            let only = ask(address, head(&format!("HEAD {path}"), &headers)).await;
            assert!(only.body.is_empty(), "{case}");
            assert_eq!(only.status(), whole.status(), "{case}");
            assert!(only.length().is_none() || only.length() == whole.length(), "{case}: {} {}", only.head, whole.head);
            let names = ["content-type", "content-encoding", "vary", "cache-control", "etag", "allow"];
            for name in names.into_iter().chain(["x-content-type-options"]) {
                assert_eq!(only.header(name), whole.header(name), "{case} {name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_not_modified_response_has_no_body() {
    let address = serve(&setup()).await;
    for path in ["/cookies.json", "/policy/feed.xml"] {
        let answer = ask(address, head(&format!("GET {path}"), &["if-none-match: *"])).await;
        assert_eq!((answer.status(), answer.body.len()), ("304", 0), "{path}");
        assert_eq!((answer.length(), answer.header("content-encoding")), (None, None), "{path}: {}", answer.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_chunked_body_is_rejected() {
    let address = serve(&setup()).await;
    let headers = [
        "sec-fetch-site: same-origin".to_owned(),
        format!("origin: {ORIGIN}"),
        format!("content-type: {FORM}"),
        "transfer-encoding: chunked".to_owned(),
    ];
    let mut request = head("POST /api/consent/decide", &headers.each_ref().map(String::as_str));
    let piece = format!("1000\r\n{}\r\n", "x".repeat(0x1000)).into_bytes();
    // As many chunks as the server reads before it rejects the body. It must not wait for the last
    // chunk, which never comes.
    for _ in 0..5 {
        request.extend_from_slice(&piece);
    }
    let answer = ask(address, request).await;
    assert_eq!(answer.status(), "413", "{}", answer.head);
    assert_eq!(answer.header("set-cookie"), None);
    assert!(String::from_utf8_lossy(&answer.body).contains("<h1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn excessive_headers_are_rejected() {
    let address = serve(&setup()).await;
    let cookies: Vec<_> = (0..180).map(|number| format!("c{number}={}", "x".repeat(8_000))).collect();
    let answer = ask(address, head("GET /preferences", &[&format!("cookie: {}", cookies.join("; "))])).await;
    assert_eq!(answer.status(), "431", "{}", answer.head);
    assert_eq!(answer.header("set-cookie"), None);
    let cookies: Vec<_> = (0..180).map(|number| format!("c{number}={}", "x".repeat(200))).collect();
    let answer = ask(address, head("GET /preferences", &[&format!("cookie: {}", cookies.join("; "))])).await;
    assert_eq!(answer.status(), "431", "{}", answer.head);
    assert!(String::from_utf8_lossy(&answer.body).contains("<h1"));
}
