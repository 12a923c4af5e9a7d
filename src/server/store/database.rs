//! Which database a store is kept in.

use std::{fmt, path::PathBuf, time::Duration};

use tokio_postgres::config::{Host, SslMode};

/// How long the way to a server may take.
pub(super) const LONGEST_CONNECT: Duration = Duration::from_secs(1);

/// A database: a file of this machine, or one that a PostgreSQL server keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of SQLite.
    File(PathBuf),
    /// A database of a PostgreSQL server.
    Server(Address),
}

/// What is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Of no form that is known. What was given is not repeated: it may hold a password.
    #[error("no database is named like that: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
    Unknown,
    /// TLS is asked for.
    #[error(
        "sslmode is require, but Harmony speaks to its database without TLS: reach it over a private network, a tunnel or a Unix socket"
    )]
    Tls,
}

impl Database {
    /// The database of that name: `sqlite:PATH`, or `postgres://…` as libpq has it.
    ///
    /// # Errors
    /// [`DatabaseError`] if it is of another form.
    pub fn parse(name: &str) -> Result<Self, DatabaseError> {
        if let Some(path) = name.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::File(path.into()));
        }
        if !["postgres://", "postgresql://"].iter().any(|scheme| name.starts_with(scheme)) {
            return Err(DatabaseError::Unknown);
        }
        let mut config: tokio_postgres::Config = name.parse().map_err(|_| DatabaseError::Unknown)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(DatabaseError::Unknown);
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(DatabaseError::Tls);
        }
        config.connect_timeout(LONGEST_CONNECT).tcp_user_timeout(LONGEST_CONNECT * 2);
        if config.get_application_name().is_none() {
            config.application_name("harmony");
        }
        Ok(Self::Server(Address(Box::new(config))))
    }
}

/// The file's path, or where the server is. Never the password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}

/// Where a PostgreSQL server is, and which of its databases is meant.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub(super) Box<tokio_postgres::Config>);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        let hosts = self.0.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let addresses = self.0.get_hostaddrs().iter().map(ToString::to_string);
        f.write_str(&hosts.chain(addresses).collect::<Vec<_>>().join(","))?;
        write!(f, "/{}", self.0.get_dbname().or(self.0.get_user()).unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_a_file_or_by_a_server() {
        let named = |name| Database::parse(name).map(|database| database.to_string());
        assert_eq!(named("sqlite:data/harmony.sqlite").ok().as_deref(), Some("data/harmony.sqlite"));
        assert_eq!(named("postgres://a@db.example/consent").ok().as_deref(), Some("postgres://db.example/consent"));
        assert_eq!(named("postgresql://a@[::1]:7/").ok().as_deref(), Some("postgres://::1/a"));
        assert_eq!(named("postgres://a@%2Frun%2Fpg/x").ok().as_deref(), Some("postgres:///run/pg/x"));
        for name in ["", "sqlite:", "data/harmony.sqlite", "mysql://a@b/c", "postgres://", "postgres://a@h:x/y"] {
            assert!(matches!(named(name), Err(DatabaseError::Unknown)), "{name}");
        }
        assert!(matches!(named("postgres://a@b/c?sslmode=require"), Err(DatabaseError::Tls)));
    }

    #[test]
    fn a_password_is_never_shown() {
        let mut shown = Vec::new();
        for name in ["postgres://a:geheim@b/c", "postgres://a:geheim@b:x/c", "postgres:/a:geheim@b", "geheim"] {
            match Database::parse(name) {
                Ok(database) => shown.extend([format!("{database:?}"), database.to_string()]),
                Err(error) => shown.extend([format!("{error:?}"), error.to_string()]),
            }
        }
        assert!(shown.iter().all(|shown| !shown.contains("geheim")), "{shown:?}");
    }
}
