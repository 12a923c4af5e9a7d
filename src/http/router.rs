//! Every route of the site.
//!
//! `middleware` calls [`router`] for what it does not answer itself. [`table`] has the same routes
//! as templates.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::FromRef,
    http::{Method, header, request::Parts},
    routing::{MethodRouter, get, options},
};
use leptos::{
    config::LeptosOptions,
    prelude::{provide_context, with_context},
    server_fn::axum::server_fn_paths,
};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower_http::cors::{Any, CorsLayer};
use utoipa::openapi::{OpenApi, path::PathItem};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::{AppState, cookie_jar::Jar, request_context::RequestContext},
    content::scripts,
    domain::web::{error::AppError, form_route, path},
    http::{
        partner_api::{connect, consent, exchange, findings, keys, preflight},
        route_table::RouteTable,
        routes,
        routes::{
            cookies_json, device_keys, exports, feeds, form_targets, gpc, health, identity_providers, measurements,
            openapi, policy_json, publisher, receipts, schemas, static_files, statistics, unsubscribe, verify,
            well_known,
        },
        state::HttpState,
    },
    pages::App,
};

/// How long browsers may cache a preflight response.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(24);

/// Every route, with its handler.
pub(super) fn router(http: &Arc<HttpState>) -> Router {
    let app = &http.app;
    let leptos = Leptos(Arc::clone(app));
    let mut described = description();
    described.info.title.clone_from(&app.content().publisher.name);
    Router::new()
        // The pages, from `pages::App`, and the server functions, from `api`.
        .leptos_routes_with_context(&leptos, generate_route_list(App), leptos.context(), App)
        .with_state(leptos)
        // A form's target, opened by its URL, redirects to the form's page.
        .merge(
            form_route::TARGETS
                .into_iter()
                .fold(Router::new(), |router, (target, page)| router.route(target, form_targets::redirect_to(page))),
        )
        // Documents for programs.
        .merge(
            documents()
                .into_iter()
                .fold(Router::new(), |router, (path, handler)| router.route(path, handler))
                .with_state(Arc::clone(http)),
        )
        // The HTTP API, as `/openapi.json` describes it.
        .merge(
            Router::from(public_api())
                // CORS answers a preflight, so it wraps the answer to other methods too.
                .method_not_allowed_fallback(|| async { AppError::Method })
                .layer(cors())
                .layer(Extension(Arc::new(described)))
                .with_state(Arc::clone(http)),
        )
        .merge(Router::from(api()).with_state(Arc::clone(app)))
        .route(path::PARTNER_CONSENT, options(preflight))
        // The scripts for the pages of partner services, for measured pages and for passkeys.
        .merge(
            scripts::ALL
                .iter()
                .enumerate()
                .fold(Router::new(), |router, (index, script)| router.route(script.path, routes::scripts::show(index))),
        )
        // Files, and 404.
        .fallback_service(static_files::service(&app.leptos.site_root, &app.assets))
        .method_not_allowed_fallback(|| async { AppError::Method })
}

/// The documents for programs that are not part of the API.
fn documents() -> [(&'static str, MethodRouter<Arc<HttpState>>); 7] {
    [
        (path::LOGO, get(publisher::logo)),
        (path::LOGO_DARK, get(publisher::logo_dark)),
        (path::ACCENT_SHEET, get(publisher::accent)),
        (path::FEED, get(feeds::feed)),
        (path::PRINT_SHEET, get(feeds::print_sheet)),
        (path::SITEMAP, get(feeds::sitemap)),
        (path::ROBOTS, get(feeds::robots)),
    ]
}

/// The part of the API that any page on the web may read.
fn public_api() -> OpenApiRouter<Arc<HttpState>> {
    OpenApiRouter::default()
        .routes(routes!(policy_json::in_force))
        .routes(routes!(policy_json::one))
        .routes(routes!(cookies_json::show))
        .routes(routes!(statistics::json))
        .routes(routes!(statistics::csv))
        .routes(routes!(schemas::show))
        .routes(routes!(openapi::show))
}

/// Lets the pages of every site read the response, without credentials (WHATWG Fetch, "CORS
/// protocol").
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::IF_NONE_MATCH])
        .expose_headers([header::ETAG])
        .max_age(PREFLIGHT_MAX_AGE)
        // The response does not depend on the origin.
        .vary([])
}

/// The part of the API for this site's own pages, programs, and the pages of partner services.
fn api() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(gpc::show))
        .routes(routes!(receipts::show))
        .routes(routes!(verify::show))
        .routes(routes!(measurements::record))
        .routes(routes!(exports::account))
        .routes(routes!(exports::browser))
        .routes(routes!(unsubscribe::show, unsubscribe::stop))
        .routes(routes!(identity_providers::start))
        .routes(routes!(identity_providers::callback))
        .routes(routes!(identity_providers::log_out))
        .routes(routes!(device_keys::start))
        .routes(routes!(device_keys::refresh))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(well_known::security))
        .routes(routes!(well_known::change_password))
        .routes(routes!(well_known::passkey_endpoints))
        .routes(routes!(consent::show, consent::decide))
        .routes(routes!(findings::record))
        .routes(routes!(connect::start))
        .routes(routes!(connect::confirm))
        .routes(routes!(connect::save))
        .routes(routes!(exchange::exchange))
        .routes(routes!(keys::show))
}

/// The OpenAPI description of both parts.
pub(super) fn description() -> OpenApi {
    let mut description = openapi::about();
    description.merge(public_api().into_openapi());
    description.merge(api().into_openapi());
    description
}

/// The routes of [`router`] as templates. They never change while the server runs.
pub(crate) fn table() -> &'static RouteTable {
    static TABLE: LazyLock<RouteTable> = LazyLock::new(|| {
        let mut table = RouteTable::default();
        for page in generate_route_list(App) {
            table.add(page.path(), [Method::GET]);
        }
        for (target, method) in server_fn_paths() {
            table.add(target, [method, Method::GET]);
        }
        for (template, item) in description().paths.paths {
            table.add(&template, methods(&item));
        }
        for (template, _) in documents() {
            table.add(template, [Method::GET]);
        }
        for script in &scripts::ALL {
            table.add(script.path, [Method::GET]);
        }
        table.add(path::PARTNER_CONSENT, [Method::OPTIONS]);
        table
    });
    &TABLE
}

/// The methods that the description of a path names.
fn methods(item: &PathItem) -> impl Iterator<Item = Method> {
    let described = [
        (Method::GET, item.get.is_some()),
        (Method::POST, item.post.is_some()),
        (Method::PUT, item.put.is_some()),
        (Method::PATCH, item.patch.is_some()),
        (Method::DELETE, item.delete.is_some()),
        (Method::OPTIONS, item.options.is_some()),
    ];
    described.into_iter().filter_map(|(method, is_described)| is_described.then_some(method))
}

/// The state of Leptos's routes. Leptos clones it for each request, so it is one pointer.
#[derive(Clone)]
struct Leptos(Arc<AppState>);

impl FromRef<Leptos> for LeptosOptions {
    fn from_ref(leptos: &Leptos) -> Self {
        leptos.0.leptos.clone()
    }
}

impl Leptos {
    /// Provides what `leptos_context` hands to pages and server functions.
    fn context(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let app = Arc::clone(&self.0);
        move || {
            let from_middleware = |parts: &Parts| {
                let extensions = &parts.extensions;
                (extensions.get::<Arc<RequestContext>>().cloned(), extensions.get::<Jar>().cloned())
            };
            let (context, jar) = with_context(from_middleware).unwrap_or_default();
            provide_context(Arc::clone(&app));
            provide_context(context.unwrap_or_default());
            if let Some(jar) = jar {
                provide_context(jar);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_template_that_holds_nothing_of_it() {
        let routes = table();
        let template = |path: &str| routes.find(path).map(|route| routes.template(route));
        for (path, known) in [
            ("/", "/"),
            ("/policy", "/policy"),
            ("/policy/1.0", "/policy/{version}"),
            ("/policy/anything", "/policy/{version}"),
            ("/policy/1.0/print.css", "/policy/{version}/print.css"),
            ("/policy/history", "/policy/history"),
            ("/policy/compare/1.0/1.1", "/policy/compare/{from}/{to}"),
            ("/receipts/0190-abc", "/receipts/{id}"),
            ("/editions/1.0", "/editions/{version}"),
            ("/api/consent/answer", "/api/consent/answer"),
            ("/api/v1/consent", "/api/v1/consent"),
            ("/cookies.json", "/cookies.json"),
            ("/sitemap.xml", "/sitemap.xml"),
            ("/robots.txt", "/robots.txt"),
            ("/embed/1.js", "/embed/1.js"),
            ("/embed/2.js", "/embed/2.js"),
            ("/embed/3.js", "/embed/3.js"),
            ("/health", "/health"),
        ] {
            assert_eq!(template(path), Some(known), "{path}");
        }
        for path in [
            "",
            "/nowhere",
            "/policy/",
            "/pkg/harmony.css",
            "/favicon.svg",
            "/embed/4.js",
            "/embed.js",
            "/api/nothing",
            "/receipts/a/b",
        ] {
            assert_eq!(template(path), None, "{path}");
        }
    }

    #[test]
    fn a_route_has_every_method_that_is_registered_for_it() {
        let routes = table();
        for (path, methods) in [
            ("/policy/1.0", &[Method::GET][..]),
            ("/verify", &[Method::GET, Method::POST]),
            ("/api/consent/answer", &[Method::POST, Method::GET]),
            ("/api/v1/consent", &[Method::GET, Method::POST, Method::OPTIONS]),
            ("/cookies.json", &[Method::GET]),
            ("/robots.txt", &[Method::GET]),
            ("/embed/2.js", &[Method::GET]),
        ] {
            assert_eq!(routes.find(path).map(|route| routes.methods(route)), Some(methods), "{path}");
        }
        for template in routes.templates() {
            assert!(routes.find(template).is_some_and(|route| !routes.methods(route).is_empty()), "{template}");
        }
    }

    #[test]
    fn each_template_is_in_the_table_once() {
        let mut templates: Vec<_> = table().templates().collect();
        let many = templates.len();
        templates.sort_unstable();
        templates.dedup();
        assert_eq!(templates.len(), many);
        assert!(many > 40, "{templates:?}");
    }
}
