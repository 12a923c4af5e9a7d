//! Connections that only read, a few at a time.

use std::{cell::RefCell, time::Duration};

use deadpool::{
    Runtime,
    managed::{self, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts},
};
use tokio::runtime::Handle;

use super::{
    LONGEST_STATEMENT, PgConn,
    connect::{ConnectionUse, Connector, Link},
};
use crate::store::{
    StoreError,
    engine::{
        Connection,
        postgres::connection::{ConnState, RuntimeHandle},
    },
};

/// The most that read at one moment; the others wait.
const MOST: usize = 8;

/// How long to wait for one of the others to end.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What these sessions are for.
const READING: ConnectionUse = ConnectionUse { longest: LONGEST_STATEMENT, only_reads: true };

/// The connections. They are opened when they are needed, and again when they broke.
#[derive(Clone, Debug)]
pub(in crate::store) struct PgReaders(Pool<Manager>);

impl PgReaders {
    /// Readers of the database that this connects to.
    pub(in crate::store) fn of(connector: &Connector) -> Result<Self, StoreError> {
        let patience = Some(LONGEST_WAIT);
        let pool = Pool::builder(Manager(connector.clone()))
            .max_size(MOST)
            // Connecting has limits of its own, one for each address.
            .timeouts(Timeouts { wait: patience, create: None, recycle: patience })
            .runtime(Runtime::Tokio1)
            .build();
        Ok(Self(pool.map_err(|_| StoreError::Gone)?))
    }

    /// A connection that nobody else reads with.
    pub(in crate::store) async fn take(&self) -> Result<PgReader, StoreError> {
        let link = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => StoreError::Unreachable("it does not answer".into()),
            _ => StoreError::Gone,
        })?;
        Ok(PgReader { link: Lent(Some(link)), connector: self.0.manager().0.clone(), runtime: Handle::current() })
    }
}

/// Connects for the pool.
#[derive(Debug)]
pub(in crate::store) struct Manager(Connector);

impl managed::Manager for Manager {
    type Type = RefCell<Link>;
    type Error = StoreError;

    async fn create(&self) -> Result<RefCell<Link>, StoreError> {
        let connector = self.0.clone();
        // In a task of its own: it goes on when the request does not wait any more, and the next one begins with the
        // server that it found.
        let connecting = tokio::spawn(async move { connector.connect(READING).await });
        connecting.await.map_err(|_| StoreError::Gone)?.map(RefCell::new)
    }

    async fn recycle(&self, link: &mut RefCell<Link>, _: &Metrics) -> RecycleResult<StoreError> {
        if link.get_mut().client.is_closed() { Err(RecycleError::message("it is closed")) } else { Ok(()) }
    }
}

/// A connection, until it is put back.
pub(in crate::store) struct PgReader {
    link: Lent,
    connector: Connector,
    runtime: Handle,
}

/// A connection of the pool. It does not go back by itself: a reading that panics leaves a transaction open.
struct Lent(Option<Object<Manager>>);

impl Drop for Lent {
    fn drop(&mut self) {
        drop(self.0.take().map(Object::take));
    }
}

impl PgReader {
    /// Reads with it, in a thread that waits for each statement up to `longest`, and puts it back if it is still of use.
    pub(in crate::store) fn read<T>(
        mut self,
        longest: Duration,
        job: impl FnOnce(Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let link = self.link.0.as_ref().ok_or(StoreError::Gone)?;
        let course = ConnState::default();
        let reconnect = || self.runtime.block_on(self.connector.connect(READING));
        let session =
            PgConn::new(link, RuntimeHandle::Shared(&self.runtime), &course, longest).with_reconnect(&reconnect);
        let read = job(Connection::Postgres(session));
        if !course.is_silent.get() && !course.is_held.get() {
            drop(self.link.0.take());
        }
        read
    }
}
