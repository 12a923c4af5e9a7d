//! A partner service: a small shop that applies Harmony's policy. It asks Harmony what a visitor
//! allowed, and counts a visit only with a token that Harmony signed. It sets a cookie for that only
//! if the policy declares one, and removes it when analytics is withdrawn.
//!
//! It needs a Harmony at 127.0.0.1:3000 with this in `content/services.toml`:
//!
//! ```toml
//! [[service]]
//! id = "example-shop"
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
    collections::HashMap,
    env,
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use harmony::system::rng::Rng;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::{net::TcpListener, sync::RwLock, task::spawn_blocking};

/// How long fetched keys are considered complete. Otherwise invented key IDs could make this server
/// fetch the keys for every request.
const PATIENCE: Duration = Duration::from_secs(30);

/// The shop's id in `content/services.toml`.
const ID: &str = "example-shop";

/// The cookie of counted visitors. Scripts cannot see it, so only the shop's server can remove it.
const VISITED: &str = "shop_visited";

/// The state of the shop.
struct Shop {
    /// The shop's origin, which is the audience of its tokens.
    origin: String,
    /// Harmony's origin, which is the issuer of the tokens.
    policy: String,
    /// Harmony's public keys, and when they were fetched.
    keys: RwLock<(JwkSet, Instant)>,
    /// The shop's cookies, as the policy declared them when the shop started.
    declared: Vec<Declared>,
    rng: Rng,
}

/// The claims that the shop uses.
#[derive(Deserialize)]
struct Claims {
    choices: HashMap<String, bool>,
}

/// The part of `/cookies.json` that the shop uses.
#[derive(Deserialize)]
struct CookieList {
    services: Vec<ServiceDeclared>,
}

#[derive(Deserialize)]
struct ServiceDeclared {
    id: String,
    entries: Vec<Declared>,
}

/// A cookie or storage. The name may have one `*`, which stands for one or more characters.
#[derive(Deserialize)]
struct Declared {
    kind: String,
    name: String,
    purpose: String,
    essential: bool,
    path: Option<String>,
}

impl Declared {
    fn matches(&self, name: &str) -> bool {
        match self.name.split_once('*') {
            None => self.name == name,
            Some((before, after)) => {
                name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let set = |name: &str, default: String| env::var(name).unwrap_or(default);
    let address = set("SIBLING_ADDRESS", "127.0.0.1:4000".into());
    let origin = set("SIBLING_ORIGIN", format!("http://{address}"));
    let policy = set("SIBLING_POLICY", "http://127.0.0.1:3000".into());
    let keys = RwLock::new((fetch_keys(policy.clone()).await?, Instant::now()));
    let declared = fetch_declared(policy.clone()).await?;
    let shop = Arc::new(Shop { origin, policy, keys, declared, rng: Rng::system() });
    let routes = Router::new()
        .route("/", get(page))
        .route("/shop.js", get(|| async { script(SHOP) }))
        .route("/shop.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }))
        .route("/count.js", get(|| async { script(COUNT) }))
        .route("/visits", post(count))
        .route("/consent", post(clear))
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
    let Some(Claims { choices }) = verify(&shop, &headers).await else { return StatusCode::FORBIDDEN.into_response() };
    let counted = choices.get("analytics") == Some(&true);
    let mut response = Json(json!({ "counted": counted })).into_response();
    if counted && shop.declared.iter().any(|entry| entry.kind == "cookie" && entry.name == VISITED) {
        let cookie = format!("{VISITED}=1; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
        response.headers_mut().extend(HeaderValue::try_from(cookie).ok().map(|cookie| (header::SET_COOKIE, cookie)));
    }
    response
}

/// Removes every cookie of the request that is declared for an optional purpose, unless a token
/// grants that purpose. Without a valid token nothing is granted.
async fn clear(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let choices = verify(&shop, &headers).await.map(|claims| claims.choices).unwrap_or_default();
    let is_refused = |entry: &&Declared| !entry.essential && choices.get(&entry.purpose) != Some(&true);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let names = cookies.flat_map(|line| line.split("; ")).filter_map(|pair| Some(pair.split_once('=')?.0));
    let mut response = StatusCode::NO_CONTENT.into_response();
    for name in names {
        let found = || shop.declared.iter().filter(|entry| entry.kind == "cookie" && entry.matches(name));
        // A name that also matches an essential or granted entry stays.
        if found().count() == found().filter(is_refused).count()
            && let Some(entry) = found().next()
        {
            // The path and the domain must be those that the cookie was set with.
            let cookie = format!("{name}=; Max-Age=0; Path={}", entry.path.as_deref().unwrap_or("/"));
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
    }
    response
}

/// Returns the claims of the request's token if Harmony issued it for this shop and it has not
/// expired. Only an
/// unknown key ID makes this server contact Harmony.
async fn verify(shop: &Shop, headers: &HeaderMap) -> Option<Claims> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
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
    fetch(format!("{policy}/.well-known/harmony-keys.json")).await
}

/// Fetches what the policy declares of this shop, which may be nothing.
async fn fetch_declared(policy: String) -> Result<Vec<Declared>, String> {
    let list: CookieList = fetch(format!("{policy}/cookies.json")).await?;
    let own = list.services.into_iter().find(|service| service.id == ID);
    Ok(own.map(|service| service.entries).unwrap_or_default())
}

async fn fetch<T: DeserializeOwned>(address: String) -> Result<T, String> {
    let fetch = move || ureq::get(&address).call()?.body_mut().read_to_string();
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
<script src="{policy}/embed/3.js" integrity="sha384-CyXb1B4LhnZ8VFPoh9mWqVi1qTBRe03fLi+bf3aqC4y0yGHCFKNWmYE+Q3LEBDlS" crossorigin="anonymous" nonce="{nonce}" defer></script>
</head>
<body>
<main>
<h1>Example shop</h1>
<p>This shop incorporates the <a href="{policy}/policy">cookie policy</a> of Harmony. Its cookies are declared there.</p>
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
  // Cookies that scripts cannot see are for the server to remove.
  const isAllGranted = detail.decided && Object.values(detail.choices).every(Boolean);
  if (!isAllGranted) fetch('/consent', { method: 'POST', headers: { Authorization: `Bearer ${detail.token}` } }).catch(() => {});
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
