//! `/cookies.json`, the policy's cookie table and the cookies that leave the server agree.

use std::collections::BTreeMap;

use axum::http::header;
use serde_json::Value;

use super::{
    accounts::users::{ANNA, sign_up},
    browser::{Browser, anonymous_browser},
    page::text,
};

/// Returns the cookies of `/cookies.json` by name.
async fn inventory(browser: &mut Browser) -> BTreeMap<String, Value> {
    let page = browser.get("/cookies.json").await;
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/json"));
    let document: Value = serde_json::from_slice(&page.bytes).unwrap();
    document["cookies"]
        .as_array()
        .unwrap()
        .iter()
        .cloned()
        .map(|entry| (entry["name"].as_str().unwrap().to_owned(), entry))
        .collect()
}

#[tokio::test]
async fn every_declared_cookie_is_listed_with_its_whole_declaration() {
    let entries = inventory(&mut anonymous_browser()).await;
    let lifetimes: Vec<_> = entries.iter().map(|(name, entry)| (name.as_str(), entry["max_age"].clone())).collect();
    let days = |days: u64| Value::from(days * 86_400);
    assert_eq!(
        lifetimes,
        [
            ("__Host-Http-analytics", days(180)),
            ("__Host-Http-appearance", days(180)),
            ("__Host-Http-consent", days(180)),
            ("__Host-Http-device", days(180)),
            ("__Host-Http-language", days(180)),
            ("__Host-Http-remember", days(30)),
            ("__Host-Http-session", Value::Null),
            ("__Host-Http-visit", Value::Null),
        ]
    );
    for entry in entries.values() {
        for field in ["name", "purpose", "same_site", "path", "set_by", "description", "since"] {
            assert!(entry[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {entry}");
        }
        for field in ["http_only", "secure", "essential"] {
            assert!(entry[field].is_boolean(), "{field} of {entry}");
        }
    }
}

#[tokio::test]
async fn the_table_in_the_policy_matches_the_inventory() {
    let mut browser = anonymous_browser();
    let entries = inventory(&mut browser).await;
    let page = browser.get("/policy").await;
    let rows = page.all("table.declarations tr[data-cookie]");
    assert_eq!(rows.len(), entries.len());
    let shared = page.text("section.callout .meta");
    for row in rows {
        let entry = &entries[row.attr("data-cookie").unwrap()];
        let group = row.parent().and_then(scraper::ElementRef::wrap).map(text).unwrap();
        let words = text(row).replace(" More about it", "");
        let lifetime = match entry["max_age"].as_u64() {
            None => "Until you close the browser".to_owned(),
            Some(seconds) => format!("{} days", seconds / 86_400),
        };
        let kind = if entry["essential"] == true { "always on" } else { "optional" };
        for said in [entry["name"].as_str().unwrap(), entry["description"].as_str().unwrap(), &lifetime] {
            assert!(words.contains(said), "{said} in {words}");
        }
        let purpose = entry["purpose"].as_str().unwrap();
        assert!(group.to_lowercase().starts_with(&format!("{purpose} – {kind}")), "{purpose} {kind}: {group}");
        // What most cookies share stands below the table, and only what differs in the row.
        for said in ["set by Harmony", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(shared.contains(said) && !words.contains(said), "{said} in {words}");
        }
    }
}

#[tokio::test]
async fn every_cookie_leaves_as_it_is_declared_and_every_declared_one_can_leave() {
    let mut browser = anonymous_browser();
    let entries = inventory(&mut browser).await;
    let page = browser.decide("yes", "yes").await;
    let page = browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large")]).await;
    browser.submit(&page, "#languages form", &[("locale", "en")]).await;
    sign_up(&mut browser, ANNA, true).await;
    let held = browser.cookies.all();
    assert_eq!(held.len(), entries.len());
    for held in held {
        let entry = &entries[&held.name];
        assert_eq!(Value::from(held.max_age), entry["max_age"], "{}", held.name);
        assert_eq!(Value::from(held.http_only), entry["http_only"], "{}", held.name);
        assert_eq!(Value::from(held.secure), entry["secure"], "{}", held.name);
        assert_eq!(Value::from(held.path.clone()), entry["path"], "{}", held.name);
        assert_eq!(Value::from(held.same_site.clone()), entry["same_site"], "{}", held.name);
    }
}

#[tokio::test]
async fn the_preferences_show_each_cookie_as_it_is_declared() {
    let mut browser = anonymous_browser();
    let entries = inventory(&mut browser).await;
    let page = browser.decide("yes", "yes").await;
    let page = browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    browser.submit(&page, "#languages form", &[("locale", "en")]).await;
    sign_up(&mut browser, ANNA, true).await;
    let page = browser.get("/preferences").await;
    for (name, entry) in entries {
        let words = page.text(&format!("tr[data-cookie={name}]")).replace(" More about it", "");
        assert!(words.contains(entry["description"].as_str().unwrap()), "{words}");
        assert_eq!(words.contains("Until you close"), entry["max_age"].is_null(), "{words}");
    }
}

#[tokio::test]
async fn the_inventory_is_the_same_for_everyone_and_cacheable() {
    let mut browser = anonymous_browser();
    let page = browser.get("/cookies.json").await;
    let tag = page.header(header::ETAG).unwrap().to_owned();
    browser.decide("yes", "yes").await;
    let again = browser.get("/cookies.json").await;
    assert_eq!((again.header(header::ETAG), &again.bytes), (Some(tag.as_str()), &page.bytes));
    assert_eq!(again.header(header::VARY), Some("accept-encoding"));
}
