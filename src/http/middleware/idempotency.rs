//! Handles a form once, even if it is sent twice: the second response repeats the first.
//!
//! A visitor presses a button again because the connection is slow. Both requests have the same
//! path, cookies and body, and the body holds the form's key. The second request waits for the
//! response to the first. If that is a redirect (303), it is stored for a minute under a hash of
//! all that, and answers the second request.
//!
//! The cache is that of one server. With several, the load balancer must send a browser to the same
//! server for that minute (`docs/operating.md`).

use axum::{
    extract::Request,
    http::{HeaderValue, header},
};
use sha2::{Digest, Sha256};

use super::form_body::FormBody;
use crate::{app::idempotency_key, http::state::replay_cache::RequestHash};

/// The hash of a form's request. A form without a key has none: two visitors may send the same.
pub(super) fn hash(request: &Request) -> Option<RequestHash> {
    let FormBody(body) = request.extensions().get()?;
    idempotency_key::of(body)?;
    let mut hash = Sha256::new();
    let cookies = request.headers().get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    for part in std::iter::once(request.uri().path().as_bytes()).chain(cookies).chain([body.as_ref()]) {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    Some(hash.finalize().into())
}
