//! A partner service: a small shop that applies Harmony's policy. It asks Harmony what a visitor
//! allowed, and counts a visit only with a token that Harmony signed. It sets a cookie for that only
//! if the policy declares one, and removes it when analytics is withdrawn.
//!
//! It needs a Harmony at 127.0.0.1:3000 with this in `content/services.toml`:
//!
//! ```toml
//! [[service]]
//! id = "shop"
//! name = "Example shop"
//! address = "http://127.0.0.1:4000/"
//! origins = ["http://127.0.0.1:4000", "http://localhost:4000"]
//! callback = "http://localhost:4000/consent/callback"
//! how = "incorporates"
//! since = "1.1"
//! ```
//!
//! `cargo run --features ssr --example sibling` serves the shop at 127.0.0.1:4000. To browsers,
//! <http://localhost:4000> is another site, so <http://localhost:4000/consent> shows what a service
//! on another domain does: it gets the choice by a one-use code, and keeps it in its own cookie.
//!
//! `SIBLING_ADDRESS` changes the listen address, `SIBLING_ORIGIN` the public origin,
//! `SIBLING_ELSEWHERE` the origin on another domain, and `SIBLING_POLICY` the origin of Harmony.
//! The example uses Harmony's code only for random numbers. `docs/services.md` describes the API for
//! any language.

use std::{
    collections::HashMap,
    env,
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harmony::system::rng::Rng;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, sync::RwLock, task::spawn_blocking};

/// How long fetched keys are considered complete. Otherwise invented key IDs could make this server
/// fetch the keys for every request.
const PATIENCE: Duration = Duration::from_secs(30);

/// The id of the shop in `content/services.toml`.
const SERVICE: &str = "shop";

/// The cookie of counted visitors. Scripts cannot see it, so only the shop's server can remove it.
const VISITED: &str = "shop_visited";

/// The cookie with the visitor's choice, on the other domain.
const CHOICE: &str = "shop-choice";

/// The cookie with the state and the code verifier, while the visitor is at Harmony.
const PENDING: &str = "shop-pending";

/// The state of the shop.
struct Shop {
    /// The shop's origin, which is the audience of its tokens.
    origin: String,
    /// The shop's origin on another domain, which is the audience of the tokens there.
    elsewhere: String,
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
    let elsewhere = set("SIBLING_ELSEWHERE", "http://localhost:4000".into());
    let policy = set("SIBLING_POLICY", "http://127.0.0.1:3000".into());
    let keys = RwLock::new((fetch_keys(policy.clone()).await?, Instant::now()));
    let declared = fetch_declared(policy.clone()).await?;
    let shop = Arc::new(Shop { origin, elsewhere, policy, keys, declared, rng: Rng::system() });
    let routes = Router::new()
        .route("/", get(page))
        .route("/shop.js", get(|| async { script(SHOP) }))
        .route("/shop.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }))
        .route("/count.js", get(|| async { script(COUNT) }))
        .route("/visits", post(count))
        .route("/consent", get(consent).post(clear))
        .route("/consent/start", get(start))
        .route("/consent/callback", get(callback))
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
    let claims = verify(&shop, bearer(&headers), &shop.origin).await;
    let Some(Claims { choices }) = claims else { return StatusCode::FORBIDDEN.into_response() };
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
    let choices = verify(&shop, bearer(&headers), &shop.origin).await.map(|claims| claims.choices).unwrap_or_default();
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

/// The page on another domain, with the choice that its own cookie holds. It needs no script.
async fn consent(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let choice = match cookie(&headers, CHOICE) {
        Some("analytics") => "Analytics is allowed.",
        Some(_) => "Nothing optional is allowed.",
        None => "You have not chosen here yet, so nothing optional runs.",
    };
    let main =
        format!("<p id=\"choice\">{choice}</p>\n<p><a href=\"/consent/start\">Use my choice from Harmony</a></p>");
    plain_page(&shop, &main)
}

/// Sends the visitor to Harmony for a code. Only this browser and this server know the verifier.
async fn start(State(shop): State<Arc<Shop>>) -> Response {
    let (pending, query) = code_request(&shop);
    let to = Redirect::to(&format!("{}/connect?{query}", shop.policy));
    ([(header::SET_COOKIE, pending)], to).into_response()
}

/// A new state and code verifier: the cookie that holds them, and the query that asks for a code.
fn code_request(shop: &Shop) -> (String, String) {
    let (state, verifier) = (shop.rng.token(), format!("{}{}", shop.rng.token(), shop.rng.token()));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let query = format!("service={SERVICE}&state={state}&code_challenge={challenge}");
    (set_cookie(PENDING, &format!("{state}.{verifier}"), 600), query)
}

/// What Harmony adds to the callback.
#[derive(Deserialize)]
struct Arrival {
    code: String,
    state: String,
}

/// What the shop uses of the exchange.
#[derive(Deserialize)]
struct Exchanged {
    /// The signed choice; null without one.
    token: Option<String>,
    /// How long to keep it.
    max_age: Option<u64>,
    /// What to ask; null if nothing.
    asks: Option<Asks>,
}

#[derive(Deserialize)]
struct Asks {
    title: String,
    purposes: Vec<AskedPurpose>,
}

#[derive(Deserialize)]
struct AskedPurpose {
    purpose: String,
    question: String,
    description: String,
}

/// Takes a code, if this browser asked for one, and keeps the choice as long as it holds. Without a
/// choice, it asks with a form.
async fn callback(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    arrival: Result<Query<Arrival>, QueryRejection>,
) -> Response {
    let pending = cookie(&headers, PENDING).and_then(|pending| pending.split_once('.'));
    // Another state, or none: the visitor reloads this page, or another site sent them here.
    let Some((Query(Arrival { code, .. }), (_, verifier))) =
        arrival.ok().zip(pending).filter(|(arrival, (state, _))| arrival.state == *state)
    else {
        return Redirect::to("/consent").into_response();
    };
    let Ok(exchanged) = exchange(&shop, code, verifier.to_owned()).await else {
        return Redirect::to("/consent").into_response();
    };
    let claims = match &exchanged.token {
        Some(token) => verify(&shop, token, &shop.elsewhere).await,
        None => None,
    };
    let done = (header::SET_COOKIE, set_cookie(PENDING, "", 0));
    // Without a choice in force, an earlier one counts no more.
    let forget = (header::SET_COOKIE, set_cookie(CHOICE, "", 0));
    match (claims, exchanged.asks) {
        (Some(Claims { choices }), _) => {
            let granted = if choices.get("analytics") == Some(&true) { "analytics" } else { "nothing" };
            let keep = set_cookie(CHOICE, granted, exchanged.max_age.unwrap_or(0));
            (AppendHeaders([done, (header::SET_COOKIE, keep)]), Redirect::to("/consent")).into_response()
        }
        (None, Some(asks)) => {
            let (pending, query) = code_request(&shop);
            let page = plain_page(&shop, &form(&shop, &query, &asks));
            (AppendHeaders([forget, (header::SET_COOKIE, pending)]), page).into_response()
        }
        // A privacy signal refuses everything.
        (None, None) => (AppendHeaders([done, forget]), Redirect::to("/consent")).into_response(),
    }
}

/// The form, which the browser sends to Harmony. Harmony shows the answers, and saves them if the
/// visitor says so there.
fn form(shop: &Shop, query: &str, asks: &Asks) -> String {
    let hidden = query.split('&').filter_map(|field| field.split_once('='));
    let hidden = hidden.map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n"));
    let questions = asks.purposes.iter().map(|AskedPurpose { purpose, question, description }| {
        let name = escape(purpose);
        let radio = |value: &str, label: &str| {
            format!("<label><input type=\"radio\" name=\"{name}\" value=\"{value}\" required> {label}</label>\n")
        };
        format!(
            "<fieldset><legend>{}</legend>\n<p>{}</p>\n{}{}</fieldset>\n",
            escape(question),
            escape(description),
            radio("yes", "Yes"),
            radio("no", "No")
        )
    });
    format!(
        "<h2>{}</h2>\n<form id=\"answers\" method=\"post\" action=\"{}/connect/answer\">\n{}{}<button>Continue</button>\n</form>",
        escape(&asks.title),
        shop.policy,
        hidden.collect::<String>(),
        questions.collect::<String>()
    )
}

/// Exchanges a code, from server to server.
async fn exchange(shop: &Shop, code: String, verifier: String) -> Result<Exchanged, String> {
    let address = format!("{}/api/v1/connect", shop.policy);
    let body = json!({ "code": code, "code_verifier": verifier, "service": SERVICE }).to_string();
    let fetch = move || {
        let post = ureq::post(&address).header("content-type", "application/json");
        post.send(body)?.body_mut().read_to_string()
    };
    let text = spawn_blocking(fetch).await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// A page without scripts. The `Referrer-Policy` makes browsers say in `Origin` where the form comes
/// from.
fn plain_page(shop: &Shop, main: &str) -> Response {
    let rules = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action {}; base-uri 'none'; frame-ancestors 'none'",
        shop.policy
    );
    let html = PLAIN_PAGE.replace("{main}", main);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, rules),
        (header::REFERRER_POLICY, "strict-origin".into()),
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    (headers, Html(html)).into_response()
}

/// The value of a cookie.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get(header::COOKIE)?.to_str().ok()?;
    all.split("; ").find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A cookie of the shop's own. Over https it would also be `Secure`.
fn set_cookie(name: &str, value: &str, max_age: u64) -> String {
    format!("{name}={value}; Path=/consent; Max-Age={max_age}; HttpOnly; SameSite=Lax")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The token of a request of the shop's own pages.
fn bearer(headers: &HeaderMap) -> &str {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
}

/// Returns the claims if Harmony issued the token for this audience and it has not expired. Only an
/// unknown key ID makes this server contact Harmony.
async fn verify(shop: &Shop, token: &str, audience: &str) -> Option<Claims> {
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
    expected.set_audience(&[audience]);
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
    let own = list.services.into_iter().find(|service| service.id == SERVICE);
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

/// The page on another domain.
const PLAIN_PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Example shop</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css">
</head>
<body>
<main>
<h1>Example shop on another domain</h1>
{main}
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
