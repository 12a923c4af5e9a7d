//! Sends messages over SMTP (RFC 5321), with TLS (RFC 8314) or STARTTLS (RFC 3207).
//!
//! `config` builds the [`SmtpServer`], and the task in `app::mail` sends with the [`Mailer`].

use std::{
    fmt,
    net::IpAddr,
    time::{Duration, UNIX_EPOCH},
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};

use crate::domain::{Timestamp, account::credentials::Email};

/// The timeout of one message, from the connection to the last reply. A slow server may check a
/// message before it takes it.
pub(crate) const SEND_TIMEOUT: Duration = Duration::from_mins(1);

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS. A server that does not offer it gets nothing.
    StartTls,
    /// None, which the settings allow for this machine only.
    Plaintext,
}

/// A mail server.
#[derive(Clone)]
pub struct SmtpServer {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    /// User name and password.
    pub(crate) credentials: Option<(String, String)>,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, encryption, credentials: _ } = self;
        let mut shown = f.debug_struct("SmtpServer");
        shown.field("host", host).field("port", port).field("encryption", encryption).finish_non_exhaustive()
    }
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// Another attempt would fail too.
    #[error("refused: {0}")]
    Refused(String),
    /// Another attempt may succeed.
    #[error("{0}")]
    Later(String),
}

/// A message without its sender.
pub(crate) struct OutgoingMessage {
    /// The part of the `Message-ID` before the `@`.
    pub id: String,
    pub recipient: Email,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The URL that ends the subscription, of a message to subscribers.
    pub unsubscribe: Option<String>,
    pub written_at: Timestamp,
}

/// Sends messages from one address through one server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
    /// The host of the site, for `Message-ID` and `EHLO`.
    host: String,
    /// [`SEND_TIMEOUT`], except in a test.
    timeout: Duration,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

/// The mailer cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The address of the sender cannot be used in a message.
    #[error("mail_from in site.toml cannot be used: {0}")]
    Sender(String),
    /// TLS cannot be used.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
}

impl Mailer {
    /// Builds a mailer for `server`, which sends from `name` at `address`. `host` is the host of
    /// the site's origin, with or without a port.
    ///
    /// # Errors
    /// [`MailerError`] if the address or TLS cannot be used.
    pub fn new(server: &SmtpServer, name: &str, address: &Email, host: &str) -> Result<Self, MailerError> {
        let tls = || {
            let parameters = TlsParameters::builder(server.host.clone()).build_rustls();
            parameters.map_err(|error| MailerError::Tls(error.to_string()))
        };
        let tls = match server.encryption {
            Encryption::Tls => Tls::Wrapper(tls()?),
            Encryption::StartTls => Tls::Required(tls()?),
            Encryption::Plaintext => Tls::None,
        };
        let port_at = host.rfind(':').filter(|at| *at > host.rfind(']').unwrap_or(0)).unwrap_or(host.len());
        let host = &host[..port_at];
        let client = match host.trim_matches(['[', ']']).parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .hello_name(client)
            .timeout(Some(SEND_TIMEOUT));
        if let Some((user, password)) = &server.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let sender = address_of(address).map_err(MailerError::Sender)?;
        // lettre cannot write a name with a line break.
        let name = name.chars().filter(|character| !character.is_control()).collect();
        let sender = Mailbox::new(Some(name), sender);
        Ok(Self { transport: transport.build(), sender, host: host.to_owned(), timeout: SEND_TIMEOUT })
    }

    /// Sends a message, and returns when the server has taken it.
    ///
    /// # Errors
    /// [`SendError`], whose text has nothing of the message.
    pub(crate) async fn send(&self, message: OutgoingMessage) -> Result<(), SendError> {
        let message = self.message(message)?;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(send_error(&error)),
            Err(_) => Err(SendError::Later("timed out".into())),
        }
    }

    fn message(&self, message: OutgoingMessage) -> Result<Message, SendError> {
        let written_at = Duration::from_secs(message.written_at.0.try_into().unwrap_or(0));
        let refused = |error: &dyn fmt::Display| SendError::Refused(error.to_string());
        let recipient = address_of(&message.recipient).map_err(SendError::Refused)?;
        let header = |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let mut builder = Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, recipient))
            .subject(message.subject)
            .date(UNIX_EPOCH + written_at)
            .message_id(Some(format!("<{}@{}>", message.id, self.host)))
            // No vacation notice answers it (RFC 3834, 5).
            .raw_header(header("Auto-Submitted", "auto-generated".into()));
        if let Some(url) = message.unsubscribe {
            // One click in the mail program (RFC 2369, 3.2; RFC 8058).
            builder = builder
                .raw_header(header("List-Unsubscribe", format!("<{url}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
        }
        builder
            .multipart(MultiPart::alternative_plain_html(message.text, message.html))
            .map_err(|error| refused(&error))
    }
}

fn address_of(email: &Email) -> Result<Address, String> {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    Address::new(local, domain).map_err(|error| error.to_string())
}

/// The replies about the server's own credentials and TLS (RFC 4954, 6). They say nothing about the
/// message, and an operator can change them.
const OF_THE_OPERATOR: [&str; 4] = ["530", "534", "535", "538"];

fn send_error(error: &Error) -> SendError {
    match error.status().map(|status| status.to_string()) {
        Some(status) if error.is_permanent() && !OF_THE_OPERATOR.contains(&&*status) => {
            SendError::Refused(format!("the mail server answered {status}"))
        }
        Some(status) => SendError::Later(format!("the mail server answered {status}")),
        // Without the cause, which may repeat what the server said.
        None => SendError::Later(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

    use super::*;

    fn mailer(name: &str, host: &str) -> Mailer {
        mailer_at(25, name, host)
    }

    fn mailer_at(port: u16, name: &str, host: &str) -> Mailer {
        let (host_name, encryption) = ("127.0.0.1".to_owned(), Encryption::Plaintext);
        let server = SmtpServer { host: host_name, port, encryption, credentials: None };
        Mailer::new(&server, name, &Email::parse("noreply@bücher.example").unwrap(), host).unwrap()
    }

    fn outgoing(subject: &str) -> OutgoingMessage {
        OutgoingMessage {
            id: "a1".into(),
            recipient: Email::parse("anna@example.org").unwrap(),
            subject: subject.into(),
            text: "Grüße".into(),
            html: "<p>Grüße</p>".into(),
            unsubscribe: None,
            written_at: Timestamp(1_795_348_800),
        }
    }

    fn sent(mailer: &Mailer, subject: &str) -> String {
        String::from_utf8(mailer.message(outgoing(subject)).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_message_has_the_headers_of_an_automatic_one() {
        let message = sent(&mailer("Acme", "cookies.example:8443"), "Hello");
        for header in [
            "From: Acme <noreply@xn--bcher-kva.example>\r\n",
            "To: anna@example.org\r\n",
            "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n",
            "Message-ID: <a1@cookies.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(message.contains(header), "{header:?} in {message}");
        }
    }

    #[test]
    fn only_a_message_to_subscribers_can_be_stopped_with_one_click() {
        let mailer = mailer("Acme", "cookies.example");
        assert!(!sent(&mailer, "Hello").contains("List-Unsubscribe"));
        let url = format!("https://cookies.example/pt-br/api/unsubscribe?token={}", "0123456789abcdef".repeat(2));
        let message = OutgoingMessage { unsubscribe: Some(url.clone()), ..outgoing("Hello") };
        let message = String::from_utf8(mailer.message(message).unwrap().formatted()).unwrap();
        assert!(message.contains(&format!("\r\nList-Unsubscribe: <{url}>\r\n")), "{message}");
        assert!(message.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{message}");
    }

    #[test]
    fn no_name_and_no_subject_adds_a_header() {
        let evil = "Acme\r\nBcc: victim@example.org\r\n\r\n";
        let message = sent(&mailer(evil, "cookies.example"), evil);
        let (headers, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{headers}");
        let names = sent(&mailer("Größe 🍪 “Söhne”, Ltd. <x@y>", "cookies.example"), "عنوان");
        assert!(names.split_once("\r\n\r\n").unwrap().0.is_ascii(), "{names}");
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_or_cannot_be_reached_is_tried_again_later() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let mut mailer = mailer_at(port, "Acme", "cookies.example");
        mailer.timeout = Duration::from_millis(200);
        let error = mailer.send(outgoing("Hello")).await.unwrap_err();
        assert!(matches!(&error, SendError::Later(why) if why == "timed out"), "{error}");
        drop(silent);
        let error = mailer.send(outgoing("Hello")).await.unwrap_err();
        assert!(matches!(error, SendError::Later(_)), "{error}");
    }

    #[test]
    fn credentials_are_not_shown() {
        let credentials = Some(("harmony".to_owned(), "5e5e5e".to_owned()));
        let (host, encryption) = ("mail.example".to_owned(), Encryption::Tls);
        let shown = format!("{:?}", SmtpServer { host, port: 465, encryption, credentials });
        assert!(shown.contains("mail.example") && !shown.contains("5e5e5e"), "{shown}");
    }
}
