//! Data is deleted after its retention period even without traffic, and never because of one clock
//! reading.

use std::time::Duration;

use super::{
    accounts::users::{ANNA, is_signed_in, sign_in, sign_out, sign_up},
    browser::Browser,
    site::{DAY, Site, setup},
};
use crate::{
    app::retention::{Deleted, delete_expired},
    ledger::admin::LedgerAdmin,
    store::Tx,
};

const YEAR: i64 = 365 * DAY;

/// Retention period of records in this test.
const RECORDS: Duration = Duration::from_hours(5 * 366 * 24);

/// Runs the hourly task as if the server had run for `ran` seconds.
async fn after(site: &Site, ran: i64) -> Deleted {
    delete_expired(&site.state, RECORDS, Duration::from_secs(ran.try_into().unwrap())).await.unwrap()
}

/// Lets time pass for both the clock and the server's uptime.
pub(super) async fn live(site: &Site, seconds: i64) -> Deleted {
    site.advance_clock(seconds);
    after(site, seconds).await
}

/// Returns the number of rows of a table.
async fn rows(site: &Site, table: &'static str) -> i64 {
    let file = site.file("harmony.db");
    let counted = tokio::task::spawn_blocking(move || {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    });
    counted.await.unwrap()
}

/// Verifies the ledger and returns the number of its records.
pub(super) async fn records(site: &Site) -> u64 {
    let operator = LedgerAdmin { trusted: site.state.ledger.trusted_keys(), store: &site.state.store };
    operator.verify(None).await.unwrap().unwrap().records
}

async fn user(site: &Site) -> Browser {
    let mut browser = site.browser();
    sign_up(&mut browser, ANNA, true).await;
    browser.decide("yes", "no").await;
    browser
}

#[tokio::test]
async fn expired_data_is_deleted_even_without_traffic() {
    let site = setup();
    let mut browser = user(&site).await;
    assert_eq!(live(&site, DAY).await, Deleted::default());
    sign_out(&mut browser).await;
    sign_in(&mut browser, ANNA, true).await;
    live(&site, 181 * DAY).await;
    for table in ["security_events", "devices", "sessions"] {
        assert_eq!(rows(&site, table).await, 0, "{table}");
    }
    assert_eq!((rows(&site, "ledger_batches").await, rows(&site, "account_records").await), (1, 1));
    assert_eq!(live(&site, 5 * YEAR).await.pages, 1);
    assert_eq!((rows(&site, "ledger_batches").await, rows(&site, "account_records").await), (0, 0));
    assert_eq!(rows(&site, "accounts").await, 1);
}

#[tokio::test]
async fn more_rows_than_one_transaction_deletes_are_all_deleted() {
    const TOKENS: usize = 250;
    let site = setup();
    user(&site).await;
    after(&site, 0).await;
    let expires_at = site.state.now().plus_seconds(60);
    let use_tokens =
        move |tx: &Tx<'_>| (0..TOKENS).try_for_each(|n| tx.consume_token(&n.to_string(), expires_at).map(drop));
    site.state.store.write(use_tokens).await.unwrap();
    assert!(live(&site, 3_600).await.rows >= TOKENS);
    assert_eq!(rows(&site, "used_tokens").await, 0);
}

#[tokio::test]
async fn a_clock_jump_deletes_nothing() {
    for leap in [6 * YEAR, 40 * DAY, -10 * YEAR] {
        let site = setup();
        let mut browser = user(&site).await;
        after(&site, 0).await;
        site.advance_clock(leap);
        // Nothing is deleted at the start, nor while the server handles sign-ins and decisions.
        assert_eq!(after(&site, 0).await, Deleted::default(), "{leap}");
        site.browser().decide("no", "no").await;
        sign_in(&mut site.browser(), ANNA, true).await;
        for _ in 0..5 {
            assert_eq!(after(&site, 3_600).await, Deleted::default(), "{leap}");
        }
        site.advance_clock(-leap);
        after(&site, 3_600).await;
        assert!(is_signed_in(&mut browser).await, "{leap}");
        assert!(!browser.get("/policy").await.has("#banner"), "{leap}");
        assert_eq!(records(&site).await, 2, "{leap}");
        // The sign-up's event remains. Events with the wrong date may be deleted.
        assert!(rows(&site, "security_events").await >= 1, "{leap}");
    }
}

#[tokio::test]
async fn data_dated_by_a_wrong_clock_does_not_outlive_other_data() {
    let site = setup();
    let mut first = user(&site).await;
    after(&site, 0).await;
    site.advance_clock(30 * YEAR);
    let mut ahead = site.browser();
    sign_in(&mut ahead, ANNA, true).await;
    ahead.decide("yes", "yes").await;
    site.advance_clock(-30 * YEAR);
    site.browser().decide("no", "no").await;
    live(&site, 3_600).await;
    // The answer dated 30 years ahead does not count; answers with valid dates do.
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
    assert_eq!(rows(&site, "ledger_batches").await, 0, "and no record");
}
