//! The mail server.

use std::net::IpAddr;

use axum::http::Uri;

use super::{ConfigError, raw::RawConfig};
use crate::system::smtp::{Encryption, SmtpServer};

/// How the server sends mail.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// The mail server; without it, the site sends no mail.
    pub server: Option<SmtpServer>,
    /// The first pause before another attempt at a message, in seconds.
    pub retry_seconds: u32,
    /// The name of the setting of `server`, as the operator wrote it.
    pub server_name: String,
}

impl MailConfig {
    pub(super) fn parse(raw: &RawConfig) -> Result<Self, ConfigError> {
        let half = |set, missing| ConfigError::Half { set: raw.name(set), missing: raw.name(missing) };
        let credentials = match (&raw.mail_user, &raw.mail_password) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (Some(_), None) => return Err(half("mail_user", "mail_password")),
            (None, Some(_)) => return Err(half("mail_password", "mail_user")),
        };
        if credentials.is_some() && raw.mail_server.is_none() {
            return Err(half("mail_user", "mail_server"));
        }
        let parse = |url: &String| {
            let invalid = |(problem, expected): (&str, &str)| raw.invalid("mail_server", problem, expected);
            server(url, credentials.clone()).map_err(invalid)
        };
        Ok(Self {
            server: raw.mail_server.as_ref().map(parse).transpose()?,
            retry_seconds: raw.mail_retry_seconds,
            server_name: raw.name("mail_server"),
        })
    }
}

/// Parses the URL of a mail server. An error has the problem and what is expected, and nothing of
/// the URL, which may have a password.
fn server(url: &str, credentials: Option<(String, String)>) -> Result<SmtpServer, (&'static str, &'static str)> {
    const EXPECTED: &str = "smtps://HOST, or smtp://HOST for STARTTLS";
    let invalid = || ("not a mail server", EXPECTED);
    let uri: Uri = url.parse().map_err(|_| invalid())?;
    let (encryption, default_port) = match uri.scheme_str() {
        Some("smtps") => (Encryption::Tls, 465),
        Some("smtp") => (Encryption::StartTls, 587),
        Some("smtp+plaintext") => (Encryption::Plaintext, 25),
        _ => return Err(invalid()),
    };
    if url.contains('@') {
        return Err(("a user in the URL", "mail_user and mail_password instead"));
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(invalid)?;
    if !uri.path().trim_matches('/').is_empty() || uri.query().is_some() {
        return Err(invalid());
    }
    let host = host.trim_matches(['[', ']']).to_owned();
    let is_this_machine = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    if encryption == Encryption::Plaintext && !is_this_machine {
        return Err(("no TLS to another machine", EXPECTED));
    }
    Ok(SmtpServer { host, port: uri.port_u16().unwrap_or(default_port), encryption, credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_a_url_with_its_kind_of_tls() {
        for (url, host, port, encryption) in [
            ("smtps://mail.example", "mail.example", 465, Encryption::Tls),
            ("smtp://mail.example", "mail.example", 587, Encryption::StartTls),
            ("smtp://mail.example:25/", "mail.example", 25, Encryption::StartTls),
            ("smtp+plaintext://localhost", "localhost", 25, Encryption::Plaintext),
            ("smtp+plaintext://127.0.0.1:2525", "127.0.0.1", 2525, Encryption::Plaintext),
            ("smtp+plaintext://[::1]:2525", "::1", 2525, Encryption::Plaintext),
        ] {
            let found = server(url, None).map(|server| (server.host, server.port, server.encryption));
            assert_eq!(found, Ok((host.to_owned(), port, encryption)), "{url}");
        }
        for url in [
            "",
            "mail.example",
            "mail.example:25",
            "http://mail.example",
            "smtp://",
            "smtp://user:password@mail.example",
            "smtp://mail.example/x",
            "smtp://mail.example?tls=none",
            "smtp+plaintext://mail.example",
            "smtp+plaintext://10.0.0.1",
            "smtp+plaintext://localhost.evil.example",
        ] {
            assert!(server(url, None).is_err(), "{url}");
        }
    }
}
