//! Passkeys: adding, removing, signing in, and what is refused.

use axum::http::header;

use super::users::{
    ANNA, BERT, OTHER_PASSWORD, PASSWORD, account, activity, count, is_signed_in, operator, security, sign_in, sign_up,
    signed_in_browser, stored_bytes, try_sign_in,
};
use crate::{
    domain::account::passkey::{CHALLENGE_LIFETIME_SECONDS, MAX_PASSKEYS},
    http::tests::{
        authenticator::Authenticator,
        browser::Browser,
        page::{Page, encode},
        site::{site_on, site_with},
    },
    store::tests::cluster,
};

/// Sends a form as the script does, with the hidden fields of the page unless `answers` has others.
pub(super) async fn send_filled(browser: &mut Browser, page: &Page, form: &str, answers: &[(&str, &str)]) -> Page {
    let hidden = |name| page.attributes(&format!("{form} input[name={name}]"), "value").first().copied();
    let is_answered = |name: &str| answers.iter().any(|(answered, _)| *answered == name);
    let kept = ["challenge", "return_to"].into_iter().filter(|name| !is_answered(name));
    let mut fields: Vec<_> = kept.filter_map(|name| hidden(name).map(|value| (name, value))).collect();
    fields.extend(answers);
    browser.post_fields(page.attributes(form, "action")[0], encode(&fields)).await
}

/// Sends the form that adds a passkey, and returns the response.
async fn try_add(browser: &mut Browser, device: &mut Authenticator, name: &str, password: &str) -> Page {
    let page = browser.get("/account/passkey").await;
    let credential = device.create(page.attributes("#add-passkey", "data-passkey")[0]);
    let answers = [("name", name), ("password", password), ("credential", &credential)];
    send_filled(browser, &page, "#add-passkey", &answers).await
}

/// Adds a passkey and opens the next page.
pub(super) async fn add(browser: &mut Browser, device: &mut Authenticator, name: &str) -> Page {
    let answer = try_add(browser, device, name, PASSWORD).await;
    let page = browser.get("/account").await;
    browser.follow(&page, &answer).await
}

/// Sends the sign-in form of a page with the answer of an authenticator, and returns the response.
async fn send(browser: &mut Browser, page: &Page, credential: &str, remember: bool) -> Page {
    let mut answers = vec![("email", ""), ("password", ""), ("credential", credential)];
    answers.extend(remember.then_some(("remember", "true")));
    send_filled(browser, page, "#sign-in", &answers).await
}

/// Signs in with a passkey, and returns the response.
pub(super) async fn use_passkey(browser: &mut Browser, device: &mut Authenticator) -> Page {
    let page = browser.get("/sign-in").await;
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    send(browser, &page, &credential, false).await
}

const REJECTED: &str = "This passkey could not be used. Try again, or use another way.";
const EXPIRED: &str = "That took too long, or was sent twice. Try again.";

/// The status of a form that is shown again, and its error.
pub(super) fn problem(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.text("#problems li"))
}

/// A browser that is signed in to Anna's account, which has this passkey.
pub(super) async fn browser_with(device: &mut Authenticator) -> Browser {
    let mut browser = signed_in_browser(false).await;
    let page = add(&mut browser, device, "Phone").await;
    assert_eq!(page.text("#notice"), "Your passkey is added. You can sign in with it now.");
    browser
}

#[tokio::test]
async fn an_attempt_that_fails_keeps_the_name_that_was_typed_and_can_be_repeated() {
    let (mut browser, mut device) = (signed_in_browser(false).await, Authenticator::new(1));
    let name = "Anna’s “blue” key & more";
    let failed = try_add(&mut browser, &mut device, name, OTHER_PASSWORD).await;
    assert_eq!(problem(&failed), (422, "Wrong password.".into()));
    assert_eq!(failed.text("#password-problem"), "Wrong password.");
    assert_eq!(failed.attributes("#add-passkey #name", "value"), [name]);
    let policy = failed.header(header::CONTENT_SECURITY_POLICY).unwrap();
    assert!(policy.contains("script-src 'self'") && failed.has("script"), "{policy}");
    let credential = device.create(failed.attributes("#add-passkey", "data-passkey")[0]);
    let answers = [("name", name), ("password", PASSWORD), ("credential", &credential)];
    let added = send_filled(&mut browser, &failed, "#add-passkey", &answers).await;
    assert_eq!(added.header(header::LOCATION), Some("/account/security?notice=passkey-added"));
}

#[tokio::test]
async fn a_passkey_is_added_listed_used_and_removed() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    let listed = security(&mut browser).await;
    assert_eq!(listed.text("#passkeys li strong"), "Phone");
    assert!(listed.text("#passkeys .sessions > li").contains("not used yet"));

    let mut other = browser.site.browser();
    let answer = use_passkey(&mut other, &mut device).await;
    assert_eq!(answer.header("location"), Some("/account?notice=signed-in"));
    assert!(account(&mut other).await.text("main").contains(ANNA));
    let used = security(&mut other).await;
    assert!(used.text("#passkeys .sessions > li").contains("last used on"));
    assert_eq!(activity(&mut other).await, ["signed-in-from-new", "passkey-added", "signed-up"]);

    let named = other.submit(&used, "#passkeys .rename", &[("name", "Old <b>phone</b>")]).await;
    assert_eq!(named.text("#notice"), "The name is saved.");
    assert_eq!(named.text("#passkeys li strong"), "Old <b>phone</b>");
    let to = used.attributes("#passkeys .end a", "href")[0].to_owned();
    let page = other.get_from(&used, &to).await;
    assert!(page.has("#remove-passkey option[selected]"), "the link chose it");
    let wrong = other.send_form(&page, "#remove-passkey", &[("password", OTHER_PASSWORD)]).await;
    assert_eq!(problem(&wrong), (422, "Wrong password.".into()));
    assert!(wrong.has(&format!("a#password[href='{to}']")), "the link leads back, and chooses it again");
    let none = other.send_form(&page, "#remove-passkey", &[("passkey", ""), ("password", PASSWORD)]).await;
    assert_eq!(problem(&none), (422, "Choose a passkey.".into()));
    assert!(none.has("a#passkey"));
    assert_eq!(count(&browser.site, "passkeys").await, 1);
    let removed = other.submit(&page, "#remove-passkey", &[("password", PASSWORD)]).await;
    assert!(removed.text("#notice").starts_with("The passkey is removed."));
    assert_eq!((removed.all("#passkeys li").len(), count(&browser.site, "passkeys").await), (0, 0));
    assert_eq!(activity(&mut other).await[0], "passkey-removed");
    let page = other.get("/account/passkey/remove").await;
    assert!(!page.has("#remove-passkey") && page.text("main").contains("Your account has no passkey."));
    let refused = use_passkey(&mut browser.site.browser(), &mut device).await;
    assert_eq!(problem(&refused), (422, REJECTED.into()));
}

#[tokio::test]
async fn what_comes_with_a_sign_in_comes_with_a_passkey_too() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    browser.decide("yes", "no").await;
    let mut other = browser.site.browser();
    let page = other.get("/sign-in?return_to=/preferences").await;
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    let answer = send(&mut other, &page, &credential, true).await;
    let page = other.follow(&page, &answer).await;
    assert!(page.address.starts_with("/preferences"), "{}", page.address);
    assert!(page.has("input[name=preferences][value=yes][checked]"), "the choice followed");
    other.cookies.clear_one("__Host-Http-session");
    assert!(is_signed_in(&mut other).await, "it is remembered");
}

#[tokio::test]
async fn an_answer_works_once() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    device.counter = 1;
    let mut other = browser.site.browser();
    let page = other.get("/sign-in").await;
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    assert_eq!(send(&mut other, &page, &credential, false).await.status, 303);
    let mut thief = browser.site.browser();
    let replayed = send(&mut thief, &page, &credential, false).await;
    assert_eq!(problem(&replayed), (422, EXPIRED.into()));
    assert!(!is_signed_in(&mut thief).await);
    assert_eq!(count(&browser.site, "used_tokens").await, 2, "that of the new passkey, and this one");
    assert!(!activity(&mut browser).await.contains(&"passkey-cloned".to_owned()), "a replay is no copy");
}

#[tokio::test]
async fn a_challenge_expires_and_is_forgotten() {
    let mut device = Authenticator::new(1);
    let browser = browser_with(&mut device).await;
    let mut other = browser.site.browser();
    let page = other.get("/sign-in").await;
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    let lifetime = i64::try_from(CHALLENGE_LIFETIME_SECONDS).unwrap();
    browser.site.advance_clock(lifetime);
    assert_eq!(problem(&send(&mut other, &page, &credential, false).await), (422, EXPIRED.into()));
    let deleted = browser.site.state.store.write(move |tx| tx.delete_expired_used_tokens(tx_now(lifetime))).await;
    assert_eq!((deleted.unwrap(), count(&browser.site, "used_tokens").await), (1, 0));
}

/// The time that many seconds after the start of a test.
fn tx_now(seconds: i64) -> crate::domain::Timestamp {
    crate::domain::Timestamp(crate::http::tests::site::NOON + seconds)
}

#[tokio::test]
async fn an_answer_to_another_site_or_without_verification_or_of_another_key_is_refused() {
    let mut device = Authenticator::new(1);
    let browser = browser_with(&mut device).await;
    for (case, change) in [
        ("wrong origin", (|device| device.origin = "http://localhost:3001") as fn(&mut Authenticator)),
        ("wrong site", |device| device.origin = "https://evil.example"),
        ("no verification", |device| device.verifies = false),
    ] {
        let mut forged = device.clone();
        change(&mut forged);
        let mut other = browser.site.browser();
        assert_eq!(problem(&use_passkey(&mut other, &mut forged).await), (422, REJECTED.into()), "{case}");
        assert!(!is_signed_in(&mut other).await, "{case}");
    }
    let mut unknown = Authenticator::new(2);
    let page = browser.site.browser().get("/sign-in").await;
    assert_eq!(problem(&use_passkey(&mut browser.site.browser(), &mut unknown).await).0, 422, "never added");
    // The signature is for the challenge of another page.
    let mut other = browser.site.browser();
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    let page = other.get("/sign-in").await;
    assert_eq!(problem(&send(&mut other, &page, &credential, false).await), (422, REJECTED.into()));
    for nonsense in ["x", "{}", "[]", "null", "{\"id\":\"\",\"rawId\":\"\",\"type\":\"\",\"response\":{}}"] {
        assert_eq!(problem(&send(&mut other, &page, nonsense, false).await), (422, REJECTED.into()), "{nonsense}");
    }
    let forged = [("email", ""), ("password", ""), ("challenge", "x"), ("credential", &*credential)];
    assert_eq!(problem(&send_filled(&mut other, &page, "#sign-in", &forged).await), (422, EXPIRED.into()));
    assert!(use_passkey(&mut other, &mut device).await.status == 303, "the passkey itself still works");
}

#[tokio::test]
async fn a_copied_passkey_is_refused_and_reported() {
    let mut device = Authenticator::new(1);
    device.counter = 5;
    let mut browser = browser_with(&mut device).await;
    let mut copy = device.clone();
    device.counter = 7;
    assert_eq!(use_passkey(&mut browser.site.browser(), &mut device).await.status, 303);
    for counter in [0, 6, 7] {
        copy.counter = counter;
        let mut thief = browser.site.browser();
        assert_eq!(problem(&use_passkey(&mut thief, &mut copy).await), (422, REJECTED.into()), "{counter}");
        assert!(!is_signed_in(&mut thief).await);
    }
    assert_eq!(activity(&mut browser).await.iter().filter(|event| *event == "passkey-cloned").count(), 3);
    assert!(security(&mut browser).await.text("#attention").contains("its counter went back"));
    device.counter = 8;
    assert_eq!(use_passkey(&mut browser.site.browser(), &mut device).await.status, 303, "its owner still gets in");
}

#[tokio::test]
async fn adding_one_needs_the_password_and_a_challenge_of_this_account() {
    let mut device = Authenticator::new(1);
    let mut browser = signed_in_browser(false).await;
    let answer = try_add(&mut browser, &mut device, "Phone", OTHER_PASSWORD).await;
    assert_eq!(problem(&answer), (422, "Wrong password.".into()));
    assert!(answer.has("#add-passkey[data-passkey] #password"), "a new attempt needs a new challenge");
    let answer = try_add(&mut browser, &mut device, &"x".repeat(41), PASSWORD).await;
    assert_eq!(answer.status, 400, "a name is bounded");

    let page = browser.get("/account/passkey").await;
    let credential = device.create(page.attributes("#add-passkey", "data-passkey")[0]);
    let challenge = page.attributes("#add-passkey input[name=challenge]", "value")[0].to_owned();
    let mut bert = browser.site.browser();
    sign_up(&mut bert, BERT, false).await;
    let page = bert.get("/account/passkey").await;
    let stolen = [("name", ""), ("password", PASSWORD), ("challenge", &*challenge), ("credential", &*credential)];
    assert_eq!(problem(&send_filled(&mut bert, &page, "#add-passkey", &stolen).await), (422, EXPIRED.into()));
    device.verifies = false;
    assert_eq!(problem(&try_add(&mut browser, &mut device, "", PASSWORD).await).0, 422, "without verification");
    assert_eq!(count(&browser.site, "passkeys").await, 0);

    device.verifies = true;
    add(&mut browser, &mut device, "").await;
    assert_eq!(security(&mut browser).await.text("#passkeys li strong"), "Passkey");
    let again = try_add(&mut bert, &mut device, "", PASSWORD).await;
    assert_eq!(problem(&again), (422, REJECTED.into()), "a credential id is of one account");
    assert!(browser.get("/account/passkey").await.attributes("#add-passkey", "data-passkey")[0].contains("\"id\""));
}

#[tokio::test]
async fn without_the_script_the_forms_work_and_say_what_is_missing() {
    let mut browser = signed_in_browser(false).await;
    let page = browser.get("/account/passkey").await;
    assert!(page.text("#passkey-status").contains("needs JavaScript"));
    let answer = browser.send_form(&page, "#add-passkey", &[("name", "Phone"), ("password", PASSWORD)]).await;
    assert!(problem(&answer).1.starts_with("This browser created no passkey."));
    let page = browser.site.browser().get("/sign-in").await;
    assert!(page.has("button#passkey[hidden]") && page.has("input[autocomplete='username webauthn']"));
    let wrong = try_sign_in(&mut browser.site.browser(), ANNA, OTHER_PASSWORD, false).await;
    assert!(wrong.has("script[src='/passkey/1.js']"), "the form with errors offers passkeys too");
    let policy = wrong.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'") && policy.contains("trusted-types 'none'"), "{policy}");
    sign_in(&mut browser.site.browser(), ANNA, false).await;
}

#[tokio::test]
async fn an_account_has_a_limited_number_of_passkeys() {
    let site = site_with(|parts| {
        parts.app.limiter = crate::app::rate_limit::Limiter::new(
            crate::config::rate_limits::RateLimits { account_burst: 1_000, ..Default::default() },
            &parts.app.clock,
        );
    });
    let mut browser = site.browser();
    sign_up(&mut browser, ANNA, false).await;
    for number in 0..MAX_PASSKEYS {
        add(&mut browser, &mut Authenticator::new(u8::try_from(number).unwrap()), "Key").await;
    }
    let answer = try_add(&mut browser, &mut Authenticator::new(200), "Key", PASSWORD).await;
    assert_eq!(problem(&answer), (422, "An account has at most 20 passkeys. Remove one first.".into()));
    assert_eq!(count(&site, "passkeys").await, MAX_PASSKEYS);
}

#[tokio::test]
async fn a_user_cannot_remove_the_passkey_of_another() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    let mut bert = browser.site.browser();
    sign_up(&mut bert, BERT, false).await;
    add(&mut bert, &mut Authenticator::new(2), "Mine").await;
    let id = security(&mut browser).await.attributes("#passkeys input[name=passkey]", "value")[0].to_owned();
    let (remove, rename) = ([("passkey", &*id), ("password", PASSWORD)], [("passkey", &*id), ("name", "Stolen")]);
    assert_eq!(bert.post_fields("/account/passkey/remove", encode(&remove)).await.status, 303);
    assert_eq!(bert.post_fields("/api/passkey/name", encode(&rename)).await.status, 303);
    assert_eq!(count(&browser.site, "passkeys").await, 2);
    assert_eq!(security(&mut browser).await.text("#passkeys li strong"), "Phone");
    assert_eq!(use_passkey(&mut browser.site.browser(), &mut device).await.status, 303);
}

#[tokio::test]
async fn a_passkey_is_exported_without_its_key_and_erased_with_the_account() {
    let mut device = Authenticator::new(1);
    let mut browser = browser_with(&mut device).await;
    assert!(super::users::holds(&stored_bytes(&browser.site).await, "EC_EC2"), "the key is stored");
    let exported = String::from_utf8(browser.get("/account/export").await.bytes.to_vec()).unwrap();
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["passkeys"][0]["name"], "Phone");
    assert!(exported["passkeys"][0].as_object().unwrap().len() == 4 && !exported.to_string().contains("EC_EC2"));
    let page = browser.get("/account/delete").await;
    browser.submit(&page, "#delete-account", &[("password", PASSWORD)]).await;
    assert_eq!(count(&browser.site, "passkeys").await, 0);
    assert!(!super::users::holds(&stored_bytes(&browser.site).await, "EC_EC2"));
    assert_eq!(problem(&use_passkey(&mut browser.site.browser(), &mut device).await), (422, REJECTED.into()));
}

#[tokio::test]
async fn a_disabled_account_opens_for_its_data_alone() {
    let mut device = Authenticator::new(1);
    let browser = browser_with(&mut device).await;
    operator(&browser.site).set_disabled(ANNA, true).await.unwrap();
    let mut other = browser.site.browser();
    let answer = use_passkey(&mut other, &mut device).await;
    assert_eq!(answer.header("location"), Some("/account?notice=signed-in"));
    assert!(other.get("/account").await.has("#disabled"));
    assert_eq!(other.get("/account/passkey").await.status, 303);
}

#[tokio::test]
async fn a_site_on_an_ip_address_has_no_passkeys() {
    let site = site_with(|parts| parts.app.passkeys = None);
    assert!(crate::app::accounts::passkeys::relying_party("http://127.0.0.1:3000", "Acme").is_none());
    assert!(crate::app::accounts::passkeys::relying_party("http://[::1]:3000", "Acme").is_none());
    assert!(crate::app::accounts::passkeys::relying_party("https://cookies.example", "Acme").is_some());
    let mut browser = site.browser();
    assert!(!browser.get("/sign-in").await.has("script, #passkey"));
    sign_up(&mut browser, ANNA, false).await;
    assert!(!security(&mut browser).await.has("#passkeys"));
    assert_eq!(browser.get("/.well-known/passkey-endpoints").await.status, 404);
}

#[tokio::test]
async fn a_challenge_of_one_server_is_answered_once_at_another() {
    let database = cluster::shared().database();
    let (one, two) = (site_on(&database, 1), site_on(&database, 2));
    let mut browser = one.browser();
    sign_up(&mut browser, ANNA, false).await;
    let mut device = Authenticator::new(1);
    let page = browser.get("/account/passkey").await;
    let credential = device.create(page.attributes("#add-passkey", "data-passkey")[0]);
    browser.site = two.clone();
    let answers = [("name", "Phone"), ("password", PASSWORD), ("credential", &*credential)];
    assert_eq!(send_filled(&mut browser, &page, "#add-passkey", &answers).await.status, 303);
    let mut other = one.browser();
    let page = other.get("/sign-in").await;
    let credential = device.sign(page.attributes("#sign-in", "data-passkey")[0]);
    other.site = two.clone();
    assert_eq!(send(&mut other, &page, &credential, false).await.status, 303);
    assert!(is_signed_in(&mut other).await);
    for site in [&one, &two] {
        assert_eq!(problem(&send(&mut site.browser(), &page, &credential, false).await), (422, EXPIRED.into()));
    }
}
