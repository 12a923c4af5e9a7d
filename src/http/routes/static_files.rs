//! Serves the static files: style sheets, scripts and icons.

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

/// For files under `/pkg/`, whose names contain the hash of the content, so that they never change.
/// The lifetime is a year.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// For all other files, which may change with the next release. Browsers revalidate them.
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, no-cache");

/// The suffixes of files that have no URL: compressed copies, which the server sends in place of
/// the plain files, and type declarations (`harmony.d.ts` or `harmony.d.<hash>.ts`).
const HIDDEN_SUFFIXES: [&str; 3] = [BROTLI, GZIP, ".ts"];

const BROTLI: &str = ".br";
const GZIP: &str = ".gz";

/// Serves the files of the built site, compressed by the build, and a 404 for every other URL.
pub(crate) fn service(
    site_root: &str,
    assets: &Assets,
) -> impl Service<Request<Body>, Response = Response, Error = std::convert::Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let plain = ServeDir::new(site_root).append_index_html_on_directories(false);
    let useless = Arc::new(useless_copies(Path::new(site_root)));
    let assets = assets.clone();
    service_fn(move |request: Request<Body>| {
        let path = request.uri().path();
        let name = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let is_useful = |suffix: &str| !useless.contains(&format!("{name}{suffix}"));
        let mut files = plain.clone();
        if is_useful(BROTLI) {
            files = files.precompressed_br();
        }
        if is_useful(GZIP) {
            files = files.precompressed_gzip();
        }
        let cache_control = if assets.are_hashed() && path.starts_with("/pkg/") { IMMUTABLE } else { REVALIDATE };
        let hashed = assets.hashed(path).filter(|_| assets.are_watched());
        async move {
            // Each file has one URL, without empty or dotted segments.
            let mut segments = name.split('/').skip(1);
            let is_canonical = !segments.any(|segment| matches!(segment, "" | "." | ".."));
            if !is_canonical || HIDDEN_SUFFIXES.into_iter().any(|suffix| name.ends_with(suffix)) {
                return Ok(AppError::NotFound.into_response());
            }
            let mut response = match files.clone().try_call(request).await {
                Ok(response) => response.into_response(),
                // The path is too long for a file name or contains a NUL.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidFilename | ErrorKind::InvalidInput) => {
                    return Ok(AppError::NotFound.into_response());
                }
                Err(error) => {
                    tracing::error!(%error, "reading a static file failed");
                    return Ok(AppError::Inner.into_response());
                }
            };
            if let Some(hashed) = hashed.filter(|_| response.status() == StatusCode::NOT_FOUND) {
                let retry = Request::get(hashed).body(Body::empty()).unwrap_or_default();
                response = files.oneshot(retry).await.into_response();
            }
            if response.status().is_client_error() || response.status().is_server_error() {
                let mut error = AppError::from_status(response.status().as_u16()).into_response();
                // A 405 names the allowed methods (RFC 9110, 15.5.6).
                if let Some(methods) = response.headers_mut().remove(header::ALLOW) {
                    error.headers_mut().insert(header::ALLOW, methods);
                }
                return Ok(error);
            }
            response.headers_mut().insert(header::CACHE_CONTROL, cache_control);
            // The coding is negotiated, so a shared cache must store each separately (RFC 9110,
            // 12.5.5).
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            Ok(response)
        }
    })
}

/// The paths of compressed copies that are no smaller than the plain files.
///
/// The server looks for them once. Files change only under a development build, which compresses
/// none.
fn useless_copies(root: &Path) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            // `file_type` does not follow links, so there are no cycles.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
                continue;
            }
            let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) else { continue };
            let plain = [BROTLI, GZIP].into_iter().find_map(|suffix| relative.strip_suffix(suffix));
            let size = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
            if plain.and_then(|plain| size(&root.join(plain))).is_some_and(|plain| size(&path) >= Some(plain)) {
                found.insert(format!("/{relative}"));
            }
        }
    }
    found
}
