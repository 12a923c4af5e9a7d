//! Accepting, rejecting, deciding by purpose, withdrawing.

use super::{
    browser::{Browser, newcomer},
    page::Page,
    pages::{ASKING, PAGES},
    site::{DAY, NOON, setup},
};
use crate::domain::{
    Timestamp,
    consent::decision::{Answer, Answers, CollectedVia, Decision},
    cookies::purpose::PerPurpose,
    ledger::record::RecordRef,
};

/// The ids of the radio buttons that are ticked.
fn ticked(page: &Page) -> Vec<&str> {
    page.attributes("#choices input[checked]", "id")
}

#[tokio::test]
async fn reading_sets_nothing_optional() {
    let mut browser = newcomer();
    for address in PAGES.into_iter().chain(PAGES) {
        browser.get(address).await;
    }
    assert_eq!(browser.holds(), ["__Host-visit"]);
}

#[tokio::test]
async fn accepting_comes_back_to_the_page_with_a_confirmation() {
    for address in ASKING {
        let mut browser = newcomer();
        let page = browser.get(address).await;
        let page = browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
        assert_eq!(page.address, format!("{address}?notice=accepted"));
        assert!(page.text("#notice").starts_with("You accepted optional cookies."), "{address}");
        assert!(!page.has("#banner"), "{address}");
        assert_eq!(browser.holds(), ["__Host-analytics", "__Host-consent", "__Host-visit"], "{address}");
    }
}

#[tokio::test]
async fn rejecting_takes_as_many_steps_as_accepting_and_sets_nothing_optional() {
    for address in ASKING {
        let mut browser = newcomer();
        let page = browser.get(address).await;
        let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
        assert!(page.address.starts_with(&format!("{address}?notice=rejected&receipt=")), "{}", page.address);
        assert!(page.text("#notice").starts_with("You rejected optional cookies."), "{address}");
        for address in PAGES {
            browser.get(address).await;
        }
        assert_eq!(browser.holds(), ["__Host-consent", "__Host-visit"], "{address}");
    }
}

#[tokio::test]
async fn the_answer_to_a_decision_itself_sets_the_decision_alone() {
    let mut browser = newcomer();
    let page = browser.get("/").await;
    let answer = browser.send_form(&page, "#banner form", &[("answer", "yes")]).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-consent"], vec![]));
}

#[tokio::test]
async fn each_combination_of_answers_is_kept_and_shown() {
    for preferences in ["yes", "no"] {
        for analytics in ["yes", "no"] {
            let mut browser = newcomer();
            let page = browser.decide(preferences, analytics).await;
            assert!(page.address.starts_with("/preferences?notice=saved"), "{}", page.address);
            assert!(page.text("#notice").starts_with("Your choices are saved."));
            assert_eq!(page.has("#notice a[href^='/receipts/']"), (preferences, analytics) == ("no", "no"));
            let expected = [format!("preferences-{preferences}"), format!("analytics-{analytics}")];
            assert_eq!(ticked(&page), expected);
            let mut holds = vec!["__Host-consent", "__Host-visit"];
            if analytics == "yes" {
                holds.insert(0, "__Host-analytics");
            }
            assert_eq!(browser.holds(), holds, "{preferences} {analytics}");
            // Its own button to withdraw for each granted purpose, and for no other.
            let granted = [("preferences", preferences), ("analytics", analytics)];
            let granted: Vec<_> =
                granted.into_iter().filter(|(_, answer)| *answer == "yes").map(|(purpose, _)| purpose).collect();
            assert_eq!(page.attributes("form.withdraw input[name=purpose]", "value"), granted);
            assert_eq!(ticked(&browser.get("/preferences").await), expected, "and on the next visit");
        }
    }
}

#[tokio::test]
async fn the_page_says_when_how_and_on_which_edition_one_chose_and_until_when_that_holds() {
    let mut browser = newcomer();
    assert!(browser.get("/preferences").await.text("#decision").starts_with("You have not chosen yet"));
    browser.decide("no", "yes").await;
    browser.site.pass(10 * DAY);
    let said = browser.get("/preferences").await;
    assert_eq!(
        said.text("#decision"),
        "You last chose on 22 November 2026 at 12:00 UTC, on this page, on version 1.1 of the policy. \
         Your choice holds until 21 May 2027; then you will be asked again."
    );
    assert!(said.has("#decision a[href='/policy/1.1']"));
    let mut browser = newcomer();
    browser.answer_banner("no").await;
    assert!(browser.get("/preferences").await.text("#decision").contains("with the banner"));
    assert!(
        browser.get("/").await.text("dl.facts").contains("On 22 November 2026 you said no to everything optional.")
    );
}

#[tokio::test]
async fn a_decision_on_an_older_edition_holds_and_says_so() {
    let site = setup();
    let may = time::macros::datetime!(2026-10-31 12:00 UTC).unix_timestamp();
    site.pass(may - NOON);
    let mut browser = site.browser();
    browser.decide("yes", "no").await;
    site.pass(2 * DAY);
    let page = browser.get("/preferences").await;
    assert!(page.text("#decision").contains("version 1.0 of the policy"), "{}", page.text("#decision"));
    assert_eq!(ticked(&page), ["preferences-yes", "analytics-no"]);
}

#[tokio::test]
async fn a_changed_mind_removes_the_refused_cookies_in_the_same_answer() {
    let mut browser = newcomer();
    browser.decide("yes", "yes").await;
    assert!(browser.cookies.find("__Host-analytics").is_some_and(|held| held.http_only), "scripts cannot see it");
    let page = browser.get("/preferences").await;
    let answers = [("preferences", "yes"), ("analytics", "no")];
    let answer = browser.send_form(&page, "#choices", &answers).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-consent"], vec!["__Host-analytics"]));
    assert_eq!(browser.holds(), ["__Host-consent", "__Host-visit"]);
    let page = browser.follow(&page, &answer).await;
    assert!(page.text("#notice").contains("Gone from this browser: __Host-analytics."), "{}", page.text("#notice"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
}

#[tokio::test]
async fn a_withdrawn_purpose_loses_its_cookies_and_the_other_keeps_them() {
    for (purpose, gone, removed, stays) in [
        ("analytics", "__Host-analytics", vec!["__Host-analytics"], "__Host-appearance"),
        ("preferences", "__Host-appearance", vec!["__Host-appearance", "__Host-language"], "__Host-analytics"),
    ] {
        let mut browser = newcomer();
        let page = browser.decide("yes", "yes").await;
        let page = browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
        assert_eq!(browser.holds(), ["__Host-analytics", "__Host-appearance", "__Host-consent", "__Host-visit"]);
        let form = format!("form.withdraw:has(input[value={purpose}])");
        let answer = browser.send_form(&page, &form, &[]).await;
        assert_eq!(answer.set_and_removed(), (vec!["__Host-consent"], removed), "{purpose}");
        let page = browser.follow(&page, &answer).await;
        assert_eq!(page.text("#notice"), format!("Your permission is withdrawn. Gone from this browser: {gone}."));
        assert!(!page.has(&form), "{purpose}");
        browser.get("/").await;
        assert_eq!(browser.holds(), [stays, "__Host-consent", "__Host-visit"], "{purpose}");
    }
}

#[tokio::test]
async fn withdrawing_without_a_decision_refuses_everything() {
    let mut browser = newcomer();
    let answer = browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    let (set, removed) = answer.set_and_removed();
    assert_eq!(set, ["__Host-consent"]);
    let optional = ["__Host-analytics", "__Host-appearance", "__Host-language"];
    assert_eq!(removed, optional, "sent whether or not the request carried them");
    let page = browser.get("/preferences").await;
    assert_eq!(ticked(&page), ["preferences-no", "analytics-no"]);
}

#[tokio::test]
async fn every_page_takes_back_every_yes_with_one_press() {
    let mut browser = newcomer();
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
            assert!(answer.set_and_removed().1.contains(&"__Host-analytics"), "in that same answer");
            let page = browser.follow(&page, &answer).await;
            assert!(page.address.starts_with(address) && page.has("#notice"), "{address}: {}", page.address);
            assert!(!page.has("#withdraw-all"), "{address}");
            assert_eq!(browser.holds(), ["__Host-consent", "__Host-visit"], "{address}");
            let page = browser.get("/preferences").await;
            assert_eq!(ticked(&page), ["preferences-no", "analytics-no"], "{address}");
            assert!(page.text("#decision").contains("at the foot of a page"), "{address}");
        }
    }
}

#[tokio::test]
async fn a_decision_in_one_browser_is_none_in_another() {
    let site = setup();
    let (mut one, mut other) = (site.browser(), site.browser());
    one.decide("yes", "yes").await;
    assert!(other.get("/").await.has("#banner"));
    assert_eq!(other.holds(), ["__Host-visit"]);
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_what_will_not_work() {
    let mut browser = newcomer();
    browser.keeps_cookies = false;
    let page = browser.get("/").await;
    assert!(!page.has("#blocked"), "a first visit tells nothing yet");
    let page = browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
    assert!(page.has("#blocked"), "after a choice");
    assert!(!page.has("#notice"), "nothing was accepted that holds");
    assert!(page.has("#banner"));
    let page = browser.get_from(&page, "/preferences").await;
    assert!(page.text("#blocked").contains("Your browser is not keeping this site's cookies."));
    let mut browser = newcomer();
    let page = browser.get("/").await;
    assert!(!browser.get_from(&page, "/preferences").await.has("#blocked"), "this one keeps them");
}

/// The decision that the browser's consent cookie holds.
fn held(browser: &Browser) -> Decision {
    let value = browser.cookies.value("__Host-consent");
    RecordRef::decode(&browser.site.state.seal.open("__Host-consent", value).unwrap()).unwrap().0
}

#[tokio::test]
async fn a_withdrawal_does_not_prolong_the_other_permission() {
    for (withdrawn, kept) in [("analytics", "preferences"), ("preferences", "analytics")] {
        let mut browser = newcomer();
        browser.decide("yes", "yes").await;
        browser.site.pass(100 * DAY);
        let page = browser.get("/preferences").await;
        let page = browser.submit(&page, &format!("form.withdraw:has(input[value={withdrawn}])"), &[]).await;
        let said = page.text("#decision");
        assert!(said.starts_with("You last chose on 2 March 2027"), "{said}");
        assert!(said.contains(&format!("about {kept} holds until 21 May 2027,")), "{said}");
        assert!(said.contains(&format!("the one about {withdrawn} until 29 August 2027;")), "{said}");
        let facts = browser.get("/").await.text("dl.facts");
        assert!(facts.contains(&format!("On 22 November 2026 you said yes to {kept}.")), "{facts}");
        browser.site.pass(80 * DAY - 1);
        assert!(!browser.get("/").await.has("#banner"), "{kept} holds to the end of its own time");
        browser.site.pass(1);
        let page = browser.get("/").await;
        assert!(page.has(&format!("#banner #banner-again-{kept}")), "{kept} is asked for again");
        assert!(!page.has(&format!("#banner #banner-again-{withdrawn}")), "and {withdrawn} is not");
        assert!(!browser.get("/preferences").await.has("form.withdraw"), "and nothing is granted meanwhile");
    }
}

#[tokio::test]
async fn a_withdrawal_shortly_before_the_end_still_takes_the_cookies_away() {
    let mut browser = newcomer();
    browser.decide("yes", "yes").await;
    browser.site.pass(180 * DAY - 1);
    let page = browser.get("/preferences").await;
    let answer = browser.send_form(&page, "form.withdraw:has(input[value=analytics])", &[]).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-consent"], vec!["__Host-analytics"]));
    assert_eq!(ticked(&browser.follow(&page, &answer).await), ["preferences-yes", "analytics-no"]);
}

#[tokio::test]
async fn each_answer_keeps_the_time_at_which_it_was_given() {
    let mut browser = newcomer();
    let (first, later) = (Timestamp(NOON), Timestamp(NOON + DAY));
    browser.answer_banner("no").await;
    assert_eq!(held(&browser), Decision::new(Answers::all(Answer::No), browser.site.act()));
    browser.site.pass(DAY);
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    let decision = held(&browser);
    assert_eq!(decision.choices, Answers { preferences: Answer::Yes, analytics: Answer::No });
    assert_eq!(decision.answered_at, PerPurpose { preferences: Some(later), analytics: Some(first) });
    assert_eq!((decision.decided_at, decision.collected_via), (later, CollectedVia::Preferences));
    browser.decide("yes", "no").await;
    assert_eq!(held(&browser).answered_at, PerPurpose::all(Some(later)), "the page asks about everything");
}

#[tokio::test]
async fn a_purpose_that_nobody_was_asked_about_stays_unanswered() {
    let mut browser = newcomer();
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    let decision = held(&browser);
    assert_eq!(decision.choices, Answers { preferences: Answer::Yes, analytics: Answer::No });
    assert_eq!(decision.answered_at, PerPurpose { preferences: Some(Timestamp(NOON)), analytics: None });

    let mut browser = newcomer();
    browser.post_fields("/api/consent/withdraw", "purpose=analytics").await;
    assert_eq!(held(&browser).answered_at, PerPurpose { preferences: None, analytics: Some(Timestamp(NOON)) });
}

#[tokio::test]
async fn the_start_page_says_of_each_permission_when_it_was_given() {
    let mut browser = newcomer();
    browser.decide("no", "yes").await;
    browser.site.pass(10 * DAY);
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    let facts = browser.get("/").await.text("dl.facts");
    let said = "On 22 November 2026 you said yes to analytics, and on 2 December 2026 to preferences.";
    assert!(facts.contains(said), "{facts}");
    browser.decide("yes", "yes").await;
    let facts = browser.get("/").await.text("dl.facts");
    assert!(facts.contains("On 2 December 2026 you said yes to preferences and analytics."), "{facts}");
}
