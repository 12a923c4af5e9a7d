//! The client for HTTP requests to servers that an operator names.

use std::{sync::Arc, time::Duration};

use rustls::crypto::ring;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

/// Creates a client for one request, or for a few that follow each other: certificates may have
/// been renewed since the last. It follows no redirect and uses no proxy.
///
/// `roots` are the trusted root certificates, if not the system's. `None` if https is asked for and
/// there are none.
pub(crate) fn agent(is_https: bool, timeout: Duration, roots: Option<&[Vec<u8>]>) -> Option<Agent> {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("harmony");
    if !is_https {
        return Some(config.build().new_agent());
    }
    let certificates: Vec<_> = if let Some(roots) = roots {
        roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect()
    } else {
        let system = rustls_native_certs::load_native_certs().certs;
        system.iter().map(|root| Certificate::from_der(root).to_owned()).collect()
    };
    if certificates.is_empty() {
        return None;
    }
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
    Some(config.tls_config(tls.build()).build().new_agent())
}
