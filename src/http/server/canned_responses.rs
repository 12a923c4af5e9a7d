//! What is answered where no router is: to those for whom there is no place, and to those whose request cannot be read.
//!
//! hyper answers the latter itself, with a status and nothing else. What leaves under the site's name has the site's headers and a
//! sentence, so its answer is told from ours on the line, and ours goes out instead.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};

use crate::{domain::web::error::AppError, http::middleware::security_headers};

/// The refusals of what cannot be read: each has the status that hyper gives for it.
const UNREAD: [AppError; 3] = [AppError::Malformed, AppError::AddressTooLong, AppError::HeadersTooLarge];

/// No answer of ours is without this header.
const ALWAYS_OURS: &str = "x-content-type-options";

/// hyper's own answers are shorter, in bytes.
const LONGEST_BARE: usize = 256;

/// The answers, whole, as they are sent.
#[derive(Clone)]
pub(super) struct CannedResponse {
    pub overloaded: Arc<[u8]>,
    /// Those to what cannot be read, by their status.
    unread: Arc<[(String, Arc<[u8]>)]>,
}

impl CannedResponse {
    /// The words of a site that tells browsers that of https.
    pub fn new(https: Option<&HeaderValue>) -> Self {
        let unread = UNREAD.map(|refusal| (format!(" {} ", refusal.status()), words(https, refusal)));
        Self { overloaded: words(https, AppError::Overloaded), unread: unread.into() }
    }

    /// What to send instead of these bytes, if they are an answer that hyper gives by itself. The date is hyper's.
    pub fn instead_of(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        // Most answers are longer or have another status, so this is all that they cost.
        let status = bytes.strip_prefix(b"HTTP/1.").filter(|_| bytes.len() < LONGEST_BARE)?.get(1..)?;
        let (_, words) = self.unread.iter().find(|(line, _)| status.starts_with(line.as_bytes()))?;
        let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
        if head.contains(ALWAYS_OURS) {
            return None;
        }
        let date = head.split("\r\n").find(|line| line.starts_with("date: ")).unwrap_or_default();
        let first = words.iter().position(|byte| *byte == b'\n')? + 1;
        let (first, rest) = words.split_at(first);
        Some([first, date.as_bytes(), if date.is_empty() { b"" } else { b"\r\n" }, rest].concat())
    }
}

/// A refusal in a sentence, with the headers that every answer has. The line is closed behind it.
fn words(https: Option<&HeaderValue>, refusal: AppError) -> Arc<[u8]> {
    let sentence = format!("{refusal}\n");
    let mut response = refusal.into_response();
    security_headers::add(https.cloned(), &mut response);
    let mut words = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    let own = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_LENGTH, sentence.len().to_string()),
        (header::CONNECTION, "close".to_owned()),
    ];
    let lines = response.headers().iter().filter(|(name, _)| !own.iter().any(|(own, _)| own == *name));
    let lines = lines.map(|(name, value)| (name, value.as_bytes()));
    for (name, value) in lines.chain(own.iter().map(|(name, value)| (name, value.as_bytes()))) {
        for part in [name.as_str().as_bytes(), b": ", value, b"\r\n"] {
            words.extend_from_slice(part);
        }
    }
    words.extend_from_slice(b"\r\n");
    words.extend_from_slice(sentence.as_bytes());
    words.into()
}
