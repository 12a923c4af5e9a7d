//! The middleware: the steps that every request and its response pass, one file per step.
//!
//! [`in_span`] starts telemetry, and [`handle`] has the outer steps in their order. [`check`] has
//! the checks, and [`respond_once`] handles a repeated form once. [`respond`] has the steps of a
//! request that passed all checks, and [`work`] those of a request that is not answered from
//! memory. They are functions and not `tower` layers: a layer boxes and clones everything inside it
//! for each request (`docs/decisions/0005-single-middleware-function.md`).

pub(crate) mod csrf;
mod error_pages;
mod form_body;
mod host_check;
mod idempotency;
pub(crate) mod limits;
mod load_shed;
mod locale;
mod page_cache;
mod page_view;
mod rate_limit;
mod request_context;
mod request_telemetry;
pub(crate) mod security_headers;
mod session;
pub mod set_cookie_gate;
mod url_check;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Extensions, HeaderMap, Method, StatusCode, Version, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
};
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
    timeout::TimeoutLayer,
};
use tracing::Instrument;

use self::{
    error_pages::RequestInfo,
    request_context::SessionLookup,
    request_telemetry::{RequestId, RequestTelemetry},
    url_check::UrlMismatch,
};
use crate::{
    app::{cookie_jar::Jar, request_context::RequestContext},
    domain::{account::form_error::FormError, analytics::page_load::CacheState, web::error::AppError},
    http::{
        partner_api::{self, PartnerCheck},
        router,
        state::{HttpState, cached_response::GZIP_LEVEL, replay_cache::StoredRedirect},
    },
};

/// The whole site as a service: the routes with the middleware around them.
#[derive(Clone)]
pub struct SiteService {
    http: Arc<HttpState>,
    /// The routes with [`work`] around them. Responses from memory do not touch them.
    routes: Router,
}

/// The site with these routes.
pub(super) fn wrap(http: &Arc<HttpState>, routes: Router) -> SiteService {
    let is_text = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| security_headers::is_text(headers);
    // `ServiceBuilder` and not `Router::layer`, which boxes each layer.
    let service = ServiceBuilder::new()
        // Pages that are rendered for one visitor. Cached ones are compressed already.
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Precise(GZIP_LEVEL))
                .compress_when(SizeAbove::new(860).and(is_text)),
        )
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, http.settings.limits.request_timeout))
        .layer(CatchPanicLayer::custom(|_| AppError::Inner.into_response()))
        .layer(from_fn_with_state(Arc::clone(http), work))
        .service(routes);
    SiteService { http: Arc::clone(http), routes: Router::new().fallback_service(service) }
}

impl Service<Request> for SiteService {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { http, routes } = self.clone();
        Box::pin(async move { Ok(in_span(&http, request, &routes).await) })
    }
}

/// Puts the request into a span, so that each log line names it.
async fn in_span(http: &Arc<HttpState>, mut request: Request, routes: &Router) -> Response {
    locale::strip_locale_prefix(&mut request, &http.app.content().languages);
    let route = router::table().find(request.uri().path());
    let telemetry = RequestTelemetry::begin(&http.app, &mut request, route);
    let id = RequestId::next();
    let span = request_telemetry::span(&request, route, id);
    let response = handle(http, request, id, routes).instrument(span).await;
    telemetry.end(response.status());
    response
}

/// The outer steps, in their order.
async fn handle(http: &Arc<HttpState>, request: Request, id: RequestId, routes: &Router) -> Response {
    // What the error page needs, since later steps consume the request.
    let info = RequestInfo::new(&request, id);
    // Requests of partner services are checked by their origin, in place of the CSRF check.
    let partner = partner_api::find(&http.app, &http.settings.hosts, &request);
    let (mut response, context) = match check(http, request, partner.as_ref()).await {
        Ok(Checked::Valid(request, jar)) => respond_once(http, request, jar, partner.as_ref(), routes).await,
        Ok(Checked::Redirect(path)) => (url_check::redirect(&path), None),
        Ok(Checked::Method(mismatch, request, jar)) => {
            let context = Arc::new(request_context::from_request(http, &request, &jar, SessionLookup::default()));
            let mut get = url_check::as_get(&request);
            get.extensions_mut().insert(jar);
            get.extensions_mut().insert(Arc::clone(&context));
            (url_check::reject(mismatch, get, context.page, routes).await, Some(context))
        }
        Err((error, context)) => (error.into_response(), Some(context)),
    };
    // An error becomes a page, a sentence, or problem+json.
    error_pages::render(http, &info, context, &mut response);
    // Lets the page of a partner service read the response.
    partner_api::add_cors_headers(partner.as_ref(), &mut response);
    // On every response, errors too.
    security_headers::add(http.hsts.clone(), response.headers_mut());
    if info.is_head() {
        security_headers::strip_body(&mut response);
    }
    response
}

/// A request that was checked.
enum Checked {
    /// It can be handled.
    Valid(Request, Jar),
    /// The page has another path.
    Redirect(String),
    /// The method does not exist.
    Method(url_check::MethodMismatch, Request, Jar),
}

/// An error, with the context of its page.
type CheckError = (AppError, Arc<RequestContext>);

/// Checks a request before anything is done for it.
///
/// The limits and the host come first: an oversized or misdirected request costs no cookie parsing.
/// The jar comes before the other checks, because their error pages depend on its cookies. The body
/// comes last, because only a request that passed the other checks may make the server wait for it.
async fn check(http: &HttpState, mut request: Request, partner: Option<&PartnerCheck>) -> Result<Checked, CheckError> {
    let in_locale = |request: &Request, error: AppError| {
        let locale = locale::negotiate_without_cookies(request, &http.app.content().languages);
        (error, Arc::new(RequestContext::in_locale(locale)))
    };
    // URL and headers are within the limits.
    let needs_cookies = |request: &Request| request_context::serves_html(&http.app, request);
    limits::check(&http.settings.limits, &mut request, needs_cookies).map_err(|error| in_locale(&request, error))?;
    // The host is one of this site.
    host_check::check(&http.settings.hosts, &request).map_err(|error| in_locale(&request, error))?;
    // The cookies of the request. Only the gate can set one.
    let jar = set_cookie_gate::open(&http.app, request.headers());
    // Path and method exist. A method that does not is never run, so this comes before the CSRF
    // check.
    match url_check::check(&http.app, &request) {
        Ok(()) => {}
        Err(UrlMismatch::Redirect(path)) => return Ok(Checked::Redirect(path)),
        Err(UrlMismatch::Method(mismatch)) => return Ok(Checked::Method(mismatch, request, jar)),
    }
    // Rejects requests from other sites, except those that listed partner services may send.
    let allowed = match partner {
        None => csrf::check(&http.settings.hosts, &request),
        Some(check) => check.as_ref().map(|_| ()).map_err(|error| *error),
    };
    // A form is read whole, so that a slow client holds nothing that others need.
    let result = match allowed {
        Ok(()) => form_body::read(&http.settings.limits, &mut request).await,
        Err(error) => Err(error),
    };
    result.map_err(|error| {
        let context = request_context::from_request(http, &request, &jar, SessionLookup::default());
        (error, Arc::new(context))
    })?;
    Ok(Checked::Valid(request, jar))
}

/// The response to a request, and its context. A form that is sent twice is handled once.
async fn respond_once(
    http: &Arc<HttpState>,
    request: Request,
    jar: Jar,
    partner: Option<&PartnerCheck>,
    routes: &Router,
) -> (Response, Option<Arc<RequestContext>>) {
    let Some(hash) = idempotency::hash(&request) else {
        return respond(http, request, &jar, partner, routes).await;
    };
    let mut stored = http.replays.lock(hash).await;
    if let Some(redirect) = &*stored {
        return (redirect.to_response(), None);
    }
    let (http, partner, routes) = (Arc::clone(http), partner.cloned(), routes.clone());
    let locale = locale::negotiate(&request, &jar);
    // A browser that sends the form again drops the first connection. The first request runs to its
    // end all the same.
    let task = async move {
        let responded = respond(&http, request, &jar, partner.as_ref(), &routes).await;
        *stored = StoredRedirect::from_response(&responded.0);
        responded
    };
    let task = tokio::spawn(task.in_current_span());
    let in_locale = || Arc::new(RequestContext::in_locale(locale));
    task.await.unwrap_or_else(|_| (AppError::Inner.into_response(), Some(in_locale())))
}

/// The steps of a request that passed all checks, in their order.
async fn respond(
    http: &Arc<HttpState>,
    mut request: Request,
    jar: &Jar,
    partner: Option<&PartnerCheck>,
    routes: &Router,
) -> (Response, Option<Arc<RequestContext>>) {
    let started = Instant::now();
    let mut cache = CacheState::Miss;
    // Limits forms and script requests per network and minute.
    let limited = rate_limit::check(http, &request);
    // Looks up who is signed in, except for files and health checks.
    let session = if session::is_needed(http, &request, jar) {
        session::look_up(http, request.headers(), jar, limited.is_ok()).await
    } else {
        SessionLookup::default()
    };
    let context = Arc::new(request_context::from_request(http, &request, jar, session));
    let redirect = request_context::redirect_target(&http.app, &request, &context);
    session::drop_ended(&request, jar, &context, redirect.is_some());
    let limited = limited.and_then(|()| rate_limit::check_account(http, &request, &context));
    let mut response = if let Err(wait) = limited {
        FormError::from(wait).into_response()
    } else if let Err(error) = session::require(&context).and_then(|()| url_check::check_page(&request, context.page)) {
        error.into_response()
    } else if let Some(path) = redirect {
        // The redirect depends on who is signed in.
        ([(header::VARY, "cookie")], Redirect::to(&path)).into_response()
    } else if let Some(page) = page_cache::content_errors(http, &request, &context) {
        page
    } else if let Some(cached) = page_cache::find(http, &request, &context) {
        cache = CacheState::Hit;
        cached
    } else {
        request.extensions_mut().insert(jar.clone());
        request.extensions_mut().insert(Arc::clone(&context));
        if let Some(Ok(partner)) = partner {
            request.extensions_mut().insert(partner.clone());
        }
        routes.clone().oneshot(request).await.into_response()
    };
    page_view::record(&http.app, jar, &context, (started, cache), &mut response);
    // The only place where a response gets `Set-Cookie`. A repeated form gets the stored headers of
    // such a response.
    set_cookie_gate::close(&http.app, jar, &mut response);
    session::offer_binding(jar, &mut response);
    (response, Some(context))
}

/// The steps of a request that is not answered from memory, in their order.
async fn work(State(http): State<Arc<HttpState>>, mut request: Request, next: Next) -> Response {
    // HEAD has the headers of GET (RFC 9110, 9.3.2), so the response is made in full.
    if *request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    let _permit = match load_shed::check(&http, &request) {
        Ok(permit) => permit,
        Err(error) => return error.into_response(),
    };
    let response = page_cache::render(&http, request, next).await;
    form_body::with_status(response).await
}
