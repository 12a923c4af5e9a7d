//! Input that is too long, too large or too slow gets an error within a second or is cut off, and
//! affects no other client.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::{
    browser::{FORM, ORIGIN, TAKES_HTML},
    site::{Site, site_with},
};
use crate::{
    config::http_limits::HttpLimits,
    http::tests::raw_client::{RawResponse, RunningServer, ask, head, rest, serve, serve_until},
};

/// Every error arrives within this time.
const SOON: Duration = Duration::from_secs(1);

/// A time limit that is short enough for a test.
const SHORT: Duration = Duration::from_millis(200);

/// Returns a site with other HTTP limits.
fn bounded(change: impl FnOnce(&mut HttpLimits)) -> Site {
    site_with(|state| change(&mut state.settings.limits))
}

/// Returns the head of a form's request, with the given `Content-Length`.
fn form(address: &str, length: usize) -> Vec<u8> {
    let own = [format!("origin: {ORIGIN}"), format!("content-type: {FORM}"), format!("content-length: {length}")];
    head(&format!("POST {address}"), &own.each_ref().map(String::as_str))
}

/// Returns a request that keeps the connection open.
fn keep_alive_request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost:3000\r\naccept: {TAKES_HTML}\r\n\r\n").into_bytes()
}

/// Sends bytes, then stays connected without sending more. Returns the response, which must arrive
/// soon.
async fn send_and_wait(served: &RunningServer, bytes: Vec<u8>) -> RawResponse {
    let address = served.address;
    let started = Instant::now();
    let answer = tokio::task::spawn_blocking(move || {
        let mut line = TcpStream::connect(address).unwrap();
        line.write_all(&bytes).unwrap();
        rest(line)
    });
    let answer = answer.await.unwrap();
    assert!(started.elapsed() < SOON * 2, "{:?}: {}", started.elapsed(), answer.head);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_headers_and_idle_connections_are_cut_off() {
    let served = serve_until(&bounded(|bounds| bounds.header_read_timeout = SHORT)).await;
    for bytes in [&b""[..], b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: localhost:3000\r\ncookie: a"] {
        let answer = send_and_wait(&served, bytes.to_vec()).await;
        assert_eq!(answer.head, "", "{:?}", String::from_utf8_lossy(bytes));
    }
    let answer = send_and_wait(&served, keep_alive_request("/health")).await;
    assert_eq!(
        (answer.status(), answer.body.as_slice()),
        ("200", &b"ok\n"[..]),
        "answered, and then cut for saying no more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_body_gets_an_error_and_changes_nothing() {
    let site = bounded(|bounds| bounds.body_timeout = SHORT);
    let served = serve_until(&site).await;
    for (address, sent) in [
        ("/api/consent/answer", &b"answer=yes&return_to=/"[..]),
        ("/api/consent/answer", b""),
        ("/verify", b"receipt="),
    ] {
        let answer = send_and_wait(&served, [&form(address, 100), sent].concat()).await;
        assert_eq!(answer.status(), "408", "{}", answer.head);
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.header("set-cookie"), None);
        assert!(String::from_utf8_lossy(&answer.body).contains("Request timed out"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_body_is_rejected_and_changes_nothing() {
    let address = serve(&site_with(|_| ())).await;
    let body = b"answer=yes&return_to=/";
    for sent in 0..body.len() {
        let request = [&form("/api/consent/answer", body.len()), &body[..sent]].concat();
        let answer = tokio::task::spawn_blocking(move || {
            let mut line = TcpStream::connect(address).unwrap();
            line.write_all(&request).unwrap();
            line.shutdown(std::net::Shutdown::Write).unwrap();
            rest(line)
        });
        let answer = answer.await.unwrap();
        assert!(["", "400"].contains(&answer.status()), "{sent}: {}", answer.head);
        assert_eq!(answer.header("set-cookie"), None, "{sent}");
    }
    let whole = [&form("/api/consent/answer", body.len()), &body[..]].concat();
    assert_eq!(ask(address, whole).await.status(), "303");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_too_large_a_content_length_is_rejected_unread() {
    let served = serve_until(&site_with(|_| ())).await;
    for length in [16_385, 1 << 30] {
        let answer = send_and_wait(&served, form("/api/consent/answer", length)).await;
        assert_eq!(answer.status(), "413", "{}", answer.head);
        assert_eq!((answer.header("connection"), answer.header("set-cookie")), (Some("close"), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_still_sending_receives_the_error() {
    let address = serve(&site_with(|_| ())).await;
    let request = [form("/api/consent/answer", 2 << 20), vec![b'x'; 2 << 20]].concat();
    let answer = ask(address, request).await;
    assert_eq!(answer.status(), "413", "{}", answer.head);
    assert!(String::from_utf8_lossy(&answer.body).contains("Request too large"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_of_any_excessive_length_gets_an_error() {
    let served = serve_until(&site_with(|_| ())).await;
    for (length, status) in [(2_000, "200"), (2_100, "414"), (30_000, "414"), (70_000, "414")] {
        let path = format!("/policy?{}", "x".repeat(length - 8));
        let answer = send_and_wait(&served, head(&format!("GET {path}"), &[])).await;
        assert_eq!(answer.status(), status, "{length}: {}", answer.head);
    }
    let answer = send_and_wait(&served, head(&format!("GET /{}", "x".repeat(70_000)), &[])).await;
    is_closed_with(&answer, "414");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_or_too_long_headers_get_an_error() {
    let served = serve_until(&site_with(|_| ())).await;
    for (count, size, status) in [
        (50, 10, "200"),
        (97, 10, "200"),
        (98, 10, "431"),
        (1_000, 10, "431"),
        (5, 6_000, "200"),
        (5, 7_000, "431"),
        (20, 7_000, "431"),
    ] {
        let lines: Vec<_> = (0..count).map(|number| format!("x-{number}: {}", "y".repeat(size))).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let answer = send_and_wait(&served, head("GET /policy", &lines)).await;
        assert_eq!(answer.status(), status, "{count} of {size}: {}", answer.head);
        // hyper rejects more than 100 headers, and more than it buffers, before the router sees
        // them.
        let is_parsed = count < 98 && count * size < 131_072;
        assert!(!is_parsed || answer.header("content-security-policy").is_some(), "{count} of {size}: {}", answer.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_http_is_rejected() {
    let served = serve_until(&site_with(|_| ())).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n bad\r\n\r\n",
    ] {
        let answer = send_and_wait(&served, bytes.to_vec()).await;
        is_closed_with(&answer, "400");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_http_after_a_valid_request_gets_an_error_too() {
    let served = serve_until(&site_with(|_| ())).await;
    for version in ["1.0", "1.1"] {
        let mut line = TcpStream::connect(served.address).unwrap();
        let request = format!("GET /health HTTP/{version}\r\nhost: localhost:3000\r\nconnection: keep-alive\r\n\r\n");
        line.write_all(request.as_bytes()).unwrap();
        let mut first = [0; 12];
        line.read_exact(&mut first).unwrap();
        assert_eq!(String::from_utf8_lossy(&first), format!("HTTP/{version} 200"));
        line.write_all(b"HELLO\r\n\r\n").unwrap();
        let mut both = String::new();
        line.read_to_string(&mut both).unwrap();
        // The client has read to the end, so the connection is closed.
        assert!(both.contains(" 400 "), "{both}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_without_a_body_is_sent_unchanged() {
    let served = serve_until(&site_with(|_| ())).await;
    let answer = send_and_wait(&served, head(&format!("HEAD /policy?{}", "x".repeat(2_100)), &[])).await;
    assert_eq!(answer.status(), "414", "{}", answer.head);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{}", answer.head);
    assert_eq!(answer.body, b"");
}

/// hyper answers what it cannot parse with a status and an empty body, and closes the connection.
fn is_closed_with(answer: &RawResponse, status: &str) {
    assert_eq!(answer.status(), status, "{}", answer.head);
    assert_eq!(answer.length(), Some(answer.body.len()));
    for (name, value) in [("connection", Some("close")), ("server", None), ("set-cookie", None)] {
        assert_eq!(answer.header(name), value, "{}", answer.head);
    }
    assert!(answer.header("date").is_some_and(|date| date.ends_with("gmt")), "{}", answer.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_an_ambiguous_length_is_rejected() {
    let served = serve_until(&site_with(|_| ())).await;
    let own = format!("origin: {ORIGIN}");
    let kind = format!("content-type: {FORM}");
    for lengths in [
        &["content-length: 4", "content-length: 22"][..],
        &["content-length: 4, 22"],
        &["content-length: +22"],
        &["content-length: 22", "transfer-encoding: gzip"],
        &["transfer-encoding: chunked, identity"],
    ] {
        let request = head("POST /api/consent/answer", &[&[own.as_str(), kind.as_str()], lengths].concat());
        let answer = send_and_wait(&served, [&request, &b"answer=yes&return_to=/"[..]].concat()).await;
        assert!(["", "400"].contains(&answer.status()), "{lengths:?}: {}", answer.head);
        assert_eq!(answer.header("set-cookie"), None, "{lengths:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deeply_nested_json_is_rejected_at_once() {
    let content = "[[service]]\nname = \"Shop\"\naddress = \"https://shop.example/\"\norigins = [\"https://shop.example\"]\nhow = \"incorporates\"\nsince = \"1.0\"\n";
    let site = super::site::site_with_edition_and_services("", content, |_| ());
    let served = serve_until(&site).await;
    for deep in ["[".repeat(1_000), format!("{}1{}", "{\"choices\":".repeat(80), "}".repeat(80))] {
        let length = format!("content-length: {}", deep.len());
        let lines = ["origin: https://shop.example", "content-type: application/json", &length];
        let request = [head("POST /api/v1/consent", &lines), deep.into_bytes()].concat();
        let answer = send_and_wait(&served, request).await;
        assert_eq!(answer.status(), "400", "{}", answer.head);
    }
}

/// Sends requests until one is answered.
async fn answers(served: &RunningServer) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if ask(served.address, head("GET /health", &[])).await.status() == "200" {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_over_the_limit_gets_an_error_and_is_closed() {
    let served = serve_until(&bounded(|bounds| bounds.connections = 2)).await;
    let held: Vec<_> = (0..2)
        .map(|_| {
            let mut line = TcpStream::connect(served.address).unwrap();
            line.write_all(&keep_alive_request("/health")).unwrap();
            let mut first = [0; 12];
            line.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
            line
        })
        .collect();
    for _ in 0..3 {
        let answer = send_and_wait(&served, head("GET /policy", &[])).await;
        assert_eq!(answer.status(), "503", "{}", answer.head);
        assert_eq!(answer.length(), Some(answer.body.len()));
        for (name, value) in [
            ("retry-after", "1"),
            ("connection", "close"),
            ("cache-control", "no-store"),
            ("content-type", "text/plain; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.head);
        }
        assert!(answer.header("content-security-policy").is_some());
    }
    drop(held);
    assert!(answers(&served).await, "there is a place again once the others have gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_is_disconnected() {
    let site = bounded(|bounds| {
        bounds.connections = 1;
        bounds.write_timeout = SHORT;
    });
    fs::write(site.file("large.bin"), vec![0; 64 << 20]).unwrap();
    let served = serve_until(&site).await;
    let mut line = TcpStream::connect(served.address).unwrap();
    line.write_all(&keep_alive_request("/large.bin")).unwrap();
    let mut first = [0; 12];
    line.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert!(answers(&served).await, "the place is free again");
    let taken = tokio::task::spawn_blocking(move || rest(line)).await.unwrap();
    assert!(taken.body.len() < 64 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_completes_open_requests_and_accepts_no_others() {
    let served = serve_until(&site_with(|_| ())).await;
    let address = served.address;
    // The first client has sent half a form; the second is idle between two requests.
    let mut begun = TcpStream::connect(address).unwrap();
    let body = b"answer=no&return_to=/";
    begun.write_all(&form("/api/consent/answer", body.len())).unwrap();
    begun.write_all(&body[..5]).unwrap();
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(&keep_alive_request("/health")).unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    assert!(answers(&served).await, "both were taken before this one");

    served.stop.send(()).unwrap();
    let idle = tokio::task::spawn_blocking(move || rest(idle)).await.unwrap();
    assert!(idle.head.contains("200") || idle.body.ends_with(b"ok\n"), "what was answered is whole");
    begun.write_all(&body[5..]).unwrap();
    let answer = tokio::task::spawn_blocking(move || rest(begun)).await.unwrap();
    assert_eq!(answer.status(), "303", "{}", answer.head);
    served.ended.await.unwrap();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_does_not_wait_for_endless_requests() {
    let served = serve_until(&bounded(|bounds| bounds.shutdown_timeout = SHORT)).await;
    let mut begun = TcpStream::connect(served.address).unwrap();
    begun.write_all(&form("/api/consent/answer", 100)).unwrap();
    assert!(answers(&served).await);
    let told = Instant::now();
    served.stop.send(()).unwrap();
    served.ended.await.unwrap();
    assert!(told.elapsed() < SOON, "{:?}", told.elapsed());
}
