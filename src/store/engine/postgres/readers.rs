//! A pool of read-only connections.

use std::{cell::RefCell, time::Duration};

use deadpool::{
    Runtime,
    managed::{self, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts},
};
use tokio::runtime::Handle;

use super::{
    PgConn, STATEMENT_TIMEOUT,
    connect::{ConnectionUse, Connector, PgClient},
};
use crate::store::{
    StoreError,
    engine::{
        Connection,
        postgres::connection::{ConnState, RuntimeHandle},
    },
};

/// The maximum number of connections. Further readers wait.
const MAX_READERS: usize = 8;

/// How long to wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

const READING: ConnectionUse = ConnectionUse { timeout: STATEMENT_TIMEOUT, read_only: true };

/// The pool. It opens connections on demand, and again after they broke.
#[derive(Clone, Debug)]
pub(in crate::store) struct PgReaders(Pool<Manager>);

impl PgReaders {
    pub(in crate::store) fn new(connector: &Connector) -> Result<Self, StoreError> {
        let timeout = Some(ACQUIRE_TIMEOUT);
        let pool = Pool::builder(Manager(connector.clone()))
            .max_size(MAX_READERS)
            // The connector has timeouts of its own, one for each address.
            .timeouts(Timeouts { wait: timeout, create: None, recycle: timeout })
            .runtime(Runtime::Tokio1)
            .build();
        Ok(Self(pool.map_err(|_| StoreError::ThreadGone)?))
    }

    /// Takes a connection from the pool.
    pub(in crate::store) async fn acquire(&self) -> Result<PgReader, StoreError> {
        let link = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => StoreError::Unreachable("it does not answer".into()),
            _ => StoreError::ThreadGone,
        })?;
        Ok(PgReader {
            link: PooledClient(Some(link)),
            connector: self.0.manager().0.clone(),
            runtime: Handle::current(),
        })
    }
}

#[derive(Debug)]
pub(in crate::store) struct Manager(Connector);

impl managed::Manager for Manager {
    type Type = RefCell<PgClient>;
    type Error = StoreError;

    async fn create(&self) -> Result<RefCell<PgClient>, StoreError> {
        let connector = self.0.clone();
        // The connecting continues if the request is dropped, so the next request starts with the
        // server that was found.
        let connecting = tokio::spawn(async move { connector.connect(READING).await });
        connecting.await.map_err(|_| StoreError::ThreadGone)?.map(RefCell::new)
    }

    async fn recycle(&self, link: &mut RefCell<PgClient>, _: &Metrics) -> RecycleResult<StoreError> {
        if link.get_mut().client.is_closed() { Err(RecycleError::message("it is closed")) } else { Ok(()) }
    }
}

/// A connection that is in use.
pub(in crate::store) struct PgReader {
    link: PooledClient,
    connector: Connector,
    runtime: Handle,
}

/// A pooled connection. Dropping it does not return it: a read that panics leaves a transaction
/// open.
struct PooledClient(Option<Object<Manager>>);

impl Drop for PooledClient {
    fn drop(&mut self) {
        drop(self.0.take().map(Object::take));
    }
}

impl PgReader {
    /// Runs `job`, which blocks, and returns the connection to the pool if it is still usable.
    /// `timeout` is that of each statement.
    pub(in crate::store) fn read<T>(
        mut self,
        timeout: Duration,
        job: impl FnOnce(Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let link = self.link.0.as_ref().ok_or(StoreError::ThreadGone)?;
        let state = ConnState::default();
        let reconnect = || self.runtime.block_on(self.connector.connect(READING));
        let session =
            PgConn::new(link, RuntimeHandle::Shared(&self.runtime), &state, timeout).with_reconnect(&reconnect);
        let read = job(Connection::Postgres(session));
        if !state.timed_out.get() && !state.in_snapshot.get() {
            drop(self.link.0.take());
        }
        read
    }
}
