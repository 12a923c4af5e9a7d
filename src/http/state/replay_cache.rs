//! The redirects (303) after forms of the last minute, for a form that is sent twice.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a response is stored.
const LIFETIME: Duration = Duration::from_mins(1);

/// The largest number of stored responses, each of about a kilobyte.
const MAX_RESPONSES: u64 = 10_000;

/// The hash of a form's request.
pub(crate) type RequestHash = [u8; 32];

/// The redirects (303) after forms of the last minute.
#[derive(Clone, Debug)]
pub(crate) struct ReplayCache(Cache<RequestHash, Arc<Mutex<Option<StoredRedirect>>>>);

/// The response to a form: a redirect, so it has no body.
#[derive(Clone, Debug)]
pub(crate) struct StoredRedirect {
    status: StatusCode,
    headers: HeaderMap,
}

impl Default for ReplayCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_RESPONSES).time_to_live(LIFETIME).build())
    }
}

impl ReplayCache {
    /// The entry of a request, locked. The same request sent again waits for it.
    pub(crate) async fn lock(&self, hash: RequestHash) -> OwnedMutexGuard<Option<StoredRedirect>> {
        self.0.get_with(hash, Arc::default).lock_owned().await
    }
}

impl StoredRedirect {
    /// What to store of a response: only a redirect. A form that must be corrected is handled
    /// again.
    pub(crate) fn from_response(response: &Response) -> Option<Self> {
        let status = response.status();
        (status == StatusCode::SEE_OTHER).then(|| Self { status, headers: response.headers().clone() })
    }

    /// The response once more.
    pub(crate) fn to_response(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}
