//! Signals: `Sec-GPC: 1` and `DNT: 1` refuse everything, until an explicit answer given with the
//! signal.

mod users;

use super::{
    browser::{Browser, anonymous_browser, decision_in_cookie},
    page::{Page, checked_radios},
    site::{DAY, setup},
    urls::{ASKING, PAGES},
};
use crate::domain::consent::{
    decision::{Answer, Decision, tests::TWO},
    signal::Signal,
};

const CONSENT: &str = "__Host-Http-consent";
const ANALYTICS: &str = "__Host-Http-analytics";
const APPEARANCE: &str = "__Host-Http-appearance";

const GPC: (&str, &str) = ("sec-gpc", "1");
const DNT: (&str, &str) = ("dnt", "1");

/// Returns a new browser that sends the signal.
fn signalling(signal: (&'static str, &'static str)) -> Browser {
    let mut browser = anonymous_browser();
    browser.sends.push(signal);
    browser
}

/// Returns the signals at the answers about preferences and analytics.
fn signals(decision: &Decision) -> [Option<Signal>; 2] {
    TWO.map(|purpose| decision.answers.get(&purpose).and_then(|given| given.signal))
}

/// Returns what the home page says about the decision.
async fn choice(browser: &mut Browser) -> String {
    let page = browser.get("/").await;
    super::page::text(page.all("dl.facts dd")[1])
}

fn holds_optional(browser: &Browser) -> bool {
    browser.holds().iter().any(|name| [ANALYTICS, APPEARANCE].contains(name))
}

/// Saves a dark theme. Answers the question about remembering if `remember` has a value.
async fn save_theme(browser: &mut Browser, remember: Option<&str>) -> Page {
    let page = browser.get("/preferences").await;
    let mut answers = vec![("theme", "dark"), ("text_size", "large")];
    answers.extend(remember.map(|answer| ("preferences", answer)));
    browser.submit(&page, "#appearance-form", &answers).await
}

async fn read_everything(browser: &mut Browser) {
    for address in PAGES {
        browser.get(address).await;
    }
}

#[tokio::test]
async fn the_header_is_a_signal_if_one_of_its_values_is_exactly_one() {
    let site = setup();
    for name in ["sec-gpc", "dnt"] {
        for (lines, expected) in [
            (vec!["1"], true),
            (vec![" 1"], true),
            (vec!["1\t "], true),
            (vec!["1, 0"], true),
            (vec!["0, 1"], true),
            (vec!["0", "1"], true),
            (vec!["1", "0"], true),
            (vec!["", "1"], true),
            (vec![], false),
            (vec![""], false),
            (vec!["0"], false),
            (vec!["2"], false),
            (vec!["true"], false),
            (vec!["1 1"], false),
            (vec!["11"], false),
            (vec!["1;a"], false),
            (vec!["\"1\""], false),
            (vec!["0", "2", "true"], false),
        ] {
            let mut browser = site.browser();
            browser.sends.extend(lines.iter().map(|line| (name, *line)));
            let page = browser.get("/preferences").await;
            assert_eq!(page.has("#signal"), expected, "{name} {lines:?}");
            assert_eq!(browser.get("/").await.has("#banner"), !expected, "{name} {lines:?}");
        }
    }
}

#[tokio::test]
async fn a_signal_is_a_refusal_without_a_click() {
    for (signal, name) in [(GPC, "Global Privacy Control"), (DNT, "Do Not Track")] {
        let mut browser = signalling(signal);
        for address in ASKING {
            assert!(!browser.get(address).await.has("#banner"), "{address}");
        }
        read_everything(&mut browser).await;
        assert_eq!(browser.holds(), ["__Host-Http-visit"], "the signal itself is not stored");
        assert_eq!(browser.site.views_in_all().await, 0, "and no view is counted");
        let page = browser.get("/preferences").await;
        assert!(page.text("#decision").starts_with("You have not chosen yet."), "{}", page.text("#decision"));
        assert_eq!(
            page.text("#signal"),
            format!(
                "Your browser sends the signal {name}. We treat it as a rejection, so optional cookies are off and we \
                 don’t ask. A choice you make here overrides it."
            )
        );
        assert!(checked_radios(&page).is_empty(), "nobody ticked a no");
        let said =
            format!("Your browser sends the signal {name}. We treat it as a rejection, so optional cookies are off.");
        assert_eq!(choice(&mut browser).await, said);
    }
}

#[tokio::test]
async fn with_both_headers_the_stronger_signal_is_named() {
    let mut browser = signalling(DNT);
    browser.sends.push(GPC);
    let page = browser.get("/preferences").await;
    assert!(page.text("#signal").starts_with("Your browser sends the signal Global Privacy Control."));
    browser.decide("yes", "yes").await;
    assert_eq!(signals(&decision_in_cookie(&browser)), [Some(Signal::GlobalPrivacyControl); 2]);
}

#[tokio::test]
async fn without_a_signal_no_page_mentions_one() {
    let mut browser = anonymous_browser();
    for _ in 0..2 {
        assert!(!browser.get("/preferences").await.has("#signal"));
        assert!(!choice(&mut browser).await.contains("signal"));
        browser.answer_banner("yes").await;
        assert_eq!(signals(&decision_in_cookie(&browser)), [None; 2]);
        browser.cookies.clear();
        browser.get("/").await;
    }
}

#[tokio::test]
async fn a_signal_overrides_an_earlier_yes_and_removes_its_cookies() {
    for signal in [GPC, DNT] {
        let mut browser = anonymous_browser();
        browser.decide("yes", "yes").await;
        save_theme(&mut browser, None).await;
        let stored = browser.cookies.value(CONSENT).to_owned();
        let views = browser.site.views_in_all().await;
        browser.sends.push(signal);
        let page = browser.get("/policy").await;
        assert_eq!(page.set_and_removed(), (vec![], vec![ANALYTICS, APPEARANCE]), "in the same answer");
        assert_eq!(page.one("html").attr("data-theme"), Some("system"));
        assert!(!page.has("#banner"));
        read_everything(&mut browser).await;
        assert_eq!(browser.holds(), [CONSENT, "__Host-Http-visit"]);
        assert_eq!(browser.site.views_in_all().await, views, "nothing more is counted");
        let page = browser.get("/preferences").await;
        assert_eq!(
            page.text("#decision"),
            "Your browser’s signal overrides your earlier choice. Optional cookies are off. Your choice history"
        );
        let said = page.text("#signal");
        assert!(said.contains("You allowed preferences and analytics before your browser sent this signal."), "{said}");
        assert!(checked_radios(&page).is_empty() && !page.has("form.turn-off"));
        let said = choice(&mut browser).await;
        assert!(said.contains("It overrides your earlier choice to allow preferences and analytics"), "{said}");
        assert_eq!(browser.cookies.value(CONSENT), stored, "reading changes nothing that is stored");

        browser.sends.clear();
        browser.get("/").await;
        assert!(browser.holds().contains(&ANALYTICS), "the choice holds again without the signal");
        assert_eq!(checked_radios(&browser.get("/preferences").await), ["preferences-yes", "analytics-yes"]);
    }
}

#[tokio::test]
async fn a_yes_given_with_the_signal_overrides_it_and_stays_without_it() {
    for (header, signal, name) in
        [(GPC, Signal::GlobalPrivacyControl, "Global Privacy Control"), (DNT, Signal::DoNotTrack, "Do Not Track")]
    {
        let mut browser = signalling(header);
        let page = browser.decide("no", "yes").await;
        assert_eq!(page.text("#notice"), "Your choices are saved.");
        assert_eq!(checked_radios(&page), ["preferences-no", "analytics-yes"]);
        assert_eq!(
            page.text("#signal"),
            format!("Your browser sends the signal {name}. You chose while it was sent, so your choice overrides it.")
        );
        let said = choice(&mut browser).await;
        assert_eq!(
            said,
            format!(
                "You allowed analytics on 22 November 2026. Off: preferences. Your browser sends the signal {name}; \
                 your choice overrides it."
            )
        );
        let decision = decision_in_cookie(&browser);
        assert_eq!(signals(&decision), [Some(signal); 2], "it is recorded with the signal");
        assert_eq!(TWO.map(|purpose| decision.answer(purpose)), [Answer::No, Answer::Yes]);
        for sends in [vec![header], vec![], vec![header]] {
            browser.sends = sends;
            read_everything(&mut browser).await;
            assert_eq!(browser.holds(), [ANALYTICS, CONSENT, "__Host-Http-visit"]);
            assert_eq!(checked_radios(&browser.get("/preferences").await), ["preferences-no", "analytics-yes"]);
        }
        browser.site.advance_clock(180 * DAY);
        browser.get("/").await;
        assert!(!holds_optional(&browser), "a choice that is over counts before nothing");
    }
}

#[tokio::test]
async fn a_yes_given_with_the_weaker_signal_does_not_override_the_stronger_one() {
    let mut browser = signalling(DNT);
    browser.decide("yes", "yes").await;
    browser.sends.push(GPC);
    browser.get("/").await;
    assert!(!holds_optional(&browser));
    browser.decide("yes", "yes").await;
    browser.sends = vec![DNT];
    browser.get("/").await;
    assert!(holds_optional(&browser));
}

#[tokio::test]
async fn a_no_stays_a_no_with_the_signal() {
    for before in [true, false] {
        let mut browser = anonymous_browser();
        if before {
            browser.decide("no", "no").await;
        }
        browser.sends.push(GPC);
        if !before {
            browser.decide("no", "no").await;
        }
        let page = browser.get("/preferences").await;
        assert_eq!(checked_radios(&page), ["preferences-no", "analytics-no"]);
        assert!(page.text("#decision").starts_with("You rejected optional cookies on 22 November 2026."));
        assert!(page.text("#signal").ends_with("Your choice says the same: optional cookies are off."));
        let said = choice(&mut browser).await;
        assert!(said.starts_with("You rejected optional cookies on 22 November 2026. Your browser sends"), "{said}");
        browser.sends.clear();
        assert!(!browser.get("/").await.has("#banner"));
        assert!(!holds_optional(&browser));
    }
}

#[tokio::test]
async fn each_answer_is_compared_with_the_signal_separately() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "yes").await;
    browser.site.advance_clock(DAY);
    browser.sends.push(GPC);
    let page = save_theme(&mut browser, Some("yes")).await;
    assert_eq!(page.text("#notice"), "Display settings saved.");
    assert_eq!(checked_radios(&page), ["preferences-yes"], "the other question is open beside the signal");
    assert!(page.text("#signal").contains("You allowed analytics before your browser sent this signal."));
    let said = choice(&mut browser).await;
    assert!(said.contains("You allowed preferences on 23 November 2026."), "{said}");
    assert!(said.ends_with("It overrides your earlier choice to allow analytics."), "{said}");
    assert_eq!(browser.holds(), [APPEARANCE, CONSENT, "__Host-Http-visit"]);
    let (none, gpc) = (None, Some(Signal::GlobalPrivacyControl));
    assert_eq!(signals(&decision_in_cookie(&browser)), [gpc, none]);

    browser.withdraw("preferences").await;
    assert!(!holds_optional(&browser));
    browser.sends.clear();
    let page = browser.get("/preferences").await;
    assert_eq!(checked_radios(&page), ["preferences-no", "analytics-yes"], "what was said with the signal stays said");
}

#[tokio::test]
async fn with_a_signal_the_appearance_form_asks_again_and_a_no_saves_nothing() {
    for decided in [true, false] {
        let mut browser = anonymous_browser();
        if decided {
            browser.decide("yes", "no").await;
        }
        browser.sends.push(GPC);
        let page = browser.get("/preferences").await;
        assert!(page.text("#remember-hint").contains("which your browser’s signal rejects"));
        let refused = browser.post_fields("/api/appearance/save", "theme=dark&text_size=large").await;
        assert_eq!((refused.status.as_u16(), refused.set_and_removed()), (400, (vec![], vec![])));
        let page = save_theme(&mut browser, Some("no")).await;
        assert!(page.text("#notice").starts_with("Display settings were not saved"));
        assert_eq!(page.one("html").attr("data-theme"), Some("system"));
        assert!(!holds_optional(&browser));
        browser.sends.clear();
        let page = browser.get("/preferences").await;
        assert!(!page.has("#preferences-yes[checked]"), "the yes from before is taken back: decided before: {decided}");
        browser.sends.push(GPC);
        let page = save_theme(&mut browser, Some("yes")).await;
        assert_eq!(page.one("html").attr("data-theme"), Some("dark"));
        assert!(!page.has("#remember"));
        save_theme(&mut browser, None).await;
        assert!(browser.holds().contains(&APPEARANCE));
    }
}

#[tokio::test]
async fn with_a_signal_no_optional_cookie_leaves_without_a_later_yes() {
    for signal in [GPC, DNT] {
        for (preferences, analytics) in [("", ""), ("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")] {
            let mut browser = anonymous_browser();
            if !preferences.is_empty() {
                browser.decide(preferences, analytics).await;
            }
            browser.sends.push(signal);
            browser.cookies.plant(ANALYTICS, "seen", "/");
            browser.cookies.plant(APPEARANCE, "dark.large", "/");
            for address in PAGES {
                let page = browser.get(address).await;
                assert!(!holds_optional(&browser), "{address} after {preferences} {analytics}");
                assert!(page.has("html[data-theme=system]"), "{address}");
            }
            for (form, fields) in [
                ("/api/appearance/save", "theme=dark&text_size=large"),
                ("/api/appearance/save", "theme=dark&text_size=large&preferences=no"),
                ("/api/consent/withdraw", "purpose=analytics"),
                ("/api/consent/answer", "answer=no&return_to=/"),
                ("/api/cookies/delete", "name=__Host-Http-consent"),
            ] {
                browser.post_fields(form, fields).await;
                read_everything(&mut browser).await;
                assert!(!holds_optional(&browser), "{form} after {preferences} {analytics}");
            }
        }
    }
}

#[tokio::test]
async fn after_a_refusal_a_signal_prompts_nothing() {
    let mut browser = signalling(GPC);
    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(!page.has("#banner"));
}
