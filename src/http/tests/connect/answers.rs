//! An answer that was given on another domain counts once the visitor has confirmed it here.

use axum::{
    body::Body,
    http::{Method, header},
};
use serde_json::{Value, json};

use super::{
    super::{
        accounts::users::count,
        browser::FORM,
        page::{Page, encode},
        receipts::{download, sound},
    },
    ASKED, CLUB, SHOP, choice_of, code_in, form, question, setup, stored,
};

/// The answers that the page has checked.
fn checked(page: &Page) -> Vec<&str> {
    page.attributes("#service-answers input[checked]", "id")
}

#[tokio::test]
async fn a_confirmed_answer_is_recorded_with_its_service_and_reaches_it_by_a_code() {
    let site = setup();
    let mut browser = site.browser();
    let asked = browser.choice_at_shop().await;
    let (one, two) = (question(&asked, "preferences"), question(&asked, "analytics"));
    let page = browser.answer_at(SHOP, &form(&[(&one, "no"), (&two, "yes")])).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.text("h1"), "Save your choices?");
    assert!(page.text(".lead").starts_with("Shop sent these choices."), "{}", page.text(".lead"));
    assert_eq!(checked(&page), ["preferences-no", "analytics-yes"]);
    let questions: Vec<_> = page.all("#service-answers h3").into_iter().map(super::super::page::text).collect();
    let asks = asked["asks"]["purposes"].as_array().unwrap();
    assert_eq!(questions, asks.iter().map(|asked| asked["question"].as_str().unwrap()).collect::<Vec<_>>());
    assert!(!page.has("#banner"), "the page asks by itself");
    let policy = page.header(header::CONTENT_SECURITY_POLICY).unwrap();
    assert!(policy.contains("; form-action 'self' https://shop.example;"), "{policy}");
    assert_eq!(stored(&site).await, (0, 0), "nothing is done yet");

    let saved = browser.send_form(&page, "#service-answers", &[]).await;
    assert_eq!(saved.set_and_removed().0, ["__Host-Http-consent"]);
    let choice = choice_of(&site, &code_in(&saved)).await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!((&choice["decision"]["collected_via"], &choice["asks"]), (&json!("api"), &Value::Null));
    assert_eq!(sound(&site).await.records, 1);
    let receipt: Value = serde_json::from_str(&download(&mut browser).await).unwrap();
    assert_eq!(receipt["record"]["event"]["origin"], SHOP);
    let preferences = browser.get("/preferences").await;
    assert!(preferences.text("#how-chosen").contains("on a page of another service"));
}

#[tokio::test]
async fn the_visitor_can_change_an_answer_before_saving_it() {
    let mut browser = setup().browser();
    let two = question(&browser.choice_at_shop().await, "analytics");
    let page = browser.answer_at("https://pay.shop.example", &form(&[(&two, "yes")])).await;
    let saved = browser.send_form(&page, "#service-answers", &[(&two, "no")]).await;
    let choice = choice_of(&browser.site, &code_in(&saved)).await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
    assert_eq!(choice["decision"]["expires_on"]["preferences"], Value::Null, "silence is refusal, and has no end");
}

#[tokio::test]
async fn the_way_back_records_nothing_and_leads_to_the_choice_in_force() {
    let site = setup();
    let mut browser = site.browser();
    browser.decide("yes", "no").await;
    let page = browser.answer_at(SHOP, &form(&[("preferences", "no")])).await;
    assert_eq!(page.text("#back"), "Back to Shop without saving");
    let back = page.attributes("#back", "href")[0].to_owned();
    let returned = browser.get_from(&page, &back).await;
    let choice = choice_of(&site, &code_in(&returned)).await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": true, "analytics": false }));
    assert_eq!(sound(&site).await.records, 1, "that of the decision before");
}

#[tokio::test]
async fn only_a_page_of_the_service_may_send_its_form() {
    let site = setup();
    let browser = site.browser();
    let fields = form(&[("analytics", "yes")]);
    for origin in [
        "",
        "null",
        "https://evil.example",
        CLUB,
        "https://plain.example",
        "https://shop.example.",
        "http://shop.example",
    ] {
        let page = browser.answer_at(origin, &fields).await;
        assert_eq!(page.status, 403, "{origin:?}");
        assert!(!page.has("#service-answers"), "{origin:?}");
    }
    let twice = browser.request(Method::POST, "/connect/answer").header(header::CONTENT_TYPE, FORM);
    let twice = twice.header(header::ORIGIN, SHOP).header(header::ORIGIN, SHOP);
    assert_eq!(site.browser().send(twice, Body::from(encode(&fields))).await.status, 403);
    assert_eq!(browser.answer_at(SHOP, &fields).await.status, 200);
    assert_eq!(stored(&site).await, (0, 0));
}

#[tokio::test]
async fn a_forged_form_cannot_save_and_a_link_cannot_either() {
    let site = setup();
    let mut browser = site.browser();
    let fields = encode(&form(&[("preferences", "no"), ("analytics", "no")]));
    for origin in ["https://evil.example", SHOP, "null"] {
        let request = browser.request(Method::POST, "/connect/save").header(header::CONTENT_TYPE, FORM);
        let request = request.header(header::ORIGIN, origin).header("sec-fetch-site", "cross-site");
        let page = browser.send(request, Body::from(fields.clone())).await;
        assert_eq!((page.status.as_u16(), page.set_and_removed()), (403, (vec![], vec![])), "{origin}");
    }
    for address in ["/connect/save", "/connect/answer"] {
        let page = browser.get(&format!("{address}?{fields}")).await;
        assert_eq!((page.status.as_u16(), page.header(header::ALLOW)), (405, Some("POST")), "{address}");
    }
    assert_eq!(stored(&site).await, (0, 0));
}

#[tokio::test]
async fn a_yes_does_not_undo_a_newer_no() {
    let mut browser = setup().browser();
    let asked = browser.choice_at_shop().await;
    let (one, two) = (question(&asked, "preferences"), question(&asked, "analytics"));
    browser.decide("yes", "no").await;
    let page = browser.answer_at(SHOP, &form(&[(&one, "no"), (&two, "yes")])).await;
    let saved = browser.send_form(&page, "#service-answers", &[]).await;
    let choice = choice_of(&browser.site, &code_in(&saved)).await;
    let choices = json!({ "preferences": false, "analytics": false });
    assert_eq!(choice["decision"]["choices"], choices, "each no counts, and the service is told what is in force");
}

#[tokio::test]
async fn a_yes_beside_a_signal_counts_and_is_recorded_so() {
    let mut browser = setup().browser();
    browser.sends = vec![("sec-gpc", "1")];
    let page = browser.answer_at(SHOP, &form(&[("analytics", "yes")])).await;
    assert!(page.has("#signal"), "the page says that the browser sends one");
    let saved = browser.send_form(&page, "#service-answers", &[]).await;
    let choice = choice_of(&browser.site, &code_in(&saved)).await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": false, "analytics": true }));
    assert_eq!(choice["signal"], "global-privacy-control");
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_questions() {
    let mut browser = setup().browser();
    browser.languages = "de".to_owned();
    let asked = browser.choice_at_shop().await;
    assert_eq!(asked["locale"], "de");
    let two = question(&asked, "analytics");
    browser.languages = "en".to_owned();
    let page = browser.answer_at(SHOP, &form(&[(&two, "yes")])).await;
    assert_eq!(page.one("html").attr("lang"), Some("de"));
    assert_eq!(page.text("#service-answers h3"), asked["asks"]["purposes"][1]["question"].as_str().unwrap());
    let saved = browser.send_form(&page, "#service-answers", &[]).await;
    assert_eq!(choice_of(&browser.site, &code_in(&saved)).await["decision"]["choices"]["analytics"], true);
}

#[tokio::test]
async fn a_double_click_saves_once_and_leads_to_one_code() {
    let site = setup();
    let mut browser = site.browser();
    browser.keeps_cookies = false;
    let page = browser.answer_at(SHOP, &form(&[("analytics", "no")])).await;
    let (one, two) = (
        browser.send_form(&page, "#service-answers", &[]).await,
        browser.send_form(&page, "#service-answers", &[]).await,
    );
    assert_eq!(code_in(&one), code_in(&two));
    assert_eq!((sound(&site).await.records, count(&site, "connect_codes").await), (1, 1));
    // The browser keeps no cookie, and the service gets the choice all the same.
    let choice = choice_of(&site, &code_in(&one)).await;
    assert_eq!(choice["decision"]["choices"], json!({ "preferences": false, "analytics": false }));
    assert_eq!(browser.ask_code(ASKED).await.status, 303);
}
