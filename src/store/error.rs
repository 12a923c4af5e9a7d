//! Errors of the store, and their mapping to responses.

use std::io::ErrorKind;

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

use crate::domain::{account::form_error::FormError, web::error::AppError};

/// An error of the store. Its text is for the log, never for a visitor.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An error of SQLite.
    #[error("the database refused: {0}")]
    Database(#[from] rusqlite::Error),
    /// An error of PostgreSQL or of the connection to it.
    #[error("the database refused: {}", message(.0))]
    Server(#[from] tokio_postgres::Error),
    /// The PostgreSQL server cannot be reached now.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The PostgreSQL server rejects the connection, or does not take writes: a wrong password, no
    /// such database, an untrusted certificate.
    #[error("the database cannot be reached: {0}")]
    Rejected(String),
    /// PostgreSQL did not respond in time.
    #[error("the database did not answer in time")]
    NoResponse,
    /// PostgreSQL is configured so that acknowledged data can be lost, or is not supported.
    #[error("{0}")]
    Unsuitable(String),
    /// The file cannot be created or opened.
    #[error("the file cannot be opened: {0}")]
    File(std::io::Error),
    /// The database contains a value that this version does not know.
    #[error("the database holds {0:?}, which this Harmony does not know")]
    Unknown(String),
    /// The commit failed, or its result is unknown: where the response of PostgreSQL was lost, it
    /// may have succeeded.
    #[error("the transaction was not committed")]
    NotCommitted,
    /// The call took too long. A write may still be committed.
    #[error("the database took too long")]
    Timeout,
    /// The file is corrupt, or is a copy that was made while a server wrote to it.
    #[error(
        "the database is not whole: {0}. Was it copied while a server wrote to it? Put a backup in its place: harmony restore FILE"
    )]
    Corrupt(String),
    /// The schema is newer than this program.
    #[error("the database was written by a newer Harmony (schema {found}, this one knows {known}): update Harmony")]
    Newer {
        /// The version of the database.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// The schema is older than this program, or the database has none.
    #[error(
        "the database was written by an older Harmony or by none (schema {found}, this one knows {known}): start this one with it once"
    )]
    Older {
        /// The version of the database.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// An applied migration is missing, or has another checksum than in this program.
    #[error(
        "migration {0} of the schema has another checksum than in this Harmony: another build made the database, so use that build"
    )]
    ChecksumMismatch(i64),
    /// The queue of the writer thread is full.
    #[error("too much waits to be written")]
    QueueFull,
    /// The ledger is not open for writing.
    #[error("the ledger is not open for writing")]
    NoLedger,
    /// A thread of the store could not be started, or has ended.
    #[error("the database's thread is gone")]
    ThreadGone,
}

impl StoreError {
    /// Whether the database is unavailable only for now, so that a retry may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Rejected(_)
            | Self::NoResponse
            | Self::Unsuitable(_)
            | Self::File(_)
            | Self::NotCommitted
            | Self::Timeout
            | Self::QueueFull
            | Self::ThreadGone => true,
            Self::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                )
            ),
            Self::Server(error) => error.code().map_or(error.is_closed() || is_io(error), is_transient),
            Self::Unknown(_)
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::ChecksumMismatch(_)
            | Self::Corrupt(_)
            | Self::NoLedger => false,
        }
    }
}

/// Whether the connection failed, rather than a statement.
pub(super) fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Distinguishes a server that is not reachable yet from one that rejects the connection.
pub(super) fn map_connect_error(error: &tokio_postgres::Error) -> StoreError {
    let sentence = reason(error);
    let is_transient = match (error.code(), std::error::Error::source(error)) {
        (Some(code), _) => is_transient(code),
        // rustls reports an untrusted certificate as invalid data.
        (None, Some(cause)) => {
            cause.downcast_ref::<std::io::Error>().is_some_and(|cause| cause.kind() != ErrorKind::InvalidData)
        }
        (None, None) => error.is_closed(),
    };
    if is_transient { StoreError::Unreachable(sentence) } else { StoreError::Rejected(sentence) }
}

/// Whether an SQLSTATE means that the failure is temporary (PostgreSQL, Appendix A).
fn is_transient(code: &SqlState) -> bool {
    // Connection exceptions, insufficient resources, operator intervention, system errors.
    let classes = ["08", "53", "57", "58"];
    // Read-only transaction, serialization failure, deadlock, lock not available, idle in
    // transaction.
    let codes = ["25006", "40001", "40P01", "55P03", "25P03"];
    classes.iter().any(|class| code.code().starts_with(class)) || codes.contains(&code.code())
}

/// The message of PostgreSQL, without its detail and hint, which may contain personal data.
pub(super) fn message(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).filter(|cause| cause.is::<std::io::Error>());
    match (error.as_db_error(), cause) {
        (Some(error), _) => format!("{} ({})", error.message(), error.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// The reason why a connection failed. No statement has been sent, so it contains no personal data.
fn reason(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) if error.as_db_error().is_none() => format!("{error}: {cause}"),
        _ => message(error),
    }
}

/// Maps a failure of the store to a response. Logs it, once.
impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "database error during a request");
        if error.is_transient() { Self::Unavailable } else { Self::Inner }
    }
}

impl From<StoreError> for FormError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}
