//! The files that are served as they are: style, scripts, icons.

use std::{collections::HashSet, fs, io::ErrorKind, path::Path, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use tower::{Service, ServiceExt, service_fn};
use tower_http::services::ServeDir;

use crate::{config::asset_manifest::Assets, domain::web::error::AppError};

/// What is under `/pkg/` bears a hash of itself in its name, so it never changes: a year, in seconds.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Everything else may change with the next release: asked for anew each time.
const ASK: HeaderValue = HeaderValue::from_static("public, no-cache");

/// What the build lays beside the files for others than browsers: the files in other codings, which are served in place of the
/// plain ones, and the types of the scripts, with a hash in their names (`harmony.d.<hash>.ts`) or without.
const BESIDE: [&str; 3] = [BROTLI, GZIP, ".ts"];

const BROTLI: &str = ".br";
const GZIP: &str = ".gz";

/// Serves the files of the built site under the names that its pages give them, as compressed by the build, and refuses every other address.
pub(crate) fn service(
    site_root: &str,
    assets: &Assets,
) -> impl Service<Request<Body>, Response = Response, Error = std::convert::Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let plain = ServeDir::new(site_root).append_index_html_on_directories(false);
    let in_vain = Arc::new(compressed_in_vain(Path::new(site_root)));
    let assets = assets.clone();
    service_fn(move |request: Request<Body>| {
        let path = request.uri().path();
        let name = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let helps = |coding: &str| !in_vain.contains(&format!("{name}{coding}"));
        let mut files = plain.clone();
        if helps(BROTLI) {
            files = files.precompressed_br();
        }
        if helps(GZIP) {
            files = files.precompressed_gzip();
        }
        let lasts = if assets.are_hashed() && path.starts_with("/pkg/") { FOREVER } else { ASK };
        let hashed = assets.hashed(path).filter(|_| assets.are_watched());
        async move {
            // A file has one address, with no empty or dotted part in it.
            let mut parts = name.split('/').skip(1);
            let is_one = !parts.any(|part| matches!(part, "" | "." | ".."));
            if !is_one || BESIDE.into_iter().any(|beside| name.ends_with(beside)) {
                return Ok(AppError::NotFound.into_response());
            }
            let mut response = match files.clone().try_call(request).await {
                Ok(found) => found.into_response(),
                // What no file can be called, too long or with a NUL in it, is not there.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidFilename | ErrorKind::InvalidInput) => {
                    return Ok(AppError::NotFound.into_response());
                }
                Err(error) => {
                    tracing::error!(%error, "a static file cannot be read");
                    return Ok(AppError::Inner.into_response());
                }
            };
            if let Some(hashed) = hashed.filter(|_| response.status() == StatusCode::NOT_FOUND) {
                let again = Request::get(hashed).body(Body::empty()).unwrap_or_default();
                response = files.oneshot(again).await.into_response();
            }
            if response.status().is_client_error() || response.status().is_server_error() {
                let mut refused = AppError::from_status(response.status().as_u16()).into_response();
                // RFC 9110, 15.5.6: whoever refuses a method names those that there are.
                if let Some(methods) = response.headers_mut().remove(header::ALLOW) {
                    refused.headers_mut().insert(header::ALLOW, methods);
                }
                return Ok(refused);
            }
            response.headers_mut().insert(header::CACHE_CONTROL, lasts);
            // In which coding it comes is negotiated (RFC 9110, 12.5.5): a shared cache must not give one for the other.
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            Ok(response)
        }
    })
}

/// The compressed files, as addresses, that are no smaller than what they were made of. Found out once: no file changes while the
/// server runs, but for those of a build that is watched, which compresses none.
fn compressed_in_vain(root: &Path) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            // A link is not followed, so none leads round in a circle.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
                continue;
            }
            let Some(address) = path.strip_prefix(root).ok().and_then(Path::to_str) else { continue };
            let plain = [BROTLI, GZIP].into_iter().find_map(|coding| address.strip_suffix(coding));
            let size = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
            if plain.and_then(|plain| size(&root.join(plain))).is_some_and(|plain| size(&path) >= Some(plain)) {
                found.insert(format!("/{address}"));
            }
        }
    }
    found
}
