//! What a button of the banner answers, and how long that holds.

use super::{
    super::{
        browser::Browser,
        page::text,
        pages::ASKING,
        site::{DAY, setup, setup_with_edition},
    },
    ANALYTICS, APPEARANCE, CONSENT, DESCRIBED, LIFETIME, OTHERWISE, granting, held, with_edition,
};
use crate::{
    domain::{Timestamp, consent::decision::Answer, cookies::purpose::PerPurpose},
    http::middleware::page_cache::PageCache,
};

#[tokio::test]
async fn yes_and_no_to_one_question_differ_in_nothing_but_their_answer() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    site.pass(DAY);
    let page = browser.get("/").await;
    let buttons = page.all("#banner button");
    let [yes, no] = buttons[..] else { panic!("{} buttons", buttons.len()) };
    assert_eq!((text(yes).as_str(), text(no).as_str()), ("Accept analytics", "Reject analytics"));
    let look = |button: scraper::ElementRef<'_>| -> Vec<(String, String)> {
        let attributes = button.value().attrs().filter(|(name, _)| *name != "value");
        attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    assert_eq!(look(yes), look(no));
    assert_eq!(yes.parent().map(|parent| parent.id()), no.parent().map(|parent| parent.id()), "side by side");
}

#[tokio::test]
async fn an_answer_to_what_is_open_again_leaves_the_other_as_old_as_it_was() {
    for answer in ["yes", "no"] {
        for address in ASKING {
            let site = with_edition(OTHERWISE);
            let mut browser = granting(&site).await;
            let before = held(&browser);
            site.pass(DAY);
            let page = browser.get(address).await;
            let page = browser.submit(&page, "#banner form", &[("answer", answer)]).await;
            assert_eq!(page.address, format!("{address}?notice=answered"));
            assert!(page.text("#notice").starts_with("Your answer is saved. Your other choices stay as they are."));
            assert!(!page.has("#banner"));
            let after = held(&browser);
            let expected =
                PerPurpose { preferences: before.answered_at.preferences, analytics: Some(Timestamp(site.now())) };
            assert_eq!(after.answered_at, expected);
            assert_eq!(after.choices.preferences, Answer::Yes);
            assert_eq!(after.choices.analytics == Answer::Yes, answer == "yes");
            assert_eq!(after.prompt_fingerprint, site.act().shown.map(Some));
            assert_eq!(after.version, site.act().version);
            let mut holds = vec![APPEARANCE, CONSENT, "__Host-visit"];
            if answer == "yes" {
                holds.insert(0, ANALYTICS);
                let held = browser.cookies.find(ANALYTICS).and_then(|held| held.max_age);
                assert_eq!(held, Some(365 * DAY), "as the new edition declares it");
            }
            assert_eq!(browser.holds(), holds, "{address}");
            site.pass(LIFETIME - DAY);
            let page = browser.get("/").await;
            assert_eq!(page.text("#banner h2"), "May Harmony remember your settings?", "the other ends by itself");
            assert_eq!(
                page.text("#banner #banner-again-preferences"),
                "An answer holds for 180 days. Yours is older, so you are asked again."
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
        site.pass(DAY);
        assert_eq!(browser.get("/").await.has("#banner"), !inventory.is_empty());
        site.pass(178 * DAY);
        let page = browser.get("/").await;
        assert_eq!(page.has("#banner"), !inventory.is_empty(), "179 days");
        assert!(!page.has("#banner-again-preferences"), "what did not change is not asked at all");
        site.pass(DAY - 1);
        assert_eq!(browser.get("/").await.has("#banner"), !inventory.is_empty());
        site.pass(1);
        assert_eq!(browser.get("/").await.text("#banner h2"), "May Harmony use optional cookies?", "180 days");
    }
}

#[tokio::test]
async fn each_refusal_has_its_own_180_days() {
    let mut browser = setup().browser();
    let site = browser.site.clone();
    browser.answer_banner("no").await;
    site.pass(100 * DAY);
    browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    site.pass(80 * DAY);
    let page = browser.get("/").await;
    assert_eq!(page.text("#banner h2"), "May Harmony remember your settings?");
    let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert!(!page.has("#banner"));
    let said = browser.get("/preferences").await.text("#decision");
    let expected = "Your answer about analytics holds until 29 August 2027, and the one about preferences until 17 November \
                    2027; then you will be asked again.";
    assert!(said.ends_with(expected), "{said}");
    site.pass(100 * DAY);
    assert_eq!(browser.get("/").await.text("#banner h2"), "May Harmony count your visits?");
}

#[tokio::test]
async fn what_was_never_answered_is_not_asked_beside_an_answer() {
    let site = with_edition(DESCRIBED);
    let mut browser = site.browser();
    browser.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    site.pass(DAY);
    assert!(!browser.get("/").await.has("#banner"), "silence is refusal, also when what it is about changes");
}

#[tokio::test]
async fn a_button_of_the_banner_answers_what_was_asked_when_the_page_came() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    browser.decide("no", "yes").await;
    site.pass(DAY);
    let asking = browser.get("/").await;
    // Another tab forgets everything meanwhile: the button still means analytics alone.
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#delete-all", &[]).await;
    browser.submit(&asking, "#banner form", &[("answer", "yes")]).await;
    assert_eq!(held(&browser).choices.preferences, Answer::No);
    assert_eq!(held(&browser).answered_at.preferences, None);
    // And a banner from before, on the question as it was: no yes to it counts, neither to that nor beside a newer no.
    let mut browser = site.browser();
    site.pass(-DAY);
    let asking = browser.get("/").await;
    browser.decide("no", "no").await;
    site.pass(DAY);
    browser.submit(&asking, "#banner form", &[("answer", "yes")]).await;
    assert_eq!((held(&browser).choices.preferences, held(&browser).choices.analytics), (Answer::No, Answer::No));
}

#[tokio::test]
async fn a_signal_answers_what_is_open_again_too() {
    let site = with_edition(OTHERWISE);
    let mut browser = site.browser();
    browser.decide("no", "yes").await;
    site.pass(DAY);
    browser.sends.push(("sec-gpc", "1"));
    for address in ASKING {
        assert!(!browser.get(address).await.has("#banner"), "{address}");
    }
    browser.sends.clear();
    assert!(browser.get("/").await.has("#banner"));
}

#[tokio::test]
async fn a_kept_page_asks_each_visitor_their_own_question() {
    let site = setup_with_edition(&format!("{OTHERWISE}{DESCRIBED}"), |state| {
        state.cached_pages = PageCache::keeping();
    });
    let mut newcomer = site.browser();
    let mut decided = Vec::new();
    for (preferences, analytics) in [("yes", "no"), ("no", "yes")] {
        let mut browser = site.browser();
        browser.decide(preferences, analytics).await;
        decided.push(browser);
    }
    let [mut first, mut second] = <[Browser; 2]>::try_from(decided).ok().unwrap();
    site.pass(DAY);
    assert!(!newcomer.get("/policy/1.0").await.has("#banner .again"));
    assert!(first.get("/policy/1.0").await.has("#banner-again-analytics"));
    // One answers about preferences, the other about analytics: what is open differs from then on.
    let page = first.get("/preferences").await;
    first.submit(&page, "#appearance-form", &[("theme", "dark"), ("preferences", "yes")]).await;
    second.post_with_prompt("/api/consent/withdraw", "purpose=analytics").await;
    let (page, other) = (first.get("/policy/1.0").await, second.get("/policy/1.0").await);
    assert!(page.has("#banner-again-analytics") && !page.has("#banner-again-preferences"));
    assert!(other.has("#banner-again-preferences") && !other.has("#banner-again-analytics"));
    let asked = site.browser().get("/policy/1.0").await;
    assert_eq!(asked.text("#banner h2"), "May Harmony use optional cookies?");
    assert!(!asked.has("#banner .again"));
}
