//! A new edition, or the end of an answer, asks again about what it concerns, and about nothing else.

use std::fs;

use super::{
    accounts::members::{ANNA, another, sign_up},
    browser::Browser,
    page::Page,
    pages::ASKING,
    site::{DAY, Site, setup, setup_with_edition},
};
use crate::{
    model::{
        Timestamp,
        decision::{Answer, Decision},
        purpose::PerPurpose,
    },
    server::http::cached_pages::CachedPages,
};

const CONSENT: &str = "__Host-consent";
const ANALYTICS: &str = "__Host-analytics";
const APPEARANCE: &str = "__Host-appearance";

/// How long an answer holds.
const LIFETIME: i64 = 180 * DAY;

/// The analytics cookie as edition 1.2 declares it: for a year, and for something else.
const OTHERWISE: &str = r#"
[[cookie]]
name = "__Host-analytics"
purpose = "analytics"
lifetime = "365 days"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Counts you."
since = "1.2"
"#;

/// Another one beside it.
const ADDED: &str = r#"
[[cookie]]
name = "__Host-second"
purpose = "analytics"
lifetime = "session"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Counts you again."
since = "1.2"
"#;

/// A description of preferences that edition 1.2 brings.
const DESCRIBED: &str = r#"
[[purpose]]
name = "preferences"
question = "May Harmony remember your settings?"
description = "Keeps what you like."
since = "1.2"
"#;

/// What edition 1.2 declares of an essential cookie alone.
const ESSENTIAL: &str = r#"
[[cookie]]
name = "__Host-device"
purpose = "security"
lifetime = "90 days"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Marks."
since = "1.2"
"#;

fn with_edition(inventory: &str) -> Site {
    setup_with_edition(inventory, |_| ())
}

/// The decision that the browser's consent cookie holds.
fn held(browser: &Browser) -> Decision {
    let value = browser.cookies.value(CONSENT);
    Decision::decode(&browser.site.state.seal.open(CONSENT, value).unwrap()).unwrap()
}

/// The ids of the radio buttons that are ticked.
fn ticked(page: &Page) -> Vec<&str> {
    page.attributes("#choices input[checked]", "id")
}

/// A browser that said yes to everything and chose a dark theme.
async fn granting(site: &Site) -> Browser {
    let mut browser = site.browser();
    let page = browser.decide("yes", "yes").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    assert_eq!(browser.holds(), [ANALYTICS, APPEARANCE, CONSENT, "__Host-visit"]);
    browser
}

#[tokio::test]
async fn an_edition_that_changes_one_purpose_asks_about_that_alone_and_keeps_the_rest() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    assert!(!browser.get("/").await.has("#banner"), "it is not in force yet");
    let stored = browser.cookies.value(CONSENT).to_owned();
    let views = site.views_in_all().await;
    site.pass(DAY);
    let page = browser.get("/policy").await;
    assert_eq!(page.set_and_removed(), (vec![], vec![ANALYTICS]), "what does not count any more goes");
    assert_eq!(page.one("html").attr("data-theme"), Some("dark"), "what counts still does");
    assert_eq!(site.views_in_all().await, views, "nor is the view counted");
    for address in ASKING {
        let page = browser.get(address).await;
        assert_eq!(page.text("#banner h2"), "May Harmony count your visits?", "{address}");
        let again = page.text("#banner #banner-again-analytics");
        assert!(again.starts_with("Since you answered, this has changed, so you are asked again:"), "{again}");
        let expected = "The lifetime of the cookie __Host-analytics was “Persistent: 180 days” and is now “Persistent: \
                        365 days”.";
        assert!(again.contains(expected), "{again}");
        assert!(again.contains("Of the cookie __Host-analytics it said: “Marks that this browser"), "{again}");
        assert!(again.ends_with("It says now: “Counts you.”"), "{again}");
        assert!(!page.text("#banner").contains("settings"), "the other is not asked about");
    }
    assert_eq!(browser.cookies.value(CONSENT), stored, "reading changes nothing");
    let page = browser.get("/preferences").await;
    assert_eq!(ticked(&page), ["preferences-yes"]);
    assert!(page.text("#choice-analytics #choice-analytics-again").contains("“Counts you.”"));
    assert!(!page.has("#choice-preferences .again"));
    let described = page.one("#choice-analytics").attr("aria-describedby");
    assert_eq!(described, Some("choice-analytics-hint choice-analytics-again"));
    assert_eq!(page.attributes("form.withdraw input[name=purpose]", "value"), ["preferences"]);
    assert_eq!(
        page.text("#decision"),
        "You last chose on 22 November 2026 at 12:00 UTC, on this page, on version 1.1 of the policy. Your answer \
         about preferences holds until 21 May 2027; then you will be asked again. The question about analytics is open again."
    );
    let facts = browser.get("/").await.text("dl.facts");
    assert!(
        facts.contains("On 22 November 2026 you said yes to preferences. The question about analytics is open again."),
        "{facts}"
    );
}

#[tokio::test]
async fn yes_and_no_to_one_question_differ_in_nothing_but_their_answer() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    site.pass(DAY);
    let page = browser.get("/").await;
    let buttons = page.all("#banner button");
    let [yes, no] = buttons[..] else { panic!("{} buttons", buttons.len()) };
    assert_eq!(
        (super::page::text(yes).as_str(), super::page::text(no).as_str()),
        ("Accept analytics", "Reject analytics")
    );
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
                PerPurpose { preferences: before.chosen_at.preferences, analytics: Some(Timestamp(site.now())) };
            assert_eq!(after.chosen_at, expected);
            assert_eq!(after.choices.preferences, Answer::Yes);
            assert_eq!(after.choices.analytics == Answer::Yes, answer == "yes");
            assert_eq!(after.given_on, site.act().shown.map(Some));
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
async fn each_kind_of_change_asks_about_its_own_purpose_and_others_ask_nothing() {
    for (inventory, asked, says) in [
        (ADDED, Some("analytics"), "The cookie __Host-second is new. Session: until the visit ends. Counts you again."),
        (DESCRIBED, Some("preferences"), "It says now: “Keeps what you like.”"),
        (ESSENTIAL, None, ""),
        ("", None, ""),
    ] {
        let site = with_edition(inventory);
        let mut browser = granting(&site).await;
        site.pass(DAY);
        let page = browser.get("/").await;
        assert_eq!(page.has("#banner"), asked.is_some(), "{inventory}");
        let Some(purpose) = asked else {
            assert_eq!(page.set_and_removed(), (vec![], vec![]));
            assert_eq!(ticked(&browser.get("/preferences").await), ["preferences-yes", "analytics-yes"]);
            continue;
        };
        let again = page.text(&format!("#banner #banner-again-{purpose}"));
        assert!(again.ends_with(says), "{again}");
        assert_eq!(page.all("#banner .again").len(), 1, "{inventory}");
        let gone = if purpose == "analytics" { ANALYTICS } else { APPEARANCE };
        assert_eq!(page.set_and_removed(), (vec![], vec![gone]), "{inventory}");
    }
}

#[tokio::test]
async fn an_edition_that_changes_everything_asks_about_everything_and_shows_what_changed_of_each() {
    let site = with_edition(&format!("{ADDED}{DESCRIBED}"));
    let mut browser = granting(&site).await;
    site.pass(DAY);
    let page = browser.get("/").await;
    assert_eq!(page.text("#banner h2"), "May Harmony use optional cookies?");
    assert_eq!(page.all("#banner .again").len(), 2);
    assert!(page.text("dl.facts").contains("Your choice does not count any more"), "{}", page.text("dl.facts"));
    assert_eq!(page.set_and_removed().1, [ANALYTICS, APPEARANCE]);
    let said = browser.get("/preferences").await.text("#decision");
    assert!(said.starts_with("Your choice does not count any more; below each question stands why."), "{said}");
    let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert_eq!(page.address, "/?notice=rejected");
    assert_eq!(held(&browser).chosen_at, PerPurpose::all(Some(Timestamp(site.now()))));
}

#[tokio::test]
async fn a_cookie_that_is_not_declared_any_more_goes_and_its_end_is_shown() {
    let ends = ADDED.replace("since = \"1.2\"", "since = \"1.1\"\nuntil = \"1.2\"");
    let site = with_edition(&ends);
    let mut browser = granting(&site).await;
    browser.cookies.plant("__Host-second", "a", "/");
    assert_eq!(browser.get("/policy").await.set_and_removed(), (vec![], vec![]), "it is declared and granted");
    site.pass(DAY);
    let page = browser.get("/policy").await;
    assert_eq!(page.set_and_removed().1, [ANALYTICS, "__Host-second"]);
    assert!(page.text("#banner-again-analytics").ends_with("The cookie __Host-second is gone."));
    assert!(!page.has("tr[data-cookie=__Host-second]"));
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
    browser.post_fields("/api/consent/withdraw", "purpose=analytics").await;
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
    browser.post_fields("/api/consent/withdraw", "purpose=analytics").await;
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
    assert_eq!(held(&browser).chosen_at.preferences, None);
    // And a banner from before that asked about everything: only what is open now is answered.
    let mut browser = site.browser();
    site.pass(-DAY);
    let asking = browser.get("/").await;
    browser.decide("no", "no").await;
    site.pass(DAY);
    browser.submit(&asking, "#banner form", &[("answer", "yes")]).await;
    assert_eq!((held(&browser).choices.preferences, held(&browser).choices.analytics), (Answer::No, Answer::Yes));
}

#[tokio::test]
async fn a_text_that_changes_without_an_edition_is_asked_about_without_what_it_was() {
    let site = with_edition(ADDED);
    let mut browser = granting(&site).await;
    // In a debug build the content is read anew, as after a release that edited what was published.
    let edited =
        fs::read_to_string(site.inventory()).unwrap().replace("Adds one to the count", "Adds two to the count");
    fs::write(site.inventory(), edited).unwrap();
    let page = browser.get("/").await;
    assert_eq!(
        page.text("#banner #banner-again-analytics"),
        "Since you answered, what this is about has changed, so you are asked again."
    );
    assert_eq!(page.set_and_removed().1, [ANALYTICS]);
    assert_eq!(page.one("html").attr("data-theme"), Some("dark"));
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
async fn a_members_answers_are_asked_again_by_the_same_rule_in_every_browser() {
    let site = with_edition(OTHERWISE);
    let mut first = site.browser();
    sign_up(&mut first, ANNA, true).await;
    first.decide("yes", "yes").await;
    let mut other = another(&first, true).await;
    other.get("/").await;
    assert!(other.holds().contains(&ANALYTICS));
    site.pass(DAY);
    for browser in [&mut first, &mut other] {
        let page = browser.get("/").await;
        assert_eq!(page.text("#banner h2"), "May Harmony count your visits?");
        assert!(page.text("#banner #banner-again-analytics").contains("“Counts you.”"));
        assert!(!browser.holds().contains(&ANALYTICS));
        assert_eq!(ticked(&browser.get("/preferences").await), ["preferences-yes"]);
    }
    let page = first.get("/").await;
    first.submit(&page, "#banner form", &[("answer", "yes")]).await;
    assert!(!other.get("/").await.has("#banner"), "it was answered elsewhere");
    assert!(other.holds().contains(&ANALYTICS));
    assert_eq!(ticked(&other.get("/preferences").await), ["preferences-yes", "analytics-yes"]);
}

#[tokio::test]
async fn a_kept_page_asks_each_visitor_their_own_question() {
    let site = setup_with_edition(&format!("{OTHERWISE}{DESCRIBED}"), |state| {
        state.cached_pages = CachedPages::keeping();
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
    second.post_fields("/api/consent/withdraw", "purpose=analytics").await;
    let (page, other) = (first.get("/policy/1.0").await, second.get("/policy/1.0").await);
    assert!(page.has("#banner-again-analytics") && !page.has("#banner-again-preferences"));
    assert!(other.has("#banner-again-preferences") && !other.has("#banner-again-analytics"));
    let asked = site.browser().get("/policy/1.0").await;
    assert_eq!(asked.text("#banner h2"), "May Harmony use optional cookies?");
    assert!(!asked.has("#banner .again"));
}
