//! A sibling service: a small shop that stands under Harmony's policy, links to it, asks in its own page what it may do, and
//! believes nobody but Harmony's signature when it counts a visit.
//!
//! Beside a Harmony that listens at 127.0.0.1:3000 and has this in its `content/services.toml`:
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
//! `cargo run --features ssr --example sibling` serves the shop at 127.0.0.1:4000. `SIBLING_ADDRESS` says another address,
//! `SIBLING_ORIGIN` another origin under which it is reached, and `SIBLING_POLICY` where Harmony is.
//! Nothing here but the randomness of the nonce is Harmony's own code; `docs/services.md` tells the same for any language.

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

/// How long the keys are believed to be all that there are: whoever makes up names of keys must not make this server ask each
/// time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the shop knows.
struct Shop {
    /// Its own origin, for which a token must be.
    origin: String,
    /// Where Harmony is, from which a token must be.
    policy: String,
    /// Harmony's public keys, as they were fetched last, and when that was.
    keys: RwLock<(JwkSet, Instant)>,
    chance: Rng,
}

/// What of a token counts here.
#[derive(Deserialize)]
struct Claims {
    choices: Choices,
}

/// What is granted.
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
    let shop = Arc::new(Shop { origin, policy, keys, chance: Rng::system() });
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

/// The one page. Its policy for scripts is strict: its own nonce, and Harmony's script by its hash.
async fn page(State(shop): State<Arc<Shop>>) -> Response {
    let (nonce, policy) = (shop.chance.token(), &shop.policy);
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

/// Counts a visit, if a token of Harmony's says that it may be counted. Whatever the page itself says counts for nothing.
async fn count(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match verify(&shop, token).await {
        Some(Claims { choices: Choices { analytics: true } }) => Json(json!({ "counted": true })).into_response(),
        Some(_) => Json(json!({ "counted": false })).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// What a token says, if it is Harmony's, for this shop, and not over. Nobody is asked for that, but where the key is a new one.
async fn verify(shop: &Shop, token: &str) -> Option<Claims> {
    let id = decode_header(token).ok()?.kid?;
    let is_stale = |(keys, at): &(JwkSet, Instant)| keys.find(&id).is_none() && at.elapsed() > PATIENCE;
    if is_stale(&*shop.keys.read().await) {
        let mut keys = shop.keys.write().await;
        // Whoever waited here finds what the first one fetched, and nobody asks again at once where there is no answer.
        if is_stale(&keys) {
            keys.1 = Instant::now();
            if let Ok(fetched) = fetch_keys(shop.policy.clone()).await {
                keys.0 = fetched;
            }
        }
    }
    let keys = shop.keys.read().await;
    let key = DecodingKey::from_jwk(keys.0.find(&id)?).ok()?;
    // One algorithm, and never the one that a token names.
    let mut expected = Validation::new(Algorithm::EdDSA);
    expected.leeway = 5;
    expected.set_audience(&[&shop.origin]);
    expected.set_issuer(&[&shop.policy]);
    expected.set_required_spec_claims(&["exp", "aud", "iss"]);
    decode(token, &key, &expected).ok().map(|verified| verified.claims)
}

/// Harmony's public keys.
async fn fetch_keys(policy: String) -> Result<JwkSet, String> {
    let fetch = move || {
        let address = format!("{policy}/.well-known/harmony-keys.json");
        ureq::get(&address).call()?.body_mut().read_to_string()
    };
    let text = spawn_blocking(fetch).await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The page: Harmony's script, its own, and two that wait for a yes.
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
<script type="text/plain" data-purpose="preferences" nonce="{nonce}">document.body.dataset.preferences = 'ran';</script>
</main>
</body>
</html>
"#;

/// The shop's own look: the browser's own colours, in the dark too.
const STYLE: &str = "body { background: Canvas; color: CanvasText; }";

/// The shop's own script, which needs no yes: it notes what is granted, for the scripts that do.
const SHOP: &str = "\
document.addEventListener('harmony:change', ({ detail }) => {
  window.consent = detail;
  document.body.dataset.changes = Number(document.body.dataset.changes ?? 0) + 1;
});
";

/// What runs only with a yes to analytics: it has the visit counted, with the token as proof.
const COUNT: &str = "\
const count = async ({ token }) => {
  const answer = await fetch('/visits', { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  const { counted } = answer.ok ? await answer.json() : { counted: false };
  document.getElementById('visit').textContent = counted ? 'counted' : 'not counted';
};
if (window.consent?.choices.analytics) count(window.consent);
else document.addEventListener('harmony:change', ({ detail }) => detail.choices.analytics && count(detail), { once: true });
";
