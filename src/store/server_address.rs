//! Where the servers of a PostgreSQL database are, and how sure the way to them must be.

use std::{fmt, net::IpAddr, path::PathBuf};

use tokio_postgres::config::Host;

/// What is no database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// Of no form that is known. What was given is not repeated: it may hold a password.
    #[error("no database is named like that: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
    Unknown,
    /// No server is named.
    #[error("the host is missing: write postgres://USER:PASSWORD@HOST/DATABASE")]
    NoHost,
    /// A port is none.
    #[error("the port is no number from 1 to 65535 (an IPv6 address stands in brackets)")]
    Port,
    /// There are more or fewer of those than hosts.
    #[error("{0}: there must be one for each host")]
    Count(&'static str),
    /// A part of the URL has a letter that stands for something else there.
    #[error(
        "the {0} has a letter that must be percent-encoded: write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25"
    )]
    Encoding(&'static str),
    /// A parameter is not known. It is named where it is sure to be one.
    #[error("{} is not known", if .0.is_empty() { "a parameter behind the ?" } else { .0 })]
    Parameter(String),
    /// The value of a parameter is not known.
    #[error("{name} has a value that is not known: write {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// The server is on another machine, and nothing says that the way there is safe.
    #[error(
        "the server is on another machine: write sslmode=verify-full, with sslrootcert=FILE for a certificate authority of your own, or sslmode=disable on a private network"
    )]
    Remote,
}

/// Where a PostgreSQL server is, which of its databases is meant, and how sure the way there must be.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub(super) Box<Target>);

/// What a URL says of that.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The servers, in the order in which they are tried.
    pub servers: Vec<Server>,
    /// All else that the library needs.
    pub config: tokio_postgres::Config,
    pub tls: Tls,
    /// The certificates that are trusted, instead of the operating system's.
    pub roots: Option<PathBuf>,
}

/// One of several servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub host: Host,
    /// Where to find it, if its name is not to be looked up.
    pub ip: Option<IpAddr>,
    pub port: u16,
}

/// How sure the way to a server must be, by libpq's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// No TLS.
    Disable,
    /// TLS where the server offers it.
    Prefer,
    /// TLS. The certificate is verified only where the URL names the roots.
    Require,
    /// TLS with a certificate that somebody trusted has signed.
    VerifyCa,
    /// The same, and the certificate is the host's.
    VerifyFull,
}

impl Server {
    /// Whether it is on this machine.
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
