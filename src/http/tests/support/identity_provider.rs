//! A small identity provider for tests, on a local port: it answers with the tokens that a test
//! asks for. `end2end/fixtures/identity-provider.ts` starts a certified one.

use std::sync::{Arc, Mutex};

use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    browser::{Browser, ORIGIN},
    page::Page,
    site::NOON,
};
use crate::system::{openid::ProviderSettings, pkce};

/// What the provider says next.
#[derive(Clone, Debug)]
pub(in crate::http::tests) struct Says {
    /// The seed of the key, and the id that the token names.
    pub key: (u8, &'static str),
    /// The claims that differ from the right ones.
    pub claims: Value,
    pub email: Option<&'static str>,
    pub is_verified: bool,
}

struct Inner {
    issuer: String,
    says: Says,
    /// The keys that it publishes.
    published: Vec<(u8, &'static str)>,
    /// Nonce and code challenge of the last sign-in that began.
    began: (String, String),
    /// How often the keys were read.
    keys_read: usize,
}

/// A provider.
#[derive(Clone)]
pub(in crate::http::tests) struct TestProvider {
    id: &'static str,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Deserialize)]
struct Exchange {
    code: String,
    code_verifier: String,
}

const KEY: (u8, &str) = (1, "one");

impl TestProvider {
    /// Starts a provider.
    pub async fn start(id: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let says = Says { key: KEY, claims: json!({}), email: Some("ann@company.example"), is_verified: true };
        let began = (String::new(), String::new());
        let inner = Inner { issuer, says, published: vec![KEY], began, keys_read: 0 };
        let provider = Self { id, inner: Arc::new(Mutex::new(inner)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn issuer(&self) -> String {
        self.inner.lock().unwrap().issuer.clone()
    }

    /// The settings of a site whose users sign in here.
    pub fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            id: self.id.into(),
            name: "Acme".into(),
            issuer: self.issuer(),
            client_id: "harmony".into(),
            client_secret: "geheim".into(),
        }
    }

    /// Changes what the provider says.
    pub fn say(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.inner.lock().unwrap().says);
    }

    /// Publishes another key.
    pub fn publish(&self, key: (u8, &'static str)) {
        self.inner.lock().unwrap().published.push(key);
    }

    pub fn keys_read(&self) -> usize {
        self.inner.lock().unwrap().keys_read
    }

    /// Begins a sign-in as a link of the page does, and returns the URL of the answer.
    pub async fn answer(&self, browser: &mut Browser, query: &str) -> String {
        let page = browser.get("/policy").await;
        let redirect = browser.get_from(&page, &format!("/sign-in/with/{}{query}", self.id)).await;
        let location = redirect.header("location").unwrap().to_owned();
        let (_, asked) = location.split_once('?').unwrap();
        let value = |name: &str| {
            let field = asked.split('&').find_map(|field| field.strip_prefix(&format!("{name}="))).unwrap_or_default();
            percent_encoding::percent_decode_str(field).decode_utf8().unwrap().into_owned()
        };
        assert!(location.starts_with(&format!("{}/authorize?", self.issuer())), "{location}");
        assert_eq!(value("redirect_uri"), format!("{ORIGIN}/sign-in/callback/{}", self.id));
        assert_eq!((value("scope").as_str(), value("code_challenge_method").as_str()), ("openid email", "S256"));
        self.inner.lock().unwrap().began = (value("nonce"), value("code_challenge"));
        format!("/sign-in/callback/{}?code=c&state={}", self.id, value("state"))
    }

    /// Signs in, and opens the next page.
    pub async fn sign_in(&self, browser: &mut Browser, query: &str) -> Page {
        let answer = self.answer(browser, query).await;
        come_back(browser, &answer).await
    }

    /// A token with these claims beside the usual ones.
    pub fn token(&self, changed: &Value) -> String {
        let inner = self.inner.lock().unwrap();
        let mut claims = json!({
            "iss": inner.issuer, "aud": "harmony", "sub": "ann", "iat": NOON, "exp": NOON + 86_400,
        });
        for changes in [changed, &inner.says.claims] {
            claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        }
        let (seed, kid) = inner.says.key;
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&json!({ "alg": "EdDSA", "kid": kid })), part(&claims));
        let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes())))
    }
}

/// Opens the URL of an answer as a browser does that the provider sends back, and follows the
/// redirect.
pub(in crate::http::tests) async fn come_back(browser: &mut Browser, answer: &str) -> Page {
    let open = async |browser: &mut Browser, address: &str| {
        let request = browser.request(axum::http::Method::GET, address).header("sec-fetch-site", "cross-site");
        browser.send(request, axum::body::Body::empty()).await
    };
    let redirect = open(browser, answer).await;
    assert_eq!(redirect.status, StatusCode::SEE_OTHER, "{answer}");
    let next = redirect.header("location").unwrap().to_owned();
    open(browser, &next).await
}

async fn discovery(State(provider): State<TestProvider>) -> Json<Value> {
    let issuer = provider.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    }))
}

async fn keys(State(provider): State<TestProvider>) -> Json<Value> {
    let mut inner = provider.inner.lock().unwrap();
    inner.keys_read += 1;
    let key = |(seed, kid): &(u8, &str)| {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[*seed; 32]).unwrap();
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": URL_SAFE_NO_PAD.encode(pair.public_key()) })
    };
    let of_another_kind = json!({ "kty": "future", "kid": "two" });
    let keys: Vec<_> = std::iter::once(of_another_kind).chain(inner.published.iter().map(key)).collect();
    Json(json!({ "keys": keys }))
}

async fn token(State(provider): State<TestProvider>, Form(asked): Form<Exchange>) -> Result<Json<Value>, StatusCode> {
    let (began, says) = {
        let inner = provider.inner.lock().unwrap();
        (inner.began.clone(), inner.says.clone())
    };
    if asked.code != "c" || pkce::challenge(&asked.code_verifier) != began.1 {
        return Err(StatusCode::BAD_REQUEST);
    }
    let mut claims = json!({ "nonce": began.0, "sid": "session", "email_verified": says.is_verified });
    if let Some(email) = says.email {
        claims["email"] = email.into();
    }
    Ok(Json(json!({ "id_token": provider.token(&claims), "access_token": "a", "token_type": "Bearer" })))
}
