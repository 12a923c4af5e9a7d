//! Valid, invalid and hostile edition files, as readers see the result.

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use scraper::ElementRef;

use super::{
    browser::ORIGIN,
    page::Page,
    site::{Site, site_with_edition},
};
use crate::content::tests::hostile;

/// Path of the edition that is edited.
const WRITTEN: &str = "/policy/1.2";

/// Time limit for one page. Parsing has a limit of a second in `content::tests::hostile`; this one
/// is higher because rendering is slow in an unoptimised build.
const LONGEST: Duration = Duration::from_secs(10);

/// Returns how many bytes of a seed are rendered: all for those that produce the longest pages, and
/// enough of the others.
fn longest(name: &str) -> usize {
    let is_worst = ["\"&\"", "\"- a\\n\"", "\"<\""].iter().any(|worst| name.ends_with(worst));
    if is_worst { usize::MAX } else { 8 * 1024 }
}

/// Elements that the policy's Markdown may produce.
const ELEMENTS: [&str; 21] = [
    "a",
    "article",
    "blockquote",
    "br",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "img",
    "li",
    "nav",
    "ol",
    "p",
    "section",
    "strong",
    "sup",
    "ul",
];

/// Whether an element may appear in the policy, including those of dates, the cookie table and the
/// purposes.
fn is_allowed_element(name: &str) -> bool {
    const OWN: [&str; 12] =
        ["caption", "dd", "dl", "dt", "small", "span", "table", "tbody", "td", "th", "thead", "time"];
    ELEMENTS.contains(&name) || OWN.contains(&name) || name == "tr"
}

/// Saves a text as edition 1.2, as an editor does.
fn save(site: &Site, text: &str) {
    let head = "+++\nversion = \"1.2\"\neffective = 2026-11-23\nsummary = [\"a\"]\n+++\n";
    fs::write(site.content().join("policy/en/1.2.md"), format!("{head}# Title\n\n{text}\n")).unwrap();
}

/// Returns everything on a page that could execute or mislead.
fn harmful_markup(page: &Page) -> Vec<String> {
    let mut found = Vec::new();
    for element in page.all("*") {
        let name = element.value().name();
        if matches!(name, "script" | "iframe" | "object" | "embed" | "base" | "style" | "svg" | "math" | "template") {
            found.push(format!("an element {name}"));
        }
        for (attribute, value) in element.value().attrs() {
            let is_address = matches!(attribute, "href" | "src" | "action" | "formaction" | "srcset" | "xlink:href");
            let is_safe = value.starts_with('#')
                || value.starts_with('/') && !value.starts_with("//") && !value.contains('\\')
                || value.starts_with("https://")
                || value.starts_with(&format!("{ORIGIN}/"))
                || value.starts_with("mailto:")
                || value.starts_with("tel:");
            if attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" || is_address && !is_safe {
                found.push(format!("{attribute}={value:?} on an element {name}"));
            }
        }
    }
    let within = page.one("article").descendants().filter_map(ElementRef::wrap);
    found.extend(within.map(|one| one.value().name()).filter(|name| !is_allowed_element(name)).map(str::to_owned));
    found
}

#[tokio::test]
async fn hostile_editions_are_harmless_on_the_page_or_rejected() {
    let site = site_with_edition("", |_| ());
    let mut browser = site.browser();
    let (mut shown, mut refused, mut slow) = (0, 0, Vec::new());
    for (name, text) in hostile::all() {
        save(&site, &text[..text.floor_char_boundary(longest(&name))]);
        let start = Instant::now();
        let page = browser.get(WRITTEN).await;
        if start.elapsed() > LONGEST {
            slow.push((name.clone(), start.elapsed()));
        }
        if page.status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(page.text("main").contains("policy/en/1.2.md:"), "{name}");
            refused += 1;
            continue;
        }
        assert_eq!(page.status, 200, "{name}");
        shown += 1;
        assert_eq!(harmful_markup(&page), Vec::<String>::new(), "{name}");
        assert_eq!(browser.get(WRITTEN).await.without_keys(), page.without_keys(), "{name} comes the same twice");
        let data = browser.get("/editions/1.2").await;
        let data: serde_json::Value = serde_json::from_slice(&data.bytes).unwrap();
        assert_eq!(data["edition"]["version"], "1.2", "{name}");
    }
    assert!(shown >= 50 && refused >= 300, "{shown} shown and {refused} refused");
    assert_eq!(slow, []);
}

#[test]
fn the_check_for_harmful_markup_works() {
    let page = |text: &str| {
        let html = format!("<!doctype html><html><body><article>{text}</article></body></html>");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
        Page::new("/".to_owned(), StatusCode::OK, headers, html.into())
    };
    let harmless = page("<p>A <a href=\"/policy\">b</a></p>");
    assert_eq!(harmful_markup(&harmless), Vec::<String>::new());
    for text in [
        "<script></script>",
        "<p onclick=x>",
        "<a href=javascript:x>x</a>",
        "<a href=//evil.example>x</a>",
        "<img src=x>",
        "<p style=x>",
        "<form action=https://evil.example></form>",
    ] {
        assert_ne!(harmful_markup(&page(text)), Vec::<String>::new(), "{text}");
    }
}

#[tokio::test]
async fn a_saved_edition_appears_at_once_and_an_invalid_one_when_it_is_corrected() {
    let site = site_with_edition("", |_| ());
    let mut browser = site.browser();
    let text = |page: &Page| page.text("article .introduction");
    for words in ["First words.", "Other words.", "Third words."] {
        save(&site, words);
        assert_eq!(text(&browser.get(WRITTEN).await), words);
    }
    save(&site, "Words with a <b>mistake</b>.");
    for _ in 0..2 {
        let page = browser.get(WRITTEN).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text("main").contains("policy/en/1.2.md:"), "{}", page.text("main"));
    }
    save(&site, "Mended words.");
    assert_eq!(text(&browser.get(WRITTEN).await), "Mended words.");
    // The inventory is written like an edition.
    let before = fs::read_to_string(site.inventory()).unwrap();
    let more = "\n[[purpose]]\nname = \"security\"\ndescription = \"Keeps you safe and sound.\"\nsince = \"1.2\"\n";
    save(&site, "{{ purposes }}");
    for (saved, is_shown) in [(format!("{before}{more}"), true), (before.clone(), false)] {
        fs::write(site.inventory(), saved).unwrap();
        let page = browser.get(WRITTEN).await;
        assert_eq!(page.text("article").contains("Keeps you safe and sound."), is_shown);
    }
    fs::write(site.inventory(), format!("{before}{more}x")).unwrap();
    assert!(browser.get(WRITTEN).await.text("main").contains("cookies.toml:"));
}

#[tokio::test]
async fn edits_of_a_published_edition_do_not_appear_and_a_new_file_does() {
    let site = site_with_edition("", |_| ());
    let mut browser = site.browser();
    // The first page also sets a cookie, and says so.
    browser.get("/policy/1.1").await;
    let published = browser.get("/policy/1.1").await;
    let file = site.content().join("policy/en/1.1.md");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("Harmony", "Discord")).unwrap();
    let page = browser.get("/policy/1.1").await;
    assert!(page.has("li code") && !page.has("article"), "the error, and not the edition");
    fs::write(&file, text).unwrap();
    assert_eq!(browser.get("/policy/1.1").await.without_keys(), published.without_keys());
    save(&site, "Saved.");
    let third = fs::read_to_string(site.content().join("policy/en/1.2.md")).unwrap();
    fs::write(site.content().join("policy/en/1.3.md"), third.replace("1.2", "1.3")).unwrap();
    assert_eq!(browser.get("/policy/1.3").await.status, 200);
    let data: serde_json::Value = serde_json::from_slice(&browser.get("/policy.json").await.bytes).unwrap();
    let versions: BTreeSet<_> =
        data["editions"].as_array().unwrap().iter().map(|edition| edition["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.0", "1.1", "1.2", "1.3"].into());
}
