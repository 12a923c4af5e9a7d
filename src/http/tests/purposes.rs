//! Optional purposes that the publisher declares, beside `preferences` and `analytics` or in place
//! of them.

use std::{fs, path::Path};

use super::{
    browser::{Browser, decision_in_cookie},
    page::Page,
    site::{DAY, Site, site_with_content, site_with_edition},
};
use crate::domain::consent::decision::Answer;

/// Two purposes of edition 1.2, one with a cookie.
const MORE: &str = r#"
[[purpose]]
name = "social-media"
label = "social media"
question = "Show posts from social networks"
description = "Loads posts."
since = "1.2"

[[purpose]]
name = "advertising"
question = "Show ads that fit you"
description = "Remembers which ads you have seen."
consent_mode = ["ad_storage", "ad_user_data"]
since = "1.2"

[[cookie]]
name = "__Host-ad"
purpose = "advertising"
lifetime = "30 days"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "The ads that you have seen."
since = "1.2"
"#;

fn more() -> Site {
    site_with_edition(MORE, |_| ())
}

/// Chooses on the preferences page, after the first day of edition 1.2.
async fn choose(browser: &mut Browser, answers: &[(&str, &str)]) -> Page {
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#choices", answers).await
}

fn mode(page: &Page) -> String {
    page.one("html").attr("data-consent-mode").unwrap().to_owned()
}

#[tokio::test]
async fn each_purpose_has_a_question_in_the_order_of_the_file() {
    let site = more();
    site.advance_clock(DAY);
    let mut browser = site.browser();
    let page = browser.get("/preferences").await;
    let rows = page.attributes("#choices .card__row[id]", "id");
    assert_eq!(rows, ["choice-preferences", "choice-analytics", "choice-social-media", "choice-advertising"]);
    assert_eq!(page.text("#choice-advertising h3"), "Show ads that fit you");
    let banner = browser.get("/policy").await.text("#banner");
    assert!(banner.contains("Show posts from social networks · Show ads that fit you"), "{banner}");
}

#[tokio::test]
async fn a_choice_about_an_own_purpose_is_kept_granted_and_recorded() {
    let site = more();
    site.advance_clock(DAY);
    let mut browser = site.browser();
    let page = choose(&mut browser, &[("advertising", "yes"), ("social-media", "no")]).await;
    assert!(page.has("#notice"));
    let decision = decision_in_cookie(&browser);
    let answers: Vec<_> = decision.answers.iter().map(|(purpose, given)| (purpose.to_string(), given.answer)).collect();
    assert_eq!(answers, [("advertising".to_owned(), Answer::Yes), ("social-media".to_owned(), Answer::No)]);
    let granted = "ad_personalization=denied ad_storage=granted ad_user_data=granted analytics_storage=denied";
    assert!(mode(&browser.get("/policy").await).starts_with(granted));
    let history = browser.get("/preferences/history").await;
    let purposes = history.attributes("[data-purpose]", "data-purpose");
    assert_eq!(purposes, ["preferences", "analytics", "social-media", "advertising"]);
    assert!(history.text("main").contains("Social media"), "the label begins a line");
}

#[tokio::test]
async fn a_purpose_that_came_after_the_decision_is_asked_about_alone() {
    let site = more();
    let mut browser = site.browser();
    browser.decide("yes", "no").await;
    assert!(!browser.get("/policy").await.has("#banner"));
    site.advance_clock(DAY);
    let page = browser.get("/policy").await;
    let banner = page.text("#banner");
    assert!(banner.contains("This is new since you chose"), "{banner}");
    assert!(!banner.contains("remember your settings"), "{banner}");
    browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert!(!browser.get("/policy").await.has("#banner"), "answered");
    let decision = decision_in_cookie(&browser);
    assert_eq!(decision.answers.len(), 4);
    assert_eq!(decision.allowed().iter().map(ToString::to_string).collect::<Vec<_>>(), ["preferences"]);
}

#[tokio::test]
async fn an_answer_about_what_is_not_declared_is_refused_and_changes_nothing() {
    let site = more();
    let mut browser = site.browser();
    for (path, fields) in [
        ("/api/consent/decide", "marketing=yes"),
        ("/api/consent/decide", "advertising=yes"),
        ("/api/consent/decide", "analytics=maybe"),
        ("/api/consent/decide", "security=no"),
        ("/api/consent/withdraw", "purpose=marketing"),
    ] {
        let answer = browser.post_fields(path, fields).await;
        assert_eq!(answer.status, 400, "{path} {fields}");
        assert!(!browser.holds().contains(&"__Host-Http-consent"), "{path} {fields}");
    }
}

/// Takes every entry about analytics out of a file of the inventory.
fn without_analytics(file: &Path) {
    let text = fs::read_to_string(file).unwrap();
    let mut entries = text.split("\n[[");
    let head = entries.next().unwrap_or_default().to_owned();
    let kept = entries.filter(|entry| !entry.contains("\"analytics\"") && !entry.contains("\"__Host-Http-analytics\""));
    fs::write(file, kept.fold(head, |text, entry| format!("{text}\n[[{entry}"))).unwrap();
}

#[tokio::test]
async fn a_site_may_do_without_analytics_and_sets_no_cookie_for_it() {
    let site = site_with_content(|content| {
        for entry in fs::read_dir(content).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("cookies.") {
                without_analytics(&path);
            }
        }
    });
    let mut browser = site.browser();
    let page = browser.get("/preferences").await;
    assert_eq!(page.attributes("#choices .card__row[id]", "id"), ["choice-preferences"]);
    browser.submit(&page, "#choices", &[("all", "yes")]).await;
    let page = browser.get("/policy").await;
    assert!(mode(&page).contains("analytics_storage=denied"), "{}", mode(&page));
    assert!(!page.text("main").contains("__Host-Http-analytics"));
    assert_eq!(browser.holds(), ["__Host-Http-consent", "__Host-Http-visit"]);
    for address in ["/", "/cookies.json", "/statistics", "/transparency"] {
        assert_eq!(browser.get(address).await.status, 200, "{address}");
    }
    assert_eq!(browser.get("/transparency/measurement").await.status, 404, "there is nothing to tell");
    assert!(!browser.get("/statistics").await.has("a[href='/transparency/measurement']"));
}

#[tokio::test]
async fn many_questions_are_a_list_to_unfold_in_the_banner() {
    let more: String = (1..=4)
        .map(|number| MORE.split("\n\n[[").next().unwrap().replace("social-media", &format!("more-{number}")) + "\n")
        .collect();
    let site = site_with_edition(&more, |_| ());
    site.advance_clock(DAY);
    let page = site.browser().get("/policy").await;
    assert!(page.text("#banner p").ends_with("unless you allow them: 6 purposes."), "{}", page.text("#banner p"));
    let questions = page.all("#banner details li").len();
    assert_eq!(questions, 6);
}
