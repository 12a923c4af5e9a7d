//! Consent tokens, verified as a partner's server does, with another library than the one that
//! signs.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    errors::{Error, ErrorKind},
    jwk::JwkSet,
};
use serde_json::{Value, json};

use super::{
    super::{
        browser::{Browser, ORIGIN},
        site::{NOON, Site},
    },
    SHOP, setup,
};
use crate::system::{
    clock::Clock,
    consent_jwt::{ConsentTokenSigner, SECRET_BYTES},
    digest::hex,
};

/// Returns a site whose clock differs from the system clock by `seconds`. The verifying library
/// reads the system clock.
fn site(seconds: i64) -> Site {
    let site = setup();
    site.advance_clock(Clock::system().now().0 - NOON + seconds);
    site
}

/// Returns the published keys.
async fn keys(site: &Site) -> JwkSet {
    let page = site.browser().get("/.well-known/harmony-keys.json").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header(header::CONTENT_TYPE), Some("application/jwk-set+json"));
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    serde_json::from_slice(&page.bytes).unwrap()
}

/// Returns the token for the shop after the visitor allowed analytics.
async fn token(browser: &mut Browser) -> String {
    let response = browser.post_answers(SHOP, json!({ "preferences": false, "analytics": true })).await;
    response["token"].as_str().unwrap().to_owned()
}

/// Verifies a token as a partner's server does.
fn verify(token: &str, keys: &JwkSet, audience: &str) -> Result<Value, Error> {
    let id = decode_header(token)?.kid.ok_or(ErrorKind::InvalidToken)?;
    let key = DecodingKey::from_jwk(keys.find(&id).ok_or(ErrorKind::InvalidToken)?)?;
    let mut expected = Validation::new(Algorithm::EdDSA);
    expected.leeway = 0;
    expected.set_audience(&[audience]);
    expected.set_issuer(&[ORIGIN]);
    expected.set_required_spec_claims(&["exp", "aud", "iss"]);
    decode::<Value>(token, &key, &expected).map(|verified| verified.claims)
}

#[tokio::test]
async fn a_token_says_what_is_granted_to_whom_and_for_how_long_and_nothing_of_the_visitor() {
    let site = site(0);
    let token = token(&mut site.browser()).await;
    let claims = verify(&token, &keys(&site).await, SHOP).unwrap();
    let (now, edition) = (site.now(), site.state.current_version().version);
    let expected = json!({
        "iss": ORIGIN, "aud": SHOP, "iat": now, "exp": now + 300, "edition": edition,
        "choices": { "preferences": false, "analytics": true },
    });
    assert_eq!(claims, expected);
    let header: Value = serde_json::from_slice(&part(&token, 0)).unwrap();
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("harmony-consent+jwt")));
}

#[tokio::test]
async fn a_token_expires_after_five_minutes() {
    for (age, is_over) in [(-280, false), (-301, true)] {
        let site = site(age);
        let token = token(&mut site.browser()).await;
        let verified = verify(&token, &keys(&site).await, SHOP);
        let refused = verified.err().map(Error::into_kind);
        assert_eq!(refused, is_over.then_some(ErrorKind::ExpiredSignature), "{age}");
    }
}

#[tokio::test]
async fn a_token_is_valid_for_one_service() {
    let site = site(0);
    let keys = keys(&site).await;
    let token = token(&mut site.browser()).await;
    for other in ["https://pay.shop.example", "https://shop.example/", "http://127.0.0.1:4000"] {
        let refused = verify(&token, &keys, other).map_err(Error::into_kind);
        assert_eq!(refused, Err(ErrorKind::InvalidAudience), "{other}");
    }
}

#[tokio::test]
async fn a_token_that_is_altered_unsigned_or_signed_otherwise_is_invalid() {
    let site = site(0);
    let keys = keys(&site).await;
    let token = token(&mut site.browser()).await;
    let (header, claims, signature) = (part(&token, 0), part(&token, 1), part(&token, 2));
    let mut granted: Value = serde_json::from_slice(&claims).unwrap();
    granted["choices"]["preferences"] = true.into();
    let mut unsigned: Value = serde_json::from_slice(&header).unwrap();
    unsigned["alg"] = "none".into();
    let mut symmetric = unsigned.clone();
    symmetric["alg"] = "HS256".into();
    let mut cut = signature.clone();
    cut.pop();
    let mut turned = signature.clone();
    turned[40] ^= 1;
    let join = |parts: [&[u8]; 3]| parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    for (case, other) in [
        ("altered", join([&header, granted.to_string().as_bytes(), &signature])),
        ("alg: none", join([unsigned.to_string().as_bytes(), &claims, &[]])),
        ("alg: none with a signature", join([unsigned.to_string().as_bytes(), &claims, &signature])),
        ("another algorithm", join([symmetric.to_string().as_bytes(), &claims, &signature])),
        ("a cut signature", join([&header, &claims, &cut])),
        ("a turned signature", join([&header, &claims, &turned])),
        ("no signature", join([&header, &claims, &[]])),
        ("nothing", String::new()),
    ] {
        assert!(verify(&other, &keys, SHOP).is_err(), "{case}");
    }
    assert!(verify(&token, &keys, SHOP).is_ok(), "and the token itself is one");
}

#[tokio::test]
async fn a_token_of_another_key_is_invalid_even_with_the_same_key_id() {
    let site = site(0);
    let keys = keys(&site).await;
    let token = token(&mut site.browser()).await;
    let other = super::site_with_edition_and_services("", super::SERVICES, |state| {
        state.app.tokens = ConsentTokenSigner::new(&[6; SECRET_BYTES]);
    });
    other.advance_clock(site.now() - NOON);
    let mut browser = other.browser();
    let response = browser.post_answers(SHOP, json!({ "analytics": true })).await;
    let foreign = response["token"].as_str().unwrap();
    assert!(verify(foreign, &keys, SHOP).is_err());
    let (rest, signature) = foreign.rsplit_once('.').unwrap();
    let posing = format!("{}.{}.{signature}", token.split('.').next().unwrap(), rest.rsplit('.').next().unwrap());
    let refused = verify(&posing, &keys, SHOP).map_err(Error::into_kind);
    assert_eq!(refused, Err(ErrorKind::InvalidSignature));
}

#[tokio::test]
async fn the_token_key_signs_nothing_else() {
    let site = setup();
    let page =
        site.browser().send(super::ask(Method::GET, "/.well-known/harmony-keys.json", SHOP), Body::empty()).await;
    let published: Value = serde_json::from_slice(&page.bytes).unwrap();
    let x = URL_SAFE_NO_PAD.decode(published["keys"][0]["x"].as_str().unwrap()).unwrap();
    assert_ne!(hex(&x), site.state.ledger.public_key());
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
    assert!(published["keys"][0].get("d").is_none(), "the secret half stays here");
}

/// Returns the decoded bytes of one part of a token.
fn part(token: &str, number: usize) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(token.split('.').nth(number).unwrap()).unwrap()
}
