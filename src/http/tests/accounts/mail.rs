//! What the site does where it sends mail: sign-up, password reset, confirmation and notices.
//!
//! The messages are read from the outbox; `end2end/tests/mail.spec.ts` sends them to a real server.

use rusqlite::Connection;

use super::{
    passkeys,
    users::{
        ANNA, BERT, OTHER_PASSWORD, PASSWORD, activity, count, flush, is_signed_in, operator, security, sign_in,
        signed_in_browser, try_sign_in,
    },
};
use crate::{
    app::mail::{Outbox, deliver_once},
    domain::account::{credentials::Email, mail::MailKind},
    http::tests::{
        authenticator::Authenticator,
        browser::Browser,
        page::{Page, encode},
        site::{DAY, Site, SiteParts, site_with},
    },
    store::QueuedMail,
    system::smtp::{Encryption, Mailer, SmtpServer},
};

/// Returns a mail server that nobody can reach.
pub(in crate::http::tests) fn with_mail(parts: &mut SiteParts) {
    let (host, encryption) = ("127.0.0.1".to_owned(), Encryption::Plaintext);
    let server = SmtpServer { host, port: 1, encryption, credentials: None };
    let sender = Email::parse("noreply@example.org").unwrap();
    parts.app.mail = Outbox::new(Mailer::new(&server, "Acme", &sender, "localhost").unwrap(), 60);
}

/// Returns a site that sends mail.
fn mail_site() -> Site {
    site_with(with_mail)
}

/// Returns the messages that wait, oldest first.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
pub(in crate::http::tests) async fn mails(site: &Site) -> Vec<QueuedMail> {
    flush(site).await;
    site.state.store.read(|tx| tx.mails()).await.unwrap()
}

/// Returns the one message of that kind to the address.
pub(in crate::http::tests) async fn mail_of(site: &Site, kind: MailKind, to: &str) -> QueuedMail {
    let mut found: Vec<_> = mails(site).await;
    found.retain(|queued| queued.mail.kind == kind && queued.mail.recipient.as_str() == to);
    assert_eq!(found.len(), 1, "{kind:?} to {to}");
    found.remove(0)
}

/// Returns the kinds of the messages to the address, oldest first.
async fn kinds(site: &Site, to: &str) -> Vec<MailKind> {
    let found = mails(site).await.into_iter().filter(|queued| queued.mail.recipient.as_str() == to);
    found.map(|queued| queued.mail.kind).collect()
}

/// Returns the path and query of the link in a message.
pub(in crate::http::tests) fn link(queued: &QueuedMail) -> String {
    format!("/en{}?token={}", queued.mail.kind.page(), queued.mail.token.as_ref().unwrap())
}

/// Deletes the messages that wait, as a server that took them would.
pub(in crate::http::tests) async fn take_all(site: &Site) {
    for queued in mails(site).await {
        site.state.store.write(move |tx| tx.delete_mail(&queued)).await.unwrap();
    }
}

/// Sends the sign-up form and returns the response.
async fn ask_to_sign_up(browser: &mut Browser, email: &str) -> Page {
    let page = browser.get("/sign-up").await;
    browser.send_form(&page, "#sign-up", &[("email", email), ("new_password", PASSWORD)]).await
}

/// Sends the form for a new password and returns the response.
async fn ask_for_reset(browser: &mut Browser, email: &str) -> Page {
    let page = browser.get("/sign-in/forgotten").await;
    browser.send_form(&page, "#ask-for-reset", &[("email", email)]).await
}

/// Returns a browser that signed up by mail and is signed in, with no message left.
pub(in crate::http::tests) async fn confirmed_user(site: &Site, email: &str) -> Browser {
    let mut browser = site.browser();
    ask_to_sign_up(&mut browser, email).await;
    let page = browser.get(&link(&mail_of(site, MailKind::ConfirmEmail, email).await)).await;
    let page = browser.submit(&page, "#confirm", &[("password", PASSWORD)]).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    take_all(site).await;
    browser
}

/// What a client sees of a response, without the address that it sent.
pub(in crate::http::tests) fn seen(answer: &Page, email: &str) -> (u16, Vec<String>, String) {
    let headers = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    let body = String::from_utf8(answer.without_keys()).unwrap().replace(email, "…");
    (answer.status.as_u16(), headers, body)
}

#[tokio::test]
async fn an_account_is_created_by_the_link_and_the_password_together() {
    let site = mail_site();
    let mut browser = site.browser();
    let answer = ask_to_sign_up(&mut browser, ANNA).await;
    assert_eq!(answer.header("location"), Some("/sign-in?notice=sign-up-mail-sent"));
    assert_eq!(count(&site, "accounts").await, 0);
    assert!(!is_signed_in(&mut browser).await);
    let link = link(&mail_of(&site, MailKind::ConfirmEmail, ANNA).await);
    for _ in 0..2 {
        let page = site.browser().get(&link).await;
        assert!(page.text("main").contains(ANNA), "{}", page.text("main"));
    }
    let page = browser.get(&link).await;
    let wrong = browser.send_form(&page, "#confirm", &[("password", OTHER_PASSWORD)]).await;
    assert_eq!((wrong.status.as_u16(), wrong.text("#password-problem").as_str()), (422, "Wrong password."));
    assert_eq!(count(&site, "accounts").await, 0, "the link alone is not enough");
    let page = browser.submit(&wrong, "#confirm", &[("password", PASSWORD)]).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    assert!(security(&mut browser).await.text("#email").contains("Confirmed on"));
    let over = site.browser().get(&link).await;
    assert_eq!((over.status.as_u16(), over.text("h1").as_str()), (410, "This link no longer works"));
}

#[tokio::test]
async fn a_user_hears_of_a_passkey_that_comes_or_goes() {
    let site = mail_site();
    let mut browser = confirmed_user(&site, ANNA).await;
    passkeys::add(&mut browser, &mut Authenticator::new(1), "Phone").await;
    assert_eq!(kinds(&site, ANNA).await, [MailKind::PasskeyAdded]);
    take_all(&site).await;
    let page = browser.get("/account/passkey/remove").await;
    let id = page.attributes("#passkey option:last-child", "value")[0].to_owned();
    let fields = encode(&[("passkey", &*id), ("password", PASSWORD)]);
    assert_eq!(browser.post_fields("/account/passkey/remove", fields.clone()).await.status, 303);
    assert_eq!(kinds(&site, ANNA).await, [MailKind::PasskeyRemoved]);
    assert_eq!(browser.post_fields("/account/passkey/remove", fields).await.status, 303);
    assert_eq!(kinds(&site, ANNA).await, [MailKind::PasskeyRemoved], "it was removed once");
}

#[tokio::test]
async fn a_sign_up_link_expires_and_is_deleted() {
    let site = mail_site();
    ask_to_sign_up(&mut site.browser(), ANNA).await;
    let link = link(&mail_of(&site, MailKind::ConfirmEmail, ANNA).await);
    site.advance_clock(3 * DAY);
    assert_eq!(site.browser().get(&link).await.status, 410);
    let token = link.split_once("token=").unwrap().1;
    let answer = site.browser().post_fields("/confirm", encode(&[("token", token), ("password", PASSWORD)])).await;
    assert_eq!((answer.status.as_u16(), count(&site, "accounts").await), (410, 0));
}

#[tokio::test]
async fn a_sign_up_says_the_same_for_a_known_and_an_unknown_address() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    site.advance_clock(3_600);
    let mut answers = Vec::new();
    for email in [ANNA, BERT] {
        let mut browser = site.browser();
        let answer = ask_to_sign_up(&mut browser, email).await;
        let page = browser.follow(&answer, &answer).await;
        answers.push((seen(&answer, email), seen(&page, email)));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(kinds(&site, ANNA).await, [MailKind::AccountExists], "its owner is told");
    assert_eq!(kinds(&site, BERT).await, [MailKind::ConfirmEmail]);
    assert_eq!(count(&site, "accounts").await, 1);
}

#[tokio::test]
async fn a_sign_up_hashes_a_password_for_a_known_and_an_unknown_address() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    // In turns, so that what else the machine does slows both down.
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for (own, email) in times.iter_mut().zip([ANNA, BERT]) {
            site.advance_clock(3_600);
            let mut browser = site.browser();
            let page = browser.get("/sign-up").await;
            let begun = std::time::Instant::now();
            browser.send_form(&page, "#sign-up", &[("email", email), ("new_password", PASSWORD)]).await;
            own.push(begun.elapsed());
        }
    }
    let median = times.map(|mut own| {
        own.sort_unstable();
        own[2]
    });
    assert!(median[0] < median[1] * 2 && median[1] < median[0] * 2, "known {:?}, unknown {:?}", median[0], median[1]);
}

#[tokio::test]
async fn a_request_for_a_new_password_says_the_same_for_a_known_and_an_unknown_address() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    let mut answers = Vec::new();
    for email in [ANNA, BERT] {
        let mut browser = site.browser();
        let answer = ask_for_reset(&mut browser, email).await;
        let page = browser.follow(&answer, &answer).await;
        assert!(page.text("#notice").starts_with("If the address that you entered has an account"));
        answers.push((seen(&answer, email), seen(&page, email)));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(kinds(&site, ANNA).await, [MailKind::PasswordReset]);
    assert!(kinds(&site, BERT).await.is_empty());
    let wrong = ask_for_reset(&mut site.browser(), "anna").await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.text("#email-problem"), "Enter an email address, such as name@example.org.");
}

#[tokio::test]
async fn a_link_from_the_mail_sets_a_new_password_once_within_an_hour() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    let mut browser = site.browser();
    ask_for_reset(&mut browser, ANNA).await;
    let first = link(&mail_of(&site, MailKind::PasswordReset, ANNA).await);
    site.advance_clock(3_600);
    assert_eq!(browser.get(&first).await.status, 410, "an hour is over");
    take_all(&site).await;
    ask_for_reset(&mut browser, ANNA).await;
    let second = link(&mail_of(&site, MailKind::PasswordReset, ANNA).await);
    site.advance_clock(3_599);
    let page = browser.get(&second).await;
    browser.submit(&page, "#reset-password", &[("new_password", OTHER_PASSWORD)]).await;
    assert!(is_signed_in(&mut browser).await && !is_signed_in(&mut anna).await);
    assert_eq!(browser.get(&second).await.status, 410, "it works once");
    assert_eq!(
        kinds(&site, ANNA).await,
        [MailKind::PasswordReset, MailKind::PasswordChanged],
        "the owner is told that the password changed"
    );
    assert_eq!(activity(&mut browser).await[..3], ["link-used", "reset-requested", "reset-requested"]);
}

#[tokio::test]
async fn few_messages_go_to_one_address_whether_it_has_an_account_or_not() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    site.advance_clock(DAY);
    let mut seen = Vec::new();
    for email in [ANNA, BERT] {
        let mut answers = Vec::new();
        for _ in 0..4 {
            let answer = ask_for_reset(&mut site.browser(), email).await;
            answers.push((answer.status.as_u16(), answer.header("retry-after").map(str::to_owned)));
        }
        let answer = ask_to_sign_up(&mut site.browser(), email).await;
        answers.push((answer.status.as_u16(), answer.header("retry-after").map(str::to_owned)));
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].iter().map(|(status, _)| *status).collect::<Vec<_>>(), [303, 303, 303, 429, 429]);
    assert_eq!(seen[0][3].1.as_deref(), Some("1200"));
    assert_eq!(mails(&site).await.len(), 3);
}

#[tokio::test]
async fn one_network_cannot_have_messages_sent_to_many_addresses() {
    let site = mail_site();
    let mut browser = site.browser();
    browser.address = Some([192, 0, 2, 1].into());
    let mut statuses = Vec::new();
    for number in 0..21 {
        statuses.push(ask_for_reset(&mut browser, &format!("user{number}@example.org")).await.status.as_u16());
    }
    assert_eq!((statuses[..20].iter().all(|status| *status == 303), statuses[20]), (true, 429));
}

#[tokio::test]
async fn an_older_account_confirms_its_address_from_the_security_page() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    let before = Connection::open(site.file("harmony.db")).unwrap();
    before.execute("UPDATE accounts SET confirmed_at = NULL", []).unwrap();
    let page = security(&mut anna).await;
    assert!(page.text("#email").contains("Not confirmed."));
    let page = anna.submit(&page, "#send-confirmation", &[]).await;
    assert!(page.text("#notice").starts_with("We have sent a message to your email address."));
    let link = link(&mail_of(&site, MailKind::ConfirmEmail, ANNA).await);
    let mut elsewhere = site.browser();
    let page = elsewhere.get(&link).await;
    assert!(!page.has("#password"), "the mailbox is the proof");
    let page = elsewhere.submit(&page, "#confirm", &[]).await;
    assert_eq!(page.text("#notice"), "Your email address is confirmed.");
    assert!(!is_signed_in(&mut elsewhere).await);
    assert!(security(&mut anna).await.text("#email").contains("Confirmed on"));
    assert_eq!(activity(&mut anna).await[0], "email-confirmed");
    assert_eq!(elsewhere.get(&link).await.status, 410);
}

#[tokio::test]
async fn a_user_who_asks_for_too_many_confirmations_is_told_how_long_to_wait() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    let before = Connection::open(site.file("harmony.db")).unwrap();
    before.execute("UPDATE accounts SET confirmed_at = NULL", []).unwrap();
    let mut last = None;
    for _ in 0..4 {
        let page = security(&mut anna).await;
        last = Some(anna.send_form(&page, "#send-confirmation", &[]).await);
    }
    let limited = last.unwrap();
    assert_eq!(limited.status, 429);
    assert_eq!(limited.header("retry-after"), Some("1200"));
    assert_eq!(limited.text("#wait"), "You can try again in 20 minutes.");
    assert_eq!(limited.attributes("main ul li:first-child a", "href"), ["/account/security"]);
}

#[tokio::test]
async fn the_link_about_a_new_browser_signs_that_browser_out_and_no_other() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    let mut thief = site.browser();
    sign_in(&mut thief, ANNA, true).await;
    let queued = mail_of(&site, MailKind::NewBrowser, ANNA).await;
    // A new password of the thief's session does not disconnect it from the link.
    let page = thief.get("/account/password").await;
    let fields = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    thief.submit(&page, "#change-password", &fields).await;
    assert!(is_signed_in(&mut thief).await);
    let mut elsewhere = site.browser();
    let page = elsewhere.get(&link(&queued)).await;
    assert!(is_signed_in(&mut thief).await, "opening the link does nothing");
    let page = elsewhere.submit(&page, "#confirm", &[]).await;
    assert_eq!(page.address.split('?').next(), Some("/en/sign-in/forgotten"));
    assert!(page.text("#notice").starts_with("That browser is signed out."));
    assert!(!is_signed_in(&mut thief).await);
    assert_eq!(elsewhere.get(&link(&queued)).await.status, 410);
    assert!(!is_signed_in(&mut anna).await, "the thief's new password had signed it out");
}

#[tokio::test]
async fn a_known_browser_causes_no_message_and_an_unconfirmed_address_gets_none() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    super::users::sign_out(&mut anna).await;
    sign_in(&mut anna, ANNA, false).await;
    assert!(mails(&site).await.is_empty());
    let before = Connection::open(site.file("harmony.db")).unwrap();
    before.execute("UPDATE accounts SET confirmed_at = NULL", []).unwrap();
    sign_in(&mut site.browser(), ANNA, false).await;
    let page = anna.get("/account/password").await;
    let fields = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    anna.submit(&page, "#change-password", &fields).await;
    assert!(mails(&site).await.is_empty());
}

#[tokio::test]
async fn a_changed_password_and_a_deleted_account_are_told_to_the_owner() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    let page = anna.get("/account/password").await;
    let fields = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    anna.submit(&page, "#change-password", &fields).await;
    assert_eq!(kinds(&site, ANNA).await, [MailKind::PasswordChanged]);
    let page = anna.get("/account/delete").await;
    anna.submit(&page, "#delete-account", &[("password", OTHER_PASSWORD)]).await;
    assert_eq!(count(&site, "accounts").await, 0);
    let left = mails(&site).await;
    assert_eq!(left.iter().map(|queued| queued.mail.kind).collect::<Vec<_>>(), [MailKind::AccountDeleted]);
    assert_eq!(left[0].mail.account, None);
}

#[tokio::test]
async fn the_page_of_a_token_is_not_stored_and_sends_no_referrer_to_other_sites() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    ask_to_sign_up(&mut site.browser(), BERT).await;
    ask_for_reset(&mut site.browser(), ANNA).await;
    let links =
        [mail_of(&site, MailKind::ConfirmEmail, BERT).await, mail_of(&site, MailKind::PasswordReset, ANNA).await];
    for queued in &links {
        let page = site.browser().get(&link(queued)).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_link_from_elsewhere_does_not_claim_that_something_was_done() {
    let site = mail_site();
    let mut anna = confirmed_user(&site, ANNA).await;
    for address in [
        "/sign-in?notice=sign-up-mail-sent",
        "/sign-in?notice=reset-mail-sent",
        "/sign-in?notice=email-confirmed",
        "/sign-in/forgotten?notice=browser-signed-out",
    ] {
        assert!(!site.browser().get(address).await.has("#notice"), "{address}");
    }
    for address in ["/account/security?notice=confirmation-sent", "/account/security?notice=email-confirmed"] {
        assert!(!anna.get(address).await.has("#notice"), "{address}");
    }
}

#[tokio::test]
async fn another_site_cannot_redeem_a_link_in_a_visitors_browser() {
    let site = mail_site();
    ask_to_sign_up(&mut site.browser(), BERT).await;
    let queued = mail_of(&site, MailKind::ConfirmEmail, BERT).await;
    let victim = site.browser();
    let request = victim
        .request(axum::http::Method::POST, "/confirm")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .header("content-type", crate::http::tests::browser::FORM);
    let fields = encode(&[("token", queued.mail.token.as_deref().unwrap()), ("password", PASSWORD)]);
    let mut victim = victim;
    assert_eq!(victim.send(request, fields.into()).await.status, 403);
    assert_eq!(count(&site, "accounts").await, 0);
}

#[tokio::test]
async fn the_database_has_no_token_of_a_link_once_the_message_is_sent() {
    let site = mail_site();
    ask_to_sign_up(&mut site.browser(), BERT).await;
    let queued = mail_of(&site, MailKind::ConfirmEmail, BERT).await;
    take_all(&site).await;
    let token = queued.mail.token.unwrap();
    let rows = super::users::rows(&site, "one_time_links").await;
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains(&token));
}

#[tokio::test]
async fn without_mail_everything_is_as_before_and_the_pages_say_what_is_missing() {
    let mut anna = signed_in_browser(false).await;
    let site = anna.site.clone();
    assert!(security(&mut anna).await.text("#email").contains("This site sends no email."));
    assert!(!security(&mut anna).await.has("#send-confirmation"));
    let page = site.browser().get("/sign-in").await;
    assert!(page.text("main").contains("Ask the site owner for a link"));
    let page = site.browser().get("/sign-in/forgotten").await;
    assert!(page.text("main").contains("Ask the site owner for a link") && !page.has("#ask-for-reset"));
    assert_eq!(site.browser().get("/confirm?token=a").await.status, 410);
    let answer = site.browser().post_fields("/sign-in/forgotten", encode(&[("email", ANNA)])).await;
    assert_eq!(answer.status, 404);
    assert!(mails(&site).await.is_empty());
}

#[tokio::test]
async fn a_disabled_account_gets_no_link_for_a_new_password() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    operator(&site).set_disabled(ANNA, true).await.unwrap();
    assert_eq!(ask_for_reset(&mut site.browser(), ANNA).await.status, 303);
    assert!(mails(&site).await.is_empty());
    assert_eq!(try_sign_in(&mut site.browser(), ANNA, OTHER_PASSWORD, false).await.status, 422);
}

/// Returns when the next message is due.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
async fn due_at(site: &Site) -> i64 {
    site.state.store.read(|tx| tx.mails_waiting()).await.unwrap().1.unwrap().0
}

#[tokio::test]
async fn a_message_is_tried_again_with_growing_pauses_and_given_up_with_a_security_event() {
    let site = mail_site();
    confirmed_user(&site, ANNA).await;
    sign_in(&mut site.browser(), ANNA, false).await;
    deliver_once(&site.state).await.unwrap();
    let mut waited = Vec::new();
    while let [queued] = &mails(&site).await[..] {
        assert_eq!(usize::try_from(queued.attempts).unwrap(), waited.len() + 1);
        let pause = due_at(&site).await - site.now();
        waited.push(pause);
        site.advance_clock(pause - 1);
        deliver_once(&site.state).await.unwrap();
        assert_eq!(mails(&site).await[0].attempts, queued.attempts, "not before it is due");
        site.advance_clock(1);
        deliver_once(&site.state).await.unwrap();
    }
    assert_eq!(waited[..4], [60, 120, 240, 480]);
    assert!((3 * DAY..3 * DAY + 4 * 3_600).contains(&waited.iter().sum::<i64>()), "{waited:?}");
    let mut anna = site.browser();
    sign_in(&mut anna, ANNA, false).await;
    assert_eq!(activity(&mut anna).await[..2], ["signed-in-from-new", "mail-given-up"]);
}

#[tokio::test]
async fn a_message_is_in_the_language_of_the_form() {
    let site = mail_site();
    let mut browser = site.browser();
    let page = browser.get("/de/sign-up").await;
    browser.send_form(&page, "#sign-up", &[("email", BERT), ("new_password", PASSWORD)]).await;
    assert_eq!(mail_of(&site, MailKind::ConfirmEmail, BERT).await.mail.locale.tag(), "de");
}
