//! The PostgreSQL engine. Several Harmony servers can share a database.
//!
//! A writer holds one advisory lock until its commit, so only one writes at a time over all
//! servers, as with a file: what a job has read stays true until it commits, and no two jobs
//! deadlock. The next transaction reconnects after a connection broke.

mod connect;
mod connection;
mod readers;
mod schema;
mod tls;

use std::{cell::RefCell, time::Duration};

use tokio::runtime::Runtime;
use tokio_postgres::error::{Severity, SqlState};

use self::connect::{ConnectionUse, Connector, PgClient};
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

/// The statement timeout for requests. It is shorter than the timeout of a call.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_millis(1_200);

/// A database that is open for writing.
pub(crate) struct Postgres {
    connector: Connector,
    purpose: ConnectionUse,
    link: Option<RefCell<PgClient>>,
    state: ConnState,
    runtime: Runtime,
}

impl Postgres {
    /// Connects and applies pending migrations. `timeout` is that of each later statement.
    ///
    /// It blocks, so a runtime must not call it directly.
    pub(crate) fn open(address: &Address, timeout: Duration) -> Result<Self, StoreError> {
        let mut opened = Self::connect(address, ConnectionUse { timeout, read_only: false })?;
        let link = opened.link.as_mut().ok_or(StoreError::ThreadGone)?;
        opened.runtime.block_on(schema::migrate(&link.get_mut().client))?;
        Ok(opened)
    }

    /// Connects for reading only. Applies no migration.
    pub(crate) fn open_read_only(address: &Address, timeout: Duration) -> Result<Self, StoreError> {
        let mut opened = Self::connect(address, ConnectionUse { timeout, read_only: true })?;
        let link = opened.link.as_mut().ok_or(StoreError::ThreadGone)?;
        opened.runtime.block_on(schema::check(&link.get_mut().client))?;
        Ok(opened)
    }

    fn connect(address: &Address, purpose: ConnectionUse) -> Result<Self, StoreError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| StoreError::ThreadGone)?;
        let connector = Connector::new(address)?;
        let link = runtime.block_on(async {
            let link = connector.connect(purpose).await?;
            connector.check_for_pooler(&link, purpose).await?;
            Ok::<_, StoreError>(link)
        })?;
        Ok(Self { connector, purpose, link: Some(RefCell::new(link)), state: ConnState::default(), runtime })
    }

    pub(crate) fn readers(&self) -> Result<PgReaders, StoreError> {
        PgReaders::new(&self.connector)
    }

    fn session(&self) -> Result<PgConn<'_>, StoreError> {
        let link = self.link.as_ref().ok_or(StoreError::NotCommitted)?;
        Ok(PgConn::new(link, RuntimeHandle::Own(&self.runtime), &self.state, self.purpose.timeout))
    }

    fn disconnect(&mut self) {
        self.link = None;
        self.state = ConnState::default();
    }

    /// Begins a transaction over the current connection.
    fn try_to_begin(&self) -> Result<(), StoreError> {
        let answer = self.session()?.simple_query(schema::BEGIN)?;
        self.link.as_ref().ok_or(StoreError::NotCommitted)?.borrow().check_backend(&answer, schema::BACKEND)
    }
}

impl Engine for Postgres {
    fn begin(&mut self) -> Result<(), StoreError> {
        if self.purpose.read_only {
            return Err(StoreError::NotCommitted);
        }
        if self.state.is_read_only.get() {
            self.disconnect();
        }
        self.state = ConnState::default();
        if self.link.is_some() {
            match self.try_to_begin() {
                // The connection may have broken while it was idle, or the server may have become a
                // standby. Nothing had begun then.
                Err(StoreError::Server(error)) if is_lost(&error) || is_read_only_server(&error) => self.disconnect(),
                begun => return begun,
            }
        }
        let link = self.runtime.block_on(async {
            let link = self.connector.connect(self.purpose).await?;
            // Another server may have migrated the schema meanwhile.
            schema::check(&link.client).await?;
            Ok::<_, StoreError>(link)
        })?;
        self.link = Some(RefCell::new(link));
        self.try_to_begin()
    }

    fn step(&mut self, step: Step) -> Result<(), StoreError> {
        let session = self.session()?;
        match step {
            Step::Savepoint => session.queue_batch("SAVEPOINT part"),
            Step::Undo => {
                session.drop_queued();
                session.queue_batch("ROLLBACK TO part; RELEASE part");
                self.state.failed.set(self.state.timed_out.get());
            }
            Step::Release | Step::Check if self.state.failed.get() => return Err(StoreError::NotCommitted),
            // A failure of this job must not become that of the next.
            Step::Release if session.has_queued() => session.run_batch("RELEASE part")?,
            Step::Release => session.queue_batch("RELEASE part"),
            Step::Check => {}
            // `COMMIT` of an aborted transaction rolls back without an error. The statement before
            // it fails then.
            Step::Commit => session.run_batch("SELECT 1; COMMIT")?,
        }
        Ok(())
    }

    fn roll_back(&mut self) {
        self.state.queued.take();
        let rolled_back = self.session().and_then(|session| session.run_batch("ROLLBACK"));
        if rolled_back.is_err() {
            self.disconnect();
        }
    }

    fn connection(&self) -> Result<Connection<'_>, StoreError> {
        self.session().map(Connection::Postgres)
    }

    fn checkpoint_wal(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Whether the connection is lost, rather than the statement wrong. A server that ends a session
/// gives the reason (PostgreSQL, Appendix A): idle timeout, operator, shutdown or crash.
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

/// Whether the server has become read-only. A standby rejects the begin of a writing transaction
/// with an SQLSTATE of its own.
fn is_read_only_server(error: &tokio_postgres::Error) -> bool {
    let codes = [&SqlState::READ_ONLY_SQL_TRANSACTION, &SqlState::FEATURE_NOT_SUPPORTED];
    error.code().is_some_and(|code| codes.contains(&code))
}
