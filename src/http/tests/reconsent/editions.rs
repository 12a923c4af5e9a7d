//! Which purposes an edition prompts for again, and which changes it shows.

use std::fs;

use time::macros::datetime;

use super::{
    super::{
        accounts::users::{ANNA, another, sign_up},
        browser::decision_in_cookie,
        page::checked_radios,
        site::{DAY, lock, setup},
        urls::ASKING,
    },
    ADDED, ANALYTICS, APPEARANCE, CONSENT, DESCRIBED, ESSENTIAL, OTHERWISE, granting, with_edition,
};
use crate::domain::Timestamp;

#[tokio::test]
async fn an_edition_that_changes_one_purpose_asks_about_it_only_and_keeps_other_answers() {
    let site = with_edition(OTHERWISE);
    let mut browser = granting(&site).await;
    assert!(!browser.get("/").await.has("#banner"), "it is not in force yet");
    let stored = browser.cookies.value(CONSENT).to_owned();
    let views = site.views_in_all().await;
    site.advance_clock(DAY);
    let page = browser.get("/policy").await;
    assert_eq!(page.set_and_removed(), (vec![], vec![ANALYTICS]), "what does not count any more goes");
    assert_eq!(page.one("html").attr("data-theme"), Some("dark"), "what counts still does");
    assert_eq!(site.views_in_all().await, views, "nor is the view counted");
    for address in ASKING {
        let page = browser.get(address).await;
        assert_eq!(page.text("#banner h2"), "May Harmony count your visits?", "{address}");
        let again = page.text("#banner #banner-again-analytics");
        assert!(again.starts_with("You allowed this before. What has changed since:"), "{again}");
        assert!(again.contains("How long __Host-Http-analytics is kept: “365 days”, before “180 days”."), "{again}");
        assert!(again.contains("__Host-Http-analytics: [removed: Marks that this browser"), "{again}");
        assert!(again.contains("[added: Counts you"), "{again}");
        assert!(!page.text("#banner").contains("settings"), "the other is not asked about");
    }
    assert_eq!(browser.cookies.value(CONSENT), stored, "reading changes nothing");
    let page = browser.get("/preferences").await;
    assert_eq!(checked_radios(&page), ["preferences-yes"]);
    assert!(page.text("#choice-analytics #choice-analytics-again").contains("[added: Counts you"));
    assert!(!page.has("#choice-preferences .reconsent"));
    let described = page.one("#choice-analytics [role=radiogroup]").attr("aria-describedby");
    assert_eq!(described, Some("choice-analytics-hint choice-analytics-again"));
    let chosen = "You allowed preferences on 22 November 2026. Please choose again for analytics.";
    let valid = "We will ask again about preferences after 21 May 2027.";
    assert_eq!(page.text("#decision"), format!("{chosen} {valid} Your choice history"));
    let facts = browser.get("/").await.text("dl.facts");
    assert!(facts.contains(chosen), "{facts}");
}

#[tokio::test]
async fn each_relevant_change_asks_about_its_own_purpose_and_others_ask_nothing() {
    for (inventory, asked, says) in [
        (ADDED, Some("analytics"), "__Host-second is new. Kept for: Until you close the browser. Counts you again."),
        (DESCRIBED, Some("preferences"), "[added: what ] you like"),
        (ESSENTIAL, None, ""),
        ("", None, ""),
    ] {
        let site = with_edition(inventory);
        let mut browser = granting(&site).await;
        site.advance_clock(DAY);
        let page = browser.get("/").await;
        assert_eq!(page.has("#banner"), asked.is_some(), "{inventory}");
        let Some(purpose) = asked else {
            assert_eq!(page.set_and_removed(), (vec![], vec![]));
            assert_eq!(checked_radios(&browser.get("/preferences").await), ["preferences-yes", "analytics-yes"]);
            continue;
        };
        let again = page.text(&format!("#banner #banner-again-{purpose}"));
        assert!(again.contains(says), "{again}");
        assert_eq!(page.all("#banner .reconsent").len(), 1, "{inventory}");
        let gone = if purpose == "analytics" { ANALYTICS } else { APPEARANCE };
        assert_eq!(page.set_and_removed(), (vec![], vec![gone]), "{inventory}");
    }
}

#[tokio::test]
async fn the_shipped_third_edition_does_not_prompt_again() {
    let site = setup();
    let mut granted = granting(&site).await;
    let mut refused = site.browser();
    refused.decide("no", "no").await;
    let third = datetime!(2026-11-26 00:00 UTC).unix_timestamp();
    site.advance_clock(third - site.now());
    for (browser, grants) in [(&mut granted, true), (&mut refused, false)] {
        let stored = browser.cookies.value(CONSENT).to_owned();
        for address in ASKING {
            assert!(!browser.get(address).await.has("#banner"), "{address}");
        }
        assert!(browser.get("/policy").await.text(".policy-meta").starts_with("Version 1.2"));
        let expected = if grants { ["preferences-yes", "analytics-yes"] } else { ["preferences-no", "analytics-no"] };
        assert_eq!(checked_radios(&browser.get("/preferences").await), expected);
        assert_eq!(browser.cookies.value(CONSENT), stored);
    }
}

#[tokio::test]
async fn an_edition_that_changes_everything_asks_about_everything_and_shows_each_change() {
    let site = with_edition(&format!("{ADDED}{DESCRIBED}"));
    let mut browser = granting(&site).await;
    site.advance_clock(DAY);
    let page = browser.get("/").await;
    assert_eq!(page.text("#banner h2"), "Cookies on Harmony");
    assert_eq!(page.all("#banner .reconsent").len(), 2);
    assert!(page.text("dl.facts").contains("Please choose again."), "{}", page.text("dl.facts"));
    assert_eq!(page.set_and_removed().1, [ANALYTICS, APPEARANCE]);
    let said = browser.get("/preferences").await.text("#decision");
    assert!(said.starts_with("Please choose again. The reason is shown with each purpose."), "{said}");
    let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert!(page.address.starts_with("/?notice=rejected&receipt="), "{}", page.address);
    let answered_at = decision_in_cookie(&browser).answers.into_values().map(|given| given.answered_at);
    assert_eq!(answered_at.collect::<Vec<_>>(), [Timestamp(site.now()); 2]);
}

#[tokio::test]
async fn a_cookie_that_is_no_longer_declared_is_removed_and_listed() {
    let ends = ADDED.replace("since = \"1.2\"", "since = \"1.1\"\nuntil = \"1.2\"");
    let site = with_edition(&ends);
    let mut browser = granting(&site).await;
    browser.cookies.plant("__Host-second", "a", "/");
    assert_eq!(browser.get("/policy").await.set_and_removed(), (vec![], vec![]), "it is declared and granted");
    site.advance_clock(DAY);
    let page = browser.get("/policy").await;
    assert_eq!(page.set_and_removed().1, [ANALYTICS, "__Host-second"]);
    assert!(page.text("#banner-again-analytics").ends_with("__Host-second is no longer used."));
    assert!(!page.has("tr[data-cookie=__Host-second]"));
}

#[tokio::test]
async fn a_text_changed_without_an_edition_prompts_again_without_the_old_text() {
    let site = with_edition(ADDED);
    let mut browser = granting(&site).await;
    // In debug builds the content is reloaded, as in a release that edited a published file.
    let edited =
        fs::read_to_string(site.inventory()).unwrap().replace("Adds one to the count", "Adds two to the count");
    fs::write(site.inventory(), edited).unwrap();
    assert!(!browser.get("/").await.has("#banner"), "nobody sees it until it is locked on purpose");
    lock(site.content());
    let page = browser.get("/").await;
    assert_eq!(
        page.text("#banner #banner-again-analytics"),
        "What you chose about has changed since, so we are asking again."
    );
    assert_eq!(page.set_and_removed().1, [ANALYTICS]);
    assert_eq!(page.one("html").attr("data-theme"), Some("dark"));
}

#[tokio::test]
async fn a_users_answers_expire_by_the_same_rule_in_every_browser() {
    let site = with_edition(OTHERWISE);
    let mut first = site.browser();
    sign_up(&mut first, ANNA, true).await;
    first.decide("yes", "yes").await;
    let mut other = another(&first, true).await;
    other.get("/").await;
    assert!(other.holds().contains(&ANALYTICS));
    site.advance_clock(DAY);
    for browser in [&mut first, &mut other] {
        let page = browser.get("/").await;
        assert_eq!(page.text("#banner h2"), "May Harmony count your visits?");
        assert!(page.text("#banner #banner-again-analytics").contains("[added: Counts you"));
        assert!(!browser.holds().contains(&ANALYTICS));
        assert_eq!(checked_radios(&browser.get("/preferences").await), ["preferences-yes"]);
    }
    let page = first.get("/").await;
    first.submit(&page, "#banner form", &[("answer", "yes")]).await;
    assert!(!other.get("/").await.has("#banner"), "it was answered elsewhere");
    assert!(other.holds().contains(&ANALYTICS));
    assert_eq!(checked_radios(&other.get("/preferences").await), ["preferences-yes", "analytics-yes"]);
}

#[tokio::test]
async fn each_edition_shows_the_cookies_and_the_purposes_that_it_declares() {
    let site = with_edition(&format!("{OTHERWISE}{DESCRIBED}"));
    let mut browser = site.browser();
    for in_force in ["1.1", "1.2"] {
        for (version, lifetime, means) in [("1.1", "180 days", "Keeps the language"), ("1.2", "365 days", "Keeps what")]
        {
            let page = browser.get(&format!("/policy/{version}")).await;
            let row = page.text("tr[data-cookie=__Host-Http-analytics]");
            assert!(row.contains(lifetime), "{version} while {in_force} is in force: {row}");
            let purposes = page.text("#main section.callout dl");
            assert!(purposes.contains(means), "{version} while {in_force} is in force: {purposes}");
            let says = if version == in_force { "cookie this site can set" } else { "cookie this version declares" };
            assert!(page.text("table.declarations caption").ends_with(says), "{version} while {in_force} is in force");
        }
        let machine = String::from_utf8(browser.get("/cookies.json").await.bytes.to_vec()).unwrap();
        assert_eq!(machine.contains("31536000"), in_force == "1.2", "machines read what is in force");
        site.advance_clock(DAY);
    }
}
