//! Signing in through an identity provider: accounts, links, logouts, and answers that count for
//! nothing. `end2end/tests/identity-provider.spec.ts` does it with a browser and a certified
//! provider.

use axum::{body::Body, http::Method};
use rusqlite::types::Value;
use serde_json::json;

use super::users::{activity, count, is_signed_in, rows, security, sign_out, sign_up};
use crate::{
    app::accounts::providers::IdentityProviders,
    domain::account::identity::SIGN_IN_SECONDS,
    http::tests::{
        browser::{Browser, FORM},
        identity_provider::{TestProvider, come_back},
        page::Page,
        site::{Site, site_on_with_newest_edition, site_with_newest_edition},
    },
    store::tests::cluster,
};

const COOKIE: &str = "__Host-Http-signin";
const FAILED: &str = "Signing in with your company account did not work. Try again, or use another way.";
const DECLINED: &str =
    "Signing in with your company account was cancelled, or is not allowed there. Try again, or use another way.";
const EXPIRED: &str = "That took too long, was used before, or began in another browser. Try again.";

/// A site whose users sign in through these providers.
fn site_of(providers: &[&TestProvider]) -> Site {
    let settings = providers.iter().map(|provider| provider.settings()).collect();
    site_with_newest_edition(|parts| parts.app.identity_providers = IdentityProviders::new(settings))
}

async fn company() -> (TestProvider, Browser) {
    let company = TestProvider::start("company").await;
    let browser = site_of(&[&company]).browser();
    (company, browser)
}

/// Sends a logout token as the provider does, and returns the status.
async fn log_out(site: &Site, token: &str) -> u16 {
    let mut provider = site.browser();
    let request = provider.request(Method::POST, "/sign-in/logout/company").header("content-type", FORM);
    let page = provider.send(request, Body::from(format!("logout_token={token}"))).await;
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    page.status.as_u16()
}

#[tokio::test]
async fn the_first_sign_in_creates_an_account_and_the_next_finds_it() {
    let (company, mut browser) = company().await;
    let page = company.sign_in(&mut browser, "?return_to=/preferences/history").await;
    assert!(page.address.starts_with("/preferences/history?notice=signed-up&proof="), "{}", page.address);
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    assert!(!browser.holds().contains(&COOKIE));
    let page = browser.get("/account").await;
    assert!(page.text(".lead").contains("ann@company.example"), "{}", page.text(".lead"));
    assert!(security(&mut browser).await.text("#email").contains("Confirmed on"));

    sign_out(&mut browser).await;
    company.say(|says| says.email = Some("new@company.example"));
    let page = company.sign_in(&mut browser, "").await;
    assert_eq!(page.text("#notice"), "You are signed in.");
    assert!(browser.get("/account").await.text(".lead").contains("ann@company.example"), "the id counts");
    assert_eq!((count(&browser.site, "accounts").await, count(&browser.site, "identities").await), (1, 1));
}

#[tokio::test]
async fn an_answer_counts_once_in_its_browser_in_time_and_at_its_provider() {
    let (company, other) = (TestProvider::start("company").await, TestProvider::start("other").await);
    let site = site_of(&[&company, &other]);
    let mut browser = site.browser();
    let answer = company.answer(&mut browser, "").await;
    let mut victim = site.browser();
    assert_eq!(come_back(&mut victim, &answer).await.text("#notice"), EXPIRED);
    for address in [
        answer.replace("/company", "/other"),
        answer.replace("state=", "state=0"),
        "/sign-in/callback/company".to_owned(),
    ] {
        let page = come_back(&mut browser, &address).await;
        assert_eq!(page.text("#notice"), EXPIRED, "{address}");
    }
    let kept = browser.cookies.clone();
    assert_eq!(
        come_back(&mut browser, &answer).await.text("#notice"),
        "Your account is created, and you are signed in."
    );
    // The same cookie and answer again.
    let mut again = site.browser();
    again.cookies = kept;
    assert_eq!(come_back(&mut again, &answer).await.text("#notice"), EXPIRED);
    assert!(!is_signed_in(&mut again).await);

    let answer = company.answer(&mut victim, "").await;
    let secret = victim.cookies.value(COOKIE).to_owned();
    site.advance_clock(i64::try_from(SIGN_IN_SECONDS).unwrap());
    victim.cookies.plant(COOKIE, &secret, "/");
    assert_eq!(come_back(&mut victim, &answer).await.text("#notice"), EXPIRED);
}

#[tokio::test]
async fn a_wrong_answer_signs_nobody_in() {
    let (company, mut browser) = company().await;
    for claims in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another" }),
        json!({ "nonce": "another" }),
        json!({ "exp": 0 }),
        json!({ "sub": "" }),
        json!({ "email": "no address" }),
        json!({ "email": null }),
    ] {
        company.say(|says| says.claims = claims.clone());
        let page = company.sign_in(&mut browser, "").await;
        assert_eq!(page.text("#notice"), FAILED, "{claims}");
        assert!(!is_signed_in(&mut browser).await);
    }
    company.say(|says| says.claims = json!({}));
    let answer = company.answer(&mut browser, "?return_to=/preferences/history").await;
    for (query, expected) in [
        ("&iss=https%3A%2F%2Fevil.example", FAILED),
        ("&error=server_error", FAILED),
        ("&error=access_denied", DECLINED),
    ] {
        let cookies = browser.cookies.clone();
        let page = come_back(&mut browser, &format!("{answer}{query}")).await;
        assert_eq!(page.text("#notice"), expected, "{query}");
        assert_eq!(page.form("#sign-in").value("return_to"), Some("/preferences/history"), "{query}");
        browser.cookies = cookies;
    }
    let issuer = company.issuer().replace(':', "%3A").replace('/', "%2F");
    let page = come_back(&mut browser, &format!("{answer}&iss={issuer}")).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
}

#[tokio::test]
async fn a_new_key_counts_once_it_is_published_and_read_once_a_minute() {
    let (company, mut browser) = company().await;
    company.sign_in(&mut browser, "").await;
    sign_out(&mut browser).await;
    company.say(|says| says.key = (2, "new"));
    company.publish((2, "new"));
    assert_eq!(company.sign_in(&mut browser, "").await.text("#notice"), FAILED);
    assert_eq!(company.keys_read(), 1, "a minute has not passed");
    browser.site.advance_clock(60);
    assert_eq!(company.sign_in(&mut browser, "").await.text("#notice"), "You are signed in.");
    assert_eq!(company.keys_read(), 2);
    sign_out(&mut browser).await;
    company.say(|says| says.key = (3, "new"));
    assert_eq!(company.sign_in(&mut browser, "").await.text("#notice"), FAILED, "another key of that id");
}

#[tokio::test]
async fn an_address_that_has_an_account_is_linked_by_its_user_alone() {
    let (company, mut browser) = company().await;
    sign_up(&mut browser, "ann@company.example", false).await;
    let mut stranger = browser.site.browser();
    let page = company.sign_in(&mut stranger, "").await;
    assert!(page.text("#notice").starts_with("An account already has your email address."));
    assert!(!is_signed_in(&mut stranger).await);
    assert_eq!(count(&browser.site, "identities").await, 0);

    let page = company.sign_in(&mut browser, "?link=1").await;
    assert_eq!(page.text("#notice"), "Your company account is linked. You can sign in with it now.");
    assert_eq!(security(&mut browser).await.text("#identities li strong"), "Acme");
    assert_eq!(company.sign_in(&mut stranger, "").await.text("#notice"), "You are signed in.");

    let page = security(&mut browser).await;
    let page = browser.submit(&page, "#identities form", &[]).await;
    assert!(page.text("#notice").starts_with("The company account is no longer linked."));
    assert_eq!(activity(&mut browser).await[..2], ["identity-unlinked", "signed-in-from-new"]);

    browser.site.advance_clock(600);
    let page = browser.get_from(&page, "/sign-in/with/company?link=1").await;
    let next = page.header("location").unwrap().to_owned();
    let page = browser.get_from(&page, &next).await;
    assert!(page.text("#notice").starts_with("To link a company account,"), "{next}");
}

#[tokio::test]
async fn an_answer_links_once_also_after_the_identity_was_unlinked() {
    let (company, mut browser) = company().await;
    sign_up(&mut browser, "bert@example.org", false).await;
    let answer = company.answer(&mut browser, "?link=1").await;
    let pending = browser.cookies.value(COOKIE).to_owned();
    assert_eq!(
        come_back(&mut browser, &answer).await.text("#notice"),
        "Your company account is linked. You can sign in with it now."
    );
    let page = security(&mut browser).await;
    browser.submit(&page, "#identities form", &[]).await;
    browser.cookies.plant(COOKIE, &pending, "/");
    assert_eq!(come_back(&mut browser, &answer).await.text("#notice"), EXPIRED);
    assert_eq!(count(&browser.site, "identities").await, 0);
}

#[tokio::test]
async fn the_identity_of_another_account_and_the_last_way_in_stay() {
    let (company, mut browser) = company().await;
    company.sign_in(&mut browser, "").await;
    let page = security(&mut browser).await;
    assert!(page.has("#passkeys a") && !page.has("#passkeys .hint"), "there is no passkey that must stay");
    assert!(!page.has("#identities form"), "what would be refused is not offered");
    assert!(page.text("#identities .hint").starts_with("This company account is the only way to sign in"));
    // As a page sends it that was opened before another way in was removed.
    let Value::Text(id) = rows(&browser.site, "identities").await[0][0].clone() else { panic!("no identity") };
    let answer = browser.post_fields("/api/identity/unlink", format!("identity={id}")).await;
    let page = browser.follow(&page, &answer).await;
    assert!(page.text("#notice").starts_with("This is the last way to sign in to your account"));
    assert_eq!(count(&browser.site, "identities").await, 1);

    let mut other = browser.site.browser();
    sign_up(&mut other, "bert@example.org", false).await;
    let page = company.sign_in(&mut other, "?link=1").await;
    assert!(page.text("#notice").starts_with("That company account belongs to another account"));

    // Another user in the browser meanwhile.
    let answer = company.answer(&mut other, "?link=1").await;
    sign_out(&mut other).await;
    sign_up(&mut other, "cara@example.org", false).await;
    assert_eq!(come_back(&mut other, &answer).await.text("#notice"), EXPIRED);
}

#[tokio::test]
async fn a_logout_token_ends_its_sessions_once_and_no_other_token_does() {
    let (company, mut browser) = company().await;
    company.sign_in(&mut browser, "").await;
    let mut other = browser.site.browser();
    sign_up(&mut other, "bert@example.org", false).await;
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let good = json!({ "events": event, "jti": "a", "sid": "session" });
    for (name, value) in [
        ("aud", json!("another")),
        ("iss", json!("https://evil.example")),
        ("events", json!({})),
        ("nonce", json!("a")),
        ("iat", json!(0)),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(log_out(&browser.site, &company.token(&claims)).await, 400, "{claims}");
    }
    assert_eq!(log_out(&browser.site, "junk").await, 400);
    assert!(is_signed_in(&mut browser).await);
    let mut of_another = good.clone();
    of_another["sid"] = json!("another");
    of_another["jti"] = json!("b");
    assert_eq!(log_out(&browser.site, &company.token(&of_another)).await, 200);
    assert!(is_signed_in(&mut browser).await, "another session at the provider");

    assert_eq!(log_out(&browser.site, &company.token(&good)).await, 200);
    assert!(!is_signed_in(&mut browser).await);
    assert!(is_signed_in(&mut other).await);
    company.sign_in(&mut browser, "").await;
    assert_eq!(activity(&mut browser).await[1], "provider-signed-out");
    assert_eq!(log_out(&browser.site, &company.token(&good)).await, 400, "it counts once");
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_sign_in_may_end_at_another_server_and_its_logout_counts_at_both() {
    let company = TestProvider::start("company").await;
    let database = cluster::shared().database();
    let [one, two] = [1, 2].map(|number| {
        let providers = IdentityProviders::new(vec![company.settings()]);
        site_on_with_newest_edition(&database, number, |parts| parts.app.identity_providers = providers)
    });
    let mut browser = one.browser();
    let answer = company.answer(&mut browser, "").await;
    let mut again = one.browser();
    again.cookies = browser.cookies.clone();
    browser.site = two.clone();
    let page = come_back(&mut browser, &answer).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    assert_eq!(come_back(&mut again, &answer).await.text("#notice"), EXPIRED, "it was used at the other server");
    assert!(!is_signed_in(&mut again).await);

    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let token = company.token(&json!({ "events": event, "jti": "a", "sid": "session" }));
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(log_out(&one, &token).await, 200);
    assert!(!is_signed_in(&mut browser).await, "at the server where the session began");
    company.sign_in(&mut browser, "").await;
    assert_eq!(log_out(&two, &token).await, 400, "it was used at the other server");
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_link_from_elsewhere_begins_nothing_and_says_nothing() {
    let (_company, mut browser) = company().await;
    sign_up(&mut browser, "bert@example.org", false).await;
    let open = async |browser: &mut Browser, address: &str, source: &'static str| -> Page {
        let request = browser.request(Method::GET, address).header("sec-fetch-site", source);
        browser.send(request, Body::empty()).await
    };
    for (address, source, next) in [
        ("/sign-in/with/company", "cross-site", "/sign-in"),
        ("/sign-in/with/company", "same-site", "/sign-in"),
        ("/de/sign-in/with/company", "cross-site", "/de/sign-in"),
        ("/sign-in/with/company?link=1", "cross-site", "/account/security"),
        ("/sign-in/with/company?link=1", "none", "/account/security"),
    ] {
        let page = open(&mut browser, address, source).await;
        assert_eq!(page.header("location"), Some(next), "{address} {source}");
        assert!(!browser.holds().contains(&COOKIE));
    }
    for notice in ["provider-failed", "sign-in-expired", "identity-linked", "signed-in"] {
        for proof in ["", "&proof=", "&proof=AAAA"] {
            let page = browser.get(&format!("/account/security?notice={notice}{proof}")).await;
            assert!(!page.has("#notice"), "{notice}{proof}");
        }
    }
    for address in ["/sign-in/with/nobody", "/sign-in/callback/nobody"] {
        assert_eq!(browser.get(address).await.status, 404, "{address}");
    }
}

#[tokio::test]
async fn an_absent_provider_is_named_and_the_log_says_why() {
    let company = TestProvider::start("company").await;
    let mut settings = company.settings();
    settings.issuer = "http://127.0.0.1:1".into();
    let site = site_with_newest_edition(|parts| parts.app.identity_providers = IdentityProviders::new(vec![settings]));
    let mut browser = site.browser();
    let page = browser.get("/sign-in").await;
    let target = page.attributes("a[href*='/sign-in/with/']", "href")[0].to_owned();
    let redirect = browser.get_from(&page, &target).await;
    assert_eq!(browser.follow(&page, &redirect).await.text("#notice"), FAILED);
    assert!(!browser.holds().contains(&COOKIE));
}
