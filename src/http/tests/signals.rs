//! What a browser's signal does: `Sec-GPC: 1` and `DNT: 1` are a no, until an explicit answer knows of them.

mod members;

use super::{
    browser::{Browser, newcomer},
    page::Page,
    pages::{ASKING, PAGES},
    site::{DAY, setup},
};
use crate::domain::{
    consent::{
        decision::{Answer, Answers, Decision},
        signal::Signal,
    },
    cookies::purpose::PerPurpose,
    ledger::record::RecordRef,
};

const CONSENT: &str = "__Host-consent";
const ANALYTICS: &str = "__Host-analytics";
const APPEARANCE: &str = "__Host-appearance";

const GPC: (&str, &str) = ("sec-gpc", "1");
const DNT: (&str, &str) = ("dnt", "1");

/// A browser that was never here and sends that signal.
fn signalling(signal: (&'static str, &'static str)) -> Browser {
    let mut browser = newcomer();
    browser.sends.push(signal);
    browser
}

/// The ids of the radio buttons that are ticked.
fn ticked(page: &Page) -> Vec<&str> {
    page.attributes("#choices input[checked]", "id")
}

/// What the start page says of the choice.
async fn choice(browser: &mut Browser) -> String {
    let page = browser.get("/").await;
    super::page::text(page.all("dl.facts dd")[1])
}

/// Whether the browser holds an optional cookie.
fn holds_optional(browser: &Browser) -> bool {
    browser.holds().iter().any(|name| [ANALYTICS, APPEARANCE].contains(name))
}

/// The decision that the browser's consent cookie holds.
fn held(browser: &Browser) -> Decision {
    let value = browser.cookies.value(CONSENT);
    RecordRef::decode(&browser.site.state.seal.open(CONSENT, value).unwrap()).unwrap().0
}

/// Saves a dark theme, answering the question where the form asks it.
async fn save_theme(browser: &mut Browser, remember: Option<&str>) -> Page {
    let page = browser.get("/preferences").await;
    let mut answers = vec![("theme", "dark"), ("text_size", "large")];
    answers.extend(remember.map(|answer| ("preferences", answer)));
    browser.submit(&page, "#appearance-form", &answers).await
}

/// Opens every page.
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
async fn a_signal_is_a_no_that_nobody_needs_to_repeat() {
    for (signal, name) in [(GPC, "Global Privacy Control"), (DNT, "Do Not Track")] {
        let mut browser = signalling(signal);
        for address in ASKING {
            assert!(!browser.get(address).await.has("#banner"), "{address}");
        }
        read_everything(&mut browser).await;
        assert_eq!(browser.holds(), ["__Host-visit"], "the signal itself is not stored");
        assert_eq!(browser.site.views_in_all().await, 0, "and no view is counted");
        let page = browser.get("/preferences").await;
        assert!(page.text("#decision").starts_with("You have not chosen yet."), "{}", page.text("#decision"));
        assert_eq!(
            page.text("#signal"),
            format!(
                "Your browser sends the signal {name}. We take it as a no to everything optional: nothing optional is \
                 set, and no banner asks you. If you choose below all the same, your choice counts more than the signal."
            )
        );
        assert!(ticked(&page).is_empty(), "nobody ticked a no");
        let said = format!("Your browser sends the signal {name}. It counts as a no, so nothing optional is set.");
        assert_eq!(choice(&mut browser).await, said);
    }
}

#[tokio::test]
async fn both_headers_are_called_by_the_stronger_name() {
    let mut browser = signalling(DNT);
    browser.sends.push(GPC);
    let page = browser.get("/preferences").await;
    assert!(page.text("#signal").starts_with("Your browser sends the signal Global Privacy Control."));
    browser.decide("yes", "yes").await;
    assert_eq!(held(&browser).signal_at_answer, PerPurpose::all(Some(Signal::GlobalPrivacyControl)));
}

#[tokio::test]
async fn without_a_signal_no_page_speaks_of_one() {
    let mut browser = newcomer();
    for _ in 0..2 {
        assert!(!browser.get("/preferences").await.has("#signal"));
        assert!(!choice(&mut browser).await.contains("signal"));
        browser.answer_banner("yes").await;
        assert_eq!(held(&browser).signal_at_answer, PerPurpose::all(None));
        browser.cookies.clear();
        browser.get("/").await;
    }
}

#[tokio::test]
async fn a_yes_from_before_the_signal_is_set_aside_and_its_cookies_go() {
    for signal in [GPC, DNT] {
        let mut browser = newcomer();
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
        assert_eq!(browser.holds(), [CONSENT, "__Host-visit"]);
        assert_eq!(browser.site.views_in_all().await, views, "nothing more is counted");
        let page = browser.get("/preferences").await;
        assert_eq!(
            page.text("#decision"),
            "Your choice does not count beside your browser’s signal. Nothing optional is set."
        );
        let said = page.text("#signal");
        assert!(said.contains("Your earlier yes to preferences and analytics was given without the signal"), "{said}");
        assert!(ticked(&page).is_empty() && !page.has("form.withdraw"));
        let said = choice(&mut browser).await;
        assert!(said.contains("and more than the yes to preferences and analytics that you gave without it"), "{said}");
        assert_eq!(browser.cookies.value(CONSENT), stored, "reading changes nothing that is stored");

        browser.sends.clear();
        browser.get("/").await;
        assert!(browser.holds().contains(&ANALYTICS), "the choice holds again without the signal");
        assert_eq!(ticked(&browser.get("/preferences").await), ["preferences-yes", "analytics-yes"]);
    }
}

#[tokio::test]
async fn a_yes_given_with_the_signal_counts_before_it_and_is_kept_when_it_goes() {
    for (header, signal, name) in
        [(GPC, Signal::GlobalPrivacyControl, "Global Privacy Control"), (DNT, Signal::DoNotTrack, "Do Not Track")]
    {
        let mut browser = signalling(header);
        let page = browser.decide("no", "yes").await;
        assert_eq!(page.text("#notice"), "Your choices are saved.");
        assert_eq!(ticked(&page), ["preferences-no", "analytics-yes"]);
        assert_eq!(
            page.text("#signal"),
            format!(
                "Your browser sends the signal {name}. You chose while it was sent, so your choice counts more than the \
                 signal."
            )
        );
        let said = choice(&mut browser).await;
        assert_eq!(
            said,
            format!(
                "On 22 November 2026 you said yes to analytics. Your browser sends the signal {name}; that choice \
                 counts more."
            )
        );
        let decision = held(&browser);
        assert_eq!(decision.signal_at_answer, PerPurpose::all(Some(signal)), "it is recorded with the signal");
        assert_eq!(
            decision.choices,
            Answers::all(Answer::No).with(crate::domain::cookies::purpose::Optional::Analytics, Answer::Yes)
        );
        for sends in [vec![header], vec![], vec![header]] {
            browser.sends = sends;
            read_everything(&mut browser).await;
            assert_eq!(browser.holds(), [ANALYTICS, CONSENT, "__Host-visit"]);
            assert_eq!(ticked(&browser.get("/preferences").await), ["preferences-no", "analytics-yes"]);
        }
        browser.site.pass(180 * DAY);
        browser.get("/").await;
        assert!(!holds_optional(&browser), "a choice that is over counts before nothing");
    }
}

#[tokio::test]
async fn a_yes_beside_the_weaker_signal_does_not_count_beside_the_stronger_one() {
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
async fn a_no_stays_a_no_and_the_signal_says_the_same() {
    for before in [true, false] {
        let mut browser = newcomer();
        if before {
            browser.decide("no", "no").await;
        }
        browser.sends.push(GPC);
        if !before {
            browser.decide("no", "no").await;
        }
        let page = browser.get("/preferences").await;
        assert_eq!(ticked(&page), ["preferences-no", "analytics-no"]);
        assert!(page.text("#decision").starts_with("You last chose on 22 November 2026"));
        assert!(page.text("#signal").ends_with("It asks for nothing optional, and so does your choice."));
        let said = choice(&mut browser).await;
        assert!(
            said.starts_with("On 22 November 2026 you said no to everything optional. Your browser sends"),
            "{said}"
        );
        browser.sends.clear();
        assert!(!browser.get("/").await.has("#banner"));
        assert!(!holds_optional(&browser));
    }
}

#[tokio::test]
async fn each_answer_is_looked_at_alone() {
    let mut browser = newcomer();
    browser.decide("yes", "yes").await;
    browser.site.pass(DAY);
    browser.sends.push(GPC);
    let page = save_theme(&mut browser, Some("yes")).await;
    assert_eq!(page.text("#notice"), "Your appearance is saved.");
    assert_eq!(ticked(&page), ["preferences-yes"], "the other question is open beside the signal");
    assert!(page.text("#signal").contains("Your earlier yes to analytics was given without the signal"));
    let said = choice(&mut browser).await;
    assert!(said.contains("you said yes to preferences. "), "{said}");
    assert!(said.ends_with("but the signal counts more than the yes to analytics that you gave without it."), "{said}");
    assert_eq!(browser.holds(), [APPEARANCE, CONSENT, "__Host-visit"]);
    let (none, gpc) = (None, Some(Signal::GlobalPrivacyControl));
    assert_eq!(held(&browser).signal_at_answer, PerPurpose { preferences: gpc, analytics: none });

    let page = browser.get("/preferences").await;
    browser.submit(&page, "form.withdraw:has(input[value=preferences])", &[]).await;
    assert!(!holds_optional(&browser));
    browser.sends.clear();
    let page = browser.get("/preferences").await;
    assert_eq!(ticked(&page), ["preferences-no", "analytics-yes"], "what was said with the signal stays said");
}

#[tokio::test]
async fn the_appearance_asks_anew_beside_a_signal_and_a_no_is_a_no() {
    for decided in [true, false] {
        let mut browser = newcomer();
        if decided {
            browser.decide("yes", "no").await;
        }
        browser.sends.push(GPC);
        let page = browser.get("/preferences").await;
        assert!(page.text("#remember-hint").contains("which your browser’s signal says no to"));
        let refused = browser.post_fields("/api/appearance/save", "theme=dark&text_size=large").await;
        assert_eq!((refused.status.as_u16(), refused.set_and_removed()), (400, (vec![], vec![])));
        let page = save_theme(&mut browser, Some("no")).await;
        assert!(page.text("#notice").starts_with("Your appearance was not saved"));
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
async fn no_optional_cookie_leaves_beside_a_signal_without_a_later_yes() {
    for signal in [GPC, DNT] {
        for (preferences, analytics) in [("", ""), ("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")] {
            let mut browser = newcomer();
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
                ("/api/cookies/delete", "name=__Host-consent"),
            ] {
                browser.post_fields(form, fields).await;
                read_everything(&mut browser).await;
                assert!(!holds_optional(&browser), "{form} after {preferences} {analytics}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_asks_nothing_beside_a_signal() {
    let mut browser = signalling(GPC);
    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(!page.has("#banner"));
}
