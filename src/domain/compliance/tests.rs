#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

use serde_json::{Value, json};
use strum::VariantArray as _;
use time::macros::date;

use super::*;

/// A report without findings.
fn kept() -> Value {
    let rules = Rule::VARIANTS
        .iter()
        .map(|rule| json!({ "id": rule.into_str(), "tried": { "pages": 3 }, "findings": [] }))
        .collect::<Vec<_>>();
    json!({
        "format": 1,
        "made": "2026-11-22T18:00:00Z",
        "site": "own",
        "edition": { "version": "1.1", "sha256": "ab" },
        "browser": { "name": "Chromium", "version": "140.0" },
        "rules": rules,
    })
}

fn read(report: Value) -> Result<ComplianceReport, String> {
    serde_json::from_value(report).map_err(|error| error.to_string())
}

/// The report with another value at a JSON pointer.
fn with(place: &str, value: Value) -> Value {
    let mut report = kept();
    *report.pointer_mut(place).unwrap() = value;
    report
}

#[test]
fn a_rule_has_one_name() {
    for &rule in Rule::VARIANTS {
        assert_eq!(serde_json::from_value::<Rule>(json!(rule.into_str())).ok(), Some(rule));
    }
    assert!(serde_json::from_value::<Rule>(json!("another")).is_err());
}

#[test]
fn a_report_says_how_many_rules_came_out_how() {
    let mut report = kept();
    report["rules"][3] = json!({ "id": "misclassified", "not_tried": "no_declarations" });
    report["rules"][4]["findings"] = json!([
        { "state": "fresh", "subject": "_ga" },
        { "state": "browsed", "subject": "_ga", "seen": "1 s", "expected": "session" },
    ]);
    let report = read(report).unwrap();
    assert_eq!(report.summary(), Summary { kept: 20, broken: 1, not_tried: 1 });
    assert_eq!(report.rules[3].outcome, RuleOutcome::NotTried(Obstacle::NoDeclarations));
    assert_eq!(report.made, Timestamp(1_795_370_400));
}

#[test]
fn a_report_is_of_an_edition_to_the_letter() {
    let report = read(kept()).unwrap();
    let edition = |version: &str, sha256: &str| Edition {
        version: version.parse().unwrap(),
        effective: date!(2026 - 01 - 01),
        published: None,
        notify_days: None,
        sha256: sha256.into(),
        summary: Vec::new(),
        title: String::new(),
        introduction: Vec::new(),
        sections: Vec::new(),
    };
    assert!(report.matches(&edition("1.1", "ab")));
    assert!(!report.matches(&edition("1.1", "cd")));
    assert!(!report.matches(&edition("1.0", "ab")));
}

#[test]
fn what_is_no_report_on_this_site_is_told() {
    let mut twice = kept();
    twice["rules"][1] = twice["rules"][0].clone();
    let mut lacking = kept();
    lacking["rules"].as_array_mut().unwrap().pop();
    let long = json!([{ "state": "fresh", "subject": "x".repeat(301) }]);
    for (report, says) in [
        (with("/format", json!(2)), "the format is 2, and only 1 is known"),
        (with("/site", json!("other")), "the report is on another site: only that on this one is published"),
        (with("/edition", Value::Null), "the report names no edition"),
        (with("/made", json!("2026-11-22")), "\"2026-11-22\" is no moment such as 2026-11-22T18:00:00Z"),
        (with("/made", json!("2026-11-22T19:00:00+01:00")), "\"2026-11-22T19:00:00+01:00\" is no moment"),
        (with("/rules/0/id", json!("another")), "unknown variant `another`"),
        (with("/rules/0/tried", Value::Null), "undeclared must have either tried and findings, or not_tried"),
        (with("/rules/0/tried", json!({ "pages": -1 })), "invalid value: integer `-1`"),
        (with("/rules/0/findings", long), "a text in the findings of undeclared is longer than 300 characters"),
        (twice, "the rules must be undeclared, lifetime, one_purpose"),
        (lacking, "the rules must be undeclared, lifetime, one_purpose"),
        (json!({}), "missing field `format`"),
    ] {
        let refused = read(report).unwrap_err();
        assert!(refused.contains(says), "{refused}");
    }
}
