//! The statistics show finished weeks alone, and no group of fewer than ten.

use time::macros::date;

use super::{
    browser::{Browser, anonymous_browser},
    page::{Page, text},
    retention::live,
    site::DAY,
};
use crate::domain::Timestamp;

/// Says that there are too few views.
const VIEWS_MISSING: &str = ".statistics > p.empty-state";

/// Returns the rows of the table with that caption as pairs.
fn rows(page: &Page, caption: &str) -> Vec<(String, u64)> {
    let tables = page.all("table.table--numeric");
    let table = tables.into_iter().find(|table| text(*table).starts_with(caption)).unwrap();
    let cells =
        |row: scraper::ElementRef<'_>, cell| row.select(&super::page::parse(cell)).map(text).collect::<String>();
    let row = |row| (cells(row, "th"), cells(row, "td").parse().unwrap());
    table.select(&super::page::parse("tbody tr")).map(row).collect()
}

/// A browser that allowed analytics, and viewed each page that often. The answer itself leads to
/// the start page, which is one view more.
async fn viewing(views: &[(&str, usize)]) -> Browser {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    view(&mut browser, views).await;
    browser
}

async fn view(browser: &mut Browser, views: &[(&str, usize)]) {
    for (path, times) in views {
        for _ in 0..*times {
            browser.get(path).await;
        }
    }
}

/// Lets the week end in which the tests begin, and the hour after it.
fn end_week(browser: &Browser) {
    browser.site.advance_clock(DAY);
}

fn pair(label: &str, views: u64) -> (String, u64) {
    (label.to_owned(), views)
}

#[tokio::test]
async fn nothing_is_shown_before_the_end_of_the_week() {
    let browser = viewing(&[("/policy", 40)]).await;
    let page = browser.site.browser().get("/statistics").await;
    assert!(page.text(VIEWS_MISSING).contains("We only count visitors who allow it"));
    assert!(!page.has("svg") && !page.has("table"));
    // Monday, half past midnight and one.
    browser.site.advance_clock(DAY / 2 + 1800);
    assert!(browser.site.browser().get("/statistics").await.has(VIEWS_MISSING));
    browser.site.advance_clock(1800);
    let page = browser.site.browser().get("/statistics").await;
    assert!(page.has("table") && page.has("#performance + nav + p.empty-state"));
    assert!(page.text(".lead").contains("22 November 2026"));
}

#[tokio::test]
async fn a_small_group_is_hidden_with_the_smallest_other() {
    let browser = viewing(&[("/policy", 40), ("/verify", 12), ("/services", 3)]).await;
    end_week(&browser);
    let page = browser.site.browser().get("/statistics").await;
    assert_eq!(rows(&page, "By page"), [pair("/policy", 40), pair("Others", 16)]);
    assert_eq!(rows(&page, "By type of device"), [pair("Computers", 56)]);
    assert_eq!(rows(&page, "By country"), [pair("Unknown", 56)]);
    assert_eq!(rows(&page, "First and later views"), [pair("Others", 56)]);
    assert_eq!(rows(&page, "By day"), [pair("22 November 2026", 56)]);
    assert_eq!(page.all("figure.chart svg rect").len(), 1);
    let german = browser.site.browser().get("/de/statistics").await;
    assert_eq!(rows(&german, "Nach Land"), [pair("Unbekannt", 56)]);
}

#[tokio::test]
async fn a_period_is_the_sum_of_its_published_weeks() {
    let mut browser = viewing(&[("/policy", 20), ("/services", 12)]).await;
    browser.site.advance_clock(7 * DAY);
    // Another edition is current.
    browser.decide("no", "yes").await;
    view(&mut browser, &[("/policy", 30), ("/services", 15), ("/verify", 9)]).await;
    browser.site.advance_clock(7 * DAY);
    let page = browser.site.browser().get("/statistics").await;
    assert_eq!(rows(&page, "By page")[0], pair("/policy", 50));
    assert_eq!(rows(&page, "By page")[1].0, "Others");
    assert_eq!(page.attributes(".selection [aria-current]", "href")[0], "/statistics?weeks=4&percentile=75");
    browser.site.advance_clock(4 * 7 * DAY);
    assert!(browser.site.browser().get("/statistics?weeks=4").await.has(VIEWS_MISSING));
    let quarter = browser.site.browser().get("/statistics?weeks=13").await;
    let weeks = rows(&quarter, "By week");
    assert_eq!((&weeks[0], &*weeks[1].0), (&pair("16 November 2026", 33), "23 November 2026"));
    assert_eq!(quarter.all("figure.chart svg rect").len(), 2);
    for unknown in ["/statistics?weeks=5", "/statistics?weeks=", "/statistics?x"] {
        assert!(browser.site.browser().get(unknown).await.has(VIEWS_MISSING), "{unknown}");
    }
}

#[tokio::test]
async fn a_published_week_does_not_change() {
    let mut browser = viewing(&[("/policy", 20)]).await;
    end_week(&browser);
    let before = browser.site.browser().get("/statistics.csv").await.bytes;
    view(&mut browser, &[("/policy", 20)]).await;
    assert_eq!(browser.site.browser().get("/statistics.csv").await.bytes, before);
}

#[tokio::test]
async fn csv_and_json_have_what_the_page_shows_and_no_more() {
    let browser = viewing(&[("/policy", 40), ("/verify", 12), ("/services", 3)]).await;
    end_week(&browser);
    let csv = browser.site.browser().get("/statistics.csv").await.bytes;
    let expected = [
        "week,dimension,group,measure,value",
        "2026-11-16,page,/policy,views,40",
        "2026-11-16,page,others,views,16",
        "2026-11-16,country,ZZ,views,56",
        "2026-11-16,device,computer,views,56",
        "2026-11-16,visit,others,views,56",
        "2026-11-16,day,2026-11-22,views,56",
        "",
    ];
    assert_eq!(str::from_utf8(&csv).unwrap(), expected.join("\r\n"));
    let json: serde_json::Value =
        serde_json::from_slice(&browser.site.browser().get("/statistics.json").await.bytes).unwrap();
    assert_eq!(json["weeks"].as_array().unwrap().len(), 13);
    assert_eq!(json["weeks"][0]["views"], 56);
    let page = serde_json::json!({ "dimension": "page", "groups": [{ "group": "/policy", "views": 40, "performance": [] }], "others": 16 });
    assert_eq!(json["weeks"][0]["tables"][0], page);
    assert_eq!(json["weeks"][1]["tables"], serde_json::json!([]));
}

#[tokio::test]
async fn counts_are_deleted_after_twenty_five_months() {
    let browser = viewing(&[("/policy", 2)]).await;
    let site = &browser.site;
    let days = |site: &super::site::Site| {
        let store = site.state.store.clone();
        async move { store.read(|tx| tx.page_views_since(date!(1970 - 01 - 01))).await.unwrap().len() }
    };
    live(site, 0).await;
    live(site, 108 * 7 * DAY).await;
    assert_eq!(days(site).await, 2);
    live(site, DAY).await;
    assert_eq!(days(site).await, 0);
    assert_eq!(site.state.now(), Timestamp(site.now()));
}
