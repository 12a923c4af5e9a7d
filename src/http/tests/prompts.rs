//! A yes counts only for the text that was shown, an older page cannot undo a newer refusal, and a
//! double submit counts once.

use axum::{
    body::Body,
    http::{StatusCode, header},
};

use super::{
    accounts::users::{ANNA, PASSWORD, another, signed_in_browser},
    browser::{Browser, anonymous_browser},
    page::Page,
    receipts::{download, offered, sound, text},
    site::{DAY, Site, setup, site_with_edition},
};

/// Edition 1.2 changes the description of analytics.
const OTHERWISE: &str = "[[purpose]]\nname = \"analytics\"\nquestion = \"May Harmony count your visits?\"\n\
                         description = \"Counts otherwise.\"\nsince = \"1.2\"\n";

/// Whether the page offers a withdrawal, which it does if something is granted.
fn grants(page: &Page) -> bool {
    page.has("#withdraw-all")
}

#[tokio::test]
async fn a_yes_to_a_question_that_has_changed_is_rejected_and_the_new_one_is_shown() {
    let site = site_with_edition(OTHERWISE, |_| ());
    let (mut banner, mut form) = (site.browser(), site.browser());
    let (asking, settings) = (banner.get("/policy/1.1").await, form.get("/preferences").await);
    site.advance_clock(DAY);
    let page = banner.submit(&asking, "#banner form", &[("answer", "yes")]).await;
    let said = "What you allowed was not saved: the question has changed";
    assert!(page.text("#notice").starts_with(said), "{}", page.address);
    assert!(page.has("#banner"), "it is asked anew");
    assert_eq!(page.text("#banner h2"), "Cookies on Harmony", "all of it");
    assert!(!grants(&page));
    let page = banner.submit(&page, "#banner form", &[("answer", "yes")]).await;
    assert!(grants(&page), "and a yes to that counts");
    let page = form.submit(&settings, "#choices", &[("preferences", "no"), ("analytics", "yes")]).await;
    assert!(page.text("#notice").starts_with("What you allowed was not saved"));
    assert!(!grants(&page), "the no counts, and the yes does not");
    let page = form.decide("no", "yes").await;
    assert!(page.text("#notice").starts_with("Your choices are saved."));
    let receipt: serde_json::Value = serde_json::from_str(&download(&mut form).await).unwrap();
    assert_eq!(receipt["record"]["processing"]["policy_version"], "1.2");
}

#[tokio::test]
async fn a_no_to_a_question_that_has_changed_is_recorded_with_the_shown_text_and_asked_again() {
    let site = site_with_edition(OTHERWISE, |_| ());
    let mut browser = site.browser();
    let asking = browser.get("/policy/1.1").await;
    site.advance_clock(DAY);
    let page = browser.submit(&asking, "#banner form", &[("answer", "no")]).await;
    let receipt = text(&browser.get(&offered(&page).unwrap()).await);
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["record"]["processing"]["policy_version"], "1.1");
    assert_eq!(receipt["record"]["event"]["kind"], "refusal");
    assert!(browser.get("/policy/1.1").await.has("#banner"), "the question as it stands now is open");
}

#[tokio::test]
async fn a_yes_without_a_prompt_id_is_rejected_and_a_no_is_accepted() {
    let mut browser = anonymous_browser();
    for (address, fields) in [
        ("/api/consent/answer", "answer=yes&return_to=/"),
        ("/api/consent/answer", "answer=yes&return_to=/&prompt=1.1~en~0000000000000000.o~0000000000000000.o"),
        ("/api/consent/decide", "preferences=yes&analytics=yes"),
        ("/api/appearance/save", "theme=dark&text_size=large&preferences=yes"),
    ] {
        let answer = browser.post_fields(address, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}");
        assert!(answer.header(header::LOCATION).unwrap().contains("notice=question-changed"), "{address}");
        assert_eq!(answer.set_and_removed().0, Vec::<&str>::new(), "{address}");
    }
    let answer = browser.post_fields("/api/consent/answer", "answer=no&return_to=/").await;
    assert_eq!(answer.set_and_removed().0, ["__Host-Http-consent"]);
    let address = answer.header(header::LOCATION).unwrap().to_owned();
    let _ = browser.get(&address).await;
    assert_eq!(sound(&browser.site).await.records, 1);
}

#[tokio::test]
async fn an_older_page_cannot_undo_a_newer_refusal() {
    let mut browser = anonymous_browser();
    let (asking, opened) = (browser.get("/").await, browser.get("/preferences").await);
    browser.decide("yes", "yes").await;
    let settings = browser.get("/preferences").await;
    browser.site.advance_clock(5);
    browser.submit(&settings, "#withdraw-all", &[]).await;
    let both = [("preferences", "yes"), ("analytics", "yes")];
    let look = [("theme", "dark"), ("text_size", "large"), ("preferences", "yes")];
    for (page, form, answers) in [
        (&asking, "#banner form", &[("answer", "yes")][..]),
        (&opened, "#choices", &both[..]),
        (&settings, "#choices", &both[..]),
        (&opened, "#appearance-form", &look[..]),
    ] {
        let page = browser.submit(page, form, answers).await;
        assert!(page.text("#notice").contains("you made another choice after you opened the page"), "{form}");
        assert!(!grants(&page), "{form}");
        assert_eq!(browser.holds(), ["__Host-Http-consent", "__Host-Http-visit"], "{form}");
    }
    let page = browser.decide("yes", "yes").await;
    assert!(grants(&page), "a page of now is believed");
}

/// Sends the same form twice concurrently. Returns status, URL and cookies of both responses.
async fn twice(
    browser: &mut Browser,
    page: &Page,
    form: &str,
    answers: &[(&str, &str)],
) -> [(u16, String, Vec<String>); 2] {
    let form = page.form(form);
    let body = form.fill(answers);
    let cookies = browser.cookies.header(&form.action, browser.site.now()).unwrap_or_default();
    let press = || {
        let request =
            browser.post(&form.action).header(header::COOKIE, &cookies).body(Body::from(body.clone())).unwrap();
        browser.site.answer(request)
    };
    let ((one, _), (other, _)) = tokio::join!(press(), press());
    [one, other].map(|answer| {
        let headers = answer.headers();
        let cookies = headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned());
        let address = headers.get(header::LOCATION).map(|address| address.to_str().unwrap().to_owned());
        (answer.status().as_u16(), address.unwrap_or_default(), cookies.collect())
    })
}

#[tokio::test]
async fn a_double_submit_is_answered_once() {
    for answer in ["yes", "no"] {
        let mut browser = anonymous_browser();
        let page = browser.get("/policy/1.1").await;
        let [one, other] = twice(&mut browser, &page, "#banner form", &[("answer", answer)]).await;
        assert_eq!((one.0, &one), (303, &other), "{answer}");
        assert_eq!(sound(&browser.site).await.records, 1, "{answer}");
        // Another visitor who does the same gets one record of their own.
        let mut next = browser.site.browser();
        let page = next.get("/policy/1.1").await;
        twice(&mut next, &page, "#banner form", &[("answer", answer)]).await;
        assert_eq!(sound(&browser.site).await.records, 2, "{answer}");
    }
    let mut browser = anonymous_browser();
    let page = browser.get("/sign-up").await;
    let new = [("email", ANNA), ("new_password", PASSWORD)];
    let [one, other] = twice(&mut browser, &page, "#sign-up", &new).await;
    assert_eq!((one.0, &one), (303, &other), "one account and one session");
    assert!(one.2.iter().any(|cookie| cookie.starts_with("__Host-Http-session=")));
    let mut user = signed_in_browser(false).await;
    let page = user.get("/account/delete").await;
    let [one, other] = twice(&mut user, &page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!((one.1.as_str(), &one), ("/?notice=account-deleted", &other));
}

#[tokio::test]
async fn a_corrected_form_is_checked_again() {
    let mut browser = anonymous_browser();
    let page = browser.get("/sign-in").await;
    let wrong = [("email", ANNA), ("password", "wrong")];
    let [one, other] = twice(&mut browser, &page, "#sign-in", &wrong).await;
    assert_eq!((one.0, other.0), (422, 422));
}

#[tokio::test]
async fn two_visitors_who_refuse_in_the_same_second_have_equal_cookies() {
    let site = setup();
    let refuse = async |site: &Site| {
        let mut browser = site.browser();
        browser.answer_banner("no").await;
        let held = |name| browser.cookies.value(name).to_owned();
        (held("__Host-Http-consent"), held("__Host-Http-visit"), browser.holds().len())
    };
    assert_eq!(refuse(&site).await, refuse(&site).await);
}

#[tokio::test]
async fn a_decision_saved_after_the_session_ended_says_that_it_counts_in_this_browser_only() {
    let mut browser = signed_in_browser(false).await;
    let mut other = another(&browser, false).await;
    let settings = browser.get("/preferences").await;
    let page = other.get("/account").await;
    other.submit(&page, "#end-others", &[]).await;
    let page = browser.submit(&settings, "#choices", &[("preferences", "no"), ("analytics", "no")]).await;
    let said = page.text("#notice");
    assert!(said.contains("You are no longer signed in, so this applies to this browser only."), "{said}");
    assert!(page.has("#notice a[href^='/sign-in']"));
}

#[tokio::test]
async fn any_number_of_cookies_is_listed_and_deleted_within_bounds() {
    let mut browser = anonymous_browser();
    let request = browser.request(axum::http::Method::GET, "/preferences").header(header::COOKIE, "a;".repeat(16_000));
    let page = browser.send(request, Body::empty()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.all("tr.foreign").len(), 1, "each name once");
    let letters = || (b'a'..=b'z').map(char::from);
    let names = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    let many = names.take(7_000).collect::<Vec<_>>().join("; ");
    let request =
        browser.request(axum::http::Method::GET, "/preferences").header(header::COOKIE, many.replace("; ", "=; "));
    let page = browser.send(request, Body::empty()).await;
    assert_eq!((page.status.as_u16(), page.has("#more-stored")), (431, false), "42 kB are too many");
    let few = many[..30_000].replace("; ", ";").replace(';', "=;");
    let request = browser.request(axum::http::Method::GET, "/preferences").header(header::COOKIE, &few);
    let page = browser.send(request, Body::empty()).await;
    assert!(page.all("tr.foreign").len() <= 200 && page.has("#more-stored"), "{}", page.status);
    let request = browser.post("/preferences/cookies/delete_all").header(header::COOKIE, &few);
    let answer = browser.send(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let head: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    assert!(head < 32_768, "{head}");
}
