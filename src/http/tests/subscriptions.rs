//! Subscriptions to messages about new versions: double opt-in, the end, and who is told of what.
//!
//! `end2end/tests/subscriptions.spec.ts` sends the messages to a real mail server.

use axum::{
    body::Body,
    http::{Method, header},
};
use time::macros::date;

use super::{
    accounts::{
        mail::{confirmed_user, link, mail_of, mails, seen, take_all, with_mail},
        users::{ANNA, BERT, PASSWORD, count},
    },
    browser::{Browser, FORM},
    page::Page,
    site::{DAY, Site, setup, site_with, site_with_notice},
};
use crate::{app::subscriptions::tell_due, domain::account::mail::MailKind, store::tests::cluster};

/// The effective day of the edition: 14 days and some hours after the tests begin.
const EFFECTIVE: time::Date = date!(2026 - 12 - 07);

/// Returns a site that sends mail, with an edition that subscribers are told of tomorrow.
fn mail_site() -> Site {
    site_with_notice(EFFECTIVE, (None, 0), with_mail)
}

async fn ask(browser: &mut Browser, email: &str) -> Page {
    let page = browser.get("/policy/subscribe").await;
    browser.send_form(&page, "#subscribe", &[("email", email)]).await
}

/// Subscribes an address by its message, and leaves no message.
async fn subscribe(site: &Site, email: &str) {
    let mut browser = site.browser();
    ask(&mut browser, email).await;
    let queued = mail_of(site, MailKind::ConfirmSubscription, email).await;
    let page = browser.get(&link(&queued)).await;
    let page = browser.submit(&page, "#confirm", &[]).await;
    assert!(page.text("#notice").starts_with("You get a message before"), "{}", page.text("#notice"));
    take_all(site).await;
}

/// Writes what is due and returns who is told, in the order of the addresses.
async fn told(site: &Site) -> Vec<String> {
    tell_due(&site.state).await.unwrap();
    let mut told: Vec<_> = mails(site).await.into_iter().filter(|queued| queued.mail.notice.is_some()).collect();
    told.sort_by(|one, other| one.mail.recipient.as_str().cmp(other.mail.recipient.as_str()));
    told.into_iter().map(|queued| queued.mail.recipient.to_string()).collect()
}

/// Returns the token of the link that ends a subscription.
async fn stop_token(site: &Site, email: &str) -> String {
    mail_of(site, MailKind::PolicyChanged, email).await.mail.notice.unwrap().0
}

/// Posts as a mail provider: without a cookie and an origin.
async fn one_click(site: &Site, token: &str, kind: &str, body: &str) -> Page {
    let mut provider = site.browser();
    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri(format!("/en/api/unsubscribe?token={token}"))
        .header(header::HOST, "localhost:3000")
        .header(header::CONTENT_TYPE, kind);
    provider.send(request, Body::from(body.to_owned())).await
}

#[tokio::test]
async fn an_address_is_subscribed_after_its_owner_confirms() {
    let site = mail_site();
    let mut browser = site.browser();
    let answer = ask(&mut browser, ANNA).await;
    assert_eq!(answer.header("location"), Some("/policy/subscribe?notice=subscription-mail-sent"));
    let link = link(&mail_of(&site, MailKind::ConfirmSubscription, ANNA).await);
    for _ in 0..2 {
        let page = site.browser().get(&link).await;
        assert!(page.text("main").contains(ANNA));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    assert_eq!(count(&site, "subscriptions").await, 0, "opening the link does nothing");
    let page = browser.get(&link).await;
    browser.submit(&page, "#confirm", &[]).await;
    assert_eq!(count(&site, "subscriptions").await, 1);
    assert_eq!(site.browser().get(&link).await.status, 410);
}

#[tokio::test]
async fn a_subscription_that_nobody_confirms_leaves_nothing() {
    let site = mail_site();
    ask(&mut site.browser(), ANNA).await;
    let link = link(&mail_of(&site, MailKind::ConfirmSubscription, ANNA).await);
    site.advance_clock(3 * DAY);
    assert_eq!(site.browser().get(&link).await.status, 410);
    let now = crate::domain::Timestamp(site.now());
    site.state.store.write(move |tx| tx.delete_expired_one_time_links(now)).await.unwrap();
    assert_eq!((count(&site, "one_time_links").await, count(&site, "subscriptions").await), (0, 0));
}

#[tokio::test]
async fn the_form_says_and_sends_the_same_for_a_subscribed_and_an_unknown_address() {
    let site = mail_site();
    subscribe(&site, ANNA).await;
    site.advance_clock(3_600);
    let mut answers = Vec::new();
    for email in [ANNA, BERT] {
        let mut browser = site.browser();
        let answer = ask(&mut browser, email).await;
        let page = browser.follow(&answer, &answer).await;
        answers.push((seen(&answer, email), seen(&page, email)));
        mail_of(&site, MailKind::ConfirmSubscription, email).await;
    }
    assert_eq!(answers[0], answers[1]);
    // Confirming again changes the language, and the subscription stays the same one.
    let mut browser = site.browser();
    let german = link(&mail_of(&site, MailKind::ConfirmSubscription, ANNA).await).replace("/en/", "/de/");
    let page = browser.get(&german).await;
    browser.submit(&page, "#confirm", &[]).await;
    assert_eq!(count(&site, "subscriptions").await, 1);
    site.advance_clock(DAY);
    assert_eq!(told(&site).await, [ANNA]);
    assert_eq!(mail_of(&site, MailKind::PolicyChanged, ANNA).await.mail.locale.tag(), "de");
}

#[tokio::test]
async fn a_mailbox_gets_few_messages_that_its_owner_did_not_ask_for() {
    let site = mail_site();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&mut site.browser(), ANNA).await.status.as_u16());
    }
    assert_eq!(statuses, [303, 303, 303, 429]);
    assert_eq!(mails(&site).await.len(), 3);
}

#[tokio::test]
async fn what_is_no_address_is_refused_at_the_field() {
    let site = mail_site();
    let page = ask(&mut site.browser(), "anna").await;
    assert_eq!((page.status.as_u16(), page.attributes("#email", "value")), (422, vec!["anna"]));
    assert!(page.has("#email-problem") && mails(&site).await.is_empty());
}

#[tokio::test]
async fn without_mail_there_is_no_form_and_no_link_to_it() {
    let site = setup();
    let mut browser = site.browser();
    let page = browser.get("/policy/subscribe").await;
    assert_eq!((page.status.as_u16(), page.has("form#subscribe")), (200, false));
    assert!(!browser.get("/policy/history").await.has("a[href='/policy/subscribe']"));
    assert_eq!(browser.post_fields("/policy/subscribe", format!("email={ANNA}")).await.status, 404);
    assert!(site_with(with_mail).browser().get("/policy/history").await.has("a[href='/policy/subscribe']"));
}

#[tokio::test]
async fn subscribers_are_told_of_a_version_once_from_its_notice_day() {
    let site = mail_site();
    subscribe(&site, ANNA).await;
    assert!(told(&site).await.is_empty(), "a day too early");
    site.advance_clock(DAY);
    assert_eq!(told(&site).await, [ANNA]);
    // Who subscribes now knows.
    let mut browser = site.browser();
    ask(&mut browser, BERT).await;
    let page = browser.get(&link(&mail_of(&site, MailKind::ConfirmSubscription, BERT).await)).await;
    browser.submit(&page, "#confirm", &[]).await;
    take_all(&site).await;
    for _ in 0..20 {
        assert!(told(&site).await.is_empty(), "once");
        site.advance_clock(DAY);
    }
}

#[tokio::test]
async fn two_servers_tell_each_subscriber_once() {
    let database = cluster::shared().database();
    let sites = [1, 2].map(|number| site_with_notice(date!(2026 - 12 - 06), (Some(&database), number), with_mail));
    let subscribers = 1_203;
    for number in 0..subscribers {
        let subscription = crate::store::Subscription {
            id: format!("{number:032x}"),
            email: crate::domain::account::credentials::Email::parse(&format!("u{number}@example.org")).unwrap(),
            locale: crate::domain::i18n::locale::Locale::ENGLISH,
            confirmed_at: crate::domain::Timestamp(sites[0].now()),
        };
        sites[0].state.store.write_detached(move |tx| tx.add_subscription(&subscription));
    }
    sites[0].state.store.flush().await.unwrap();
    let (one, two) = tokio::join!(tell_due(&sites[0].state), tell_due(&sites[1].state));
    one.unwrap();
    two.unwrap();
    let told: std::collections::BTreeSet<_> =
        mails(&sites[0]).await.into_iter().map(|queued| queued.mail.recipient.to_string()).collect();
    assert_eq!((told.len(), mails(&sites[1]).await.len()), (subscribers, subscribers));
}

#[tokio::test]
async fn the_page_of_a_message_ends_the_subscription_and_what_waits_for_it() {
    let site = mail_site();
    for email in [ANNA, BERT] {
        subscribe(&site, email).await;
    }
    site.advance_clock(DAY);
    assert_eq!(told(&site).await, [ANNA, BERT]);
    let address = format!("/policy/unsubscribe?token={}", stop_token(&site, ANNA).await);
    let mut browser = site.browser();
    let page = browser.get(&address).await;
    assert!(page.text("main").contains(ANNA));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(count(&site, "subscriptions").await, 2, "opening the link ends nothing");
    let page = browser.submit(&page, "#unsubscribe", &[]).await;
    assert!(page.text("#notice").starts_with("This subscription has ended."));
    assert_eq!((count(&site, "subscriptions").await, told(&site).await), (1, vec![BERT.to_owned()]));
    let page = browser.get(&address).await;
    assert_eq!((page.status.as_u16(), page.has("#unsubscribe")), (200, false));
    assert!(!browser.get("/policy/subscribe?notice=unsubscribed").await.has("#notice"), "nothing by a crafted link");
}

#[tokio::test]
async fn a_mail_provider_ends_a_subscription_with_one_click_and_nothing_else() {
    let site = mail_site();
    for email in [ANNA, BERT] {
        subscribe(&site, email).await;
    }
    site.advance_clock(DAY);
    told(&site).await;
    let (anna, bert) = (stop_token(&site, ANNA).await, stop_token(&site, BERT).await);
    let field = "List-Unsubscribe=One-Click";
    for (token, body, status) in [
        ("0123456789abcdef0123456789abcdef", field, 200),
        (&anna, "", 400),
        (&anna, "a=b", 400),
        (&anna, &"a".repeat(1_025), 413),
        ("", field, 200),
    ] {
        assert_eq!(one_click(&site, token, FORM, body).await.status, status, "{token} {body}");
        assert_eq!(count(&site, "subscriptions").await, 2);
    }
    let answer = one_click(&site, &anna, FORM, field).await;
    assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (200, None));
    assert_eq!(count(&site, "subscriptions").await, 1);
    assert_eq!(one_click(&site, &anna, FORM, field).await.status, 200, "again");
    let part = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    assert_eq!(one_click(&site, &bert, "multipart/form-data; boundary=b", part).await.status, 200);
    assert_eq!(count(&site, "subscriptions").await, 0);
    let page = site.browser().get(&format!("/de/api/unsubscribe?token={anna}")).await;
    let to = format!("/de/policy/unsubscribe?token={anna}");
    assert_eq!((page.status.as_u16(), page.header("location")), (303, Some(to.as_str())));
}

#[tokio::test]
async fn a_confirmed_user_subscribes_in_one_step_and_takes_the_subscription_along() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    subscribe(&site, BERT).await;
    let page = anna.get("/policy/subscribe").await;
    assert_eq!(page.attributes("#email", "value"), [ANNA]);
    let page = anna.submit(&page, "#subscribe", &[]).await;
    assert!(page.text("#notice").starts_with("You get a message before"));
    assert!(mails(&site).await.is_empty());
    let export = anna.get("/account/export").await;
    assert!(
        String::from_utf8(export.bytes.to_vec()).unwrap().contains("\"subscription\": {\n    \"language\": \"en\"")
    );
    let answer = ask(&mut anna, BERT).await;
    assert_eq!(answer.header("location"), Some("/policy/subscribe?notice=subscription-mail-sent"), "not of others");
    let page = anna.get("/account/delete").await;
    anna.submit(&page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!((count(&site, "accounts").await, count(&site, "subscriptions").await), (0, 1), "only the own one");
}
