//! The client of a time-stamping authority, over HTTP (RFC 3161, section 3.4) or HTTPS. Each
//! request has a thread of its own.

use std::{io, thread, time::Duration};

use axum::http::{Uri, header};
use tokio::sync::oneshot;
use ureq::Agent;

use crate::system::http_client;

/// The timeout of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The maximum length of a response. One with a certificate chain has about 8,000 bytes.
const MAX_RESPONSE_BYTES: u64 = 1 << 16;

/// The media type of a request.
const QUERY_TYPE: &str = "application/timestamp-query";

/// The media type of a response.
const REPLY_TYPE: &str = "application/timestamp-reply";

/// The URL of a time-stamping authority, such as `https://tsa.example/tsr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    url: String,
    is_https: bool,
    timeout: Duration,
    /// The trusted root certificates, if not the system's.
    roots: Option<Vec<Vec<u8>>>,
}

/// Why an authority did not respond.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The request failed or timed out, or the response is too long.
    #[error(transparent)]
    Http(#[from] ureq::Error),
    /// The response has another status than 200.
    #[error("it answers with the status {0}")]
    Status(u16),
    /// The response has another media type.
    #[error("it answers with {0:?} instead of {REPLY_TYPE}")]
    MediaType(String),
    /// The system has no trusted root certificates.
    #[error("the operating system trusts no certificate authority: install its certificates")]
    NoRoots,
    /// The thread could not be started.
    #[error("there is no thread to ask from: {0}")]
    NoThread(#[from] io::Error),
    /// The thread ended without a result.
    #[error("the thread that asked has ended")]
    ThreadEnded,
}

impl Authority {
    /// Parses the URL of an authority: `http://` or `https://`, a host, and no password.
    pub fn parse(address: &str) -> Option<Self> {
        let uri: Uri = address.parse().ok()?;
        let is_https = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty())?;
        let has_no_password = !authority.as_str().contains('@');
        has_no_password.then(|| Self { url: uri.to_string(), is_https, timeout: REQUEST_TIMEOUT, roots: None })
    }

    /// Sets the timeout and the trusted root certificates.
    #[cfg(test)]
    pub(crate) fn with(self, timeout: Duration, roots: Option<Vec<Vec<u8>>>) -> Self {
        Self { timeout, roots, ..self }
    }

    /// Sends a request. Nothing joins its thread, so the server may stop meanwhile.
    pub(super) async fn send(&self, request_body: Vec<u8>) -> Result<Vec<u8>, AuthorityError> {
        let (sender, receiver) = oneshot::channel();
        let authority = self.clone();
        let ask = move || drop(sender.send(authority.send_and_wait(&request_body)));
        let _thread = thread::Builder::new().name("time stamp".into()).spawn(ask)?;
        receiver.await.map_err(|_| AuthorityError::ThreadEnded)?
    }

    fn send_and_wait(&self, request_body: &[u8]) -> Result<Vec<u8>, AuthorityError> {
        let request =
            self.agent()?.post(&self.url).header(header::CONTENT_TYPE, QUERY_TYPE).header(header::ACCEPT, REPLY_TYPE);
        let mut answer = request.send(request_body)?;
        if answer.status().as_u16() != 200 {
            return Err(AuthorityError::Status(answer.status().as_u16()));
        }
        let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        // Parameters may follow.
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(REPLY_TYPE)) {
            return Err(AuthorityError::MediaType(kind.chars().take(100).collect()));
        }
        Ok(answer.body_mut().with_config().limit(MAX_RESPONSE_BYTES).read_to_vec()?)
    }

    fn agent(&self) -> Result<Agent, AuthorityError> {
        http_client::agent(self.is_https, self.timeout, self.roots.as_deref()).ok_or(AuthorityError::NoRoots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_an_address_without_a_password() {
        for (address, is_https) in [
            ("http://127.0.0.1:3161", false),
            ("http://tsa.example/tsr", false),
            ("https://tsa.example:8443/tsr?policy=1", true),
            ("HTTPS://tsa.example", true),
            ("https://[::1]/", true),
        ] {
            let authority = Authority::parse(address);
            assert!(authority.is_some_and(|authority| authority.is_https == is_https), "{address}");
        }
        for address in ["", "tsa.example", "/tsr", "http://", "ftp://tsa.example", "https://anna:geheim@tsa.example"] {
            assert_eq!(Authority::parse(address), None, "{address}");
        }
    }
}
