//! Time stamps of the ledger head: the site serves while an authority fails, and logs the failure.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    metrics::{enable_metrics, read_at},
    retention::records,
    site::{DAY, Site, setup, site_with},
};
use crate::{
    app::{retention::keep, time_stamping::Stamper},
    http::metrics_listener::Listener,
    ledger::tests::timestamps::tsa::{Behaviour, Tsa},
};

/// Longer than any request waits.
const LONG: Duration = Duration::from_mins(1);

const HOUR: i64 = 3_600;

fn stamper(tsa: &Tsa) -> Stamper {
    Stamper::new(tsa.authority(LONG))
}

/// Returns the number of time stamps.
async fn stamps(site: &Site) -> usize {
    site.state.store.read(|tx| tx.stamped_heads_after("", "", 100)).await.unwrap().len()
}

#[tokio::test]
async fn the_hourly_task_requests_a_time_stamp_and_a_silent_authority_delays_no_request() {
    let (site, tsa) = (setup(), Tsa::start());
    tsa.set(Behaviour::IsSilent);
    let mut browser = site.browser();
    browser.decide("yes", "no").await;
    let hourly = tokio::spawn(keep(Arc::clone(&site.state), Duration::from_hours(50_000), Some(stamper(&tsa))));
    tsa.until_asked(1).await;
    assert_eq!(browser.get("/policy").await.status, 200);
    browser.decide("no", "no").await;
    assert_eq!(records(&site).await, 2);
    assert!(!hourly.is_finished(), "it is still waiting");
    hourly.abort();
    assert_eq!(stamps(&site).await, 0);
}

/// Captured log output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failing_authority_is_logged_once_and_counted_each_time() {
    let (site, tsa) = (site_with(enable_metrics), Tsa::start());
    let listener = Listener::open(([127, 0, 0, 1], 0).into(), &site.http).await.unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    site.browser().decide("yes", "no").await;
    let stamper = stamper(&tsa);
    for (behaviour, days, looks) in [(Behaviour::Fails, 0, 3), (Behaviour::Stamps, 0, 3), (Behaviour::Fails, 1, 2)] {
        tsa.set(behaviour);
        site.advance_clock(days * DAY);
        site.browser().decide("no", "no").await;
        for _ in 0..looks {
            site.advance_clock(HOUR);
            stamper.stamp_if_due(&site.state).await;
        }
    }
    assert_eq!((tsa.asked(), stamps(&site).await), (6, 1));
    let figures = read_at(listener.address(), "/metrics").await;
    assert_eq!(figures.of("harmony_ledger_timestamps_total{result=\"stored\"}"), 1);
    assert_eq!(figures.of("harmony_ledger_timestamps_total{result=\"failed\"}"), 5);
    listener.close().await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let said = |what: &str| logged.lines().filter(|line| line.contains(what)).count();
    assert_eq!((said(" WARN "), said("answers with the status 503"), said("was time-stamped")), (2, 2, 1), "{logged}");
}
