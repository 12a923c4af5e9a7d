//! What a debug build shows in the browser while the content has errors: each with its file and
//! line, as `harmony check` prints them. The page reloads once they are corrected.

use std::fmt::Write as _;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use quick_xml::escape::escape;

use crate::{content::Diagnostic, http::error_response::PlainBody};

/// Only the style and the script of the page itself, which a release build never sends.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";

const STYLE: &str = ":root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif } \
                     body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem } \
                     li { margin-block: 0.75rem; overflow-wrap: anywhere } \
                     code { display: block; font-weight: 600 }";

/// A failed request changes nothing: the server may be starting again.
const SCRIPT: &str = "let shown; setInterval(async () => { try { \
                      const response = await fetch(location.href, { headers: { accept: 'text/html' } }); \
                      const text = await response.text(); \
                      if (response.status !== 503 || (shown ??= text) !== text) location.reload(); \
                      } catch {} }, 500);";

/// The page with these errors.
pub(crate) fn response(errors: &[Diagnostic]) -> Response {
    let items = errors.iter().fold(String::new(), |mut items, Diagnostic { file, line, what }| {
        let (file, what) = (file.display().to_string(), what.as_str());
        // Writing to a `String` cannot fail.
        let _ = write!(items, "<li><code>{}:{line}</code>{}</li>", escape(&file), escape(what));
        items
    });
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Errors in the content</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body><main><h1>Errors in the content</h1>\
         <p>This debug build shows the page again once they are corrected.</p>\
         <ul>{items}</ul></main><script>{SCRIPT}</script></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, headers, html).into_response();
    response.extensions_mut().insert(PlainBody);
    response
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn an_error_is_shown_with_file_and_line_and_as_text() {
        let what = "`<b>` is no Markdown".to_owned();
        let error = Diagnostic { file: PathBuf::from("content/policy/en/1.0.md"), line: 12, what };
        let response = response(&[error]);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap_or_default();
        let html = String::from_utf8_lossy(&body);
        assert!(html.contains("<code>content/policy/en/1.0.md:12</code>`&lt;b&gt;` is no Markdown"), "{html}");
    }
}
