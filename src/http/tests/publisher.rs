//! The publisher of `site.toml` on every page, in records, in the feed, and in the look.

use std::fs;

use axum::http::header;
use time::macros::date;

use super::{
    accounts::users::signed_in_browser,
    browser::Browser,
    site::{DAY, Site, site_with_content},
    urls::PAGES,
};
use crate::{
    content::starter::{self, Start},
    domain::i18n::{languages::Languages, locale::Locale},
};

const SITE: &str = "name = \"Acme\"\nlegal_name = \"Acme GmbH & Co. KG\"\ncontact = \"privacy@acme.example\"\n\
                    privacy_url = \"https://acme.example/privacy\"\nhome_url = \"https://acme.example\"\n";

/// A site of another company, with the shipped policy.
fn acme(more: &str) -> Site {
    site_with_content(|content| {
        fs::write(content.join("site.toml"), format!("{SITE}{more}")).unwrap();
        fs::write(content.join("logo.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 4 4\"/>").unwrap();
    })
}

async fn opened(browser: &mut Browser, address: &str) -> super::page::Page {
    let page = browser.get(address).await;
    assert_eq!(page.status, 200, "{address}");
    page
}

#[tokio::test]
async fn every_page_names_the_publisher_and_none_the_program() {
    let site = acme("");
    let mut browser = site.browser();
    for address in PAGES.iter().filter(|address| !address.starts_with("/policy")) {
        let page = opened(&mut browser, address).await;
        assert_eq!(page.text("a.brand"), "Acme", "{address}");
        assert!(page.text("head > title").ends_with(" · Acme"), "{address}");
        let html = String::from_utf8_lossy(&page.bytes);
        assert!(!html.contains("Harmony"), "{address}: {html}");
        assert_eq!(page.attributes("meta[property='og:site_name']", "content"), ["Acme"], "{address}");
        assert!(!page.has("meta[property='og:image']"), "{address}: there is no card");
        assert_eq!(page.text("#footer-publisher"), "Acme GmbH & Co. KG", "{address}");
        let links = page.attributes("nav[aria-labelledby='footer-publisher'] a", "href");
        let expected = ["mailto:privacy@acme.example", "https://acme.example/privacy", "https://acme.example"];
        assert_eq!(links, expected, "{address}");
    }
    for address in ["/de/preferences", "/fr", "/ar/sign-in"] {
        let page = opened(&mut browser, address).await;
        assert!(!String::from_utf8_lossy(&page.bytes).contains("Harmony"), "{address}");
    }
    let mut shipped = super::site::setup().browser();
    assert!(!opened(&mut shipped, "/").await.has("#footer-publisher"), "nothing to link to");
}

#[tokio::test]
async fn feed_description_inventory_and_records_name_the_publisher() {
    let site = acme("");
    let mut browser = site.browser();
    let feed = String::from_utf8(browser.get("/policy/feed.xml").await.bytes.to_vec()).unwrap();
    assert!(feed.contains("<name>Acme GmbH &amp; Co. KG</name>") && feed.contains("policy of Acme"), "{feed}");
    let described: serde_json::Value = serde_json::from_slice(&browser.get("/openapi.json").await.bytes).unwrap();
    assert_eq!(described["info"]["title"], "Acme");
    let cookies: serde_json::Value = serde_json::from_slice(&browser.get("/cookies.json").await.bytes).unwrap();
    assert!(cookies["cookies"].as_array().unwrap().iter().all(|cookie| cookie["set_by"] == "Acme"), "{cookies}");

    browser.answer_banner("yes").await;
    let page = browser.get("/preferences").await;
    let receipt = page.attributes("a[href^='/receipts/']", "href")[0].to_owned();
    let receipt: serde_json::Value = serde_json::from_slice(&browser.get(&receipt).await.bytes).unwrap();
    assert_eq!(receipt["record"]["parties"]["controller"], "Acme GmbH & Co. KG");
}

#[tokio::test]
async fn an_older_record_keeps_its_controller_and_verifies() {
    let mut user = signed_in_browser(false).await;
    user.answer_banner("yes").await;
    let page = user.get("/preferences").await;
    let receipt = page.attributes("a[href^='/receipts/']", "href")[0].to_owned();
    let text = String::from_utf8(user.get(&receipt).await.bytes.to_vec()).unwrap();
    assert!(text.contains("\"controller\": \"Harmony\""), "{text}");
    let page = user.get("/verify").await;
    let judged = user.send_form(&page, "#verify", &[("receipt", text.as_str())]).await;
    assert!(judged.text("#verdict").starts_with("Genuine"), "{}", judged.text("#verdict"));
}

#[tokio::test]
async fn logo_and_accent_are_linked_and_served_only_if_there_are_any() {
    let look = "logo = \"logo.svg\"\naccent = \"#123456\"\naccent_dark = \"#abcdef\"\ncard = \"/card.png\"\n";
    let mut browser = acme(look).browser();
    let page = opened(&mut browser, "/").await;
    assert_eq!(page.attributes("a.brand img", "src"), ["/logo.svg", "/logo-dark.svg"]);
    assert_eq!(page.attributes("link[rel=icon]", "href"), ["/logo.svg"]);
    assert!(page.attributes("meta[property='og:image']", "content")[0].ends_with("/card.png"));
    let sheets = page.attributes("link[rel=stylesheet]", "href");
    assert!(sheets.contains(&"/accent.css"), "{sheets:?}");
    let sheet = opened(&mut browser, "/accent.css").await;
    let expected = ":root{--accent:light-dark(#123456,#abcdef);--on-accent:light-dark(#ffffff,#141614)}\n";
    assert_eq!(String::from_utf8_lossy(&sheet.bytes), expected);
    for address in ["/logo.svg", "/logo-dark.svg"] {
        let logo = opened(&mut browser, address).await;
        assert_eq!(logo.header(header::CONTENT_TYPE), Some("image/svg+xml"), "{address}");
    }

    let mut plain = acme("").browser();
    let page = opened(&mut plain, "/").await;
    assert!(!page.has("a.brand img") && !page.has("link[href='/accent.css']"));
    assert_eq!(page.attributes("link[rel=icon]", "href"), ["/favicon.svg"]);
    for address in ["/logo.svg", "/logo-dark.svg", "/accent.css"] {
        assert_eq!(plain.get(address).await.status, 404, "{address}");
    }
}

#[tokio::test]
async fn the_start_is_the_page_that_the_publisher_chose() {
    for (home, expected) in [("policy", "/policy"), ("preferences", "/preferences")] {
        let mut browser = acme(&format!("home = \"{home}\"\n")).browser();
        let answer = browser.get("/").await;
        assert_eq!((answer.status.as_u16(), answer.header(header::LOCATION)), (303, Some(expected)));
        let answer = browser.get("/de").await;
        assert_eq!(answer.header(header::LOCATION), Some(format!("/de{expected}").as_str()));
        // What a form did is still said.
        assert_eq!(browser.get("/?notice=signed-out").await.status, 200);
    }
    assert_eq!(acme("home = \"overview\"\n").browser().get("/").await.status, 200);
}

/// A company with a folder of its own, whose original language is Arabic.
fn arabic() -> Site {
    site_with_content(|content| {
        fs::remove_dir_all(content).unwrap();
        fs::create_dir(content).unwrap();
        let name = "\u{634}\u{631}\u{643}\u{629}";
        let languages = Languages::new(Locale::ARABIC, Locale::SHIPPED);
        starter::write(content, Start { name, languages: &languages, effective: date!(2026 - 11 - 01) }).unwrap();
    })
}

#[tokio::test]
async fn a_first_edition_says_before_its_day_that_it_is_not_in_force_yet() {
    let site = site_with_content(|content| {
        fs::remove_dir_all(content).unwrap();
        let languages = Languages::new(Locale::ENGLISH, []);
        let start = Start { name: "Acme", languages: &languages, effective: date!(2027 - 01 - 01) };
        starter::write(content, start).unwrap();
    });
    let page = site.browser().get("/policy").await;
    let meta = page.text(".policy-meta");
    assert!(meta.starts_with("Version 1.0 · dated 1 January 2027"), "{meta}");
    assert_eq!(site.browser().get("/policy/history").await.text(".badge"), "Announced");
    let standing = async || {
        let policy: serde_json::Value =
            serde_json::from_slice(&site.browser().get("/policy.json").await.bytes).unwrap();
        policy["edition"]["standing"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(standing().await, "coming");
    site.advance_clock(60 * DAY);
    let page = site.browser().get("/policy").await;
    let meta = page.text(".policy-meta");
    assert!(
        meta.starts_with("Version 1.0 · in force since 1 January 2027"),
        "a copy of the day before is not sent: {meta}"
    );
    assert_eq!(site.browser().get("/policy/history").await.text(".badge"), "In force");
    assert_eq!(standing().await, "in_force");
}

#[tokio::test]
async fn the_original_language_is_the_publishers() {
    let site = arabic();
    let mut browser = site.browser();
    browser.languages = String::new();
    for address in ["/", "/policy", "/preferences", "/nowhere"] {
        let page = browser.get(address).await;
        assert_eq!(page.attributes("html", "lang"), ["ar"], "{address}");
        assert_eq!(page.attributes("html", "dir"), ["rtl"], "{address}");
    }
    let english = browser.get("/en/policy").await;
    assert!(english.text(".translation").contains("not translated"), "{}", english.text(".translation"));
    assert_eq!(english.attributes("h1", "lang"), ["ar"], "the text is the original");
    assert!(!browser.get("/ar/policy").await.has(".translation"));
    let policy: serde_json::Value = serde_json::from_slice(&browser.get("/policy.json").await.bytes).unwrap();
    assert_eq!(policy["language"], "ar");
    let sheet = String::from_utf8(browser.get("/policy/1.0/print.css").await.bytes.to_vec()).unwrap();
    let sheet = sheet.replace(['\u{2067}', '\u{2068}', '\u{2069}'], "");
    assert!(sheet.contains("\u{627}\u{644}\u{625}\u{635}\u{62f}\u{627}\u{631} 1.0"), "{sheet}");

    browser.answer_banner("yes").await;
    let page = browser.get("/preferences").await;
    let receipt = page.attributes("a[href^='/receipts/']", "href")[0].to_owned();
    let receipt: serde_json::Value = serde_json::from_slice(&browser.get(&receipt).await.bytes).unwrap();
    assert_eq!(receipt["record"]["processing"]["locale"], "ar");
    assert_eq!(receipt["record"]["parties"]["controller"], "\u{634}\u{631}\u{643}\u{629}");
}
