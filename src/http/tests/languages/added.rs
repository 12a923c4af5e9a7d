//! A language that the content adds, without a change to the program.

use std::{fs, path::Path};

use axum::http::StatusCode;

use super::{
    super::{
        browser::ORIGIN,
        page::{encode, text},
        site::site_with_content,
    },
    LANGUAGE, set_up_for, spoken,
};

/// Adds a language with English texts and a name of its own. `forms` are the plural forms that it
/// has besides those of English.
fn add(content: &Path, tag: &str, own_name: &str, forms: &[&str]) {
    let strings = fs::read_to_string(content.join("strings/en.toml")).unwrap();
    let with_forms = |line: &str| {
        let mut lines = vec![line.to_owned()];
        if let Some((key, text)) = line.split_once(".other = ") {
            lines.extend(forms.iter().map(|form| format!("{key}.{form} = {text}")));
        }
        lines
    };
    let strings = strings.lines().flat_map(with_forms).collect::<Vec<_>>().join("\n");
    let strings = strings.replace("own_name = \"English\"", &format!("own_name = \"{own_name}\""));
    fs::write(content.join(format!("strings/{tag}.toml")), strings).unwrap();
}

#[tokio::test]
async fn a_language_is_added_by_its_files_alone() {
    let site = site_with_content(|content| {
        add(content, "eo", "Esperanto", &[]);
        let original = fs::read_to_string(content.join("policy/en/1.1.md")).unwrap();
        let (head, body) = original.strip_prefix("+++\n").unwrap().split_once("+++\n").unwrap();
        let head: Vec<_> = head.lines().filter(|line| !line.starts_with("effective")).collect();
        let head = head.join("\n");
        let hash = crate::system::digest::sha256_hex(&original);
        let body = body.replace("# Cookie policy", "# Politiko pri kuketoj");
        fs::create_dir(content.join("policy/eo")).unwrap();
        fs::write(content.join("policy/eo/1.1.md"), format!("+++\n{head}\ntranslates = \"{hash}\"\n+++\n{body}"))
            .unwrap();
        let words = fs::read_to_string(content.join("cookies.de.toml")).unwrap();
        fs::write(content.join("cookies.eo.toml"), words).unwrap();
    });
    let mut browser = site.browser();
    let page = browser.get("/eo/policy").await;
    assert_eq!((page.status, spoken(&page)), (StatusCode::OK, ("eo".to_owned(), "ltr")));
    assert_eq!(page.text("h1"), "Politiko pri kuketoj");
    let tags = ["en", "ar", "de", "eo", "fr"];
    assert_eq!(page.attributes("#languages a", "hreflang"), tags);
    assert_eq!(text(page.one("#languages a[hreflang=eo]")), "Esperanto");
    let alternate = format!("{ORIGIN}/eo/policy");
    assert_eq!(page.attributes("head link[rel=alternate][hreflang=eo]", "href"), [alternate]);
    assert_eq!(page.attributes("head meta[property='og:locale']", "content"), ["eo_001"]);

    let older = browser.get("/eo/policy/1.0").await;
    assert_eq!(older.one("article h1").attr("lang"), Some("en"), "the language begins with edition 1.1");
    assert_eq!(spoken(&browser.get("/eo/preferences").await).0, "eo");
    assert_eq!(spoken(&set_up_for(site.browser(), "eo-XX, de;q=0.5").get("/policy").await).0, "eo");
    let robots = String::from_utf8(browser.get("/robots.txt").await.bytes.to_vec()).unwrap();
    assert!(robots.contains("Disallow: /eo/api/"), "{robots}");

    browser.decide("yes", "no").await;
    let fields = encode(&[("locale", "eo"), ("return_to", "/policy")]);
    assert_eq!(browser.post_fields("/api/language/choose", fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(spoken(&browser.get("/policy").await).0, "eo");
}

#[tokio::test]
async fn a_language_without_a_policy_has_the_original_and_its_own_direction() {
    let site = site_with_content(|content| add(content, "he", "עברית", &["two"]));
    let page = site.browser().get("/he/policy").await;
    assert_eq!((page.status, spoken(&page)), (StatusCode::OK, ("he".to_owned(), "rtl")));
    let heading = page.one("article h1");
    assert_eq!((heading.attr("lang"), heading.attr("dir")), (Some("en"), Some("ltr")));
    assert_eq!(page.attributes("head meta[property='og:locale']", "content"), ["he_IL"]);
}

#[tokio::test]
async fn a_language_that_is_gone_leaves_no_error_behind() {
    let site = site_with_content(|content| {
        fs::remove_dir_all(content.join("policy/fr")).unwrap();
        fs::remove_file(content.join("strings/fr.toml")).unwrap();
    });
    let mut browser = site.browser();
    assert_eq!(browser.get("/fr/policy").await.status, StatusCode::NOT_FOUND);
    browser.decide("yes", "no").await;
    browser.cookies.plant(LANGUAGE, "fr", "/");
    let page = browser.get("/preferences").await;
    assert_eq!((page.status, spoken(&page).0.as_str()), (StatusCode::OK, "en"));
    // A form that a page in that language had showed.
    let form = page.one("#choices input[name=prompt]").attr("value").unwrap();
    let fields = encode(&[("prompt", &form.replace("~en~", "~fr~")), ("preferences", "yes"), ("analytics", "no")]);
    let answer = browser.post_fields("/api/consent/decide", fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}
