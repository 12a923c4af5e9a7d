//! The account page: sessions, security events, and export.

use axum::http::{HeaderValue, header};
use serde_json::Value;

use super::{
    super::{
        page::{Page, encode, text},
        site::DAY,
    },
    users::{
        ANNA, BERT, DEVICE, PASSWORD, REMEMBER, SESSION, account, activity, another, count, flush, is_signed_in,
        security, sign_in, sign_out, sign_up, signed_in_browser, try_sign_in,
    },
};
use crate::http::tests::browser::Browser;

const PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36";

/// Returns the sessions as the page lists them.
fn sessions(page: &Page) -> Vec<String> {
    page.all("ul.sessions > li").into_iter().map(text).collect()
}

/// Returns the session IDs in the forms that end other sessions.
fn others(page: &Page) -> Vec<&str> {
    page.attributes("ul.sessions .end input[name=session]", "value")
}

async fn end(browser: &mut Browser, id: &str) -> Page {
    browser.post_fields("/api/session/end", encode(&[("session", id)])).await
}

#[tokio::test]
async fn every_session_is_listed_and_the_current_one_has_a_badge() {
    let mut browser = signed_in_browser(true).await;
    let page = account(&mut browser).await;
    assert_eq!(sessions(&page).len(), 1);
    assert!(!page.has("#end-others") && others(&page).is_empty(), "alone there is nothing to end but by signing out");
    browser.site.advance_clock(600);
    let mut phone = browser.site.browser();
    phone.user_agent = PHONE;
    sign_in(&mut phone, ANNA, false).await;
    let page = account(&mut phone).await;
    let parts = |part: &str| page.all(&format!("ul.sessions {part}")).into_iter().map(text).collect::<Vec<_>>();
    assert_eq!(parts("strong"), ["Phone", "Computer"]);
    assert_eq!(parts("li[data-this] .badge"), ["this browser"]);
    assert_eq!(
        parts(".session-facts li"),
        [
            "Signed in on 22 November 2026 at 12:10 UTC",
            "last used just now",
            "ends when the browser closes",
            "Signed in on 22 November 2026 at 12:00 UTC",
            "last used 9 minutes ago",
            "stays signed in",
        ]
    );
    let times = page.attributes("ul.sessions time", "datetime");
    assert_eq!(times[..2], ["2026-11-22T12:10:00Z", "2026-11-22T12:10:01Z"]);
    assert_eq!(parts(".end button"), ["Sign out Computer, signed in on 22 November 2026 at 12:00 UTC"]);
    assert!(page.has("ul.sessions > li[data-this]:first-child"));
    assert_eq!((page.all("li[data-this]").len(), others(&page).len()), (1, 1));
    browser.site.advance_clock(600);
    account(&mut browser).await;
    flush(&browser.site).await;
    let page = account(&mut browser).await;
    assert!(sessions(&page)[0].contains("last used just now"), "{:?}", sessions(&page));
    assert!(page.has("ul.sessions > li[data-this]:first-child"), "this browser stands first");
    let page = account(&mut phone).await;
    assert!(page.has("ul.sessions > li[data-this]:first-child"), "each browser stands first on its own page");
}

/// Returns the session ID that forms use for a remembered browser.
fn handle(browser: &Browser) -> String {
    let id = browser.cookies.value(REMEMBER).split_once('.').unwrap().0;
    crate::app::accounts::session_tokens::hash(id)
}

#[tokio::test]
async fn a_browser_has_the_name_that_the_user_gives_it() {
    let mut browser = signed_in_browser(true).await;
    let mut phone = browser.site.browser();
    phone.user_agent = PHONE;
    sign_in(&mut phone, ANNA, false).await;
    let page = account(&mut browser).await;
    assert!(page.has("#look"), "a new sign-in is to be looked at");
    let form = format!("ul.sessions .rename:has(input[value='{}'])", others(&page)[0]);
    let page = browser.submit(&page, &form, &[("name", " <b>Jo\u{2019}s phone</b> ")]).await;
    assert_eq!(page.text("#notice"), "The name is saved.");
    let names: Vec<_> = page.all("ul.sessions > li > div > p > strong").into_iter().map(text).collect();
    assert!(names.contains(&"<b>Jo\u{2019}s phone</b>".to_owned()), "{names:?}");
    assert!(
        page.has(".session-facts") && sessions(&page).iter().any(|said| said.contains("Phone")),
        "its kind is still said"
    );
    assert!(!page.has("#look"), "the user recognises it now");

    // The name stays with the browser, in the security events and after the next sign-in.
    sign_out(&mut phone).await;
    sign_in(&mut phone, ANNA, false).await;
    let page = security(&mut browser).await;
    assert_eq!(page.text("#activity li[data-event=signed-in] span"), "Signed in on “<b>Jo\u{2019}s phone</b>”.");
    assert!(!page.has("#attention"));
    let export: Value = serde_json::from_slice(&browser.get("/account/export").await.bytes).unwrap();
    let names = export["browsers"].as_array().unwrap().iter().map(|browser| browser["name"].clone());
    assert!(names.collect::<Vec<_>>().contains(&Value::from("<b>Jo\u{2019}s phone</b>")));

    // An empty name removes it.
    let page = account(&mut browser).await;
    let form = format!("ul.sessions .rename:has(input[value='{}'])", others(&page)[0]);
    let page = browser.submit(&page, &form, &[("name", "")]).await;
    assert!(page.all("ul.sessions > li > div > p > strong").into_iter().map(text).any(|name| name == "Phone"));

    for name in ["x".repeat(41), "a%0Ab".to_owned(), "a%E2%80%AEb".to_owned()] {
        let fields = format!("session={}&name={name}", handle(&browser));
        assert_eq!(browser.post_fields("/api/session/name", fields).await.status, 400, "{name}");
    }
    assert_eq!(browser.site.browser().post_fields("/api/session/name", "session=a&name=b").await.status, 403);
}

#[tokio::test]
async fn a_browser_of_somebody_else_cannot_be_named() {
    let mut browser = signed_in_browser(true).await;
    let mut bert = browser.site.browser();
    sign_up(&mut bert, BERT, true).await;
    let fields = format!("session={}&name=Mine", handle(&bert));
    assert_eq!(browser.post_fields("/api/session/name", fields).await.status, 303);
    assert!(!account(&mut bert).await.text(".sessions").contains("Mine"));
}

#[tokio::test]
async fn one_other_session_is_ended() {
    let mut browser = signed_in_browser(true).await;
    let (mut second, mut third) = (another(&browser, true).await, another(&browser, true).await);
    let page = account(&mut browser).await;
    let form = format!("ul.sessions .end:has(input[value='{}'])", handle(&second));
    let page = browser.submit(&page, &form, &[]).await;
    assert_eq!(page.text("#notice"), "That browser is signed out.");
    assert_eq!(sessions(&page).len(), 2);
    assert!(!is_signed_in(&mut second).await);
    assert!(is_signed_in(&mut third).await && is_signed_in(&mut browser).await);
    assert_eq!(activity(&mut browser).await[0], "ended");
}

#[tokio::test]
async fn all_other_sessions_are_ended() {
    let mut browser = signed_in_browser(true).await;
    let (mut second, mut third) = (another(&browser, true).await, another(&browser, false).await);
    let page = account(&mut browser).await;
    let page = browser.submit(&page, "#end-others", &[]).await;
    assert_eq!((page.text("#notice"), sessions(&page).len()), ("All other browsers are signed out.".to_owned(), 1));
    assert!(!is_signed_in(&mut second).await && !is_signed_in(&mut third).await);
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(activity(&mut browser).await[0], "others-ended");
}

#[tokio::test]
async fn a_session_of_somebody_else_cannot_be_ended() {
    let mut browser = signed_in_browser(true).await;
    let mut bert = browser.site.browser();
    sign_up(&mut bert, BERT, true).await;
    let id = bert.cookies.value(REMEMBER).split_once('.').unwrap().0.to_owned();
    let before = activity(&mut browser).await;
    for id in [handle(&bert).as_str(), id.as_str(), "", "x", "' OR 1=1 --"] {
        assert_eq!(end(&mut browser, id).await.status, 303, "{id}");
    }
    browser.post_fields("/api/session/end_others", "").await;
    assert!(is_signed_in(&mut bert).await);
    assert_eq!(activity(&mut browser).await, before, "nothing was ended, so nothing is told");
    assert_eq!(activity(&mut bert).await, ["signed-up"]);
}

#[tokio::test]
async fn ending_the_current_session_signs_out() {
    let mut browser = signed_in_browser(true).await;
    let chosen = handle(&browser);
    let answer = end(&mut browser, &chosen).await;
    assert_eq!(
        (answer.status.as_u16(), answer.set_and_removed()),
        (303, (vec!["__Host-Http-visit"], vec![REMEMBER, SESSION]))
    );
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(count(&browser.site, "sessions").await, 0);
}

#[tokio::test]
async fn security_events_are_shown_as_plain_sentences() {
    let mut browser = signed_in_browser(false).await;
    browser.site.advance_clock(60);
    let mut phone = browser.site.browser();
    phone.user_agent = PHONE;
    try_sign_in(&mut phone, ANNA, "not the password", false).await;
    flush(&browser.site).await;
    let said = |page: &Page, event: &str| page.text(&format!("#activity li[data-event={event}] span"));
    let page = security(&mut browser).await;
    assert_eq!(said(&page, "failed"), "Wrong password entered on a phone.");
    try_sign_in(&mut phone, ANNA, "not this one either", false).await;
    flush(&browser.site).await;
    let page = security(&mut browser).await;
    assert_eq!(said(&page, "failed"), "Wrong password entered 2 times that day, last on a phone.");
    sign_in(&mut phone, ANNA, false).await;
    sign_out(&mut phone).await;
    browser.site.advance_clock(60);
    let page = security(&mut browser).await;
    assert_eq!(said(&page, "signed-in-from-new"), "First sign-in on a phone.");
    assert_eq!(said(&page, "signed-out"), "You signed out on a phone.");
    assert_eq!(said(&page, "signed-up"), "You created this account on this browser.");
    assert_eq!(page.attributes("#attention li", "data-event"), ["signed-in-from-new"], "two failures are slips");
    assert!(account(&mut browser).await.has("#look a[href='/account/security']"));
    sign_in(&mut phone, ANNA, false).await;
    let page = security(&mut browser).await;
    assert_eq!(said(&page, "signed-in"), "Signed in on a phone.");
}

#[tokio::test]
async fn a_browser_is_known_for_a_hundred_and_eighty_days() {
    let mut browser = signed_in_browser(false).await;
    for (days, event) in [(179, "signed-in"), (179, "signed-in"), (180, "signed-in-from-new")] {
        browser.site.advance_clock(days * DAY);
        sign_in(&mut browser, ANNA, false).await;
        assert_eq!(activity(&mut browser).await[0], event, "after {days} days");
    }
    assert_eq!(browser.cookies.find(DEVICE).and_then(|held| held.max_age), Some(180 * DAY));
}

#[tokio::test]
async fn security_events_are_stored_for_a_hundred_and_eighty_days() {
    let mut browser = signed_in_browser(false).await;
    browser.site.advance_clock(180 * DAY);
    sign_in(&mut browser, ANNA, false).await;
    assert_eq!(activity(&mut browser).await.len(), 2, "to the second");
    browser.site.advance_clock(1);
    another(&browser, false).await;
    assert!(!activity(&mut browser).await.contains(&"signed-up".to_owned()));
}

#[tokio::test]
async fn an_export_has_everything_of_a_user_and_no_secret() {
    let mut browser = signed_in_browser(true).await;
    browser.decide("yes", "no").await;
    let page = browser.get("/preferences").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large")]).await;
    // Too short for the next request to update the last use.
    browser.site.advance_clock(59);
    let mut phone = browser.site.browser();
    phone.user_agent = PHONE;
    sign_in(&mut phone, ANNA, false).await;
    sign_up(&mut browser.site.browser(), BERT, false).await;
    let page = browser.get("/account/export").await;
    assert_eq!((page.status.as_u16(), page.header(header::CONTENT_TYPE)), (200, Some("application/json")));
    assert_eq!(page.header(header::CONTENT_DISPOSITION), Some("attachment; filename=\"account.json\""));
    let told: Value = serde_json::from_slice(&page.bytes).unwrap();
    assert_eq!((told["email"].as_str(), told["created_at"].as_str()), (Some(ANNA), Some("2026-11-22T12:00:00Z")));
    let choice = |purpose: &str, granted: bool| serde_json::json!({"purpose": purpose, "granted": granted, "answered_at": "2026-11-22T12:00:00Z", "signal_at_answer": null});
    assert_eq!(
        told["decision"]["choices"],
        serde_json::json!([choice("analytics", false), choice("preferences", true)])
    );
    assert_eq!(told["decision"]["policy_version"], "1.1");
    assert_eq!(told["appearance"], serde_json::json!({"theme": "dark", "text_size": "large"}));
    assert_eq!(
        told["browsers"],
        serde_json::json!([
            {
                "name": null, "device": "phone", "created_at": "2026-11-22T12:00:59Z",
                "token_issued_at": "2026-11-22T12:00:59Z", "last_used_at": "2026-11-22T12:01:00Z",
                "is_persistent": false, "is_bound": false, "this_one": false
            },
            {
                "name": null, "device": "computer", "created_at": "2026-11-22T12:00:00Z",
                "token_issued_at": "2026-11-22T12:00:00Z", "last_used_at": "2026-11-22T12:00:01Z",
                "is_persistent": true, "is_bound": false, "this_one": true
            },
        ])
    );
    assert_eq!(told["decision"]["collected_via"], "preferences");
    let known = |at: &str| serde_json::json!({"name": null, "last_signed_in_at": at});
    assert_eq!(
        told["known_browsers"],
        serde_json::json!([known("2026-11-22T12:00:59Z"), known("2026-11-22T12:00:00Z")])
    );
    assert_eq!(told["password_reset_token_expires_at"], Value::Null);
    let events: Vec<_> =
        told["security_events"].as_array().unwrap().iter().map(|event| event["event"].as_str()).collect();
    assert_eq!(events, [Some("signed-in-from-new"), Some("signed-up")]);
    let records = told["records"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["event"]["decided_at"], "2026-11-22T12:00:00Z");
    let whole = String::from_utf8(page.bytes.to_vec()).unwrap();
    let cookies = browser.cookies.all().iter().chain(phone.cookies.all());
    for held in cookies.filter(|held| [SESSION, REMEMBER, DEVICE].contains(&held.name.as_str())) {
        assert!(!whole.contains(held.value.split('.').next_back().unwrap()), "{}", held.name);
    }
    for secret in ["$argon2", PASSWORD, BERT] {
        assert!(!whole.contains(secret), "{secret}");
    }
    assert_eq!(page.headers.get(header::CACHE_CONTROL), Some(&HeaderValue::from_static("no-store")));
}

#[tokio::test]
async fn an_anonymous_visitor_cannot_export() {
    let user = signed_in_browser(false).await;
    let page = user.site.browser().get("/account/export").await;
    assert_eq!((page.status.as_u16(), page.header(header::LOCATION)), (303, Some("/sign-in?return_to=/account")));
    assert!(page.bytes.is_empty());
}
