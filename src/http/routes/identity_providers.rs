//! The routes of a sign-in through an identity provider: its beginning, the callback, and the
//! logout at the provider.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{
        Path, Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    app::{
        AppState,
        accounts::{
            identities,
            identities::{Next, ProviderAnswer},
        },
        cookie_jar::Jar,
        form_context::FormContext,
        request_context::RequestContext,
    },
    domain::{
        account::form_error::FormError,
        i18n::locale_path,
        web::{error::AppError, page::Page},
    },
    http::request::text,
    system::percent_encode::percent_encode,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The query of a link that begins a sign-in.
#[derive(Default, Deserialize)]
pub(crate) struct Start {
    return_to: Option<Page>,
    link: Option<String>,
}

/// Begins a sign-in through an identity provider.
///
/// For the links on pages of this site. A link from another site leads to the sign-in page, and a
/// browser that does not say where a link comes from can sign in, but not link an account.
#[utoipa::path(
    get,
    path = "/sign-in/with/{provider}",
    operation_id = "beginProviderSignIn",
    tag = "person",
    params(
        ("provider" = String, Path, description = "The id of the provider."),
        ("return_to" = Option<String>, Query, description = "The page to return to."),
        ("link" = Option<String>, Query, description = "Links the identity to the account of the user."),
    ),
    responses(
        (status = 303, description = "A redirect to the provider, or to the page that says why not."),
        (status = 404, description = "There is no such provider.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn start(
    State(site): State<Arc<AppState>>,
    Extension(jar): Extension<Jar>,
    Extension(context): Extension<Arc<RequestContext>>,
    Path(provider): Path<String>,
    query: Result<Query<Start>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Query(Start { return_to, link }) = query.unwrap_or_default();
    let source = text(&headers, &SEC_FETCH_SITE);
    let is_own = match link {
        Some(_) => source == "same-origin",
        None => matches!(source, "" | "same-origin" | "none"),
    };
    if !is_own {
        site.identity_providers.find(&provider).ok_or(AppError::NotFound)?;
        let page = if link.is_some() { Page::Security } else { Page::SignIn };
        return Ok(redirect(&context.path_of(page)));
    }
    let form = FormContext::new(Arc::clone(&site), jar, context)?;
    Ok(match identities::begin(&form, &provider, link.is_some(), return_to).await? {
        Ok(url) => redirect(&url),
        Err(next) => redirect_to(&site, &next),
    })
}

/// The query of the callback.
#[derive(Default, Deserialize)]
pub(crate) struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Ends a sign-in through an identity provider.
///
/// The provider sends the browser here (RFC 6749, 4.1.2), with the cookie of the sign-in.
#[utoipa::path(
    get,
    path = "/sign-in/callback/{provider}",
    operation_id = "endProviderSignIn",
    tag = "person",
    params(
        ("provider" = String, Path, description = "The id of the provider."),
        ("code" = Option<String>, Query, description = "The code for the tokens."),
        ("state" = Option<String>, Query, description = "The state of the sign-in."),
        ("iss" = Option<String>, Query, description = "The issuer (RFC 9207)."),
        ("error" = Option<String>, Query, description = "Why there is no code."),
    ),
    responses(
        (status = 303, description = "A redirect to the next page, or to the one that says why nobody is signed in."),
        (status = 404, description = "There is no such provider.", body = String, content_type = "text/plain"),
        (status = 429, description = "Too many attempts.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn callback(
    State(site): State<Arc<AppState>>,
    Extension(jar): Extension<Jar>,
    Extension(context): Extension<Arc<RequestContext>>,
    Path(provider): Path<String>,
    query: Result<Query<Callback>, QueryRejection>,
) -> Result<Response, FormError> {
    let Query(Callback { code, state, iss, error }) = query.unwrap_or_default();
    let form = FormContext::new(Arc::clone(&site), jar, context)?;
    let next = identities::complete(&form, &provider, ProviderAnswer { code, state, iss, error }).await?;
    Ok(redirect_to(&site, &next))
}

/// The body of a logout.
#[derive(Deserialize)]
pub(crate) struct LogoutForm {
    logout_token: String,
}

/// Ends the sessions of a user who signed out at the identity provider.
///
/// For identity providers (OpenID Connect Back-Channel Logout 1.0). The signature of the token says
/// who sends it, so no cookie is read.
#[utoipa::path(
    post,
    path = "/sign-in/logout/{provider}",
    operation_id = "logOutAtProvider",
    tag = "person",
    params(("provider" = String, Path, description = "The id of the provider.")),
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`logout_token`, a signed token.",
    ),
    responses(
        (status = 200, description = "The sessions have ended."),
        (status = 400, description = "The token does not count, or was used before.", body = String, content_type = "text/plain"),
        (status = 404, description = "There is no such provider.", body = String, content_type = "text/plain"),
    ),
)]
pub(crate) async fn log_out(
    State(site): State<Arc<AppState>>,
    Path(provider): Path<String>,
    body: Result<Form<LogoutForm>, FormRejection>,
) -> Result<Response, AppError> {
    site.identity_providers.find(&provider).ok_or(AppError::NotFound)?;
    let Ok(Form(LogoutForm { logout_token })) = body else { return Err(AppError::Malformed) };
    identities::log_out(&site, &provider, &logout_token).await?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response())
}

/// A redirect that depends on cookies and is not stored.
fn redirect(url: &str) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Redirect::to(url)).into_response()
}

fn redirect_to(site: &AppState, next: &Next) -> Response {
    let page = next.page.to_string();
    let path = next.locale.map_or_else(|| page.clone(), |locale| locale_path::join(locale, &page));
    let proof = percent_encode(next.proof(site).as_bytes());
    let return_to = next.return_to.filter(|_| next.page == Page::SignIn);
    let return_to = return_to.map(|page| format!("&return_to={page}")).unwrap_or_default();
    redirect(&format!("{path}?notice={}&proof={proof}{return_to}", next.notice.into_str()))
}
