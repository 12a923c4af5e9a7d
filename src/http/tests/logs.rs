//! No log line identifies a person, by an address or by an ID that also appears elsewhere.

use axum::http::StatusCode;
use rusqlite::Connection;

use super::{
    accounts::users::{ANNA, OTHER_PASSWORD, PASSWORD, SESSION, sign_up, try_sign_in},
    receipts,
    site::setup,
};
use crate::telemetry::log::captured::CapturedLog;

#[tokio::test]
async fn no_log_line_identifies_a_person() {
    let log = CapturedLog::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // Without a global subscriber, tests in other threads can turn the span of a request off.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let _logging = tracing::subscriber::set_default(subscriber);
    let site = setup();
    let mut visitor = site.browser();
    visitor.answer_banner("yes").await;
    let receipt = receipts::address(&mut visitor).await.unwrap();
    let mut user = site.browser();
    sign_up(&mut user, ANNA, true).await;
    user.decide("yes", "no").await;
    try_sign_in(&mut site.browser(), ANNA, OTHER_PASSWORD, false).await;
    let history = user.get("/preferences/history").await;
    let of_member = history.attributes("a[href^='/receipts/']", "href")[0].to_owned();
    let session = user.cookies.value(SESSION).to_owned();
    let broken = Connection::open(site.file("harmony.db")).unwrap();
    broken.execute_batch("ALTER TABLE ledger_batches RENAME TO lost").unwrap();
    for (browser, address) in [(&mut visitor, &receipt), (&mut user, &of_member)] {
        let asked = format!("{address}?email={ANNA}");
        assert_eq!(browser.get(&asked).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let text = log.text();
    assert!(text.contains("decision recorded") && text.contains("route=\"/receipts/{id}\""), "{text}");
    assert!(session.len() > 20);
    let numbers = [&receipt, &of_member].map(|address| address.trim_start_matches("/receipts/").to_owned());
    for somebodys in [ANNA, PASSWORD, OTHER_PASSWORD, &session, &numbers[0], &numbers[1], "127.0.0.1"] {
        assert!(!text.contains(somebodys), "{somebodys}: {text}");
    }
}
