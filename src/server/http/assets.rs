//! The files that are served as they are: style, scripts, icons.

use std::io::ErrorKind;

use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use tower::{Service, ServiceExt, service_fn};
use tower_http::services::ServeDir;

use crate::{model::refusal::Refusal, server::assets::Assets};

/// What is under `/pkg/` bears a hash of itself in its name, so it never changes: a year, in seconds.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Everything else may change with the next release: asked for anew each time.
const ASK: HeaderValue = HeaderValue::from_static("public, no-cache");

/// Serves the files of the built site under the names that its pages give them, as compressed by the build, and refuses every other address.
pub(super) fn service(
    site_root: &str,
    assets: &Assets,
) -> impl Service<Request<Body>, Response = Response, Error = std::convert::Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let files =
        ServeDir::new(site_root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
    let assets = assets.clone();
    service_fn(move |request: Request<Body>| {
        let files = files.clone();
        let path = request.uri().path();
        let lasts = if assets.are_hashed() && path.starts_with("/pkg/") { FOREVER } else { ASK };
        let hashed = assets.hashed(path).filter(|_| assets.are_watched());
        async move {
            let mut response = match files.clone().try_call(request).await {
                Ok(found) => found.into_response(),
                // What no file can be called, too long or with a NUL in it, is not there.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidFilename | ErrorKind::InvalidInput) => {
                    return Ok(Refusal::NotFound.into_response());
                }
                Err(error) => {
                    tracing::error!(%error, "a file of the site cannot be read");
                    return Ok(Refusal::Inner.into_response());
                }
            };
            if let Some(hashed) = hashed.filter(|_| response.status() == StatusCode::NOT_FOUND) {
                let again = Request::get(hashed).body(Body::empty()).unwrap_or_default();
                response = files.oneshot(again).await.into_response();
            }
            if response.status().is_client_error() || response.status().is_server_error() {
                let mut refused = Refusal::from_status(response.status().as_u16()).into_response();
                // RFC 9110, 15.5.6: whoever refuses a method names those that there are.
                if let Some(methods) = response.headers_mut().remove(header::ALLOW) {
                    refused.headers_mut().insert(header::ALLOW, methods);
                }
                return Ok(refused);
            }
            response.headers_mut().insert(header::CACHE_CONTROL, lasts);
            Ok(response)
        }
    })
}
