//! A partner service: a small shop that applies Harmony's policy. It asks Harmony what a visitor
//! allowed, and counts a visit only with a token that Harmony signed.
//!
//! It needs a Harmony at 127.0.0.1:3000 with this in `content/services.toml`:
//!
//! ```toml
//! [[service]]
//! name = "Example shop"
//! address = "http://127.0.0.1:4000/"
//! origins = ["http://127.0.0.1:4000"]
//! how = "incorporates"
//! since = "1.1"
//! ```
//!
//! `cargo run --features ssr --example sibling` serves the shop at 127.0.0.1:4000.
//! `SIBLING_ADDRESS` changes the listen address, `SIBLING_ORIGIN` the public origin, and
//! `SIBLING_POLICY` the origin of Harmony.
//! The example uses Harmony's code only for the random nonce. `docs/services.md` describes the API
//! for any language.

use std::{
    env,
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use harmony::system::rng::Rng;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;
use serde_json::json;
use tokio::{net::TcpListener, sync::RwLock, task::spawn_blocking};

/// How long fetched keys are considered complete. Otherwise invented key IDs could make this server
/// fetch the keys for every request.
const PATIENCE: Duration = Duration::from_secs(30);

/// The state of the shop.
struct Shop {
    /// The shop's origin, which is the audience of its tokens.
    origin: String,
    /// Harmony's origin, which is the issuer of the tokens.
    policy: String,
    /// Harmony's public keys, and when they were fetched.
    keys: RwLock<(JwkSet, Instant)>,
    rng: Rng,
}

/// The claims that the shop uses.
#[derive(Deserialize)]
struct Claims {
    choices: Choices,
}

#[derive(Deserialize)]
struct Choices {
    analytics: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let set = |name: &str, default: String| env::var(name).unwrap_or(default);
    let address = set("SIBLING_ADDRESS", "127.0.0.1:4000".into());
    let origin = set("SIBLING_ORIGIN", format!("http://{address}"));
    let policy = set("SIBLING_POLICY", "http://127.0.0.1:3000".into());
    let keys = RwLock::new((fetch_keys(policy.clone()).await?, Instant::now()));
    let shop = Arc::new(Shop { origin, policy, keys, rng: Rng::system() });
    let routes = Router::new()
        .route("/", get(page))
        .route("/shop.js", get(|| async { script(SHOP) }))
        .route("/shop.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }))
        .route("/count.js", get(|| async { script(COUNT) }))
        .route("/visits", post(count))
        .with_state(shop);
    let listener = TcpListener::bind(&address).await?;
    println!("the shop is at http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

/// The page. Its Content-Security-Policy is strict: a nonce for its own script, and a hash for
/// Harmony's.
async fn page(State(shop): State<Arc<Shop>>) -> Response {
    let (nonce, policy) = (shop.rng.token(), &shop.policy);
    let rules = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self' {policy}; style-src 'self'; \
         img-src 'self' data:; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    let html = PAGE.replace("{policy}", policy).replace("{nonce}", &nonce);
    ([(header::CONTENT_SECURITY_POLICY, rules)], Html(html)).into_response()
}

fn script(text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}

/// Counts a visit if a token of Harmony allows it. Statements of the page itself do not count.
async fn count(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match verify(&shop, token).await {
        Some(Claims { choices: Choices { analytics: true } }) => Json(json!({ "counted": true })).into_response(),
        Some(_) => Json(json!({ "counted": false })).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Returns the claims if Harmony issued the token for this shop and it has not expired. Only an
/// unknown key ID makes this server contact Harmony.
async fn verify(shop: &Shop, token: &str) -> Option<Claims> {
    let id = decode_header(token).ok()?.kid?;
    let is_stale = |(keys, at): &(JwkSet, Instant)| keys.find(&id).is_none() && at.elapsed() > PATIENCE;
    if is_stale(&*shop.keys.read().await) {
        let mut keys = shop.keys.write().await;
        // A request that waited for the lock finds the keys that the first request fetched. After a
        // failure, no request tries again at once.
        if is_stale(&keys) {
            keys.1 = Instant::now();
            if let Ok(fetched) = fetch_keys(shop.policy.clone()).await {
                keys.0 = fetched;
            }
        }
    }
    let keys = shop.keys.read().await;
    let key = DecodingKey::from_jwk(keys.0.find(&id)?).ok()?;
    // A fixed algorithm, and never the one that the token names.
    let mut expected = Validation::new(Algorithm::EdDSA);
    expected.leeway = 5;
    expected.set_audience(&[&shop.origin]);
    expected.set_issuer(&[&shop.policy]);
    expected.set_required_spec_claims(&["exp", "aud", "iss"]);
    decode(token, &key, &expected).ok().map(|verified| verified.claims)
}

async fn fetch_keys(policy: String) -> Result<JwkSet, String> {
    let fetch = move || {
        let address = format!("{policy}/.well-known/harmony-keys.json");
        ureq::get(&address).call()?.body_mut().read_to_string()
    };
    let text = spawn_blocking(fetch).await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The page: Harmony's script, the shop's own, and two that wait for a grant.
const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Example shop</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css">
<script src="/shop.js" nonce="{nonce}" defer></script>
<script src="{policy}/embed/2.js" integrity="sha384-HiFQOZVq1tyLnsgiIsbZHBYWdAmjyJ/6l5TBfuHdXAM0/WjhYcxlrqyYUgwnhGZa" crossorigin="anonymous" nonce="{nonce}" defer></script>
</head>
<body>
<main>
<h1>Example shop</h1>
<p>This shop incorporates the <a href="{policy}/policy">cookie policy</a> of Harmony. It sets no cookie of its own.</p>
<p>Visit: <output id="visit">not counted</output></p>
<script type="text/plain" data-purpose="analytics" src="/count.js" nonce="{nonce}"></script>
<script type="text/plain" data-purpose="analytics" src="{policy}/measure/1.js" nonce="{nonce}"></script>
<script type="text/plain" data-purpose="preferences" nonce="{nonce}">document.body.dataset.preferences = 'ran';</script>
</main>
</body>
</html>
"#;

/// System colours, so that the page supports dark mode.
const STYLE: &str = "body { background: Canvas; color: CanvasText; }";

/// The shop's own script, which needs no grant. It stores the current decision for the other
/// scripts.
const SHOP: &str = "\
document.addEventListener('harmony:change', ({ detail }) => {
  window.consent = detail;
  document.body.dataset.changes = Number(document.body.dataset.changes ?? 0) + 1;
});
";

/// Runs only with a grant for analytics. It counts the visit, with the token as proof.
const COUNT: &str = "\
const count = async ({ token }) => {
  const answer = await fetch('/visits', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  const { counted } = answer.ok ? await answer.json() : { counted: false };
  document.getElementById('visit').textContent = counted ? 'counted' : 'not counted';
};
if (window.consent?.choices.analytics) count(window.consent);
else document.addEventListener('harmony:change', ({ detail }) => detail.choices.analytics && count(detail), { once: true });
";
