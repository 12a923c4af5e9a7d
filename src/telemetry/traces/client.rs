//! The way to the collector: plain HTTP, one request at a time, from the thread that hands spans on.

use std::{pin::Pin, time::Duration};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// The most of an answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 1 << 16;

/// What the exporter sends with.
#[derive(Debug)]
pub(super) struct OtlpClient(Agent);

impl OtlpClient {
    /// A client that takes no longer than that for a request, and goes through no proxy.
    pub(super) fn new(longest: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(longest))
            // The exporter looks at the status itself.
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("harmony")
            .build();
        Self(config.new_agent())
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.0.run(request.map(|body| body.to_vec()))?;
        let (head, mut body) = answer.into_parts();
        let body = body.with_config().limit(LONGEST_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

impl HttpClient for OtlpClient {
    /// Sends it while whoever polls this waits, as the exporter's thread means to.
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        Box::pin(async move { self.post(request) })
    }
}
