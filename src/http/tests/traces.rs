//! Traces, as an OpenTelemetry collector receives them over TCP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use axum::{body::Body, http::Method};
use serde_json::Value;

use super::site::{Site, site_with};
use crate::{
    config::otlp::Collector,
    telemetry::{Telemetry, traces::Traces},
};

/// Head and body of each request to the collector.
type Received = Arc<Mutex<Vec<[String; 2]>>>;

/// Starts a collector that accepts everything, and returns its address.
fn collector() -> (Collector, Received) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let told = Received::default();
    let taken = Arc::clone(&told);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut reader = BufReader::new(connection.unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).unwrap() > 2 {}
            let head = head.to_ascii_lowercase();
            assert!(head.starts_with("post /v1/traces ") && head.contains("content-type: application/json"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            taken.lock().unwrap().push([head, String::from_utf8(body).unwrap()]);
            let answer =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (Collector::parse(&format!("http://{address}")).unwrap(), told)
}

/// Returns a site that exports traces, and what its collector received.
fn traced() -> (Site, Received) {
    let (collector, told) = collector();
    let site = site_with(|state| {
        let traces = Traces::open(&collector, state.app.store.engine()).unwrap();
        state.app.observers = Telemetry::default().with_traces(traces);
        state.app.observers.watch(&state.app.store);
    });
    (site, told)
}

/// Shuts the exporter down and returns everything that it sent.
async fn all(site: Site, told: &Received) -> (String, Vec<Value>) {
    tokio::task::spawn_blocking(move || site.state.observers.close()).await.unwrap();
    let told = told.lock().unwrap();
    let bodies = told.iter().map(|[_, body]| serde_json::from_str::<Value>(body).unwrap());
    let list = |value: &Value, name: &str| value[name].as_array().unwrap().clone();
    let spans = bodies
        .flat_map(|body| list(&body, "resourceSpans"))
        .flat_map(|resource| list(&resource, "scopeSpans"))
        .flat_map(|scope| list(&scope, "spans"))
        .collect();
    (told.concat().concat(), spans)
}

/// Returns the spans with that name.
fn named<'s>(spans: &'s [Value], name: &str) -> Vec<&'s Value> {
    spans.iter().filter(|span| span["name"] == name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn request_rendering_and_commit_have_spans_without_personal_data() {
    let (site, told) = traced();
    let mut browser = site.browser();
    browser.address = Some([192, 0, 2, 77].into());
    browser.sends =
        vec![("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("x-word", "Amsel")];
    let page = browser.get("/policy?theirs=Drossel").await;
    browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
    browser.get("/receipts/019a-Fink").await;
    browser.get("/policy/Zeisig").await;
    let request = browser.request(Method::from_bytes(b"MEISE").unwrap(), "/policy");
    browser.send(request, Body::empty()).await;
    let (consent, agent) = (browser.cookies.value("__Host-Http-consent").to_owned(), browser.user_agent);
    drop(browser);

    let (told, spans) = all(site, &told).await;
    let requests = named(&spans, "GET /policy");
    assert_eq!(requests.len(), 2, "{told}");
    let rendered = named(&spans, "render");
    assert!(
        rendered
            .iter()
            .any(|part| part["parentSpanId"] == requests[0]["spanId"] && part["traceId"] == requests[0]["traceId"])
    );
    assert!(!named(&spans, "commit").is_empty());
    assert_eq!(named(&spans, "POST /api/consent/answer").len(), 1);
    assert_eq!(named(&spans, "GET /receipts/{id}").len(), 1);
    assert_eq!(named(&spans, "GET /policy/{version}").len(), 1);
    assert_eq!(named(&spans, "_OTHER /policy").len(), 1);
    for theirs in [
        consent.as_str(),
        agent,
        "192.0.2.77",
        "Amsel",
        "Drossel",
        "Fink",
        "Zeisig",
        "MEISE",
        "0af7651916cd43dd",
        "__Host",
        "Mozilla",
    ] {
        assert!(!told.to_lowercase().contains(&theirs.to_lowercase()), "{theirs} is told: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_has_the_status_of_the_response() {
    let (site, told) = traced();
    site.browser().get("/nowhere").await;
    let (_, spans) = all(site, &told).await;
    let [span] = named(&spans, "GET")[..] else { panic!("{spans:?}") };
    let attributes = span["attributes"].as_array().unwrap();
    let value = |key: &str| attributes.iter().find(|attribute| attribute["key"] == key).map(|found| &found["value"]);
    assert_eq!(value("http.request.method").unwrap()["stringValue"], "GET");
    assert_eq!(value("http.response.status_code").unwrap()["intValue"].as_str().unwrap(), "404");
    assert_eq!(value("http.route"), None);
    assert_eq!(span["parentSpanId"].as_str().unwrap_or_default(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_collector_delays_no_request() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let collector = Collector::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let site = site_with(|state| {
        state.app.observers = Telemetry::default().with_traces(Traces::open(&collector, "sqlite").unwrap());
        state.app.observers.watch(&state.app.store);
    });
    for _ in 0..50 {
        assert_eq!(site.browser().get("/policy").await.status, 200);
    }
    all(site, &Received::default()).await;
}
