//! Theme and text size.

use super::{
    browser::{Browser, anonymous_browser},
    page::Page,
    urls::PAGES,
};

const NAME: &str = "__Host-Http-appearance";

fn look(page: &Page) -> (&str, &str) {
    let html = page.one("html");
    (html.attr("data-theme").unwrap_or_default(), html.attr("data-text-size").unwrap_or_default())
}

/// Saves an appearance on the preferences page. Answers the question about remembering if
/// `remember` has a value.
async fn save(browser: &mut Browser, theme: &str, text_size: &str, remember: Option<&str>) -> Page {
    let page = browser.get("/preferences").await;
    let mut answers = vec![("theme", theme), ("text_size", text_size)];
    answers.extend(remember.map(|answer| ("preferences", answer)));
    browser.submit(&page, "#appearance-form", &answers).await
}

#[tokio::test]
async fn a_saved_appearance_is_in_the_html_of_every_page() {
    for (theme, scheme) in [("system", "light dark"), ("light", "light"), ("dark", "dark")] {
        for text_size in ["normal", "large", "larger"] {
            let mut browser = anonymous_browser();
            let page = save(&mut browser, theme, text_size, Some("yes")).await;
            assert_eq!(page.text("#notice"), "Display settings saved.");
            let ticked = [format!("theme-{theme}"), format!("text-size-{text_size}")];
            assert_eq!(page.attributes("#appearance-form input[checked]", "id"), ticked);
            for address in PAGES {
                let page = browser.get(address).await;
                assert_eq!(look(&page), (theme, text_size), "{address}");
                assert_eq!(page.one("meta[name=color-scheme]").attr("content"), Some(scheme), "{address}");
            }
            let missing = browser.get("/nowhere").await;
            assert_eq!(look(&missing), (theme, text_size), "a refusal looks the same");
        }
    }
}

#[tokio::test]
async fn remembering_the_appearance_decides_about_nothing_else() {
    let mut browser = anonymous_browser();
    let page = save(&mut browser, "dark", "large", Some("yes")).await;
    assert_eq!(page.attributes("#choices input[checked]", "id"), ["preferences-yes"], "the other question stays open");
    browser.get("/").await;
    assert_eq!(browser.holds(), [NAME, "__Host-Http-consent", "__Host-Http-visit"], "visits are not counted");

    let mut browser = anonymous_browser();
    browser.decide("no", "yes").await;
    let page = save(&mut browser, "dark", "large", Some("yes")).await;
    assert_eq!(page.attributes("#choices input[checked]", "id"), ["preferences-yes", "analytics-yes"]);
}

#[tokio::test]
async fn a_no_to_remembering_the_appearance_saves_nothing() {
    for decided in [false, true] {
        let mut browser = anonymous_browser();
        if decided {
            browser.decide("no", "no").await;
        }
        let before: Vec<_> = browser.holds().into_iter().map(str::to_owned).collect();
        let page = save(&mut browser, "dark", "large", Some("no")).await;
        assert!(page.text("#notice").contains("were not saved"));
        assert_eq!(look(&page), ("system", "normal"));
        let expected = if decided { before } else { vec!["__Host-Http-visit".to_owned()] };
        assert_eq!(browser.holds(), expected, "decided before: {decided}");
    }
}

#[tokio::test]
async fn the_appearance_form_asks_only_while_the_question_is_open() {
    let mut browser = anonymous_browser();
    assert!(browser.get("/preferences").await.has("#remember"));
    browser.decide("yes", "no").await;
    assert!(!browser.get("/preferences").await.has("#remember"));
    let page = save(&mut browser, "light", "larger", None).await;
    assert_eq!(look(&page), ("light", "larger"));
    browser.decide("no", "no").await;
    let page = browser.get("/preferences").await;
    assert!(page.has("#remember"));
    assert!(page.all("#remember input[checked]").is_empty(), "a no before does not tick a no here");
}

#[tokio::test]
async fn without_an_answer_to_the_open_question_nothing_is_saved() {
    let mut browser = anonymous_browser();
    let page = browser.post_fields("/api/appearance/save", "theme=dark&text_size=large").await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (400, (vec![], vec![])));
}

#[tokio::test]
async fn refusing_the_purpose_removes_the_appearance_at_once() {
    let mut browser = anonymous_browser();
    save(&mut browser, "dark", "large", Some("yes")).await;
    let page = browser.decide("no", "no").await;
    assert_eq!(look(&page), ("system", "normal"));
    assert!(!browser.holds().contains(&NAME));
}

#[tokio::test]
async fn an_appearance_cookie_without_a_grant_or_with_an_invalid_value_is_ignored() {
    let mut browser = anonymous_browser();
    browser.cookies.plant(NAME, "dark.large", "/");
    assert_eq!(look(&browser.get("/").await), ("system", "normal"), "nobody granted it");
    assert!(!browser.holds().contains(&NAME), "so it goes");
    browser.decide("yes", "no").await;
    browser.cookies.plant(NAME, "dark.large", "/");
    assert_eq!(look(&browser.get("/").await), ("dark", "large"));
    for value in ["", "dark", "dark.huge", "\"><script>", "dark.large.", "DARK.large"] {
        browser.cookies.plant(NAME, value, "/");
        let page = browser.get("/").await;
        assert_eq!((page.status.as_u16(), look(&page)), (200, ("system", "normal")), "{value:?}");
    }
}

#[tokio::test]
async fn a_no_in_an_older_tab_withdraws_the_yes_of_another() {
    let mut browser = anonymous_browser();
    let asking = browser.get("/preferences").await;
    browser.decide("yes", "yes").await;
    let answers = [("theme", "dark"), ("text_size", "large"), ("preferences", "no")];
    let answer = browser.send_form(&asking, "#appearance-form", &answers).await;
    assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-consent"], vec![NAME, "__Host-Http-language"]));
    let page = browser.follow(&asking, &answer).await;
    assert!(page.text("#notice").starts_with("Display settings were not saved"));
    assert!(page.has("#preferences-no[checked]") && page.has("#analytics-yes[checked]"));
}
