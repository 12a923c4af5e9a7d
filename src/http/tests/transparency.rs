//! `/transparency`, the page with the compliance report of the site.

use std::{fs, path::Path};

use serde_json::{Value, json};
use strum::VariantArray as _;

use super::{
    browser::anonymous_browser,
    page::{Page, text},
    site::{DAY, Site, setup, site_with_content, site_with_newest_edition},
};
use crate::domain::compliance::Rule;

/// Returns a report on the current edition without violations.
pub(super) fn report_without_violations() -> Value {
    let site = setup();
    let in_force = site.state.current_version();
    let edition = in_force.edition().unwrap();
    let rules = Rule::VARIANTS
        .iter()
        .map(|rule| json!({ "id": rule.into_str(), "tried": { "pages": 3 }, "findings": [] }))
        .collect::<Vec<_>>();
    json!({
        "format": 1,
        "made": "2026-11-22T18:00:00Z",
        "site": "own",
        "edition": { "version": edition.version.to_string(), "sha256": edition.sha256 },
        "browser": { "name": "Chromium", "version": "140.0" },
        "rules": rules,
    })
}

/// Returns a report with every kind of finding.
pub(super) fn report_with_all_findings() -> Value {
    let mut report = report_without_violations();
    let states = ["fresh", "scrolled", "browsed", "closed", "accepted", "refused", "withdrawn", "signal"];
    let findings =
        states.map(|state| json!({ "state": state, "subject": "_ga", "seen": "9 s", "expected": "session" }));
    let all = ["browsers", "pages", "cookies", "declarations", "controls", "screens", "requests"];
    let tried: Value = all.into_iter().map(|what| (what.to_owned(), json!(2))).collect();
    report["rules"][0] = json!({ "id": "undeclared", "tried": tried, "findings": findings });
    let obstacles =
        ["no_declarations", "no_notice", "no_accept", "no_reject", "no_withdrawal", "no_settings", "nothing_optional"];
    for (rule, obstacle) in report["rules"].as_array_mut().unwrap().iter_mut().skip(1).zip(obstacles) {
        *rule = json!({ "id": rule["id"], "not_tried": obstacle });
    }
    report["edition"]["sha256"] = json!("another");
    report
}

/// Writes a report to the content folder, or removes it.
pub(super) fn publish(content: &Path, report: Option<&Value>) {
    let file = content.join("compliance.json");
    match report {
        Some(report) => fs::write(file, report.to_string()).unwrap(),
        None if file.exists() => fs::remove_file(file).unwrap(),
        None => (),
    }
}

fn site(report: Option<&Value>) -> Site {
    site_with_content(|content| publish(content, report))
}

#[tokio::test]
async fn a_site_without_a_report_says_so_and_lists_the_limits() {
    let page = site(None).browser().get("/transparency").await;
    assert_eq!(page.text("main .empty-state"), "There is no report yet, because this site has not been checked.");
    assert!(!page.has("[data-rule]"));
    assert!(page.text("section:has(#limits)").contains("what a server does"));
    assert!(anonymous_browser().get("/").await.has("footer a[href='/transparency']"));
}

#[tokio::test]
async fn every_rule_is_listed_with_its_source_and_result() {
    let page = site(Some(&report_without_violations())).browser().get("/transparency").await;
    let mut listed = page.attributes("[data-rule]", "data-rule");
    listed.sort_unstable();
    let mut rules: Vec<_> = Rule::VARIANTS.iter().map(Rule::into_str).collect();
    rules.sort_unstable();
    assert_eq!(listed, rules);
    let counts: Vec<_> = ["kept", "broken", "not_tried"].map(|name| page.text(&format!("[data-count={name}]"))).into();
    assert_eq!(counts, [Rule::VARIANTS.len().to_string().as_str(), "0", "0"]);
    assert!(!page.has("[data-report=of-another-edition]"));
    for &rule in Rule::VARIANTS {
        let entry = format!("[data-rule={}][data-outcome=kept]", rule.into_str());
        assert!(page.text(&entry).contains("Checked: 3 page views. No problem found."), "{rule:?}");
        assert_eq!(page.has(&format!("{entry} cite a[href^=https]")), rule.source().is_some(), "{rule:?}");
    }
    let made = page.text("section:has(#examined) > p");
    assert!(made.contains("22 November 2026 at 18:00 UTC with Chromium 140.0"), "{made}");
    assert!(page.has("section:has(#examined) a[href='/policy/1.1']"));
}

#[tokio::test]
async fn violations_and_untested_rules_are_listed() {
    let page = site(Some(&report_with_all_findings())).browser().get("/transparency").await;
    let counts = ["kept", "broken", "not_tried"].map(|name| page.text(&format!("[data-count={name}]")));
    assert_eq!(counts, ["14", "1", "7"]);
    let broken = "[data-rule=undeclared][data-outcome=broken]";
    assert_eq!(page.all(&format!("{broken} .findings li")).len(), 8);
    assert_eq!(
        page.text(&format!("{broken} .findings li:first-child")),
        "On the first page _ga Found: 9 s Expected: session"
    );
    assert_eq!(page.all("[data-outcome=not_tried]").len(), 7);
    assert!(page.text("[data-rule=lifetime]").contains("Not checked: no cookie list was found."));
}

#[tokio::test]
async fn a_report_on_another_edition_says_so() {
    let mut older = report_without_violations();
    older["edition"] = json!({ "version": "1.0", "sha256": "0" });
    let page = site(Some(&older)).browser().get("/transparency").await;
    assert!(page.text("[data-report=of-another-edition]").contains("when version 1.0 was in force"));
    assert!(page.has("section:has(#examined) a[href='/policy/1.0']"));
}

#[tokio::test]
async fn the_report_is_read_in_every_language() {
    let site = site(Some(&report_with_all_findings()));
    for (locale, title) in [("de", "Prüfbericht"), ("fr", "Rapport de conformité"), ("ar", "تقرير الامتثال")]
    {
        let page = site.browser().get(&format!("/{locale}/transparency")).await;
        assert_eq!(page.text("h1"), title);
        assert_eq!(page.all("[data-rule]").len(), Rule::VARIANTS.len());
        assert!(
            page.attributes("cite", "lang").iter().all(|lang| *lang == "en"),
            "the name of a work is not translated"
        );
    }
}

/// The rows of the list as name and value.
fn facts(page: &Page) -> Vec<(String, String)> {
    let value = |selector| page.all(selector).into_iter().map(text).collect::<Vec<_>>();
    value("dl.description-list dt").into_iter().zip(value("dl.description-list dd")).collect()
}

#[tokio::test]
async fn the_page_about_measurement_says_what_the_server_does() {
    let fact = |page: &Page, name: &str| {
        facts(page).into_iter().find(|(found, _)| found == name).map(|(_, value)| value).unwrap()
    };
    let site = anonymous_browser().site;
    let page = site.browser().get("/transparency/measurement").await;
    assert_eq!(fact(&page, "Country"), "We do not count countries.");
    assert_eq!(fact(&page, "Speed"), "Not measured.");
    assert_eq!(fact(&page, "Oldest count"), "None yet.");
    assert!(fact(&page, "Cookies").starts_with("__Host-Http-analytics "));
    assert_eq!(page.all("table.criteria tbody tr").len(), 9);
    site.browser().answer_banner("no").await;
    site.state.store.flush().await.unwrap();
    let page = site.browser().get("/transparency/measurement").await;
    assert_eq!(fact(&page, "Oldest count"), "22 November 2026");

    let collecting = site_with_newest_edition(|state| state.app.has_country_header = true);
    collecting.advance_clock(8 * DAY);
    let page = collecting.browser().get("/transparency/measurement").await;
    assert!(fact(&page, "Country").starts_with("The network in front of our server tells us the country."));
    assert!(fact(&page, "Speed").contains("LCP, INP, CLS, FCP, TTFB and Server"));
}
