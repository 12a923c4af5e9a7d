//! What partner services declare, on every page and in every document that shows the inventory.

use serde_json::{Value, json};

use super::{
    browser::Browser,
    page::text,
    site::{DAY, Site, site_with_edition_and_services},
};
use crate::http::state::page_cache::PageCache;

const SERVICES: &str = r#"
[[service]]
id = "books"
name = "Quill Books"
address = "https://books.example/"
origins = ["https://books.example"]
how = "links"
since = "1.1"

[[service]]
id = "trains"
name = "Tern Trains"
address = "https://trains.example/"
origins = ["https://trains.example"]
how = "incorporates"
since = "1.1"
"#;

/// An entry of a service since edition 1.2, with more lines of its own.
fn entry(service: &str, name: &str, purpose: &str, more: &str) -> String {
    format!(
        "\n[[cookie]]\nservice = \"{service}\"\nname = \"{name}\"\npurpose = \"{purpose}\"\n\
         description = \"Serves {name}.\"\nsince = \"1.2\"\n{more}\n"
    )
}

/// Three entries of two services, which edition 1.2 brings. The file has trains before books.
fn declared() -> String {
    let track = "lifetime = \"30 days\"\nset_by = \"Counting House\"\nparty = \"third\"\nsecure = true\npath = \"/\"";
    entry("trains", "seat_*", "analytics", track)
        + &entry(
            "books",
            "basket",
            "security",
            "kind = \"local storage\"\nlifetime = \"until deleted\"\nparty = \"first\"",
        )
        + &entry("books", "shelf", "analytics", "lifetime = \"session\"\nparty = \"first\"")
}

/// Returns a site whose edition 1.2 is in force.
fn site() -> Site {
    let site = site_with_edition_and_services(&declared(), SERVICES, |parts| parts.page_cache = PageCache::enabled());
    site.advance_clock(DAY);
    site
}

async fn cookies_json(browser: &mut Browser) -> Value {
    serde_json::from_slice(&browser.get("/cookies.json").await.bytes).unwrap()
}

#[tokio::test]
async fn the_policy_lists_each_service_behind_this_site_grouped_by_purpose() {
    let mut browser = site().browser();
    let page = browser.get("/policy").await;
    assert_eq!(page.attributes("table.declarations[data-service]", "data-service"), ["books", "trains"]);
    let captions: Vec<_> = page.all("table[data-service] caption").into_iter().map(text).collect();
    assert_eq!(captions, ["What Quill Books keeps in your browser", "What Tern Trains keeps in your browser"]);
    let own = page.all("table.declarations:not([data-service]) tr[data-cookie]").len();
    assert_eq!(own, 8, "those of this site stand in their own table");
    let books: Vec<_> = page.all("table[data-service=books] tbody tr").into_iter().map(text).collect();
    assert_eq!(
        books,
        [
            "Security – always on",
            "basket local storage Serves basket. set by Quill Books Until you or the service deletes it",
            "Analytics – optional, off until you allow it",
            "shelf Serves shelf. set by Quill Books Until you close the browser",
        ]
    );
    let seat = page.text("table[data-service=trains] tr[data-entry]");
    assert_eq!(seat, "seat_* Serves seat_*. set by Counting House; third party, Secure, Path=/ 30 days");
    let older = browser.get("/policy/1.1").await;
    assert!(!older.has("table[data-service]"), "an older edition declared nothing of them");
}

#[tokio::test]
async fn the_summary_counts_both_and_says_whose_they_are() {
    let mut browser = site().browser();
    let page = browser.get("/policy").await;
    let count = |about: &str| page.text(&format!(".in-short [data-count={about}]"));
    assert_eq!(count("set-by"), "8 cookies of this site, 3 from 2 services");
    assert_eq!((count("essential"), count("optional")), ("6".to_owned(), "5".to_owned()));
    assert_eq!(count("longest"), "Until you or the service deletes it");
    assert!(page.text("#insert-purposes ~ dl").contains("2 from 2 services"));
    let older = browser.get("/policy/1.1").await;
    assert_eq!(older.text(".in-short [data-count=set-by]"), "Harmony");
}

#[tokio::test]
async fn the_json_has_services_apart_and_claims_no_attribute_that_is_not_stated() {
    let mut browser = site().browser();
    let list = cookies_json(&mut browser).await;
    assert_eq!((&list["format"], list["cookies"].as_array().map(Vec::len)), (&json!(2), Some(8)));
    assert_eq!(list["services"][0]["id"], "books");
    assert_eq!(list["services"][0]["entries"][0]["kept"], "until_deleted");
    let expected = json!({
        "kind": "cookie", "name": "seat_*", "purpose": "analytics", "essential": false, "kept": "period",
        "max_age": 30 * DAY, "http_only": null, "secure": true, "same_site": null, "path": "/", "party": "third",
        "set_by": "Counting House", "description": "Serves seat_*.", "since": "1.2",
    });
    assert_eq!(list["services"][1], json!({ "id": "trains", "name": "Tern Trains", "entries": [expected] }));
    let schema: Value = serde_json::from_slice(&browser.get("/schemas/cookies.json").await.bytes).unwrap();
    let faults: Vec<_> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&list).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test]
async fn an_edition_that_brings_a_services_entry_asks_again_about_its_purpose_only() {
    let site = site_with_edition_and_services(&declared(), SERVICES, |_| ());
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    site.advance_clock(DAY);
    let page = browser.get("/").await;
    let why = page.text("#banner #banner-again-analytics");
    assert!(why.contains("shelf of Quill Books is new. Kept for: Until you close the browser. Serves shelf."), "{why}");
    assert!(why.contains("seat_* of Tern Trains is new. Kept for: 30 days."), "{why}");
    assert!(!why.contains("basket"), "an essential entry asks nothing: {why}");
    assert!(!page.has("#banner-again-preferences"));

    let essential = entry("books", "key", "security", "lifetime = \"session\"\nparty = \"first\"");
    let site = site_with_edition_and_services(&essential, SERVICES, |_| ());
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    site.advance_clock(DAY);
    assert!(!browser.get("/").await.has("#banner"));
}

#[tokio::test]
async fn the_comparison_of_editions_shows_what_services_declare() {
    let mut browser = site().browser();
    let words = browser.get("/policy/compare/1.1/1.2").await.text("#declared");
    for said in [
        "basket (local storage) of Quill Books is new. Kept for: Until you or the service deletes it.",
        "seat_* of Tern Trains is new. Kept for: 30 days. Serves seat_*.",
    ] {
        assert!(words.contains(said), "{said} in {words}");
    }
}

#[tokio::test]
async fn the_preferences_list_what_services_keep_below_their_purpose() {
    let mut browser = site().browser();
    let page = browser.get("/preferences").await;
    let analytics = page.text("#choice-analytics details");
    assert!(analytics.starts_with("1 cookie of this site, kept for up to 180 days, 2 from 2 services"), "{analytics}");
    assert!(analytics.contains("What Tern Trains keeps in your browser seat_* 30 days Serves seat_*."), "{analytics}");
    assert!(!page.text("#choice-preferences details").contains("of this site"), "it has none of services");
    assert_eq!(page.text("#stored [data-count=declared]"), "11");
    let essential = page.text("#choices .card__row:not(.card__row--question) details");
    assert!(essential.contains("1 from 1 service") && essential.contains("basket local storage"), "{essential}");
    // The second rendering takes the lists from the first, each in its language.
    assert_eq!(browser.get("/preferences").await.text("#choice-analytics details"), analytics);
    let german = browser.get("/de/preferences").await.text("#choice-analytics details");
    assert!(german.contains("Was Tern Trains in Ihrem Browser speichert seat_* 30 Tage"), "{german}");
}

#[tokio::test]
async fn a_cookie_in_the_browser_is_recognised_as_that_of_a_service_and_can_be_deleted() {
    let mut browser = site().browser();
    browser.cookies.plant("seat_7", "1", "/");
    browser.cookies.plant("seat_", "1", "/");
    browser.cookies.plant("basket", "1", "/");
    let page = browser.get("/preferences").await;
    assert_eq!(page.attributes("tr.foreign[data-service]", "data-cookie"), ["seat_7"]);
    let words = page.text("tr[data-cookie=seat_7]");
    assert!(words.contains("Serves seat_*. Tern Trains declares it for analytics. Kept for: 30 days."), "{words}");
    assert!(page.text("tr[data-cookie=basket]").contains("We do not know"), "storage is no cookie");
    browser.submit(&page, "tr[data-cookie=seat_7] form", &[]).await;
    assert!(!browser.holds().contains(&"seat_7"));
    assert!(browser.holds().contains(&"seat_"));
}

#[tokio::test]
async fn this_server_never_sets_what_a_service_declares() {
    let mut browser = site().browser();
    browser.decide("yes", "yes").await;
    let held = browser.holds().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert!(held.iter().all(|name| name.starts_with("__Host-")), "{held:?}");
    let inventory = site().state.inventory();
    for name in ["shelf", "seat_*", "seat_7"] {
        assert!(inventory.find(name).is_none() && inventory.find_or_former(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn names_of_services_and_entries_are_text_and_never_markup() {
    let services = SERVICES.replace("Quill Books", "Quill <b>Books</b>");
    let site = site_with_edition_and_services(&declared().replace("Serves shelf.", "<i>x</i>"), &services, |_| ());
    site.advance_clock(DAY);
    let mut browser = site.browser();
    for address in ["/policy", "/preferences", "/policy/compare/1.1/1.2"] {
        let page = browser.get(address).await;
        assert!(!page.has("main b") && !page.has("main table i"), "{address}");
        assert!(page.text("main").contains("Quill <b>Books</b>"), "{address}");
    }
}

#[tokio::test]
async fn two_hundred_entries_of_fifty_services_are_counted_and_found() {
    let services: String = (0..50)
        .map(|number| {
            let books = SERVICES.split("\n\n[[").next().unwrap();
            books.replace("books", &format!("s{number}")).replace("Quill Books", &format!("S{number}")) + "\n"
        })
        .collect();
    let entries = (0..200).map(|number| {
        let more = "lifetime = \"30 days\"\nparty = \"first\"";
        entry(&format!("s{}", number % 50), &format!("name{number}_*"), "analytics", more)
    });
    let site = site_with_edition_and_services(&entries.collect::<String>(), &services, |_| ());
    site.advance_clock(DAY);
    let mut browser = site.browser();
    for address in ["/policy", "/preferences"] {
        let page = browser.get(address).await;
        assert!(page.text("main").contains("200 from 50 services"), "{address}");
    }
    let inventory = site.state.inventory();
    let found = inventory.services().cookie(b"name199_x").map(|entry| entry.name.as_str());
    assert_eq!(found, Some("name199_*"));
}
