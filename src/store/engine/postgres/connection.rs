//! Runs statements over one connection, from threads that block.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use deadpool_postgres::ClientWrapper;
use tokio::{
    runtime::{Handle, Runtime},
    time::timeout,
};
use tokio_postgres::{Error, Row, SimpleQueryMessage, error::SqlState, types::ToSql};

use super::{connect::PgClient, is_lost};
use crate::store::{StoreError, values::Value};

/// The runtime that drives a connection while a thread blocks.
#[derive(Clone, Copy)]
pub(in crate::store) enum RuntimeHandle<'c> {
    /// The writer thread's own runtime.
    Own(&'c Runtime),
    /// The runtime that serves requests.
    Shared(&'c Handle),
}

/// The state of a connection.
#[derive(Debug, Default)]
pub(in crate::store) struct ConnState {
    /// A statement timed out, so the connection is unusable.
    pub timed_out: Cell<bool>,
    /// The server has become read-only.
    pub is_read_only: Cell<bool>,
    /// A statement failed in this transaction or savepoint, so all later ones fail.
    pub failed: Cell<bool>,
    /// A statement was sent.
    pub was_used: Cell<bool>,
    /// A snapshot has begun and has not ended.
    pub in_snapshot: Cell<bool>,
    /// Statements to send together with the next one, in this order.
    pub queued: RefCell<Vec<Queued>>,
}

/// A statement that is sent together with the next one.
#[derive(Debug)]
pub(in crate::store) enum Queued {
    /// Statements without parameters.
    Batch(&'static str),
    Statement(String, Vec<Value<'static>>),
}

/// A connection that runs statements.
#[derive(Clone, Copy)]
pub(in crate::store) struct PgConn<'c> {
    link: &'c RefCell<PgClient>,
    runtime: RuntimeHandle<'c>,
    state: &'c ConnState,
    timeout: Duration,
    reconnect: Option<&'c dyn Fn() -> Result<PgClient, StoreError>>,
}

impl<'c> PgConn<'c> {
    /// Creates a connection with a timeout for each statement.
    pub(in crate::store) const fn new(
        link: &'c RefCell<PgClient>,
        runtime: RuntimeHandle<'c>,
        state: &'c ConnState,
        timeout: Duration,
    ) -> Self {
        Self { link, runtime, state, timeout, reconnect: None }
    }

    /// Sets a function that reconnects if the connection is lost at the first statement.
    pub(in crate::store) const fn with_reconnect(
        mut self,
        reconnect: &'c dyn Fn() -> Result<PgClient, StoreError>,
    ) -> Self {
        self.reconnect = Some(reconnect);
        self
    }

    /// Runs statements without parameters, such as those of a transaction.
    pub(in crate::store) fn run_batch(self, words: &str) -> Result<(), StoreError> {
        self.wait(async |client| client.batch_execute(words).await)
    }

    /// Runs statements without parameters. Returns their results.
    pub(in crate::store) fn simple_query(self, words: &str) -> Result<Vec<SimpleQueryMessage>, StoreError> {
        self.wait(async |client| client.simple_query(words).await)
    }

    /// Sends statements without parameters together with the next one, since the round trip is most
    /// of the cost of a small job. They can fail only if the connection breaks.
    pub(in crate::store) fn queue_batch(self, words: &'static str) {
        self.state.queued.borrow_mut().push(Queued::Batch(words));
    }

    /// Sends a statement together with the next one, which fails if this one does.
    pub(in crate::store) fn queue(self, sql: &str, values: &[Value<'_>]) {
        let values = values.iter().map(|value| value.clone().into_owned()).collect();
        self.state.queued.borrow_mut().push(Queued::Statement(translate(sql), values));
    }

    /// Whether a statement is queued that can fail.
    pub(in crate::store) fn has_queued(self) -> bool {
        self.state.queued.borrow().iter().any(Queued::can_fail)
    }

    /// Drops the queued statements that can fail.
    pub(in crate::store) fn drop_queued(self) {
        self.state.queued.borrow_mut().retain(|statement| !statement.can_fail());
    }

    /// Begins a snapshot: a read transaction that sees no later commit.
    pub(in crate::store) fn begin_snapshot(self) -> Result<(), StoreError> {
        // An export may be read slowly.
        self.run_batch(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0",
        )?;
        self.state.in_snapshot.set(true);
        Ok(())
    }

    pub(in crate::store) fn end_snapshot(self) -> Result<(), StoreError> {
        self.run_batch("ROLLBACK")?;
        self.state.in_snapshot.set(false);
        Ok(())
    }

    /// Runs a statement. Returns the number of changed rows.
    pub(in crate::store) fn execute(self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        let sql = translate(sql);
        let changed = self.wait(async |client| {
            let statement = client.prepare_cached(&sql).await?;
            client.execute(&statement, &borrowed(values)).await
        })?;
        Ok(changed.try_into().unwrap_or(usize::MAX))
    }

    /// Runs a query. Returns its rows.
    pub(in crate::store) fn query(self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let sql = translate(sql);
        self.wait(async |client| {
            let statement = client.prepare_cached(&sql).await?;
            client.query(&statement, &borrowed(values)).await
        })
    }

    fn wait<T>(self, say: impl AsyncFn(&ClientWrapper) -> Result<T, Error>) -> Result<T, StoreError> {
        if self.state.timed_out.get() {
            return Err(StoreError::NoResponse);
        }
        let queued = self.state.queued.take();
        let is_first = !self.state.was_used.replace(true);
        let mut answer = self.try_once(&queued, &say);
        // The server may have ended the session while it was idle. Nothing had begun then.
        if let (true, Some(reconnect), Err(StoreError::Server(error))) = (is_first, self.reconnect, &answer)
            && is_lost(error)
        {
            let link = reconnect()?;
            self.link.replace(link);
            answer = self.try_once(&queued, &say);
        }
        self.state.timed_out.set(matches!(answer, Err(StoreError::NoResponse)));
        if let Err(StoreError::Server(error)) = &answer
            && error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
        {
            self.state.is_read_only.set(true);
        }
        self.state.failed.set(self.state.failed.get() || answer.is_err());
        answer
    }

    fn try_once<T>(
        self,
        queued: &[Queued],
        say: &impl AsyncFn(&ClientWrapper) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let link = self.link.borrow();
        let answer = async {
            // Before the first is sent, since preparing takes a round trip, and a later statement
            // would overtake.
            for statement in queued {
                if let Queued::Statement(sql, _) = statement {
                    link.client.prepare_cached(sql).await?;
                }
            }
            send(&link.client, queued, say(&link.client)).await
        };
        // PostgreSQL cancels a slow statement itself. If even that answer is late, the server is
        // unreachable.
        let answer = self.runtime.block_on(async { timeout(self.timeout + self.timeout / 4, answer).await });
        answer.map_err(|_| StoreError::NoResponse).and_then(|answer| Ok(answer?))
    }
}

/// Sends the queued statements and then the last one without waiting in between. Returns the answer
/// to the last one, or the first error.
async fn send<T>(
    client: &ClientWrapper,
    queued: &[Queued],
    last: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut sent = Vec::with_capacity(queued.len());
    for statement in queued {
        sent.push(Sent::new(statement.run(client)).await);
    }
    let last = Sent::new(last).await;
    for statement in sent {
        statement.answer().await?;
    }
    last.answer().await
}

/// A statement that was sent.
enum Sent<F: Future> {
    Waiting(Pin<Box<F>>),
    Answered(F::Output),
}

impl<F: Future> Sent<F> {
    /// Polls the statement once, which sends it.
    async fn new(statement: F) -> Self {
        let mut statement = Box::pin(statement);
        match poll_fn(|context| Poll::Ready(statement.as_mut().poll(context))).await {
            Poll::Ready(answer) => Self::Answered(answer),
            Poll::Pending => Self::Waiting(statement),
        }
    }

    async fn answer(self) -> F::Output {
        match self {
            Self::Waiting(statement) => statement.await,
            Self::Answered(answer) => answer,
        }
    }
}

impl Queued {
    const fn can_fail(&self) -> bool {
        matches!(self, Self::Statement(..))
    }

    async fn run(&self, client: &ClientWrapper) -> Result<(), Error> {
        match self {
            Self::Batch(words) => client.batch_execute(words).await,
            Self::Statement(sql, values) => {
                let statement = client.prepare_cached(sql).await?;
                client.execute(&statement, &borrowed(values)).await.map(drop)
            }
        }
    }
}

impl RuntimeHandle<'_> {
    fn block_on<T>(self, answer: impl Future<Output = T>) -> T {
        match self {
            Self::Own(runtime) => runtime.block_on(answer),
            Self::Shared(runtime) => runtime.block_on(answer),
        }
    }
}

fn borrowed<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// Replaces `?1` by `$1`. No statement contains another question mark.
fn translate(sql: &str) -> String {
    sql.replace('?', "$")
}
