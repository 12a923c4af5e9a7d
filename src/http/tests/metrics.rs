//! The figures, as whoever watches reads them over a real connection.

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

use super::{
    accounts::members::{ANNA, sign_up},
    browser::{Browser, HOST, ORIGIN},
    site::{NOON, Site, SiteParts, setup, setup_with},
};
use crate::{
    config::http_limits::HttpLimits,
    domain::Timestamp,
    http::{
        metrics_listener::Listener,
        route_templates, router,
        server::MAX_METRICS_CONNECTIONS,
        tests::raw_http::{ask, head, rest, serve},
    },
    properties::cases,
    telemetry::Telemetry,
};

/// Lets somebody count.
pub(super) fn count(state: &mut SiteParts) {
    state.app.observers = Telemetry::default().with_metrics(&state.app.store, Timestamp(NOON), route_templates());
    state.app.observers.watch(&state.app.store);
}

/// What somebody read.
pub(super) struct Figures {
    status: u16,
    kind: String,
    series: BTreeMap<String, String>,
}

impl Figures {
    /// What a series, with its labels, is told to stand at.
    fn told(&self, series: &str) -> &str {
        self.series.get(series).unwrap_or_else(|| panic!("{series} is not told"))
    }

    /// The same as a number.
    pub(super) fn of(&self, series: &str) -> u64 {
        self.told(series).parse().unwrap()
    }
}

/// Reads what is told at a path.
pub(super) async fn read_at(address: SocketAddr, path: &'static str) -> Figures {
    tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut answer = agent.get(format!("http://{address}{path}")).header("host", HOST).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        let kind = answer.headers().get(header::CONTENT_TYPE.as_str()).map_or("", |kind| kind.to_str().unwrap());
        Figures {
            status: answer.status().as_u16(),
            kind: kind.to_owned(),
            series: lines.map(|(series, value)| (series.to_owned(), value.to_owned())).collect(),
        }
    })
    .await
    .unwrap()
}

/// A site whose figures somebody reads.
struct Watched {
    site: Site,
    listener: Listener,
}

async fn watched() -> Watched {
    let site = setup_with(count);
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    Watched { site, listener }
}

impl Watched {
    async fn read(&self) -> Figures {
        read_at(self.listener.address(), "/metrics").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_move_with_what_is_asked_over_real_connections() {
    let watched = watched().await;
    let serving = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = serving.local_addr().unwrap();
    tokio::spawn(axum::serve(serving, watched.site.router()).into_future());
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
    assert!(figures.told("harmony_http_request_duration_seconds_sum{route=\"/policy\"}").parse::<f64>().unwrap() > 0.0);
    assert_eq!(figures.of("harmony_http_requests_in_progress"), 0);
    assert_eq!(figures.of("harmony_gate_faults_total"), 0);
    watched.listener.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_figures_is_told_there_and_no_figures_on_the_site() {
    let watched = watched().await;
    for path in ["/", "/policy", "/metrics/", "/health"] {
        assert_eq!(read_at(watched.listener.address(), path).await.status, 404, "{path}");
    }
    assert_eq!(watched.site.browser().get("/metrics").await.status, 404);
    let address = watched.listener.address();
    watched.listener.close().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it has ended");
}

/// Figures of a site with these bounds.
async fn watched_within(change: impl FnOnce(&mut HttpLimits)) -> Watched {
    let site = setup_with(|state| {
        count(state);
        change(&mut state.settings.limits);
    });
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    Watched { site, listener }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_read_under_an_address_or_a_name_of_the_site_and_nothing_is_sent_there() {
    let watched = watched().await;
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
async fn whoever_reads_the_figures_slowly_is_sent_away_and_takes_no_place_of_the_site() {
    let watched = watched_within(|bounds| bounds.header_read_timeout = Duration::from_millis(300)).await;
    let address = watched.listener.address();
    let silent: Vec<_> = (0..MAX_METRICS_CONNECTIONS).map(|_| TcpStream::connect(address).unwrap()).collect();
    let site = serve(&watched.site).await;
    // However many there are, one more is told so.
    let request = || head("GET /metrics", &[]);
    let mut answer = ask(address, request()).await;
    assert_eq!(answer.status(), "503", "{}", answer.head);
    assert_eq!(ask(site, head("GET /policy", &[])).await.status(), "200");
    // Those who say nothing are hung up on.
    tokio::task::spawn_blocking(move || silent.into_iter().for_each(|line| drop(rest(line)))).await.unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while answer.status() != "200" {
        assert!(Instant::now() < until, "{}", answer.head);
        answer = ask(address, request()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_decision_is_counted_by_what_it_comes_to_and_how_it_was_made() {
    let watched = watched().await;
    let mut browser = watched.site.browser();
    browser.answer_banner("yes").await;
    browser.decide("yes", "no").await;
    browser.decide("yes", "no").await;
    let mut refuser = watched.site.browser();
    refuser.answer_banner("no").await;

    let figures = watched.read().await;
    let counted = |outcome, way| figures.of(&format!("harmony_decisions_total{{outcome=\"{outcome}\",way=\"{way}\"}}"));
    assert_eq!(counted("accepted", "banner"), 1);
    assert_eq!(counted("rejected", "banner"), 1);
    assert_eq!(counted("withdrawn", "preferences"), 1);
    assert_eq!(counted("mixed", "preferences"), 1);
    let all = figures.series.iter().filter(|(series, _)| series.starts_with("harmony_decisions_total"));
    assert_eq!(all.map(|(_, times)| times.parse::<u64>().unwrap()).sum::<u64>(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_members_decision_is_counted_once() {
    let watched = watched().await;
    let mut browser = watched.site.browser();
    sign_up(&mut browser, ANNA, true).await;
    browser.answer_banner("no").await;
    assert_eq!(watched.read().await.of("harmony_decisions_total{outcome=\"rejected\",way=\"banner\"}"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_its_transactions_are_told() {
    let watched = watched().await;
    let committed = "harmony_store_commits_total{result=\"committed\"}";
    let before = watched.read().await;
    watched.site.state.store.flush().await.unwrap();
    let after = watched.read().await;
    // The flush, and the try to write of the second reading, unless that of the first still counts.
    assert!((1..=2).contains(&(after.of(committed) - before.of(committed))));
    assert_eq!(after.of("harmony_store_commit_duration_seconds_count"), after.of(committed));
    assert_eq!(after.told("harmony_store_commit_callers_sum"), format!("{}.0", after.of(committed)));
    assert_eq!(after.of("harmony_store_commits_total{result=\"failed\"}"), 0);
    assert_eq!(after.of("harmony_store_writable"), 1);
    assert_eq!(after.of("harmony_store_queue_length"), 0);
    assert_eq!(after.of("harmony_store_info{engine=\"sqlite\"}"), 1);
    assert_eq!(after.of("process_start_time_seconds"), 1_795_348_800);
    assert!(after.series.keys().any(|series| series.starts_with("harmony_build_info{version=\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remember_cookie_that_somebody_made_up_costs_no_transaction() {
    let watched = watched().await;
    let committed = "harmony_store_commits_total{result=\"committed\"}";
    let before = watched.read().await.of(committed);
    for id in 0..20 {
        let mut browser = watched.site.browser();
        browser.cookies.plant("__Host-remember", &format!("{id:064x}.{id:064x}"), "/");
        assert_eq!(browser.get("/policy").await.status, 200);
        assert!(!browser.holds().contains(&"__Host-remember"), "it recognises nobody, and goes");
    }
    // No more than the try to write of the second reading.
    assert!(watched.read().await.of(committed) - before <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_written_is_told_to_be_so_until_it_can() {
    let watched = watched().await;
    let other = rusqlite::Connection::open(watched.site.file("harmony.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(watched.read().await.of("harmony_store_writable"), 0);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(watched.read().await.of("harmony_store_writable"), 1);
}

#[tokio::test]
async fn without_somebody_who_watches_nothing_is_counted() {
    let site = setup();
    assert!(site.state.observers.metrics().is_none());
    assert_eq!(site.browser().get("/policy").await.status, 200);
}

/// What a client may send: methods, paths and headers that it made up, and those of the site.
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
    fn nothing_that_is_sent_becomes_a_label(requests in requests()) {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (before, after) = runtime.block_on(async {
            let watched = watched().await;
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
        let series = |figures: &Figures| figures.series.keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(series(&before), series(&after));
    }
}
