//! The setting that names the database.

use std::{fmt, path::PathBuf};

use crate::store::server_address::{Address, DatabaseError};

/// A SQLite file or a PostgreSQL database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server(Address),
}

impl Database {
    /// Parses `sqlite:PATH`, or a `postgres://` URL as in libpq.
    ///
    /// # Errors
    /// [`DatabaseError`] if the name has another format, or the connection would not be secure.
    pub fn parse(name: &str) -> Result<Self, DatabaseError> {
        if let Some(path) = name.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::File(path.into()));
        }
        let url = ["postgres://", "postgresql://"].iter().find_map(|scheme| name.strip_prefix(scheme));
        Ok(Self::Server(Address::parse(url.ok_or(DatabaseError::Unknown)?)?))
    }
}

/// The path, or the URL without credentials.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_a_file_or_by_a_server() {
        let named = |name| Database::parse(name).map(|database| database.to_string());
        assert_eq!(named("sqlite:data/harmony.sqlite").ok().as_deref(), Some("data/harmony.sqlite"));
        assert_eq!(named("postgres://a@localhost/consent").ok().as_deref(), Some("postgres://localhost/consent"));
        assert_eq!(named("postgresql://a@[::1]:7/").ok().as_deref(), Some("postgres://::1/a"));
        assert_eq!(named("postgres://a@%2Frun%2Fpg/x").ok().as_deref(), Some("postgres:///run/pg/x"));
        for name in ["", "sqlite:", "data/harmony.sqlite", "mysql://a@b/c", "host=b dbname=c"] {
            assert!(matches!(named(name), Err(DatabaseError::Unknown)), "{name}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let mut shown = Vec::new();
        for name in ["postgres://a:geheim@localhost/c", "postgres://a:geheim@b:x/c", "postgres:/a:geheim@b", "geheim"] {
            match Database::parse(name) {
                Ok(database) => shown.extend([format!("{database:?}"), database.to_string()]),
                Err(error) => shown.extend([format!("{error:?}"), error.to_string()]),
            }
        }
        assert!(shown.iter().all(|shown| !shown.contains("geheim")), "{shown:?}");
    }
}
