//! What the banner's buttons answer after a change, and how long the answers are valid.

use super::{
    super::{
        browser::{Browser, decision_in_cookie},
        page::text,
        site::{DAY, setup, site_with_edition},
        urls::ASKING,
    },
    ANALYTICS, APPEARANCE, CONSENT, DESCRIBED, LIFETIME, OTHERWISE, granting, with_edition,
};
use crate::{
    domain::{
        Timestamp,
        consent::decision::{Answer, tests::TWO},
        cookies::purpose::Optional,
    },
    http::state::page_cache::PageCache,
};

#[tokio::test]
async fn yes_and_no_to_one_question_differ_only_in_their_answer() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    site.advance_clock(DAY);
    let page = browser.get("/").await;
    let buttons = page.all("#banner button");
    let [yes, no] = buttons[..] else { panic!("{} buttons", buttons.len()) };
    assert_eq!((text(yes).as_str(), text(no).as_str()), ("Allow analytics", "Reject analytics"));
    let look = |button: scraper::ElementRef<'_>| -> Vec<(String, String)> {
        let attributes = button.value().attrs().filter(|(name, _)| *name != "value");
        attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    assert_eq!(look(yes), look(no));
    assert_eq!(yes.parent().map(|parent| parent.id()), no.parent().map(|parent| parent.id()), "side by side");
}

#[tokio::test]
async fn an_answer_to_a_reopened_question_does_not_renew_the_other() {
    for answer in ["yes", "no"] {
        for address in ASKING {
            let site = with_edition(OTHERWISE);
            let mut browser = granting(&site).await;
            let before = decision_in_cookie(&browser);
            site.advance_clock(DAY);
            let page = browser.get(address).await;
            let page = browser.submit(&page, "#banner form", &[("answer", answer)]).await;
            assert_eq!(page.address, format!("{address}?notice=answered"));
            assert!(page.text("#notice").starts_with("Your choice is saved. Your other choices stay as they are."));
            assert!(!page.has("#banner"));
            let after = decision_in_cookie(&browser);
            assert_eq!(after.answers[&Optional::PREFERENCES], before.answers[&Optional::PREFERENCES]);
            let given = after.answers[&Optional::ANALYTICS];
            assert_eq!((given.answered_at, given.answer == Answer::Yes), (Timestamp(site.now()), answer == "yes"));
            for (purpose, given) in &after.answers {
                assert_eq!(given.prompt_fingerprint.as_ref(), site.act().shown.get(purpose));
            }
            assert_eq!(after.version, site.act().version);
            let mut holds = vec![APPEARANCE, CONSENT, "__Host-Http-visit"];
            if answer == "yes" {
                holds.insert(0, ANALYTICS);
                let held = browser.cookies.find(ANALYTICS).and_then(|held| held.max_age);
                assert_eq!(held, Some(365 * DAY), "as the new edition declares it");
            }
            assert_eq!(browser.holds(), holds, "{address}");
            site.advance_clock(LIFETIME - DAY);
            let page = browser.get("/").await;
            assert_eq!(page.text("#banner h2"), "May Harmony remember your settings?", "the other ends by itself");
            assert_eq!(
                page.text("#banner #banner-again-preferences"),
                "You chose more than 180 days ago, so we are asking again."
            );
        }
    }
}

#[tokio::test]
async fn a_refusal_is_not_asked_again_for_180_days_unless_its_purpose_changes() {
    for inventory in ["", OTHERWISE] {
        let site = with_edition(inventory);
        let mut browser = site.browser();
        browser.answer_banner("no").await;
        site.advance_clock(DAY);
        assert_eq!(browser.get("/").await.has("#banner"), !inventory.is_empty());
        site.advance_clock(178 * DAY);
        let page = browser.get("/").await;
        assert_eq!(page.has("#banner"), !inventory.is_empty(), "179 days");
        assert!(!page.has("#banner-again-preferences"), "what did not change is not asked at all");
        site.advance_clock(DAY - 1);
        assert_eq!(browser.get("/").await.has("#banner"), !inventory.is_empty());
        site.advance_clock(1);
        assert_eq!(browser.get("/").await.text("#banner h2"), "Cookies on Harmony", "180 days");
    }
}

#[tokio::test]
async fn each_refusal_has_its_own_180_days() {
    let mut browser = setup().browser();
    let site = browser.site.clone();
    browser.answer_banner("no").await;
    site.advance_clock(100 * DAY);
    browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    site.advance_clock(80 * DAY);
    let page = browser.get("/").await;
    assert_eq!(page.text("#banner h2"), "May Harmony remember your settings?");
    let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert!(!page.has("#banner"));
    let said = browser.get("/preferences").await.text("#decision");
    let expected =
        "We will ask again about analytics after 29 August 2027, and about preferences after 17 November 2027.";
    assert!(said.contains(expected), "{said}");
    site.advance_clock(100 * DAY);
    assert_eq!(browser.get("/").await.text("#banner h2"), "May Harmony count your visits?");
}

#[tokio::test]
async fn an_unanswered_question_is_not_asked_beside_an_answered_one() {
    let site = with_edition(DESCRIBED);
    let mut browser = site.browser();
    browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    site.advance_clock(DAY);
    assert!(!browser.get("/").await.has("#banner"), "silence is refusal, also when what it is about changes");
}

#[tokio::test]
async fn a_banner_button_answers_the_questions_that_its_page_showed() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    browser.decide("no", "yes").await;
    site.advance_clock(DAY);
    let asking = browser.get("/").await;
    // Another tab deletes all cookies meanwhile. The button still answers analytics only.
    browser.delete_all().await;
    browser.submit(&asking, "#banner form", &[("answer", "yes")]).await;
    assert_eq!(decision_in_cookie(&browser).answers.get(&Optional::PREFERENCES), None);
    // A banner from before the change: its yes counts neither for the new text nor against the
    // newer no.
    let mut browser = site.browser();
    site.advance_clock(-DAY);
    let asking = browser.get("/").await;
    browser.decide("no", "no").await;
    site.advance_clock(DAY);
    browser.submit(&asking, "#banner form", &[("answer", "yes")]).await;
    assert_eq!(TWO.map(|purpose| decision_in_cookie(&browser).answer(purpose)), [Answer::No; 2]);
}

#[tokio::test]
async fn a_signal_also_answers_a_reopened_question() {
    let site = with_edition(OTHERWISE);
    let mut browser = site.browser();
    browser.decide("no", "yes").await;
    site.advance_clock(DAY);
    browser.sends.push(("sec-gpc", "1"));
    for address in ASKING {
        assert!(!browser.get(address).await.has("#banner"), "{address}");
    }
    browser.sends.clear();
    assert!(browser.get("/").await.has("#banner"));
}

#[tokio::test]
async fn a_cached_page_asks_each_visitor_their_own_question() {
    let site = site_with_edition(&format!("{OTHERWISE}{DESCRIBED}"), |state| {
        state.page_cache = PageCache::enabled();
    });
    let mut anonymous_browser = site.browser();
    let mut decided = Vec::new();
    for (preferences, analytics) in [("yes", "no"), ("no", "yes")] {
        let mut browser = site.browser();
        browser.decide(preferences, analytics).await;
        decided.push(browser);
    }
    let [mut first, mut second] = <[Browser; 2]>::try_from(decided).ok().unwrap();
    site.advance_clock(DAY);
    assert!(!anonymous_browser.get("/policy/1.0").await.has("#banner .reconsent"));
    assert!(first.get("/policy/1.0").await.has("#banner-again-analytics"));
    // One visitor answers preferences and the other analytics, so that different questions are
    // open.
    let page = first.get("/preferences").await;
    first.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    second.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    let (page, other) = (first.get("/policy/1.0").await, second.get("/policy/1.0").await);
    assert!(page.has("#banner-again-analytics") && !page.has("#banner-again-preferences"));
    assert!(other.has("#banner-again-preferences") && !other.has("#banner-again-analytics"));
    let asked = site.browser().get("/policy/1.0").await;
    assert_eq!(asked.text("#banner h2"), "Cookies on Harmony");
    assert!(!asked.has("#banner .reconsent"));
}
