//! `/.well-known/gpc.json`, which states that the site honours Global Privacy Control.

use axum::http::header;
use serde_json::{Value, json};

use super::{browser::anonymous_browser, page::Page, site::DAY};

#[tokio::test]
async fn gpc_json_states_that_the_signal_is_honoured() {
    let mut browser = anonymous_browser();
    let page = browser.get("/.well-known/gpc.json").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(page.header(header::CACHE_CONTROL), Some("public, no-cache"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    let said = |page: &Page| serde_json::from_slice::<Value>(&page.bytes).unwrap();
    assert_eq!(said(&page), json!({"gpc": true, "lastUpdate": "2026-11-01"}));
    browser.site.advance_clock(-30 * DAY);
    let page = browser.get("/.well-known/gpc.json").await;
    assert_ne!(said(&page)["lastUpdate"], "2026-11-01", "the edition in force says when");
    assert_eq!(browser.post_fields("/.well-known/gpc.json", "").await.status, 405);
    assert!(browser.holds().is_empty());
}
