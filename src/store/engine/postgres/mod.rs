//! The database of a PostgreSQL server, which several servers of Harmony can share.
//!
//! Whoever writes holds one lock of the database until the commit, so that over all servers one writes at a time, as with
//! a file: what a job reads stays true until it is committed, and no two jobs can wait for each other. A connection that
//! broke is opened again for the next transaction.

mod connect;
mod connection;
mod readers;
mod schema;
mod tls;

use std::{cell::RefCell, time::Duration};

use tokio::runtime::Runtime;
use tokio_postgres::error::{Severity, SqlState};

use self::connect::{ConnectionUse, Connector, Link};
pub(in crate::store) use self::{connection::PgConn, readers::PgReaders};
use crate::store::{
    StoreError,
    engine::{
        Connection, Engine, Step,
        postgres::connection::{ConnState, RuntimeHandle},
    },
    error::is_io,
    server_address::Address,
};

/// How long PostgreSQL may take for a statement of a request. Less than whoever waits for the answer does.
pub(crate) const LONGEST_STATEMENT: Duration = Duration::from_millis(1_200);

/// A database on a server, open for writing.
pub(crate) struct Postgres {
    connector: Connector,
    purpose: ConnectionUse,
    link: Option<RefCell<Link>>,
    course: ConnState,
    runtime: Runtime,
}

impl Postgres {
    /// Connects, and brings the tables up to date where needed. No statement later takes longer than `longest`.
    ///
    /// It waits by itself, so it is called from a thread that no runtime waits on.
    pub(crate) fn open(address: &Address, longest: Duration) -> Result<Self, StoreError> {
        let mut opened = Self::connect(address, ConnectionUse { longest, only_reads: false })?;
        let link = opened.link.as_mut().ok_or(StoreError::Gone)?;
        opened.runtime.block_on(schema::migrate(&link.get_mut().client))?;
        Ok(opened)
    }

    /// Connects to read the database as it is.
    pub(crate) fn open_read_only(address: &Address, longest: Duration) -> Result<Self, StoreError> {
        let mut opened = Self::connect(address, ConnectionUse { longest, only_reads: true })?;
        let link = opened.link.as_mut().ok_or(StoreError::Gone)?;
        opened.runtime.block_on(schema::check(&link.get_mut().client))?;
        Ok(opened)
    }

    fn connect(address: &Address, purpose: ConnectionUse) -> Result<Self, StoreError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| StoreError::Gone)?;
        let connector = Connector::of(address)?;
        let link = runtime.block_on(async {
            let link = connector.connect(purpose).await?;
            connector.check_for_pooler(&link, purpose).await?;
            Ok::<_, StoreError>(link)
        })?;
        Ok(Self { connector, purpose, link: Some(RefCell::new(link)), course: ConnState::default(), runtime })
    }

    /// Readers of the same database.
    pub(crate) fn readers(&self) -> Result<PgReaders, StoreError> {
        PgReaders::of(&self.connector)
    }

    fn session(&self) -> Result<PgConn<'_>, StoreError> {
        let link = self.link.as_ref().ok_or(StoreError::NotCommitted)?;
        Ok(PgConn::new(link, RuntimeHandle::Own(&self.runtime), &self.course, self.purpose.longest))
    }

    fn hang_up(&mut self) {
        self.link = None;
        self.course = ConnState::default();
    }

    /// Begins a transaction over the connection that there is.
    fn try_to_begin(&self) -> Result<(), StoreError> {
        let answer = self.session()?.ask(schema::BEGIN)?;
        self.link.as_ref().ok_or(StoreError::NotCommitted)?.borrow().check_backend(&answer, schema::BACKEND)
    }
}

impl Engine for Postgres {
    fn begin(&mut self) -> Result<(), StoreError> {
        if self.purpose.only_reads {
            return Err(StoreError::NotCommitted);
        }
        if self.course.is_read_only.get() {
            self.hang_up();
        }
        self.course = ConnState::default();
        if self.link.is_some() {
            match self.try_to_begin() {
                // It may have broken while nothing was written, or the server may have become a standby; nothing was
                // begun over it then.
                Err(StoreError::Server(error)) if is_lost(&error) || is_of_a_standby(&error) => self.hang_up(),
                begun => return begun,
            }
        }
        let link = self.runtime.block_on(async {
            let link = self.connector.connect(self.purpose).await?;
            // Another Harmony may have brought the tables further meanwhile.
            schema::check(&link.client).await?;
            Ok::<_, StoreError>(link)
        })?;
        self.link = Some(RefCell::new(link));
        self.try_to_begin()
    }

    fn step(&mut self, step: Step) -> Result<(), StoreError> {
        let session = self.session()?;
        match step {
            Step::Savepoint => session.say_before("SAVEPOINT part"),
            Step::Undo => {
                session.say_before("ROLLBACK TO part; RELEASE part");
                self.course.has_failed.set(self.course.is_silent.get());
            }
            Step::Release | Step::Check if self.course.has_failed.get() => return Err(StoreError::NotCommitted),
            Step::Release => session.say_before("RELEASE part"),
            Step::Check => {}
            // A transaction in which something failed is rolled back by `COMMIT`, without an error: the first one fails.
            Step::Commit => session.say("SELECT 1; COMMIT")?,
        }
        Ok(())
    }

    fn roll_back(&mut self) {
        self.course.before.take();
        let rolled_back = self.session().and_then(|session| session.say("ROLLBACK"));
        if rolled_back.is_err() {
            self.hang_up();
        }
    }

    fn connection(&self) -> Result<Connection<'_>, StoreError> {
        self.session().map(Connection::Postgres)
    }

    fn checkpoint_wal(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Whether the connection is gone, rather than the statement wrong. A server that ends a session says why (PostgreSQL,
/// Appendix A): it was idle for too long, it was ended by the operator, the server stops or has crashed.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    let Some(said) = error.as_db_error() else { return error.is_closed() || is_io(error) };
    let ended = [
        &SqlState::ADMIN_SHUTDOWN,
        &SqlState::CRASH_SHUTDOWN,
        &SqlState::CANNOT_CONNECT_NOW,
        &SqlState::IDLE_SESSION_TIMEOUT,
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        || said.code().code().starts_with("08")
        || ended.contains(&said.code())
}

/// Whether a server that took writes has become one that takes none. A transaction that is to write is not begun there, with
/// a code of its own.
fn is_of_a_standby(error: &tokio_postgres::Error) -> bool {
    let codes = [&SqlState::READ_ONLY_SQL_TRANSACTION, &SqlState::FEATURE_NOT_SUPPORTED];
    error.code().is_some_and(|code| codes.contains(&code))
}
