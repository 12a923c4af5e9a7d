//! A form that is sent twice is answered once: the second answer is the first.
//!
//! Somebody presses a button again because the line is slow. The two requests are the same to the letter: path, cookies and
//! body, with the form's key in it. For a minute the answer to the first is remembered under a hash of all that, and who comes
//! meanwhile waits for it. Only a form that was done is remembered; one that is to be corrected is looked at again.
//!
//! The memory is that of one server. With several, a balancer has to send a browser to the same one within that minute, or
//! the second request is answered as one that comes later (`docs/operating.md`).

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{app::idempotency_key, http::forms::FormBody};

/// How long an answer is remembered.
const LIFETIME: Duration = Duration::from_mins(1);

/// The most answers that are remembered, each of about a kilobyte.
const MAX_ANSWERS: u64 = 10_000;

/// What one request is remembered under.
pub(crate) type Name = [u8; 32];

/// The answers to forms that were done a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct ReplayCache(Cache<Name, Arc<Mutex<Option<IdempotentAnswer>>>>);

/// The answer to a form that was done: it has no body.
#[derive(Clone, Debug)]
pub(crate) struct IdempotentAnswer {
    status: StatusCode,
    headers: HeaderMap,
}

/// The one request that works on a form, while others of the same letters wait.
pub(crate) type ReplayTurn = OwnedMutexGuard<Option<IdempotentAnswer>>;

impl Default for ReplayCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_ANSWERS).time_to_live(LIFETIME).build())
    }
}

impl ReplayCache {
    /// A turn to work on the request of this name, when others of the same name are done.
    pub(crate) async fn turn(&self, name: Name) -> ReplayTurn {
        self.0.get_with(name, Arc::default).lock_owned().await
    }
}

impl IdempotentAnswer {
    /// The answer once more.
    pub(crate) fn again(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }

    /// What is remembered of an answer, if the form was done.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        let status = response.status();
        (status == StatusCode::SEE_OTHER).then(|| Self { status, headers: response.headers().clone() })
    }
}

/// The name of a form that was sent: the hash of all by which one is told from another. A form without a key may be anybody's,
/// or the same one's a moment later.
pub(crate) fn name(request: &Request) -> Option<Name> {
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
