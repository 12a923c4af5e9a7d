//! The published decisions add up to the ledger.

use super::{
    browser::Browser,
    site::{DAY, Site, setup},
};

/// Visitors who answered: as many said yes, no, and yes with a withdrawal after it.
async fn site_with_decisions([yes, no, withdrawn]: [usize; 3]) -> Site {
    let site = setup();
    for number in 0..yes + no + withdrawn {
        let mut browser = site.browser();
        browser.answer_banner(if (yes..yes + no).contains(&number) { "no" } else { "yes" }).await;
        if number >= yes + no {
            withdraw(&mut browser).await;
        }
    }
    site.state.store.flush().await.unwrap();
    site
}

async fn withdraw(browser: &mut Browser) {
    browser.withdraw("analytics").await;
}

/// The records in the ledger.
async fn records(site: &Site) -> u64 {
    site.state.store.read(|tx| Ok(tx.heads()?.iter().map(|head| head.records).sum())).await.unwrap()
}

/// The published decisions of the newest week, as `dimension group count`.
async fn published(site: &Site) -> Vec<String> {
    let csv = site.browser().get("/statistics.csv").await.bytes;
    let lines = str::from_utf8(&csv).unwrap().lines().filter(|line| line.contains(",decisions,"));
    let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    lines.map(fields).map(|line| format!("{} {} {}", line[1], line[2], line[4])).collect()
}

#[tokio::test]
async fn decisions_are_published_by_purpose_edition_and_service_and_add_up_to_the_ledger() {
    let site = site_with_decisions([14, 12, 11]).await;
    assert_eq!(published(&site).await, Vec::<String>::new(), "before the end of the week");
    site.advance_clock(DAY);
    // 14 and 11 said yes, 12 no, and 11 withdrew one purpose.
    assert_eq!(records(&site).await, 48);
    let expected = [
        "analytics allowed 25",
        "analytics rejected 12",
        "analytics withdrawn 11",
        "preferences allowed 36",
        "preferences rejected 12",
        "version 1.1 48",
        "service self 48",
    ];
    assert_eq!(published(&site).await, expected);
    let page = site.browser().get("/statistics").await;
    assert!(page.has("section[aria-labelledby=choices] table.table--numeric"));
    let json = site.browser().get("/statistics.json").await.bytes;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let group = |group, decisions| serde_json::json!({ "group": group, "decisions": decisions });
    let service = serde_json::json!({ "dimension": "service", "groups": [group("self", 48)], "others": 0 });
    assert_eq!(json["weeks"][0]["choices"][3], service);
}

#[tokio::test]
async fn a_small_group_of_decisions_is_hidden_with_the_smallest_other() {
    let site = site_with_decisions([14, 12, 3]).await;
    site.advance_clock(DAY);
    let published = published(&site).await;
    assert!(published.contains(&"analytics allowed 17".to_owned()), "{published:?}");
    assert!(published.contains(&"analytics others 15".to_owned()), "{published:?}");
    assert_eq!(records(&site).await, 32);
}

#[tokio::test]
async fn fewer_than_ten_decisions_are_not_published() {
    let site = site_with_decisions([5, 4, 0]).await;
    site.advance_clock(DAY);
    assert_eq!(published(&site).await, Vec::<String>::new());
    assert!(site.browser().get("/statistics").await.has("section[aria-labelledby=choices] p.empty-state"));
}
