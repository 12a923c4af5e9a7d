//! Sessions that are bound to a key of the device. `end2end/tests/bound-sessions.spec.ts` does it
//! with a browser that has such keys.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use super::users::{
    ANNA, OTHER_PASSWORD, PASSWORD, REMEMBER, SESSION, account, count, is_signed_in, rows, security, sign_out, sign_up,
};
use crate::http::tests::{
    browser::Browser,
    page::Page,
    site::{DAY, Site, site_with_newest_edition},
};

const BOUND: &str = "__Host-bound";
const START: &str = "/device-key/start";
const REFRESH: &str = "/device-key/refresh";
const CHALLENGE: HeaderName = HeaderName::from_static("secure-session-challenge");
const REGISTRATION: HeaderName = HeaderName::from_static("secure-session-registration");

/// How long the server takes a cookie of a key, and how long a new session needs none, in seconds.
const LIFETIME: i64 = 660;
const GRACE: i64 = 60;

/// A key as a device has one.
struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        let rng = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &rng).unwrap())
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
    }

    /// The key as the server names it.
    fn id(&self) -> String {
        let jwk = self.jwk();
        format!("{}.{}", jwk["x"].as_str().unwrap(), jwk["y"].as_str().unwrap())
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The token that registers the key.
    fn registration(&self, challenge: &str) -> String {
        self.sign(&json!({ "alg": "ES256", "typ": "dbsc+jwt", "jwk": self.jwk() }), &json!({ "jti": challenge }))
    }

    /// The token that fetches the next cookie.
    fn answer(&self, challenge: &str) -> String {
        self.sign(&json!({ "alg": "ES256", "typ": "dbsc+jwt" }), &json!({ "jti": challenge }))
    }
}

fn binding_site() -> Site {
    site(true)
}

/// A site under the edition that declares the cookie.
fn site(binds_sessions: bool) -> Site {
    let site = site_with_newest_edition(|parts| parts.app.binds_sessions = binds_sessions);
    site.advance_clock(7 * DAY);
    site
}

/// Signs up, and returns the browser and the challenge that the answer offers.
async fn offered(site: &Site, remember: bool) -> (Browser, String) {
    let mut browser = site.browser();
    let page = browser.get("/sign-up").await;
    let remember = if remember { "true" } else { "" };
    let answers = [("email", ANNA), ("new_password", PASSWORD), ("remember", remember)];
    let answer = browser.send_form(&page, "#sign-up", &answers).await;
    let offer = answer.header(REGISTRATION).unwrap().to_owned();
    let challenge = offer.strip_prefix("(ES256);path=\"/device-key/start\";challenge=\"").unwrap();
    (browser, challenge.strip_suffix('"').unwrap().to_owned())
}

/// Posts to one of the two routes as a browser does.
async fn post(browser: &mut Browser, path: &str, headers: &[(&str, &str)]) -> Page {
    let mut request = browser.request(Method::POST, path).header("sec-fetch-site", "same-origin");
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_str(value).unwrap());
    }
    browser.send(request, Body::empty()).await
}

async fn register(browser: &mut Browser, token: &str) -> Page {
    post(browser, START, &[("secure-session-response", token)]).await
}

/// Asks for a challenge of the key, and returns it.
async fn challenge(browser: &mut Browser, key: &Key) -> String {
    let page = post(browser, REFRESH, &[("sec-secure-session-id", &key.id())]).await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (403, (vec![], vec![])));
    let value = page.header(CHALLENGE).unwrap().strip_prefix('"').unwrap();
    let (challenge, id) = value.split_once("\";id=").unwrap();
    assert_eq!(id, format!("\"{}\"", key.id()));
    challenge.to_owned()
}

async fn refresh(browser: &mut Browser, key: &Key, token: &str) -> Page {
    post(browser, REFRESH, &[("sec-secure-session-id", &key.id()), ("secure-session-response", token)]).await
}

/// A browser whose new session is bound to the key.
async fn bound(remember: bool) -> (Browser, Key) {
    let (mut browser, offer) = offered(&binding_site(), remember).await;
    let key = Key::new();
    let page = register(&mut browser, &key.registration(&offer)).await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (200, (vec![BOUND], vec![])));
    (browser, key)
}

#[tokio::test]
async fn a_new_session_is_bound_to_the_key_that_signs_its_challenge() {
    let (mut browser, key) = bound(false).await;
    let held = browser.cookies.find(BOUND).unwrap();
    assert_eq!((held.max_age, held.http_only, held.same_site.as_deref()), (Some(600), true, Some("Lax")));
    let page = account(&mut browser).await;
    assert!(page.text(".session-facts").contains("bound to its device"));
    assert_eq!(page.header(REGISTRATION), None, "it is offered once");
    let export: Value = serde_json::from_slice(&browser.get("/account/export").await.bytes).unwrap();
    assert_eq!(export["browsers"][0]["is_bound"], true);

    browser.site.advance_clock(500);
    let challenge = challenge(&mut browser, &key).await;
    // A link of another site makes the browser send this without cookies.
    let cookies = std::mem::take(&mut browser.cookies);
    let page = refresh(&mut browser, &key, &key.answer(&challenge)).await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (200, (vec![BOUND], vec![])));
    let said: Value = serde_json::from_slice(&page.bytes).unwrap();
    assert_eq!(
        said,
        json!({
            "session_identifier": key.id(),
            "refresh_url": REFRESH,
            "scope": { "include_site": false },
            "credentials": [{ "type": "cookie", "name": BOUND, "attributes": "HttpOnly; SameSite=Lax; Secure; Path=/" }],
            "allowed_refresh_initiators": ["*"],
        })
    );
    let next = browser.cookies.value(BOUND).to_owned();
    browser.cookies = cookies;
    browser.cookies.plant(BOUND, &next, "/");
    browser.site.advance_clock(LIFETIME - 1);
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn copied_cookies_are_of_no_use_when_the_cookie_of_the_key_has_expired() {
    for remember in [false, true] {
        let (mut browser, key) = bound(remember).await;
        let names = [SESSION, REMEMBER, BOUND];
        let stolen: Vec<_> =
            browser.cookies.all().iter().filter(|held| names.contains(&held.name.as_str())).cloned().collect();
        let mut thief = browser.site.browser();
        for held in &stolen {
            thief.cookies.plant(&held.name, &held.value, "/");
        }
        assert!(is_signed_in(&mut thief).await, "for the rest of the ten minutes");
        browser.site.advance_clock(LIFETIME);
        let page = thief.get("/account").await;
        assert_eq!((page.status.as_u16(), page.set_and_removed()), (503, (vec![], vec![BOUND])));
        let page = thief.get("/account").await;
        assert_eq!(page.header("location"), Some("/sign-in?return_to=/account"));
        assert!(!is_signed_in(&mut thief).await);
        assert!(!thief.holds().contains(&REMEMBER), "its cookies are removed");
        assert_eq!(post(&mut thief, REFRESH, &[]).await.status, 404);

        // The owner is not signed out by it.
        let challenge = challenge(&mut browser, &key).await;
        assert_eq!(refresh(&mut browser, &key, &key.answer(&challenge)).await.status, 200);
        assert!(is_signed_in(&mut browser).await, "remembered: {remember}");
    }
}

#[tokio::test]
async fn a_browser_that_could_not_fetch_the_cookie_keeps_its_session() {
    let (mut browser, key) = bound(true).await;
    browser.site.advance_clock(DAY);
    browser.cookies.end_session();
    browser.cookies.clear_one(BOUND);
    browser.sends.push(("secure-session-skipped", "quota_exceeded;session_identifier=\"a\""));
    let before = browser.cookies.clone();
    let page = browser.get("/account").await;
    assert_eq!((page.status.as_u16(), page.set_and_removed()), (503, (vec![], vec![])));
    assert_eq!(page.header("retry-after"), Some("2"));
    assert!(page.text("p.lead").starts_with("Your browser could not show in time that it is the one"));
    assert_eq!(browser.cookies.all(), before.all());
    browser.sends.clear();
    let challenge = challenge(&mut browser, &key).await;
    refresh(&mut browser, &key, &key.answer(&challenge)).await;
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn the_page_after_a_sign_in_needs_no_cookie_of_the_key() {
    let (mut browser, _) = bound(false).await;
    browser.cookies.clear_one(BOUND);
    browser.site.advance_clock(GRACE - 1);
    assert!(is_signed_in(&mut browser).await);
    browser.site.advance_clock(1);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_session_without_a_key_needs_no_cookie_of_one() {
    let (mut browser, _) = offered(&binding_site(), true).await;
    browser.site.advance_clock(DAY);
    assert!(is_signed_in(&mut browser).await);
    assert!(!account(&mut browser).await.text(".session-facts").contains("bound"));
    browser.cookies.end_session();
    let page = browser.get("/").await;
    assert_eq!(page.header(REGISTRATION), None);
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn only_the_challenge_of_a_sign_in_binds_and_only_once() {
    let site = binding_site();
    let (mut browser, offer) = offered(&site, false).await;
    let (key, other) = (Key::new(), Key::new());
    let forged = |head: Value| key.sign(&head, &json!({ "jti": offer }));
    let long = json!({ "alg": "ES256", "typ": "dbsc+jwt", "jwk": key.jwk(), "kid": "a".repeat(2_048) });
    for token in [
        String::new(),
        "a.b.c".to_owned(),
        key.registration(""),
        key.registration("another"),
        key.registration(&offer.replace('.', ".1")),
        // The key in the header did not sign it.
        forged(json!({ "alg": "ES256", "typ": "dbsc+jwt", "jwk": other.jwk() })),
        forged(json!({ "alg": "ES256", "typ": "dbsc+jwt" })),
        forged(json!({ "alg": "ES256", "typ": "JWT", "jwk": key.jwk() })),
        forged(json!({ "alg": "RS256", "typ": "dbsc+jwt", "jwk": key.jwk() })),
        forged(json!({ "alg": "none", "typ": "dbsc+jwt", "jwk": key.jwk() })),
        forged(long),
    ] {
        let page = register(&mut browser, &token).await;
        assert_eq!((page.status.as_u16(), page.set_and_removed()), (400, (vec![], vec![])), "{token}");
    }
    assert_eq!(register(&mut browser, &key.registration(&offer)).await.status, 200);
    for second in [&other, &key] {
        assert_eq!(register(&mut browser, &second.registration(&offer)).await.status, 400, "the first key stays");
    }
    // The challenge of a refresh binds nothing.
    let of_refresh = challenge(&mut browser, &key).await;
    assert_eq!(register(&mut browser, &other.registration(&of_refresh)).await.status, 400);

    sign_out(&mut browser).await;
    let page = browser.get("/sign-in").await;
    let answer = browser.send_form(&page, "#sign-in", &[("email", ANNA), ("password", PASSWORD)]).await;
    let offer = answer.header(REGISTRATION).unwrap().split('"').nth(3).unwrap().to_owned();
    site.advance_clock(300);
    assert_eq!(register(&mut browser, &other.registration(&offer)).await.status, 400, "it has expired");
}

#[tokio::test]
async fn only_the_key_of_the_session_fetches_the_next_cookie() {
    let (mut browser, key) = bound(false).await;
    let other = Key::new();
    let right = challenge(&mut browser, &key).await;
    let signed = browser.site.state.cookie_signer.sign("device-key-refresh", "another.99999999999".into());
    for token in [other.answer(&right), key.answer(&signed), key.answer("junk"), "junk".to_owned(), String::new()] {
        let page = refresh(&mut browser, &key, &token).await;
        assert_eq!((page.status.as_u16(), page.set_and_removed()), (403, (vec![], vec![])), "{token}");
        assert!(page.header(CHALLENGE).is_some(), "the browser can try again");
    }
    browser.site.advance_clock(300);
    assert_eq!(refresh(&mut browser, &key, &key.answer(&right)).await.status, 403, "it has expired");
    for id in ["", "a", &other.id(), &"a".repeat(9_000)] {
        assert_eq!(post(&mut browser, REFRESH, &[("sec-secure-session-id", id)]).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn a_cookie_of_another_key_or_of_nobody_is_removed_so_that_the_browser_fetches_one() {
    let (mut browser, _) = bound(false).await;
    let of_another = format!("{}.{}", Key::new().id(), browser.site.now() + LIFETIME);
    let forged = browser.site.state.cookie_signer.sign(BOUND, of_another);
    browser.site.advance_clock(GRACE);
    for value in [&*forged, "junk"] {
        browser.cookies.plant(BOUND, value, "/");
        let page = browser.get("/account").await;
        assert_eq!((page.status.as_u16(), page.set_and_removed()), (503, (vec![], vec![BOUND])));
    }
}

#[tokio::test]
async fn a_new_password_keeps_the_key_and_signing_out_ends_it() {
    let (mut browser, key) = bound(false).await;
    let page = browser.get("/account/password").await;
    let answers = [("password", PASSWORD), ("new_password", OTHER_PASSWORD)];
    browser.submit(&page, "#change-password", &answers).await;
    browser.site.advance_clock(500);
    let again = challenge(&mut browser, &key).await;
    assert_eq!(refresh(&mut browser, &key, &key.answer(&again)).await.status, 200);
    assert!(security(&mut browser).await.has("#activity"));
    let page = sign_out(&mut browser).await;
    let (_, removed) = page.set_and_removed();
    assert_eq!(removed, [REMEMBER, SESSION, BOUND]);
    assert_eq!(post(&mut browser, REFRESH, &[("sec-secure-session-id", &key.id())]).await.status, 404);
    assert_eq!(count(&browser.site, "sessions").await, 0, "the key goes with its session");
}

#[tokio::test]
async fn another_site_gets_no_challenge() {
    let (mut browser, key) = bound(false).await;
    let request = browser.request(Method::POST, REFRESH).header("sec-fetch-site", "cross-site");
    let page = browser.send(request.header("sec-secure-session-id", key.id()), Body::empty()).await;
    assert_eq!((page.status.as_u16(), page.header(CHALLENGE)), (403, None));
}

#[tokio::test]
async fn the_browser_is_never_told_to_wait() {
    let (mut browser, key) = bound(false).await;
    browser.address = Some([192, 0, 2, 1].into());
    for _ in 0..301 {
        assert_eq!(post(&mut browser, REFRESH, &[("sec-secure-session-id", &key.id())]).await.status, 403);
    }
    assert_eq!(browser.get("/account").await.status, 200);
}

#[tokio::test]
async fn without_the_setting_nothing_is_bound_and_a_key_is_not_asked_for() {
    let site = site(false);
    let mut browser = site.browser();
    let page = browser.get("/sign-up").await;
    let answers = [("email", ANNA), ("new_password", PASSWORD), ("remember", "")];
    let answer = browser.send_form(&page, "#sign-up", &answers).await;
    assert_eq!(answer.header(REGISTRATION), None);
    for path in [START, REFRESH] {
        assert_eq!(post(&mut browser, path, &[("secure-session-response", "a")]).await.status, 404, "{path}");
    }
    assert_eq!(rows(&site, "sessions").await.len(), 1);
    let page = sign_out(&mut browser).await;
    assert_eq!(page.set_and_removed().1, [REMEMBER, SESSION]);
    let mut again = site.browser();
    sign_up(&mut again, ANNA, false).await;
    assert!(is_signed_in(&mut again).await);
}
