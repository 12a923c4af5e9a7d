//! Running statements over one connection, in threads that wait.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    time::Duration,
};

use deadpool_postgres::ClientWrapper;
use tokio::{
    runtime::{Handle, Runtime},
    time::timeout,
};
use tokio_postgres::{Error, Row, SimpleQueryMessage, error::SqlState, types::ToSql};

use super::{connect::Link, is_lost};
use crate::store::{StoreError, values::Value};

/// What carries the words of a connection while a thread waits for the answer.
#[derive(Clone, Copy)]
pub(in crate::store) enum RuntimeHandle<'c> {
    /// The writing thread's own runtime.
    Own(&'c Runtime),
    /// The one that serves requests.
    Shared(&'c Handle),
}

/// How a connection has fared.
#[derive(Debug, Default)]
pub(in crate::store) struct ConnState {
    /// It did not answer in time, and is of no more use.
    pub is_silent: Cell<bool>,
    /// The server does not take writes any more.
    pub is_read_only: Cell<bool>,
    /// A statement failed since the transaction, or this part of it, began: nothing else succeeds in it.
    pub has_failed: Cell<bool>,
    /// Something was said.
    pub is_begun: Cell<bool>,
    /// A reading of several statements has begun and has not ended.
    pub is_held: Cell<bool>,
    /// What is to be said before the next statement, on the same way.
    pub before: RefCell<String>,
}

/// A connection, as statements use it.
#[derive(Clone, Copy)]
pub(in crate::store) struct PgConn<'c> {
    link: &'c RefCell<Link>,
    runtime: RuntimeHandle<'c>,
    course: &'c ConnState,
    longest: Duration,
    reconnect: Option<&'c dyn Fn() -> Result<Link, StoreError>>,
}

impl<'c> PgConn<'c> {
    /// A connection whose statements take `longest` at most.
    pub(in crate::store) const fn new(
        link: &'c RefCell<Link>,
        runtime: RuntimeHandle<'c>,
        course: &'c ConnState,
        longest: Duration,
    ) -> Self {
        Self { link, runtime, course, longest, reconnect: None }
    }

    /// The same, which is connected anew if it turns out to be lost when the first thing is said.
    pub(in crate::store) const fn with_reconnect(
        mut self,
        reconnect: &'c dyn Fn() -> Result<Link, StoreError>,
    ) -> Self {
        self.reconnect = Some(reconnect);
        self
    }

    /// Says something that is no statement of ours: how a transaction goes on.
    pub(in crate::store) fn say(self, words: &str) -> Result<(), StoreError> {
        self.wait(async |client| client.batch_execute(words).await)
    }

    /// The same, and what is answered.
    pub(in crate::store) fn ask(self, words: &str) -> Result<Vec<SimpleQueryMessage>, StoreError> {
        self.wait(async |client| client.simple_query(words).await)
    }

    /// Says it on the way of the next statement: a way to the server and back is most of what a small job costs. Nothing of
    /// it can fail unless the connection breaks.
    pub(in crate::store) fn say_before(self, words: &str) {
        let mut before = self.course.before.borrow_mut();
        before.push_str(words);
        before.push(';');
    }

    /// Begins to read what is committed now, whatever is committed meanwhile.
    pub(in crate::store) fn begin_snapshot(self) -> Result<(), StoreError> {
        // Whoever takes it away may be slow.
        self.say(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0",
        )?;
        self.course.is_held.set(true);
        Ok(())
    }

    /// Ends that.
    pub(in crate::store) fn end_snapshot(self) -> Result<(), StoreError> {
        self.say("ROLLBACK")?;
        self.course.is_held.set(false);
        Ok(())
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(in crate::store) fn execute(self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        let sql = translate(sql);
        let changed = self.wait(async |client| {
            let statement = client.prepare_cached(&sql).await?;
            client.execute(&statement, &borrowed(values)).await
        })?;
        Ok(changed.try_into().unwrap_or(usize::MAX))
    }

    /// The rows that a statement finds or returns.
    pub(in crate::store) fn query(self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let sql = translate(sql);
        self.wait(async |client| {
            let statement = client.prepare_cached(&sql).await?;
            client.query(&statement, &borrowed(values)).await
        })
    }

    fn wait<T>(self, say: impl AsyncFn(&ClientWrapper) -> Result<T, Error>) -> Result<T, StoreError> {
        if self.course.is_silent.get() {
            return Err(StoreError::Silent);
        }
        let before = self.course.before.take();
        let is_first = !self.course.is_begun.replace(true);
        let mut answer = self.try_once(&before, &say);
        // The server may have ended the session while nobody used it; nothing was begun in it then.
        if let (true, Some(reconnect), Err(StoreError::Server(error))) = (is_first, self.reconnect, &answer)
            && is_lost(error)
        {
            let link = reconnect()?;
            self.link.replace(link);
            answer = self.try_once(&before, &say);
        }
        self.course.is_silent.set(matches!(answer, Err(StoreError::Silent)));
        if let Err(StoreError::Server(error)) = &answer
            && error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
        {
            self.course.is_read_only.set(true);
        }
        self.course.has_failed.set(self.course.has_failed.get() || answer.is_err());
        answer
    }

    fn try_once<T>(
        self,
        before: &str,
        say: &impl AsyncFn(&ClientWrapper) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let link = self.link.borrow();
        let answer = async {
            if before.is_empty() {
                return say(&link.client).await;
            }
            // In this order: what is said first is sent first.
            let (said, answer) = tokio::join!(biased; link.client.batch_execute(before), say(&link.client));
            said.and(answer)
        };
        // PostgreSQL ends a statement by itself; who does not even say so is not there any more.
        let answer = self.runtime.block_on(async { timeout(self.longest + self.longest / 4, answer).await });
        answer.map_err(|_| StoreError::Silent).and_then(|answer| Ok(answer?))
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

/// The statement as PostgreSQL numbers its values: `$1` where it says `?1`. No statement holds a question mark otherwise.
fn translate(sql: &str) -> String {
    sql.replace('?', "$")
}
