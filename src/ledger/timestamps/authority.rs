//! A time-stamping authority, and the way to it: HTTP (RFC 3161, section 3.4) or HTTPS, one request from a thread of its own.

use std::{io, sync::Arc, thread, time::Duration};

use axum::http::{Uri, header};
use rustls::crypto::ring;
use tokio::sync::oneshot;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

/// How long an authority may take for its answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// The most of an answer that is read, in bytes. One with a chain of certificates has about 8,000.
const LONGEST_ANSWER: u64 = 1 << 16;

/// The kind of what is asked.
const QUERY: &str = "application/timestamp-query";

/// The kind of what is answered.
const REPLY: &str = "application/timestamp-reply";

/// Where a time-stamping authority answers, such as `https://tsa.example/tsr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    url: String,
    is_https: bool,
    patience: Duration,
    /// Who vouches for its certificate, where it is not the operating system that says so.
    roots: Option<Vec<Vec<u8>>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// It could not be asked, or did not answer in time, or with too much.
    #[error(transparent)]
    Line(#[from] ureq::Error),
    /// It answered with another status than 200.
    #[error("it answers with the status {0}")]
    Status(u16),
    /// It answered with something else.
    #[error("it answers with {0:?} instead of {REPLY}")]
    Kind(String),
    /// No certificate authority is known.
    #[error("the operating system trusts no certificate authority: install its certificates")]
    NoRoots,
    /// There is no thread to ask from.
    #[error("there is no thread to ask from: {0}")]
    NoThread(#[from] io::Error),
    /// That thread ended without a word.
    #[error("the thread that asked has ended")]
    Ended,
}

impl Authority {
    /// The authority at that address, if it is one: `http://` or `https://`, a host, and no password.
    pub fn parse(address: &str) -> Option<Self> {
        let uri: Uri = address.parse().ok()?;
        let is_https = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty())?;
        let has_no_password = !authority.as_str().contains('@');
        has_no_password.then(|| Self { url: uri.to_string(), is_https, patience: PATIENCE, roots: None })
    }

    /// The same with less patience, and with those who vouch for its certificate.
    #[cfg(test)]
    pub(crate) fn with(self, patience: Duration, roots: Option<Vec<Vec<u8>>>) -> Self {
        Self { patience, roots, ..self }
    }

    /// Asks it. Nobody waits for the thread that does: the server may stop meanwhile.
    pub(super) async fn ask(&self, question: Vec<u8>) -> Result<Vec<u8>, Unanswered> {
        let (tell, told) = oneshot::channel();
        let authority = self.clone();
        let ask = move || drop(tell.send(authority.ask_and_wait(&question)));
        let _thread = thread::Builder::new().name("time stamp".into()).spawn(ask)?;
        told.await.map_err(|_| Unanswered::Ended)?
    }

    fn ask_and_wait(&self, question: &[u8]) -> Result<Vec<u8>, Unanswered> {
        let request = self.agent()?.post(&self.url).header(header::CONTENT_TYPE, QUERY).header(header::ACCEPT, REPLY);
        let mut answer = request.send(question)?;
        if answer.status().as_u16() != 200 {
            return Err(Unanswered::Status(answer.status().as_u16()));
        }
        let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        // Parameters may follow.
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(REPLY)) {
            return Err(Unanswered::Kind(kind.chars().take(100).collect()));
        }
        Ok(answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec()?)
    }

    /// What asks, once: an authority is asked once a day, and certificates may have been renewed since.
    fn agent(&self) -> Result<Agent, Unanswered> {
        let config = Agent::config_builder()
            .timeout_global(Some(self.patience))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("harmony");
        if !self.is_https {
            return Ok(config.build().new_agent());
        }
        let system = || rustls_native_certs::load_native_certs().certs.iter().map(|root| root.to_vec()).collect();
        let roots: Vec<Vec<u8>> = self.roots.clone().unwrap_or_else(system);
        let certificates: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
        if certificates.is_empty() {
            return Err(Unanswered::NoRoots);
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
        Ok(config.tls_config(tls.build()).build().new_agent())
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
