//! What is kept for its time goes, whether anybody comes or not; and no reading of a clock alone makes anything go.

use std::time::Duration;

use super::{
    accounts::members::{ANNA, is_member, sign_in, sign_out, sign_up},
    browser::Browser,
    site::{DAY, Site, setup},
};
use crate::{
    app::retention::{Deleted, delete_expired},
    ledger::admin::LedgerAdmin,
};

const YEAR: i64 = 365 * DAY;

/// How long records are kept here.
const RECORDS: Duration = Duration::from_hours(5 * 366 * 24);

/// What the hourly task deletes after the server has run for so long.
async fn after(site: &Site, ran: i64) -> Deleted {
    delete_expired(&site.state, RECORDS, Duration::from_secs(ran.try_into().unwrap())).await.unwrap()
}

/// Lets that time truly pass.
async fn live(site: &Site, seconds: i64) -> Deleted {
    site.pass(seconds);
    after(site, seconds).await
}

/// How many rows that table has.
async fn rows(site: &Site, table: &'static str) -> i64 {
    let file = site.file("harmony.db");
    let counted = tokio::task::spawn_blocking(move || {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    });
    counted.await.unwrap()
}

/// How many records the ledger holds, all as they were written.
pub(super) async fn records(site: &Site) -> u64 {
    let operator = LedgerAdmin { trusted: site.state.ledger.trusted_keys(), store: &site.state.store };
    operator.verify(None).await.unwrap().unwrap().records
}

async fn member(site: &Site) -> Browser {
    let mut browser = site.browser();
    sign_up(&mut browser, ANNA, true).await;
    browser.decide("yes", "no").await;
    browser
}

#[tokio::test]
async fn what_is_kept_for_its_time_goes_though_nobody_comes() {
    let site = setup();
    let mut browser = member(&site).await;
    assert_eq!(live(&site, DAY).await, Deleted::default());
    sign_out(&mut browser).await;
    sign_in(&mut browser, ANNA, true).await;
    live(&site, 181 * DAY).await;
    for table in ["activity", "devices", "sessions"] {
        assert_eq!(rows(&site, table).await, 0, "{table}");
    }
    assert_eq!((rows(&site, "pages").await, rows(&site, "account_records").await), (1, 1));
    assert_eq!(live(&site, 5 * YEAR).await.pages, 1);
    assert_eq!((rows(&site, "pages").await, rows(&site, "account_records").await), (0, 0));
    assert_eq!(rows(&site, "accounts").await, 1);
}

#[tokio::test]
async fn a_clock_that_leaps_deletes_nothing() {
    for leap in [6 * YEAR, 40 * DAY, -10 * YEAR] {
        let site = setup();
        let mut browser = member(&site).await;
        after(&site, 0).await;
        site.pass(leap);
        // As at a start, and as while it runs: with sign-ins and decisions in between.
        assert_eq!(after(&site, 0).await, Deleted::default(), "{leap}");
        site.browser().decide("no", "no").await;
        sign_in(&mut site.browser(), ANNA, true).await;
        for _ in 0..5 {
            assert_eq!(after(&site, 3_600).await, Deleted::default(), "{leap}");
        }
        site.pass(-leap);
        after(&site, 3_600).await;
        assert!(is_member(&mut browser).await, "{leap}");
        assert!(!browser.get("/policy").await.has("#banner"), "{leap}");
        assert_eq!(records(&site).await, 2, "{leap}");
        // The sign-up is there, whatever became of what was dated ten years back.
        assert!(rows(&site, "activity").await >= 1, "{leap}");
    }
}

#[tokio::test]
async fn what_a_wrong_clock_wrote_outlives_nothing() {
    let site = setup();
    let mut first = member(&site).await;
    after(&site, 0).await;
    site.pass(30 * YEAR);
    let mut ahead = site.browser();
    sign_in(&mut ahead, ANNA, true).await;
    ahead.decide("yes", "yes").await;
    site.pass(-30 * YEAR);
    site.browser().decide("no", "no").await;
    live(&site, 3_600).await;
    // The answer of then is none: what was answered in time stands, and the answer of now counts.
    let page = first.get("/preferences").await;
    assert_eq!(page.attributes("#choices input[checked]", "id"), ["preferences-yes", "analytics-no"]);
    assert!(
        ahead
            .get("/policy")
            .await
            .header(axum::http::header::SET_COOKIE)
            .is_none_or(|set| !set.contains("analytics=seen"))
    );
    first.decide("no", "no").await;
    assert!(!first.get("/policy").await.has("#banner"));
    assert!(!ahead.get("/policy").await.has("#banner"), "the account says no");
    for _ in 0..7 {
        live(&site, DAY).await;
    }
    live(&site, 180 * DAY).await;
    assert_eq!(rows(&site, "sessions").await, 0, "no session lasts until then");
    assert!(live(&site, 5 * YEAR).await.pages >= 3);
    assert_eq!(rows(&site, "pages").await, 0, "and no record");
}
