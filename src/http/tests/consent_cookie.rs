//! The consent cookie: its lifetime, and that any invalid value means "no decision".

use std::time::Duration;

use axum::{body::Body, http::Method};

use super::{
    browser::{Browser, anonymous_browser},
    page::Page,
    site::{CONSENT_LABEL, DAY, FILED, setup},
    urls::PAGES,
};
use crate::{
    app::retention::delete_expired,
    domain::{
        Timestamp,
        consent::decision::{
            Answer, AnswerContext, Decision,
            tests::{TWO, both},
        },
        ledger::record::RecordRef,
        policy::version::Version,
    },
};

const NAME: &str = "__Host-Http-consent";

/// Declared lifetime of a decision, in seconds.
const LIFETIME: i64 = 180 * DAY;

/// Opens the preferences page with exactly these cookies.
async fn page_for(browser: &mut Browser, cookies: &str) -> Page {
    browser.cookies.clear();
    let request = browser.request(Method::GET, "/preferences").header("cookie", cookies);
    browser.send(request, Body::empty()).await
}

/// Whether the page shows a decision. Checks that the page is valid and sets no optional cookie.
async fn is_believed(browser: &mut Browser, cookies: &str) -> bool {
    let page = page_for(browser, cookies).await;
    assert_eq!(page.status, 200, "{cookies}");
    let believed = page.has("#choices input[checked]");
    assert_eq!(page.text("#decision").starts_with("You have not chosen yet"), !believed, "{cookies}");
    assert!(believed || !page.set_and_removed().0.contains(&"__Host-Http-analytics"), "{cookies}");
    believed
}

/// Returns a browser that accepted everything, and the value of its consent cookie.
async fn accepted() -> (Browser, String) {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let value = browser.cookies.value(NAME).to_owned();
    (browser, value)
}

#[tokio::test]
async fn a_decision_expires_exactly_at_the_end_of_its_lifetime() {
    let (mut browser, value) = accepted().await;
    assert_eq!(browser.cookies.find(NAME).and_then(|held| held.max_age), Some(LIFETIME));
    browser.site.advance_clock(LIFETIME - 1);
    assert!(is_believed(&mut browser, &format!("{NAME}={value}")).await, "one second before");
    browser.site.advance_clock(1);
    assert!(
        !is_believed(&mut browser, &format!("{NAME}={value}")).await,
        "a browser that keeps it longer does not help"
    );
}

#[tokio::test]
async fn a_visit_does_not_renew_a_decision() {
    let mut browser = anonymous_browser();
    browser.decide("no", "yes").await;
    let first = browser.cookies.find(NAME).cloned();
    let step = 150 * DAY / i64::try_from(PAGES.len()).unwrap();
    for address in PAGES {
        browser.site.advance_clock(step);
        let page = browser.get(address).await;
        assert!(!page.set_and_removed().0.contains(&NAME), "{address}");
    }
    assert_eq!(browser.cookies.find(NAME).cloned(), first);
    let begun = super::site::NOON;
    browser.site.advance_clock(begun + LIFETIME - browser.site.now());
    assert!(browser.get("/").await.has("#banner"), "it asks again");
    assert!(!browser.holds().contains(&NAME));
}

#[tokio::test]
async fn an_expired_decision_removes_its_cookies() {
    let site = setup();
    let mut browser = site.browser();
    browser.decide("yes", "yes").await;
    site.advance_clock(100 * DAY);
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    site.advance_clock(80 * DAY);
    assert!(browser.holds().contains(&"__Host-Http-appearance"), "it was to live longer than the decision");
    let page = browser.get("/").await;
    assert_eq!(page.one("html").attr("data-theme"), Some("system"));
    assert_eq!(page.set_and_removed().1, ["__Host-Http-appearance"]);
    assert!(!browser.holds().contains(&"__Host-Http-appearance"));
    assert!(page.has("#banner"));
}

#[tokio::test]
async fn a_new_decision_begins_a_new_lifetime() {
    let mut browser = anonymous_browser();
    browser.decide("no", "no").await;
    browser.site.advance_clock(179 * DAY);
    browser.decide("no", "no").await;
    browser.site.advance_clock(179 * DAY);
    assert!(!browser.get("/").await.has("#banner"));
}

#[tokio::test]
async fn any_altered_bit_invalidates_the_consent_cookie() {
    let (mut browser, value) = accepted().await;
    assert!(is_believed(&mut browser, &format!("{NAME}={value}")).await);
    for at in 0..value.len() {
        // Flips another bit in each byte, so that seven positions are covered many times.
        let mut altered = value.clone().into_bytes();
        altered[at] ^= 1 << (at % 7);
        let altered = String::from_utf8(altered).unwrap();
        let is_header = altered.bytes().all(|byte| (b' '..127).contains(&byte));
        if is_header && altered.trim() != value && !altered.contains(';') {
            assert!(!is_believed(&mut browser, &format!("{NAME}={altered}")).await, "byte {at}: {altered}");
        }
    }
}

#[tokio::test]
async fn anything_but_one_genuine_cookie_is_no_decision() {
    let (mut browser, value) = accepted().await;
    let shown = browser.site.act().shown;
    let [preferences, analytics] = TWO.map(|purpose| shown[&purpose]);
    let expected =
        format!("5~1.1~1795348800~banner~analytics:y1795348800.{analytics}~preferences:y1795348800.{preferences}~");
    let (_, unsealed) = value.split_at(44);
    assert!(unsealed.starts_with(&expected), "{unsealed}");
    for cookies in [
        format!("{NAME}={value}; {NAME}={value}"),
        format!("{NAME}={value}; {NAME}="),
        format!("{NAME}=; {NAME}={value}"),
        format!("{NAME}={value}x"),
        format!("{NAME}={}", &value[1..]),
        format!("{NAME}={}", &value[..value.len() - 1]),
        format!("{NAME}={unsealed}"),
        format!("{NAME}=\"{value}\""),
        format!("{NAME}={}", value.replace('~', "%7E")),
        format!("__host-consent={value}"),
        format!("consent={value}"),
        format!("__Host-Http-visit={value}"),
        format!("{NAME}="),
        NAME.to_owned(),
        format!("{NAME}={}", "A".repeat(4_000)),
        format!("{NAME}=%00%FF%"),
        format!("{NAME}=\u{fc}\u{1f36a}"),
    ] {
        assert!(!is_believed(&mut browser, &cookies).await, "{cookies}");
    }
    for cookies in [format!("{NAME}={value};"), format!("a=1;{NAME}={value}; b=2"), format!(" {NAME} = {value} ")] {
        assert!(is_believed(&mut browser, &cookies).await, "{cookies}");
    }
}

#[tokio::test]
async fn a_decision_in_another_format_is_no_decision_even_if_it_is_signed() {
    let site = setup();
    let mut browser = site.browser();
    let now = site.now();
    let filed = format!("{}~{}", FILED.record.simple(), FILED.subject.simple());
    let shown = site.act().shown;
    let [on, and_on] = TWO.map(|purpose| shown[&purpose]);
    for (form, believed) in [
        (format!("5~1.1~{now}~banner~preferences:y{now}.{on}"), true),
        (format!("5~1.1~{now}~banner~analytics:n{now}.{and_on}~preferences:y{now}.{on}"), true),
        (format!("5~1.1~{now}~banner~preferences:y{now}"), false),
        (format!("5~1.1~{now}~banner~y{now}.{on}~n{now}.{and_on}"), false),
        (format!("6~1.1~{now}~banner~preferences:y{now}.{on}"), false),
        (format!("4~1.1~{now}~banner~y{now}.{on}~n{now}.{and_on}"), true),
        (format!("4~1.1~{now}~banner~y{now}.{on}~n"), true),
        (format!("4~1.1~{now}~banner~y{now}g.{on}~n{now}d.{and_on}"), true),
        (format!("4~1.1~{now}~banner~y~n{now}.{and_on}"), false),
        (format!("4~1.1~{now}~banner~y{now}~n{now}"), false),
        (format!("3~1.1~{now}~banner~y{now}~n{now}"), false),
        (format!("3~1.1~{now}~banner~y{now}g~n{now}d"), false),
        (format!("1~1.1~{now}~banner~yn"), false),
        (format!("1~1.1~{now}~banner~y{now}~n{now}"), false),
        (format!("2~1.1~{now}~banner~y{now}~n{now}"), false),
    ] {
        let sealed = format!("{NAME}={}", site.state.cookie_signer.sign(CONSENT_LABEL, format!("{form}~{filed}")));
        assert_eq!(is_believed(&mut browser, &sealed).await, believed, "{form}");
    }
}

#[tokio::test]
async fn a_decision_signed_by_another_key_or_on_an_unknown_edition_is_no_decision() {
    let site = setup();
    let mut browser = site.browser();
    let sealed = |version, decided_at, cookie_signer: &crate::system::cookie_signer::CookieSigner| {
        let act = AnswerContext { version, decided_at: Timestamp(decided_at), ..site.act() };
        let decision = Decision::answering(None, &both(Answer::Yes), &act);
        format!("{NAME}={}", cookie_signer.sign(CONSENT_LABEL, RecordRef::encode(Some(FILED), &decision)))
    };
    let ours = &site.state.cookie_signer;
    let known = Version { major: 1, minor: 1 };
    assert!(is_believed(&mut browser, &sealed(known, site.now(), ours)).await);
    assert!(!is_believed(&mut browser, &sealed(Version { major: 9, minor: 9 }, site.now(), ours)).await);
    let theirs = crate::system::cookie_signer::CookieSigner::new(&[8; 64]);
    assert!(!is_believed(&mut browser, &sealed(known, site.now(), &theirs)).await);
    for (decided_at, believed) in [(i64::MIN, false), (0, false)] {
        assert_eq!(is_believed(&mut browser, &sealed(known, decided_at, ours)).await, believed, "made at {decided_at}");
    }
    let page = page_for(&mut browser, &sealed(known, i64::MAX, ours)).await;
    assert_eq!(page.status, 200, "a moment that no calendar holds");
}

#[tokio::test]
async fn a_clock_that_is_set_back_invalidates_no_decision() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    delete_expired(&browser.site.state, Duration::MAX, Duration::ZERO).await.unwrap();
    browser.site.advance_clock(-2 * DAY);
    let page = browser.get("/preferences").await;
    assert_eq!(page.attributes("#choices input[checked]", "id"), ["preferences-yes", "analytics-no"]);
    let page = browser.decide("no", "no").await;
    assert!(page.text("#decision").contains("20 November 2026"), "{}", page.text("#decision"));
}

#[tokio::test]
async fn the_decision_cannot_be_read_by_scripts_nor_be_sent_unencrypted_nor_from_other_sites() {
    let (browser, _) = accepted().await;
    let held = browser.cookies.find(NAME).unwrap();
    assert!(held.http_only && held.secure && held.path == "/");
    assert_eq!(held.same_site.as_deref(), Some("Lax"));
}
