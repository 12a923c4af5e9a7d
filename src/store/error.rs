//! Why the store could not do something, and what a visitor is told of it.

use std::io::ErrorKind;

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

use crate::domain::{account::form_error::FormError, web::error::AppError};

/// The store could not do it. The cause is for the log, never for a visitor.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Database(#[from] rusqlite::Error),
    /// PostgreSQL refused, or the connection to it broke.
    #[error("the database refused: {}", said(.0))]
    Server(#[from] tokio_postgres::Error),
    /// PostgreSQL cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// PostgreSQL answers, and lets in nobody who comes so: the password is wrong, there is no such database, or it is not the
    /// server that it should be.
    #[error("the database cannot be reached: {0}")]
    TurnedAway(String),
    /// PostgreSQL did not answer in time.
    #[error("the database did not answer in time")]
    Silent,
    /// PostgreSQL is set up in a way in which nothing can be kept safely.
    #[error("{0}")]
    Unfit(String),
    /// The file cannot be made or opened.
    #[error("the file cannot be opened: {0}")]
    File(std::io::Error),
    /// What was read is nothing that Harmony writes.
    #[error("the database holds {0:?}, which this Harmony does not know")]
    Unknown(String),
    /// What was asked for is not known to be committed. Where the answer of a server to the commit was lost, it may be.
    #[error("the transaction was not committed")]
    NotCommitted,
    /// It took too long. What was to be written may still be.
    #[error("the database took too long")]
    Late,
    /// The file is damaged, or is a copy of which one part is older than the other.
    #[error(
        "the database is not whole: {0}. Was it copied while a server wrote to it? Put a backup in its place: harmony restore FILE"
    )]
    Torn(String),
    /// The schema is of a later Harmony.
    #[error("the database was written by a newer Harmony (schema {found}, this one knows {known}): update Harmony")]
    Newer {
        /// The schema that the database has.
        found: i64,
        /// The newest that this server knows.
        known: i64,
    },
    /// The schema is of an earlier Harmony, or of none.
    #[error(
        "the database was written by an older Harmony or by none (schema {found}, this one knows {known}): start this one with it once"
    )]
    Older {
        /// The schema that the database has.
        found: i64,
        /// The newest that this server knows.
        known: i64,
    },
    /// An applied migration is missing, or is not the one that this Harmony has.
    #[error(
        "migration {0} of the schema has another checksum than in this Harmony: another build made the database, so use that build"
    )]
    Changed(i64),
    /// More waits to be written than can be kept waiting.
    #[error("too much waits to be written")]
    Full,
    /// The ledger is not open for writing here.
    #[error("the ledger is not open for writing")]
    NoLedger,
    /// A thread could not be started or has ended.
    #[error("the database's thread is gone")]
    Gone,
}

impl StoreError {
    /// Whether it is the database that cannot be reached or written just now: the same may succeed in a moment.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::TurnedAway(_)
            | Self::Silent
            | Self::Unfit(_)
            | Self::File(_)
            | Self::NotCommitted
            | Self::Late
            | Self::Full
            | Self::Gone => true,
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
            | Self::Changed(_)
            | Self::Torn(_)
            | Self::NoLedger => false,
        }
    }
}

/// Whether the connection failed, rather than what was said over it.
pub(super) fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Why nobody got in at a server: it is not there yet, or it will not let in whoever comes so.
pub(super) fn unreached(error: &tokio_postgres::Error) -> StoreError {
    let sentence = reason(error);
    let is_transient = match (error.code(), std::error::Error::source(error)) {
        (Some(code), _) => is_transient(code),
        // A certificate that is not believed is told as invalid data.
        (None, Some(cause)) => {
            cause.downcast_ref::<std::io::Error>().is_some_and(|cause| cause.kind() != ErrorKind::InvalidData)
        }
        (None, None) => error.is_closed(),
    };
    if is_transient { StoreError::Unreachable(sentence) } else { StoreError::TurnedAway(sentence) }
}

/// Whether PostgreSQL says with that code that it cannot do it just now (PostgreSQL, Appendix A).
fn is_transient(code: &SqlState) -> bool {
    // Connection; resources, a full disk among them; stopped by the operator; the system below.
    let classes = ["08", "53", "57", "58"];
    // Read-only; two transactions in each other's way; a lock that could not be had.
    let codes = ["25006", "40001", "40P01", "55P03", "25P03"];
    classes.iter().any(|class| code.code().starts_with(class)) || codes.contains(&code.code())
}

/// What PostgreSQL says, without the detail and the hint: those name values, which are somebody's.
pub(super) fn said(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).filter(|cause| cause.is::<std::io::Error>());
    match (error.as_db_error(), cause) {
        (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// Why a server could not be connected to. Nothing has been said yet that could hold somebody's values.
fn reason(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) if error.as_db_error().is_none() => format!("{error}: {cause}"),
        _ => said(error),
    }
}

/// The one place where a failure of the store becomes what a visitor is told. It is logged here, once.
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
