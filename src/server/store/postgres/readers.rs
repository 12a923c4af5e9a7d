//! Connections that only read, a few at a time.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts};
use tokio::runtime::Handle;
use tokio_postgres::NoTls;

use super::{
    LONGEST_STATEMENT, Session,
    session::{Course, Line},
    with_bounds,
};
use crate::server::store::{
    StoreError,
    database::{Address, LONGEST_CONNECT},
    engine::Connection,
    error::said,
};

/// The most that read at one moment; the others wait.
const MOST: usize = 8;

/// The connections. They are opened when they are needed, and again when they broke.
#[derive(Clone, Debug)]
pub(in crate::server::store) struct Readers(Pool);

impl Readers {
    /// Readers of that database.
    pub(in crate::server::store) fn of(address: &Address) -> Result<Self, StoreError> {
        let config = with_bounds(&address.0, LONGEST_STATEMENT, "-c default_transaction_read_only=on");
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let patience = Some(LONGEST_CONNECT);
        let pool = Pool::builder(manager)
            .max_size(MOST)
            .timeouts(Timeouts { wait: patience, create: patience, recycle: patience })
            .runtime(Runtime::Tokio1)
            .build();
        Ok(Self(pool.map_err(|_| StoreError::Gone)?))
    }

    /// A connection that nobody else reads with.
    pub(in crate::server::store) async fn take(&self) -> Result<Reader, StoreError> {
        let client = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => StoreError::Unreachable(said(&error)),
            PoolError::Timeout(_) => StoreError::Unreachable("it does not answer".into()),
            _ => StoreError::Gone,
        })?;
        Ok(Reader { client, runtime: Handle::current() })
    }
}

/// A connection, until it is put back.
pub(in crate::server::store) struct Reader {
    client: Object,
    runtime: Handle,
}

impl Reader {
    /// Reads with it, in a thread that waits for each statement up to `longest`, and puts it back if it is still of use.
    pub(in crate::server::store) fn read<T>(
        self,
        longest: Duration,
        job: impl FnOnce(Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let course = Course::default();
        let line = Line::Shared(&self.runtime);
        let read = job(Connection::Postgres(Session::new(&self.client, line, &course, longest)));
        if course.is_silent.get() {
            drop(Object::take(self.client));
        }
        read
    }
}
