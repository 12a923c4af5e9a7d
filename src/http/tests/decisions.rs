//! Accepting, rejecting, deciding by purpose, and withdrawing.

use axum::http::header;

use super::{
    browser::{anonymous_browser, decision_in_cookie},
    page::checked_radios,
    site::{DAY, NOON, setup},
    urls::{ASKING, PAGES},
};
use crate::domain::{
    Timestamp,
    consent::decision::{
        Answer, CollectedVia, Decision,
        tests::{TWO, both},
    },
};

#[tokio::test]
async fn reading_sets_nothing_optional() {
    let mut browser = anonymous_browser();
    for address in PAGES.into_iter().chain(PAGES) {
        browser.get(address).await;
    }
    assert_eq!(browser.holds(), ["__Host-Http-visit"]);
}

#[tokio::test]
async fn accepting_returns_to_the_page_with_a_confirmation() {
    for address in ASKING {
        let mut browser = anonymous_browser();
        let page = browser.get(address).await;
        let page = browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
        assert_eq!(page.address, format!("{address}?notice=accepted"));
        assert!(page.text("#notice").starts_with("You allowed optional cookies."), "{address}");
        assert!(!page.has("#banner"), "{address}");
        assert_eq!(browser.holds(), ["__Host-Http-analytics", "__Host-Http-consent", "__Host-Http-visit"], "{address}");
    }
}

#[tokio::test]
async fn rejecting_takes_as_many_steps_as_accepting_and_sets_nothing_optional() {
    for address in ASKING {
        let mut browser = anonymous_browser();
        let page = browser.get(address).await;
        let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
        assert!(page.address.starts_with(&format!("{address}?notice=rejected&receipt=")), "{}", page.address);
        assert!(page.text("#notice").starts_with("You rejected optional cookies."), "{address}");
        for address in PAGES {
            browser.get(address).await;
        }
        assert_eq!(browser.holds(), ["__Host-Http-consent", "__Host-Http-visit"], "{address}");
    }
}

#[tokio::test]
async fn the_response_to_a_decision_sets_only_the_decision() {
    let mut browser = anonymous_browser();
    let page = browser.get("/").await;
    let answer = browser.send_form(&page, "#banner form", &[("answer", "yes")]).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-consent"], vec![]));
}

#[tokio::test]
async fn a_first_rejection_sets_the_consent_cookie_with_its_declared_attributes() {
    let mut browser = anonymous_browser();
    let page = browser.get("/").await;
    let answer = browser.send_form(&page, "#banner form", &[("answer", "no")]).await;
    let lines = answer.headers.get_all(header::SET_COOKIE);
    let consent = lines.iter().map(|line| line.to_str().unwrap()).find(|line| line.starts_with("__Host-Http-consent="));
    let (_, attributes) = consent.unwrap().split_once("; ").unwrap();
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=15552000");
}

#[tokio::test]
async fn each_combination_of_answers_is_stored_and_shown() {
    for preferences in ["yes", "no"] {
        for analytics in ["yes", "no"] {
            let mut browser = anonymous_browser();
            let page = browser.decide(preferences, analytics).await;
            assert!(page.address.starts_with("/preferences?notice=saved"), "{}", page.address);
            assert!(page.text("#notice").starts_with("Your choices are saved."));
            assert_eq!(page.has("#notice a[href^='/receipts/']"), (preferences, analytics) == ("no", "no"));
            let expected = [format!("preferences-{preferences}"), format!("analytics-{analytics}")];
            assert_eq!(checked_radios(&page), expected);
            let mut holds = vec!["__Host-Http-consent", "__Host-Http-visit"];
            if analytics == "yes" {
                holds.insert(0, "__Host-Http-analytics");
            }
            assert_eq!(browser.holds(), holds, "{preferences} {analytics}");
            assert_eq!(checked_radios(&browser.get("/preferences").await), expected, "and on the next visit");
        }
    }
}

#[tokio::test]
async fn the_page_says_when_how_and_on_which_edition_the_visitor_decided_and_until_when_it_is_valid() {
    let mut browser = anonymous_browser();
    assert!(browser.get("/preferences").await.text("#decision").starts_with("You have not chosen yet"));
    browser.decide("no", "yes").await;
    browser.site.advance_clock(10 * DAY);
    let said = browser.get("/preferences").await;
    assert_eq!(
        said.text("#decision"),
        "You allowed analytics on 22 November 2026. Off: preferences. We will ask again after 21 May 2027, or earlier \
         if something changes. Your choice history"
    );
    assert_eq!(
        said.text("#how-chosen"),
        "You last chose on 22 November 2026, on this page, on version 1.1 of the policy."
    );
    assert_eq!(said.one("#how-chosen time").attr("datetime"), Some("2026-11-22T12:00:00Z"));
    assert!(said.has("#how-chosen a[href='/policy/1.1']"));
    let mut browser = anonymous_browser();
    browser.answer_banner("no").await;
    assert!(browser.get("/preferences").await.text("#how-chosen").contains("in the banner"));
    assert!(browser.get("/").await.text("dl.facts").contains("You rejected optional cookies on 22 November 2026."));
}

#[tokio::test]
async fn a_decision_on_an_older_edition_is_valid_and_says_so() {
    let site = setup();
    let may = time::macros::datetime!(2026-10-31 12:00 UTC).unix_timestamp();
    site.advance_clock(may - NOON);
    let mut browser = site.browser();
    browser.decide("yes", "no").await;
    site.advance_clock(2 * DAY);
    let page = browser.get("/preferences").await;
    assert!(page.text("#how-chosen").contains("version 1.0 of the policy"), "{}", page.text("#how-chosen"));
    assert_eq!(checked_radios(&page), ["preferences-yes", "analytics-no"]);
}

#[tokio::test]
async fn a_changed_decision_removes_the_refused_cookies_in_the_same_response() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "yes").await;
    assert!(browser.cookies.find("__Host-Http-analytics").is_some_and(|held| held.http_only), "scripts cannot see it");
    let page = browser.get("/preferences").await;
    let answers = [("preferences", "yes"), ("analytics", "no")];
    let answer = browser.send_form(&page, "#choices", &answers).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-consent"], vec!["__Host-Http-analytics"]));
    assert_eq!(browser.holds(), ["__Host-Http-consent", "__Host-Http-visit"]);
    let page = browser.follow(&page, &answer).await;
    assert!(page.text("#notice").contains("Deleted: __Host-Http-analytics."), "{}", page.text("#notice"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
}

#[tokio::test]
async fn a_withdrawn_purpose_loses_its_cookies_and_the_other_keeps_them() {
    for (purpose, gone, removed, stays) in [
        ("analytics", "__Host-Http-analytics", vec!["__Host-Http-analytics"], "__Host-Http-appearance"),
        (
            "preferences",
            "__Host-Http-appearance",
            vec!["__Host-Http-appearance", "__Host-Http-language"],
            "__Host-Http-analytics",
        ),
    ] {
        let mut browser = anonymous_browser();
        let page = browser.decide("yes", "yes").await;
        let page = browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
        assert_eq!(
            browser.holds(),
            ["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-consent", "__Host-Http-visit"]
        );
        let answer = browser.post_with_prompt("/api/consent/withdraw", &format!("purpose={purpose}")).await;
        assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-consent"], removed), "{purpose}");
        let page = browser.follow(&page, &answer).await;
        assert_eq!(page.text("#notice"), format!("Turned off: {purpose}. Deleted: {gone}."));
        browser.get("/").await;
        assert_eq!(browser.holds(), [stays, "__Host-Http-consent", "__Host-Http-visit"], "{purpose}");
    }
}

#[tokio::test]
async fn withdrawing_without_a_decision_refuses_everything() {
    let mut browser = anonymous_browser();
    let answer = browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    let (set, removed) = answer.set_and_removed();
    assert_eq!(set, ["__Host-Http-consent"]);
    let optional = ["__Host-Http-analytics", "__Host-Http-appearance", "__Host-Http-language"];
    assert_eq!(removed, optional, "sent whether or not the request carried them");
    let page = browser.get("/preferences").await;
    assert_eq!(checked_radios(&page), ["analytics-no"], "the other question was not answered");
}

#[tokio::test]
async fn every_page_withdraws_everything_with_one_click() {
    let mut browser = anonymous_browser();
    assert!(!browser.get("/policy").await.has("#withdraw-all"), "there is nothing to take back");
    browser.answer_banner("no").await;
    assert!(!browser.get("/policy").await.has("#withdraw-all"), "nor after a no");
    for (preferences, analytics) in [("yes", "yes"), ("yes", "no"), ("no", "yes")] {
        for address in PAGES {
            browser.decide(preferences, analytics).await;
            browser.get("/").await;
            let page = browser.get(address).await;
            assert_eq!(page.all("#withdraw-all button").len(), 1, "{address}");
            let answer = browser.send_form(&page, "#withdraw-all", &[]).await;
            assert!(answer.set_and_removed().1.contains(&"__Host-Http-analytics"), "in that same answer");
            let page = browser.follow(&page, &answer).await;
            assert!(page.address.starts_with(address) && page.has("#notice"), "{address}: {}", page.address);
            assert!(!page.has("#withdraw-all"), "{address}");
            assert_eq!(browser.holds(), ["__Host-Http-consent", "__Host-Http-visit"], "{address}");
            let page = browser.get("/preferences").await;
            assert_eq!(checked_radios(&page), ["preferences-no", "analytics-no"], "{address}");
            assert!(page.text("#how-chosen").contains("in the footer"), "{address}");
        }
    }
}

#[tokio::test]
async fn a_decision_in_one_browser_does_not_count_in_another() {
    let site = setup();
    let (mut one, mut other) = (site.browser(), site.browser());
    one.decide("yes", "yes").await;
    assert!(other.get("/").await.has("#banner"));
    assert_eq!(other.holds(), ["__Host-Http-visit"]);
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_what_will_not_work() {
    let mut browser = anonymous_browser();
    browser.keeps_cookies = false;
    let page = browser.get("/").await;
    assert!(!page.has("#blocked"), "a first visit tells nothing yet");
    let page = browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
    assert!(page.has("#blocked"), "after a choice");
    assert!(!page.has("#notice"), "nothing was accepted that holds");
    assert!(page.has("#banner"));
    let page = browser.get_from(&page, "/preferences").await;
    assert!(page.text("#blocked").contains("Your browser blocks cookies here."));
    let mut browser = anonymous_browser();
    let page = browser.get("/").await;
    assert!(!browser.get_from(&page, "/preferences").await.has("#blocked"), "this one keeps them");
}

#[tokio::test]
async fn a_withdrawal_does_not_extend_the_other_grant() {
    for (withdrawn, kept) in [("analytics", "preferences"), ("preferences", "analytics")] {
        let mut browser = anonymous_browser();
        browser.decide("yes", "yes").await;
        browser.site.advance_clock(100 * DAY);
        let page = browser.withdraw(withdrawn).await;
        assert!(page.text("#how-chosen").starts_with("You last chose on 2 March 2027"));
        let said = page.text("#decision");
        assert!(said.contains(&format!("ask again about {kept} after 21 May 2027,")), "{said}");
        assert!(said.contains(&format!("and about {withdrawn} after 29 August 2027.")), "{said}");
        let facts = browser.get("/").await.text("dl.facts");
        assert!(facts.contains(&format!("You allowed {kept} on 22 November 2026.")), "{facts}");
        browser.site.advance_clock(80 * DAY - 1);
        assert!(!browser.get("/").await.has("#banner"), "{kept} holds to the end of its own time");
        browser.site.advance_clock(1);
        let page = browser.get("/").await;
        assert!(page.has(&format!("#banner #banner-again-{kept}")), "{kept} is asked for again");
        assert!(!page.has(&format!("#banner #banner-again-{withdrawn}")), "and {withdrawn} is not");
        assert!(!browser.get("/preferences").await.has("#withdraw-all"), "and nothing is granted meanwhile");
    }
}

#[tokio::test]
async fn a_withdrawal_shortly_before_expiry_still_removes_the_cookies() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "yes").await;
    browser.site.advance_clock(180 * DAY - 1);
    let page = browser.get("/preferences").await;
    let answer = browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-consent"], vec!["__Host-Http-analytics"]));
    assert_eq!(checked_radios(&browser.follow(&page, &answer).await), ["preferences-yes", "analytics-no"]);
}

/// The answers about preferences and analytics, each with its time.
fn answers(decision: &Decision) -> [Option<(Answer, Timestamp)>; 2] {
    TWO.map(|purpose| decision.answers.get(&purpose).map(|given| (given.answer, given.answered_at)))
}

#[tokio::test]
async fn each_answer_has_the_time_at_which_it_was_given() {
    let mut browser = anonymous_browser();
    let (first, later) = (Timestamp(NOON), Timestamp(NOON + DAY));
    browser.answer_banner("no").await;
    let expected = Decision::answering(None, &both(Answer::No), &browser.site.act());
    assert_eq!(decision_in_cookie(&browser), expected);
    browser.site.advance_clock(DAY);
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    let decision = decision_in_cookie(&browser);
    assert_eq!(answers(&decision), [Some((Answer::Yes, later)), Some((Answer::No, first))]);
    assert_eq!((decision.decided_at, decision.collected_via), (later, CollectedVia::Preferences));
    browser.decide("yes", "no").await;
    let expected = [Some((Answer::Yes, later)), Some((Answer::No, later))];
    assert_eq!(answers(&decision_in_cookie(&browser)), expected, "the page asks about everything");
}

#[tokio::test]
async fn a_purpose_that_nobody_was_asked_about_stays_unanswered() {
    let mut browser = anonymous_browser();
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    assert_eq!(answers(&decision_in_cookie(&browser)), [Some((Answer::Yes, Timestamp(NOON))), None]);

    let mut browser = anonymous_browser();
    browser.post_fields("/api/consent/withdraw", "purpose=analytics").await;
    assert_eq!(answers(&decision_in_cookie(&browser)), [None, Some((Answer::No, Timestamp(NOON)))]);
}

#[tokio::test]
async fn the_home_page_says_when_each_grant_was_given() {
    let mut browser = anonymous_browser();
    browser.decide("no", "yes").await;
    browser.site.advance_clock(10 * DAY);
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    let facts = browser.get("/").await.text("dl.facts");
    let said = "You allowed analytics on 22 November 2026, and preferences on 2 December 2026.";
    assert!(facts.contains(said), "{facts}");
    browser.decide("yes", "yes").await;
    let facts = browser.get("/").await.text("dl.facts");
    assert!(facts.contains("You allowed preferences and analytics on 2 December 2026."), "{facts}");
}
