//! The middleware that every request passes through, and the router behind it.

pub(crate) mod api_routes;
pub(crate) mod fallback;
pub(crate) mod forms;
pub(crate) mod html_cleanup;
pub mod middleware;
pub(crate) mod partner_api;
pub(crate) mod public_json;
pub(crate) mod request_context;
pub(crate) mod route_template;
pub(crate) mod routes;
pub mod server;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    extract::{self, FromRef, Request},
    http::{Extensions, HeaderMap, Method, StatusCode, Version, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
};
use leptos::{
    config::LeptosOptions,
    prelude::{provide_context, with_context},
};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
    timeout::TimeoutLayer,
};

use crate::{
    app::{AppState, accounts::sessions, rate_limit::Wait},
    domain::{
        account::form_error::FormError,
        web::{error::AppError, page::Page},
    },
    http::{
        fallback::UrlMismatch,
        middleware::{
            csrf, error_pages, host_check, idempotency, limits, load_shed, locale, page_cache,
            request_telemetry::RequestTelemetry, security_headers, set_cookie_gate, set_cookie_gate::Jar,
        },
        request_context::RequestContext,
        routes::{account_export, feeds, form_targets, static_files},
    },
    pages::App,
    store::Member,
};

/// Leptos's options, as its routes hold them: copied for each request, so they are one pointer.
#[derive(Clone)]
struct Options(Arc<AppState>);

impl FromRef<Options> for LeptosOptions {
    fn from_ref(options: &Options) -> Self {
        options.0.leptos.clone()
    }
}

/// The whole site as one service.
pub fn router(site: &Arc<AppState>) -> Router {
    let context = {
        let site = Arc::clone(site);
        move || {
            let found = |parts: &Parts| {
                let extensions = &parts.extensions;
                (extensions.get::<Arc<RequestContext>>().cloned(), extensions.get::<Jar>().cloned())
            };
            let (visitor, jar) = with_context(found).unwrap_or_default();
            provide_context(Arc::clone(&site));
            provide_context(visitor.unwrap_or_default());
            if let Some(jar) = jar {
                provide_context(jar);
            }
        }
    };
    let options = Options(Arc::clone(site));
    let routes = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, App)
        .with_state(options)
        .merge(api_routes::routes(site))
        .merge(feeds::routes(site))
        .merge(partner_api::routes())
        .merge(form_targets::routes())
        .fallback_service(static_files::service(&site.leptos.site_root, &site.assets))
        .method_not_allowed_fallback(|| async { AppError::Method });

    // The first line is the first to see a request and the last to see its answer. They stand before the routes, since the first
    // takes the language off the address, and make one service: the router copies whatever it puts into boxes for each request,
    // and would put each of these into one of its own.
    let middleware =
        ServiceBuilder::new()
            .layer(from_fn_with_state(Arc::clone(site), outer_middleware))
            // Pages that are rendered each time are compressed in passing; the kept ones already are.
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(860).and(
                |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| security_headers::is_text(headers),
            )))
            // Nobody waits for ever.
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, site.bounds.request_timeout))
            // A panic is an answer like any other.
            .layer(CatchPanicLayer::custom(|_| AppError::Inner.into_response()))
            .layer(from_fn_with_state(Arc::clone(site), inner_middleware))
            .service(routes);
    Router::new().fallback_service(middleware)
}

/// The way of every request, in and out. One function rather than a layer for each step: a layer costs more than most
/// of these steps do.
async fn outer_middleware(
    extract::State(site): extract::State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = error_pages::RequestInfo::of(&request);
    locale::strip_locale_prefix(&mut request);
    let observation = RequestTelemetry::begin(&site, &mut request);
    let sibling = partner_api::find(&site, &request);
    let (mut response, visitor) = match check_request(&site, request, sibling.as_ref()).await {
        Ok(Entered::In(request, jar)) => answer_once(&site, request, jar, sibling.as_ref(), next).await,
        Ok(Entered::Misfit(_, _, UrlMismatch::Respelled(address))) => (fallback::lead(&address), None),
        Ok(Entered::Misfit(request, jar, UrlMismatch::Method(no_method))) => {
            let visitor = Arc::new(request_context::know(&site, &request, &jar, None));
            let look = fallback::look(&request, &jar, &visitor);
            (fallback::refuse(no_method, look, next).await, Some(visitor))
        }
        Err((refusal, visitor)) => (refusal.into_response(), visitor),
    };
    // Whatever was refused gets a page, or a sentence for machines.
    error_pages::give(&site, &asked, visitor, &mut response);
    // Whom a browser lets read the answer, where not this site alone may.
    partner_api::admit(sibling.as_ref(), &mut response);
    // Every answer carries the headers that keep it safe.
    security_headers::add(site.hsts.header(&site.origin), &mut response);
    if asked.is_for_headers() {
        security_headers::no_transform(&mut response);
    }
    observation.end(response.status());
    response
}

/// The answer to a request, with the visitor who gets it. A form that is sent twice is answered once.
async fn answer_once(
    site: &Arc<AppState>,
    request: Request,
    jar: Jar,
    sibling: Option<&partner_api::Found>,
    next: Next,
) -> (Response, Option<Arc<RequestContext>>) {
    let Some(name) = idempotency::name(&request) else {
        return answer(site, request, &jar, sibling, next).await;
    };
    let mut turn = site.replays.turn(name).await;
    if let Some(done) = &*turn {
        return (done.again(), None);
    }
    let (site, sibling) = (Arc::clone(site), sibling.cloned());
    // A browser that presses again lets go of the first connection. What was begun there is ended all the same.
    let work = tokio::spawn(async move {
        let answered = answer(&site, request, &jar, sibling.as_ref(), next).await;
        *turn = idempotency::IdempotentAnswer::of(&answered.0);
        answered
    });
    work.await.unwrap_or_else(|_| (AppError::Inner.into_response(), None))
}

/// The answer to a request that came in.
async fn answer(
    site: &Arc<AppState>,
    mut request: Request,
    jar: &Jar,
    sibling: Option<&partner_api::Found>,
    next: Next,
) -> (Response, Option<Arc<RequestContext>>) {
    let limited = limit(site, &request);
    // Files of the site are the same for everybody, so nothing is asked and no token used up for them.
    let may_be_a_member = sessions::may_recognise(jar) && request_context::serves_html(site, &request);
    // Set apart, so that those who are none do not carry the room that looking one up takes.
    let recognised = match limited {
        _ if !may_be_a_member => Ok(None),
        Ok(()) => Box::pin(load_session(site, jar)).await,
        Err(_) => Err(AppError::TooManyAttempts),
    };
    let unrecognised = recognised.as_ref().err().copied();
    let is_nobody = matches!(recognised, Ok(None));
    let mut visitor = request_context::know(site, &request, jar, recognised.unwrap_or_default());
    visitor.unrecognised = unrecognised;
    visitor.signed_in |= unrecognised.is_some();
    visitor.was_signed_out = may_be_a_member && is_nobody;
    let visitor = Arc::new(visitor);
    let elsewhere = request_context::elsewhere(&request, &visitor);
    // On the way to the sign-in they stay for that one request: there it is said why one is asked.
    if visitor.was_signed_out && elsewhere.is_none() && request.uri().path() != account_export::PATH {
        sessions::forget_tokens(jar);
    }
    let requires_sign_in = visitor.page.is_some_and(Page::requires_sign_in);
    let refused = unrecognised.filter(|refusal| requires_sign_in || *refusal == AppError::Overloaded);
    let limited = limited.and_then(|()| match visitor.owner() {
        Some(member) if *request.method() == Method::POST => site.limiter.form_of(&member.account.id),
        _ => Ok(()),
    });
    let mut response = if let Err(wait) = limited {
        FormError::from(wait).into_response()
    } else if let Some(refusal) = refused {
        refusal.into_response()
    } else if let Some(elsewhere) = elsewhere {
        // Whom a page is not for, cookies tell.
        ([(header::VARY, "cookie")], Redirect::to(&elsewhere)).into_response()
    } else if let Some(kept) = page_cache::find(site, &request, &visitor) {
        kept
    } else {
        request.extensions_mut().insert(jar.clone());
        request.extensions_mut().insert(Arc::clone(&visitor));
        if let Some(Ok(sibling)) = sibling {
            request.extensions_mut().insert(sibling.clone());
        }
        next.run(request).await
    };
    request_context::record_page_view(site, jar, &visitor, response.status());
    // The door through which every cookie leaves.
    set_cookie_gate::close(site, jar, &mut response);
    (response, Some(visitor))
}

/// Counts a form, or a question of a script, for the network that it comes from.
///
/// # Errors
/// [`Wait`] if it is one too many.
fn limit(site: &AppState, request: &Request) -> Result<(), Wait> {
    match *request.method() {
        Method::POST => site.limiter.form_from(request_context::place(site, request)),
        Method::GET if request.uri().path().starts_with("/api/") => {
            site.limiter.question_from(request_context::place(site, request))
        }
        _ => Ok(()),
    }
}

/// The work on what is not answered from memory.
async fn inner_middleware(
    extract::State(site): extract::State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    // Whoever asks for the headers alone gets those that the whole would have, so it is made.
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    // So many are worked on at once; those beyond are told to come again.
    let _place = match load_shed::enter(&site, &request) {
        Ok(place) => place,
        Err(refusal) => return refusal.into_response(),
    };
    // What is equal for everybody is rendered once and kept as bytes.
    let response = page_cache::render(&site, request, next).await;
    // What the site refuses gets its status here.
    forms::answered(response).await
}

/// The member whom a jar may recognise, if there is a place to look them up.
async fn load_session(site: &AppState, jar: &Jar) -> Result<Option<Member>, AppError> {
    let _place = site.load.enter()?;
    sessions::recognise(site, jar).await
}

/// A refusal, with the visitor where one is known by then, so that its page looks like every other.
type TurnedAway = (AppError, Option<Arc<RequestContext>>);

/// What came in.
enum Entered {
    /// A request to be answered, with the jar in which cookies are set and removed.
    In(Request, Jar),
    /// One whose address or method does not exist.
    Misfit(Request, Jar, UrlMismatch),
}

/// The way in: nothing too long or too large, and under a name of this site; nothing that does not exist; and nothing from
/// another site that could change something, but for what the listed services may ask. A form is read whole before anything is
/// done.
async fn check_request(
    site: &AppState,
    mut request: Request,
    sibling: Option<&partner_api::Found>,
) -> Result<Entered, TurnedAway> {
    let needs_cookies = |request: &Request| request_context::serves_html(site, request);
    limits::check(&site.bounds, &mut request, needs_cookies).map_err(|refusal| (refusal, None))?;
    host_check::check(site, &request).map_err(|refusal| (refusal, None))?;
    let jar = set_cookie_gate::open(site, request.headers());
    // Whether a method exists comes before who asks: one that does not is never run.
    if let Some(misfit) = fallback::find(site, &request) {
        return Ok(Entered::Misfit(request, jar, misfit));
    }
    let passes = match sibling {
        None => csrf::check(&site.hosts, &request),
        Some(found) => found.as_ref().map(|_| ()).map_err(|refusal| *refusal),
    };
    let read = match passes {
        Ok(()) => forms::read(site, &mut request).await,
        Err(refusal) => Err(refusal),
    };
    match read {
        Ok(()) => Ok(Entered::In(request, jar)),
        Err(refusal) => Err((refusal, Some(Arc::new(request_context::know(site, &request, &jar, None))))),
    }
}
