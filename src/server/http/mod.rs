//! The way of every request: the layers, and the router behind them.

pub(crate) mod assets;
pub(crate) mod cached_pages;
pub(crate) mod faces;
pub(crate) mod forms;
pub mod gate;
pub(crate) mod headers;
pub(crate) mod inventory;
pub(crate) mod limits;
pub(crate) mod same_origin;
pub(crate) mod visitor;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{Extensions, HeaderMap, StatusCode, Version},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::get,
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower_cookies::CookieManagerLayer;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
    timeout::TimeoutLayer,
};

use self::visitor::Visitor;
use crate::{
    model::refusal::Refusal,
    pages::App,
    server::{State, http::gate::Jar},
};

/// How long a request may take.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);

/// The whole site as one service.
pub fn router(site: &Arc<State>) -> Router {
    let context = {
        let site = Arc::clone(site);
        move || {
            let parts = use_context::<axum::http::request::Parts>();
            let extensions = parts.as_ref().map(|parts| &parts.extensions);
            provide_context(Arc::clone(&site));
            provide_context(extensions.and_then(|all| all.get::<Visitor>().cloned()).unwrap_or_default());
            if let Some(jar) = extensions.and_then(|all| all.get::<Jar>().cloned()) {
                provide_context(jar);
            }
        }
    };
    let routes = Router::new()
        .leptos_routes_with_context(&site.leptos, generate_route_list(App), context, App)
        .route("/cookies.json", get(inventory::show).with_state(Arc::clone(site)))
        .route("/health", get(|| async { "ok\n" }))
        .fallback_service(assets::service(&site.leptos.site_root, &site.assets))
        .method_not_allowed_fallback(|| async { Refusal::Method })
        .with_state(site.leptos.clone());

    // Each layer is inside the ones below it: the last line is the first to see a request and the last to see its answer.
    routes
        // What is equal for everybody is rendered once and kept as bytes.
        .layer(from_fn_with_state(Arc::clone(site), cached_pages::serve))
        // A form is read whole before anything is done; what the site refuses gets its status here.
        .layer(from_fn(forms::read))
        // Who asks: page, decision, appearance, notice. Sets what viewing a page sets.
        .layer(from_fn_with_state(Arc::clone(site), visitor::know))
        // No other site can change anything.
        .layer(from_fn(same_origin::check))
        // The jar with which the above set and remove cookies …
        .layer(from_fn_with_state(Arc::clone(site), gate::fill))
        .layer(CookieManagerLayer::new())
        // … and the door through which every cookie leaves.
        .layer(from_fn_with_state(Arc::clone(site), gate::guard))
        // Nothing too long, too large or too slow comes in.
        .layer(from_fn(limits::check))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_REQUEST))
        // A panic is an answer like any other.
        .layer(CatchPanicLayer::custom(|_| Refusal::Inner.into_response()))
        // Whatever was refused gets a page, or a sentence for machines.
        .layer(from_fn_with_state(Arc::clone(site), faces::give))
        // Pages that are rendered each time are compressed in passing; the cached ones already are.
        .layer(
            CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest).compress_when(
                SizeAbove::new(860)
                    .and(|_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| headers::say_text(headers)),
            ),
        )
        // Every answer carries the headers that keep it safe.
        .layer(from_fn(headers::add))
}
