//! Metrics, read from the metrics listener over TCP.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{HeaderValue, Method, header},
};
use proptest::prelude::*;
use tokio::runtime::Builder;
use tower::make::Shared;

use super::{
    accounts::users::{ANNA, sign_up},
    browser::{Browser, FORM, HOST, ORIGIN},
    site::{DAY, NOON, Site, SiteParts, setup, site_with, site_with_edition_and_services, site_with_newest_edition},
};
use crate::{
    config::http_limits::HttpLimits,
    domain::Timestamp,
    http::{
        metrics_listener::Listener,
        route_templates, router,
        server::MAX_METRICS_CONNECTIONS,
        tests::raw_client::{ask, head, rest, serve},
    },
    properties::cases,
    telemetry::Telemetry,
};

/// Enables metrics.
pub(super) fn enable_metrics(state: &mut SiteParts) {
    state.app.observers = Telemetry::default().with_metrics(&state.app.store, Timestamp(NOON), route_templates());
    state.app.observers.watch(&state.app.store);
}

/// A response of the metrics listener.
pub(super) struct MetricsResponse {
    status: u16,
    kind: String,
    series: BTreeMap<String, String>,
}

impl MetricsResponse {
    /// Returns the value of a series, given with its labels.
    fn value(&self, series: &str) -> &str {
        self.series.get(series).unwrap_or_else(|| panic!("{series} is not told"))
    }

    /// Returns the value of a series as a number.
    pub(super) fn of(&self, series: &str) -> u64 {
        self.value(series).parse().unwrap()
    }
}

/// Reads a path of the metrics listener.
pub(super) async fn read_at(address: SocketAddr, path: &'static str) -> MetricsResponse {
    tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut answer = agent.get(format!("http://{address}{path}")).header("host", HOST).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        let kind = answer.headers().get(header::CONTENT_TYPE.as_str()).map_or("", |kind| kind.to_str().unwrap());
        MetricsResponse {
            status: answer.status().as_u16(),
            kind: kind.to_owned(),
            series: lines.map(|(series, value)| (series.to_owned(), value.to_owned())).collect(),
        }
    })
    .await
    .unwrap()
}

/// A site with metrics enabled.
struct MonitoredSite {
    site: Site,
    listener: Listener,
}

async fn monitored_site() -> MonitoredSite {
    let site = site_with(enable_metrics);
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    MonitoredSite { site, listener }
}

impl MonitoredSite {
    async fn read(&self) -> MetricsResponse {
        read_at(self.listener.address(), "/metrics").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_count_requests_over_real_connections() {
    let watched = monitored_site().await;
    let serving = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = serving.local_addr().unwrap();
    tokio::spawn(axum::serve(serving, Shared::new(watched.site.service())).into_future());
    let ask = async |path: &'static str| read_at(address, path).await.status;
    for path in ["/policy", "/de/policy", "/policy/1.0", "/policy/99.0", "/nowhere", "/favicon.svg"] {
        ask(path).await;
    }

    let figures = watched.read().await;
    assert_eq!(
        (figures.status, figures.kind.as_str()),
        (200, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    for (route, status, times) in [
        ("/policy", "2xx", 2),
        ("/policy/{version}", "2xx", 1),
        ("/policy/{version}", "4xx", 1),
        ("none", "4xx", 1),
        ("file", "2xx", 1),
        ("/preferences", "2xx", 0),
    ] {
        let series = format!("harmony_http_requests_total{{route=\"{route}\",status=\"{status}\"}}");
        assert_eq!(figures.of(&series), times, "{series}");
    }
    assert_eq!(figures.of("harmony_http_request_duration_seconds_count{route=\"/policy\"}"), 2);
    assert!(
        figures.value("harmony_http_request_duration_seconds_sum{route=\"/policy\"}").parse::<f64>().unwrap() > 0.0
    );
    assert_eq!(figures.of("harmony_http_requests_in_progress"), 0);
    assert_eq!(figures.of("harmony_gate_violations_total"), 0);
    watched.listener.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_listener_serves_only_metrics_and_the_site_serves_none() {
    let watched = monitored_site().await;
    for path in ["/", "/policy", "/metrics/", "/health"] {
        assert_eq!(read_at(watched.listener.address(), path).await.status, 404, "{path}");
    }
    assert_eq!(watched.site.browser().get("/metrics").await.status, 404);
    let address = watched.listener.address();
    watched.listener.close().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it has ended");
}

/// Starts a site with metrics and these HTTP limits.
async fn monitored_site_with(change: impl FnOnce(&mut HttpLimits)) -> MonitoredSite {
    let site = site_with(|state| {
        enable_metrics(state);
        change(&mut state.settings.limits);
    });
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    MonitoredSite { site, listener }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_listener_accepts_ip_addresses_and_site_names_and_no_post() {
    let watched = monitored_site().await;
    let address = watched.listener.address();
    let asked = async |first: &str, host: &str| {
        ask(address, format!("{first} HTTP/1.1\r\n{host}connection: close\r\n\r\n").into_bytes()).await
    };
    for (first, host, status) in [
        ("GET /metrics", "host: 127.0.0.1:9464\r\n", "200"),
        ("HEAD /metrics", "host: [::1]:9464\r\n", "200"),
        ("GET /metrics", "host: localhost\r\n", "200"),
        ("GET /metrics", "host: rebound.example:9464\r\n", "421"),
        ("GET /metrics", "", "400"),
        ("GET /metrics", "host: localhost\r\nhost: localhost\r\n", "400"),
        ("POST /metrics", "host: localhost\r\ncontent-length: 0\r\n", "405"),
        ("DELETE /", "host: localhost\r\n", "405"),
        ("GET /", "host: localhost\r\n", "404"),
    ] {
        let answer = asked(first, host).await;
        assert_eq!(answer.status(), status, "{first} {host}: {}", answer.head);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{first} {host}");
        assert!(status == "200" || !String::from_utf8_lossy(&answer.body).contains("harmony_"), "{first} {host}");
        assert_eq!(answer.header("allow"), (status == "405").then_some("get, head"), "{first} {host}");
    }
    let long = format!("x: {}\r\nhost: localhost\r\n", "x".repeat(40_000));
    assert_eq!(asked("GET /metrics", &long).await.status(), "431");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_metrics_client_is_disconnected_and_does_not_affect_the_site() {
    let watched = monitored_site_with(|bounds| bounds.header_read_timeout = Duration::from_millis(300)).await;
    let address = watched.listener.address();
    let silent: Vec<_> = (0..MAX_METRICS_CONNECTIONS).map(|_| TcpStream::connect(address).unwrap()).collect();
    let site = serve(&watched.site).await;
    // A request over the connection limit gets an error.
    let request = || head("GET /metrics", &[]);
    let mut answer = ask(address, request()).await;
    assert_eq!(answer.status(), "503", "{}", answer.head);
    assert_eq!(ask(site, head("GET /policy", &[])).await.status(), "200");
    // The listener closes idle connections.
    tokio::task::spawn_blocking(move || silent.into_iter().for_each(|line| drop(rest(line)))).await.unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while answer.status() != "200" {
        assert!(Instant::now() < until, "{}", answer.head);
        answer = ask(address, request()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_decision_is_counted_by_outcome_and_source() {
    let watched = monitored_site().await;
    let mut browser = watched.site.browser();
    browser.answer_banner("yes").await;
    browser.decide("yes", "no").await;
    browser.decide("yes", "no").await;
    let mut refuser = watched.site.browser();
    refuser.answer_banner("no").await;

    let figures = watched.read().await;
    let counted =
        |outcome, via| figures.of(&format!("harmony_decisions_total{{outcome=\"{outcome}\",collected_via=\"{via}\"}}"));
    assert_eq!(counted("accepted", "banner"), 1);
    assert_eq!(counted("rejected", "banner"), 1);
    assert_eq!(counted("withdrawn", "preferences"), 1);
    assert_eq!(counted("mixed", "preferences"), 1);
    let all = figures.series.iter().filter(|(series, _)| series.starts_with("harmony_decisions_total"));
    assert_eq!(all.map(|(_, times)| times.parse::<u64>().unwrap()).sum::<u64>(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_decision_is_counted_once() {
    let watched = monitored_site().await;
    let mut browser = watched.site.browser();
    sign_up(&mut browser, ANNA, true).await;
    browser.answer_banner("no").await;
    assert_eq!(watched.read().await.of("harmony_decisions_total{outcome=\"rejected\",collected_via=\"banner\"}"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_its_transactions_have_metrics() {
    let watched = monitored_site().await;
    let committed = "harmony_store_commits_total{result=\"committed\"}";
    let before = watched.read().await;
    watched.site.state.store.flush().await.unwrap();
    let after = watched.read().await;
    // The flush, and the write probe of the second scrape unless the first one is still cached.
    assert!((1..=2).contains(&(after.of(committed) - before.of(committed))));
    assert_eq!(after.of("harmony_store_commit_duration_seconds_count"), after.of(committed));
    assert_eq!(after.value("harmony_store_commit_callers_sum"), format!("{}.0", after.of(committed)));
    assert_eq!(after.of("harmony_store_commits_total{result=\"failed\"}"), 0);
    assert_eq!(after.of("harmony_store_writable"), 1);
    assert_eq!(after.of("harmony_store_queue_length"), 0);
    assert_eq!(after.of("harmony_store_info{engine=\"sqlite\"}"), 1);
    assert_eq!(after.of("process_start_time_seconds"), 1_795_348_800);
    assert!(after.series.keys().any(|series| series.starts_with("harmony_build_info{version=\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_remember_cookie_costs_no_transaction() {
    let watched = monitored_site().await;
    let committed = "harmony_store_commits_total{result=\"committed\"}";
    let before = watched.read().await.of(committed);
    for id in 0..20 {
        let mut browser = watched.site.browser();
        browser.cookies.plant("__Host-Http-remember", &format!("{id:064x}.{id:064x}"), "/");
        assert_eq!(browser.get("/policy").await.status, 200);
        assert!(!browser.holds().contains(&"__Host-Http-remember"), "it recognises nobody, and goes");
    }
    // At most the write probe of the second scrape.
    assert!(watched.read().await.of(committed) - before <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_is_reported_until_it_recovers() {
    let watched = monitored_site().await;
    let other = rusqlite::Connection::open(watched.site.file("harmony.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(watched.read().await.of("harmony_store_writable"), 0);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(watched.read().await.of("harmony_store_writable"), 1);
}

#[tokio::test]
async fn with_metrics_disabled_nothing_is_counted() {
    let site = setup();
    assert!(site.state.observers.metrics().is_none());
    assert_eq!(site.browser().get("/policy").await.status, 200);
}

/// Generates requests with real and invented methods, paths and headers.
fn requests() -> impl Strategy<Value = Vec<(String, String, String)>> {
    let method = prop_oneof![Just("GET".to_owned()), Just("POST".to_owned()), "[A-Z]{1,8}"];
    let path = prop_oneof![
        "/[ -!$->@-~]{0,20}".prop_map(|path| path.replace(' ', "%20")),
        "/policy/[a-z0-9.]{1,10}",
        "/receipts/[a-z0-9-]{1,10}",
        "/(de|fr|xx)/[a-z/]{0,10}",
        prop::sample::select(router::table().templates().map(str::to_owned).collect::<Vec<_>>()),
    ];
    prop::collection::vec((method, path, "[ -~]{0,20}"), 1..20)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn no_request_value_becomes_a_label(requests in requests()) {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (before, after) = runtime.block_on(async {
            let watched = monitored_site().await;
            let before = watched.read().await;
            let mut browser: Browser = watched.site.browser();
            for (method, path, word) in requests {
                let Ok(word) = HeaderValue::from_str(&word) else { continue };
                let request = browser.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
                if request.uri_ref().is_none() {
                    continue;
                }
                let request = request.header(header::ORIGIN, ORIGIN).header("x-word", &word).header(header::REFERER, &word);
                browser.send(request, Body::empty()).await;
            }
            (before, watched.read().await)
        });
        let series = |figures: &MetricsResponse| figures.series.keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(series(&before), series(&after));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_counted_by_service_and_without_names() {
    let services = "[[service]]\nid = \"shop\"\nname = \"Shop\"\naddress = \"https://shop.example/\"\n\
                    origins = [\"https://shop.example\"]\nhow = \"links\"\nsince = \"1.0\"\nfindings = true\n";
    let site = site_with_edition_and_services("", services, enable_metrics);
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    let watched = MonitoredSite { site, listener };
    let mut browser = watched.site.browser();
    for name in ["_gid", "_fbp"] {
        let request = browser.request(Method::POST, "/api/v1/findings").header(header::ORIGIN, "https://shop.example");
        let body = format!("[{{\"kind\":\"cookie\",\"name\":\"{name}\",\"finding\":\"undeclared\"}}]");
        assert_eq!(browser.send(request, Body::from(body)).await.status, 204);
    }
    let read = watched.read().await;
    assert_eq!(read.of("harmony_findings_total{service=\"shop\",finding=\"undeclared\"}"), 2);
    assert!(read.series.keys().all(|series| !series.contains("_gid")));
}

#[tokio::test(flavor = "multi_thread")]
async fn measured_pages_are_counted_by_metric_and_device() {
    let site = site_with_newest_edition(enable_metrics);
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    let watched = MonitoredSite { site, listener };
    watched.site.advance_clock(8 * DAY);
    let mut browser = watched.site.browser();
    browser.answer_banner("yes").await;
    let page = browser.get("/policy").await;
    let token = page.header("server-timing").unwrap().split('"').nth(1).unwrap().replace('+', "%2B");
    let request = browser.request(Method::POST, "/api/measurements").header("sec-fetch-site", "same-origin");
    let form = format!("page=/policy&token={token}&lcp=1200&cls=1500");
    let request = request.header(header::CONTENT_TYPE, FORM);
    assert_eq!(browser.send(request, Body::from(form)).await.status, 204);
    let read = watched.read().await;
    let of = |series: &str, labels: &str| read.of(&format!("harmony_page_{series}{{{labels}}}"));
    assert_eq!(of("performance_seconds_count", "metric=\"lcp\",device=\"computer\""), 1);
    assert_eq!(of("performance_seconds_bucket", "le=\"1.0\",metric=\"lcp\",device=\"computer\""), 0);
    assert_eq!(of("performance_seconds_bucket", "le=\"1.8\",metric=\"lcp\",device=\"computer\""), 1);
    assert_eq!(of("performance_seconds_count", "metric=\"lcp\",device=\"phone\""), 0);
    assert_eq!(of("layout_shift_count", "device=\"computer\""), 1);
    assert_eq!(of("performance_by_country_seconds_count", "metric=\"lcp\",country=\"ZZ\""), 1);
}
