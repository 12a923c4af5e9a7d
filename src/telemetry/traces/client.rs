//! The HTTP client of the OTLP exporter: plain HTTP, one request at a time, on the exporter's
//! thread.

use std::{pin::Pin, time::Duration};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// How much of a response the client reads.
const MAX_RESPONSE_BYTES: u64 = 1 << 16;

/// The HTTP client of the exporter.
#[derive(Debug)]
pub(super) struct OtlpClient(Agent);

impl OtlpClient {
    /// A client with a timeout for each request. It uses no proxy.
    pub(super) fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            // The exporter checks the status itself.
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("harmony")
            .build();
        Self(config.new_agent())
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.0.run(request.map(|body| body.to_vec()))?;
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(MAX_RESPONSE_BYTES).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

impl HttpClient for OtlpClient {
    /// Blocks the polling thread, which is the exporter's own.
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
