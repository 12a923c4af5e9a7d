//! Every route that is meant for machines, in one place: what is registered here is in the description at `/openapi.json` by
//! that alone, so neither can have what the other has not.

use std::sync::Arc;

use axum::{Extension, Router};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::AppState,
    domain::web::error::AppError,
    http::{
        partner_api, public_json,
        routes::{
            account_export, cookies_json, gpc, health, openapi, policy_json, receipts, schemas, verify, well_known,
        },
    },
};

/// The routes, ready to stand beside the pages.
pub(super) fn routes<S>(site: &Arc<AppState>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let (open, own) = (Router::from(open()), Router::from(own()));
    // The layer answers what a browser asks beforehand, so it stands around the answer to other methods too.
    let open = open.method_not_allowed_fallback(|| async { AppError::Method }).layer(public_json::from_anywhere());
    open.merge(own).layer(Extension(Arc::new(description()))).with_state(Arc::clone(site))
}

/// What the routes say of themselves.
pub(super) fn description() -> OpenApi {
    OpenApiRouter::with_openapi(openapi::about()).merge(open()).merge(own()).into_openapi()
}

/// What anybody may read from any page of any site.
fn open() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(policy_json::in_force))
        .routes(routes!(policy_json::one))
        .routes(routes!(cookies_json::show))
        .routes(routes!(schemas::show))
        .routes(routes!(openapi::show))
}

/// What is asked at this site itself, by a program or by a browser.
fn own() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(gpc::show))
        .routes(routes!(receipts::show))
        .routes(routes!(verify::judge))
        .routes(routes!(account_export::show))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(well_known::security))
        .routes(routes!(well_known::change_password))
        .merge(partner_api::described())
}
