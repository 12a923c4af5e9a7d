//! The database of a PostgreSQL server, which several servers of Harmony can share.
//!
//! Whoever writes holds one lock of the database until the commit, so that over all servers one writes at a time, as with
//! a file: what a job reads stays true until it is committed, and no two jobs can wait for each other. A connection that
//! broke is opened again for the next transaction.

mod readers;
mod schema;
mod session;

use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use tokio::{runtime::Runtime, time::timeout};
use tokio_postgres::{Config, NoTls, error::SqlState};

use self::session::{Course, Line};
pub(super) use self::{readers::Readers, session::Session};
use super::{
    StoreError,
    database::{Address, LONGEST_CONNECT},
    engine::{Connection, Engine, Step},
    error::said,
};

/// How long PostgreSQL may take for a statement of a request. Less than whoever waits for the answer does.
pub(super) const LONGEST_STATEMENT: Duration = Duration::from_millis(1_200);

/// The oldest PostgreSQL that is known to do, as it counts itself.
const OLDEST: i64 = 130_000;

/// A database on a server, open for writing.
pub(super) struct Postgres {
    address: Address,
    longest: Duration,
    client: Option<ClientWrapper>,
    course: Course,
    runtime: Runtime,
}

impl Postgres {
    /// Connects, and brings the tables up to date where needed. No statement later takes longer than `longest`.
    ///
    /// It waits by itself, so it is called from a thread that no runtime waits on.
    pub(super) fn open(address: &Address, longest: Duration) -> Result<Self, StoreError> {
        let mut opened = Self::connect(address, longest)?;
        let client = opened.client.as_mut().ok_or(StoreError::Gone)?;
        opened.runtime.block_on(schema::bring_up_to_date(client))?;
        Ok(opened)
    }

    /// Connects to read the database as it is.
    pub(super) fn look_at(address: &Address, longest: Duration) -> Result<Self, StoreError> {
        let opened = Self::connect(address, longest)?;
        let client = opened.client.as_ref().ok_or(StoreError::Gone)?;
        opened.runtime.block_on(schema::check(client))?;
        Ok(opened)
    }

    fn connect(address: &Address, longest: Duration) -> Result<Self, StoreError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| StoreError::Gone)?;
        let client = runtime.block_on(connect(&address.0, longest))?;
        Ok(Self { address: address.clone(), longest, client: Some(client), course: Course::default(), runtime })
    }

    fn session(&self) -> Result<Session<'_>, StoreError> {
        let client = self.client.as_ref().ok_or(StoreError::NotCommitted)?;
        Ok(Session::new(client, Line::Own(&self.runtime), &self.course, self.longest))
    }

    fn hang_up(&mut self) {
        self.client = None;
        self.course = Course::default();
    }
}

impl Engine for Postgres {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.course = Course::default();
        if self.client.is_some() {
            match self.session()?.say(schema::BEGIN) {
                // It may have broken while nothing was written; nothing was begun over it then.
                Err(StoreError::Server(error)) if is_lost(&error) => self.hang_up(),
                begun => return begun,
            }
        }
        self.client = Some(self.runtime.block_on(connect(&self.address.0, self.longest))?);
        self.session()?.say(schema::BEGIN)
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

    fn empty_log(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Whether the connection is gone, rather than the statement wrong.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    let ended = [&SqlState::ADMIN_SHUTDOWN, &SqlState::CRASH_SHUTDOWN, &SqlState::CANNOT_CONNECT_NOW];
    error.is_closed() || error.code().map_or(std::error::Error::source(error).is_some(), |code| ended.contains(&code))
}

/// The same with what every session of ours is started with.
fn with_bounds(config: &Config, longest: Duration, more: &str) -> Config {
    let mut config = config.clone();
    let given = config.get_options().unwrap_or_default().to_owned();
    let longest = longest.as_millis();
    config.options(format!(
        "{given} -c statement_timeout={longest} -c idle_in_transaction_session_timeout={} {more}",
        longest * 2
    ));
    config
}

/// A connection to a server that keeps safely what it acknowledges.
async fn connect(config: &Config, longest: Duration) -> Result<ClientWrapper, StoreError> {
    let config = with_bounds(config, longest, "");
    let connecting = timeout(LONGEST_CONNECT, config.connect(NoTls)).await;
    let connected = connecting.map_err(|_| StoreError::Unreachable("it does not answer".into()))?;
    let (client, connection) = connected.map_err(|error| StoreError::Unreachable(said(&error)))?;
    let line = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = said(&error), "the connection to the database broke");
        }
    });
    let client = ClientWrapper::new(client, line);
    timeout(LONGEST_CONNECT, check(&client)).await.map_err(|_| StoreError::Silent)??;
    Ok(client)
}

/// Fails if the server does not keep safely what it acknowledges, or is not one that the statements are written for.
async fn check(client: &ClientWrapper) -> Result<(), StoreError> {
    let setting = "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'),
                          current_setting('fsync'), current_setting('synchronous_commit')";
    let row = client.query_one(setting, &[]).await?;
    let (version, encoding) = (row.try_get::<_, i64>(0)?, row.try_get::<_, &str>(1)?);
    let (fsync, commit) = (row.try_get::<_, &str>(2)?, row.try_get::<_, &str>(3)?);
    let unfit = |sentence: String| Err(StoreError::Unfit(sentence));
    if version < OLDEST {
        return unfit(format!(
            "PostgreSQL {} is too old: version 13 is the oldest that Harmony runs on",
            version / 10_000
        ));
    }
    if encoding != "UTF8" {
        return unfit(format!("the database's encoding is {encoding}: create it with ENCODING 'UTF8'"));
    }
    if fsync != "on" {
        return unfit("fsync is off on the PostgreSQL server, so what it acknowledges can be lost: turn it on".into());
    }
    if commit == "off" {
        return unfit("synchronous_commit is off, so what PostgreSQL acknowledges can be lost: turn it on".into());
    }
    Ok(())
}
