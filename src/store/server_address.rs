//! The hosts of a PostgreSQL database, and the security of the connection.

use std::{fmt, net::IpAddr, path::PathBuf};

use tokio_postgres::config::Host;

/// Why a database name cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The format is unknown. The message does not repeat the name, which may contain a password.
    #[error("no database is named like that: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
    Unknown,
    /// The URL has no host.
    #[error("the host is missing: write postgres://USER:PASSWORD@HOST/DATABASE")]
    NoHost,
    /// A port is not a number from 1 to 65535.
    #[error("the port is no number from 1 to 65535 (an IPv6 address stands in brackets)")]
    Port,
    /// A list has another length than the list of hosts.
    #[error("{0}: there must be one for each host")]
    Count(&'static str),
    /// A part of the URL contains a character that must be percent-encoded.
    #[error(
        "the {0} has a letter that must be percent-encoded: write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25"
    )]
    Encoding(&'static str),
    /// A parameter is unknown. The message names it only if it cannot be part of a password.
    #[error("{} is not known", if .0.is_empty() { "a parameter behind the ?" } else { .0 })]
    Parameter(String),
    /// A parameter has an unknown value.
    #[error("{name} has a value that is not known: write {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// The allowed values.
        expected: &'static str,
    },
    /// The server is remote, and the URL does not choose the security of the connection.
    #[error(
        "the server is on another machine: write sslmode=verify-full, with sslrootcert=FILE for a certificate authority of your own, or sslmode=disable on a private network"
    )]
    Remote,
}

/// The address of a PostgreSQL database, with its credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub(super) Box<Target>);

/// The parsed URL.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The servers, in the order in which they are tried.
    pub servers: Vec<Server>,
    /// The settings for tokio-postgres.
    pub config: tokio_postgres::Config,
    pub tls: Tls,
    /// The file of the trusted root certificates, in place of the system's.
    pub roots: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub host: Host,
    /// The IP address (`hostaddr`), if the name is not to be resolved.
    pub ip: Option<IpAddr>,
    pub port: u16,
}

/// The security of the connection, by the names of libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    Disable,
    /// TLS if the server offers it.
    Prefer,
    /// TLS. The certificate is verified only if the URL names root certificates.
    Require,
    /// TLS with a certificate from a trusted authority.
    VerifyCa,
    /// TLS with a certificate from a trusted authority for this host.
    VerifyFull,
}

impl Server {
    /// Whether the server runs on this machine.
    pub fn is_local(&self) -> bool {
        match &self.host {
            #[cfg(unix)]
            Host::Unix(_) => true,
            Host::Tcp(name) => match self.ip.or_else(|| name.parse().ok()) {
                Some(ip) => ip.to_canonical().is_loopback(),
                None => name == "localhost" || name.ends_with(".localhost"),
            },
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp(name) => f.write_str(name),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().fmt(f),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<_> = self.0.servers.iter().map(ToString::to_string).collect();
        let database = self.0.config.get_dbname().or(self.0.config.get_user()).unwrap_or_default();
        write!(f, "postgres://{}/{database}", servers.join(","))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
