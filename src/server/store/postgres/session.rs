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
use tokio_postgres::{Row, types::ToSql};

use crate::server::store::{StoreError, values::Value};

/// What carries the words of a connection while a thread waits for the answer.
#[derive(Clone, Copy)]
pub(super) enum Line<'c> {
    /// The writing thread's own runtime.
    Own(&'c Runtime),
    /// The one that serves requests.
    Shared(&'c Handle),
}

/// How a connection has fared.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// It did not answer in time, and is of no more use.
    pub is_silent: Cell<bool>,
    /// A statement failed since the transaction, or this part of it, began: nothing else succeeds in it.
    pub has_failed: Cell<bool>,
    /// What is to be said before the next statement, on the same way.
    pub before: RefCell<String>,
}

/// A connection, as statements use it.
#[derive(Clone, Copy)]
pub(in crate::server::store) struct Session<'c> {
    client: &'c ClientWrapper,
    line: Line<'c>,
    course: &'c Course,
    longest: Duration,
}

impl<'c> Session<'c> {
    /// A connection whose statements take `longest` at most.
    pub(super) const fn new(client: &'c ClientWrapper, line: Line<'c>, course: &'c Course, longest: Duration) -> Self {
        Self { client, line, course, longest }
    }

    /// Says something that is no statement of ours: how a transaction goes on.
    pub(in crate::server::store) fn say(self, words: &str) -> Result<(), StoreError> {
        self.wait(self.client.batch_execute(words))
    }

    /// Says it on the way of the next statement: a way to the server and back is most of what a small job costs. Nothing of
    /// it can fail unless the connection breaks.
    pub(super) fn say_before(self, words: &str) {
        let mut before = self.course.before.borrow_mut();
        before.push_str(words);
        before.push(';');
    }

    /// Runs a statement. Returns how many rows it changed.
    pub(in crate::server::store) fn execute(self, sql: &str, values: &[Value<'_>]) -> Result<usize, StoreError> {
        let sql = translate(sql);
        let changed = self.wait(async {
            let statement = self.client.prepare_cached(&sql).await?;
            self.client.execute(&statement, &borrowed(values)).await
        })?;
        Ok(changed.try_into().unwrap_or(usize::MAX))
    }

    /// The rows that a statement finds or returns.
    pub(in crate::server::store) fn query(self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let sql = translate(sql);
        self.wait(async {
            let statement = self.client.prepare_cached(&sql).await?;
            self.client.query(&statement, &borrowed(values)).await
        })
    }

    fn wait<T>(self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, StoreError> {
        if self.course.is_silent.get() {
            return Err(StoreError::Silent);
        }
        let before = self.course.before.take();
        let answer = async {
            if before.is_empty() {
                return answer.await;
            }
            // In this order: what is said first is sent first.
            let (said, answer) = tokio::join!(biased; self.client.batch_execute(&before), answer);
            said.and(answer)
        };
        // PostgreSQL ends a statement by itself; who does not even say so is not there any more.
        let bounded = async { timeout(self.longest + self.longest / 4, answer).await };
        let answer = match self.line {
            Line::Own(runtime) => runtime.block_on(bounded),
            Line::Shared(runtime) => runtime.block_on(bounded),
        };
        self.course.is_silent.set(answer.is_err());
        let answer = answer.map_err(|_| StoreError::Silent).and_then(|answer| Ok(answer?));
        self.course.has_failed.set(self.course.has_failed.get() || answer.is_err());
        answer
    }
}

fn borrowed<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// The statement as PostgreSQL numbers its values: `$1` where it says `?1`. No statement holds a question mark otherwise.
fn translate(sql: &str) -> String {
    sql.replace('?', "$")
}
