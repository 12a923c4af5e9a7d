//! The one thread that writes.

use std::{
    cell::RefCell,
    sync::mpsc::{self, Receiver, SyncSender, TrySendError},
    thread::JoinHandle,
};

use rusqlite::Connection;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Scribe, StoreError, Tables, scribe::NoScribe};
use crate::model::{insight::View, record::Draft};

/// The most that is written in one transaction.
const BATCH: usize = 1024;

/// The most that may wait. Beyond it views are dropped, since a count is not worth slowing a reader, and whoever asks for
/// anything else is told that it was not done.
const WAITING: usize = 65_536;

/// Something to do within a transaction. It tells whether it succeeded, and gives what answers its caller once it is
/// known whether the transaction was committed.
type Job = Box<dyn FnOnce(&Tables<'_>) -> (bool, Answer) + Send>;

/// Tells a caller how it went, given whether the transaction was committed.
type Answer = Box<dyn FnOnce(bool) + Send>;

/// Where the answer to an append goes.
type Appended = oneshot::Sender<Result<Uuid, StoreError>>;

enum Task {
    Count(View),
    Append(Draft, Appended),
    Run(Job),
    EmptyLog(oneshot::Sender<Result<(), StoreError>>),
}

/// A handle on the writing thread. When it is dropped, the thread writes what waits and ends.
#[derive(Debug)]
pub(super) struct Writer {
    tasks: Option<SyncSender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, scribe: Option<Box<dyn Scribe>>) -> Result<Self, StoreError> {
        let (tasks, waiting) = mpsc::sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                let scribe = scribe.unwrap_or_else(|| Box::new(NoScribe));
                write(connection, &RefCell::new(scribe), &waiting);
            })
            .map_err(|_| StoreError::Gone)?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    pub(super) fn count(&self, view: View) {
        if let Err(StoreError::Gone) = self.hand_in(Task::Count(view)) {
            tracing::error!("a view was not counted: the database's thread is gone");
        }
    }

    /// Hands in a job. What comes of it is told after the commit.
    pub(super) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (done, told) = oneshot::channel();
        self.hand_in(Task::Run(Box::new(move |tables| {
            let result = job(tables);
            let succeeded = result.is_ok();
            let answer = move |committed| {
                let result = if committed { result } else { result.and(Err(StoreError::NotCommitted)) };
                // Whoever asked may have left; that is theirs to know.
                let _ = done.send(result);
            };
            (succeeded, Box::new(answer))
        })))?;
        Ok(told)
    }

    /// Hands in a record. Its id is told after the commit.
    pub(super) fn append(&self, draft: Draft) -> Result<oneshot::Receiver<Result<Uuid, StoreError>>, StoreError> {
        let (done, told) = oneshot::channel();
        self.hand_in(Task::Append(draft, done))?;
        Ok(told)
    }

    /// Has the write-ahead log emptied, after all that waits is written.
    pub(super) fn empty_log(&self) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (done, told) = oneshot::channel();
        self.hand_in(Task::EmptyLog(done))?;
        Ok(told)
    }

    fn hand_in(&self, task: Task) -> Result<(), StoreError> {
        let tasks = self.tasks.as_ref().ok_or(StoreError::Gone)?;
        tasks.try_send(task).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Full,
            TrySendError::Disconnected(_) => StoreError::Gone,
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the database's thread had failed");
        }
    }
}

/// Writes until nobody can hand in anything more.
fn write(mut connection: Connection, scribe: &RefCell<Box<dyn Scribe>>, waiting: &Receiver<Task>) {
    while let Ok(first) = waiting.recv() {
        let mut batch = Batch::of(std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1)));
        let committed = batch.write(&mut connection, scribe);
        if let Err(error) = &committed {
            tracing::error!(%error, callers = batch.callers, "a transaction was not committed");
        }
        scribe.borrow_mut().end(committed.is_ok());
        batch.answer(committed.is_ok());
        for done in batch.emptying {
            let _ = done.send(empty_log(&connection));
        }
    }
}

/// Moves the whole log into the file, and cuts it to nothing.
fn empty_log(connection: &Connection) -> Result<(), StoreError> {
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy { Err(StoreError::NotCommitted) } else { Ok(()) }
}

/// What is written in one transaction. It is taken whole before anything can fail, so that whoever waits is answered in
/// any case.
#[derive(Default)]
struct Batch {
    views: Vec<View>,
    drafts: Vec<Draft>,
    jobs: Vec<Job>,
    appended: Vec<(Appended, Result<Uuid, StoreError>)>,
    waiting: Vec<Appended>,
    answers: Vec<Answer>,
    emptying: Vec<oneshot::Sender<Result<(), StoreError>>>,
    callers: usize,
}

impl Batch {
    fn of(tasks: impl Iterator<Item = Task>) -> Self {
        let mut batch = Self::default();
        for task in tasks {
            match task {
                Task::Count(view) => batch.views.push(view),
                Task::Append(draft, done) => {
                    batch.drafts.push(draft);
                    batch.waiting.push(done);
                }
                Task::Run(job) => batch.jobs.push(job),
                Task::EmptyLog(done) => batch.emptying.push(done),
            }
        }
        batch.callers = batch.jobs.len() + batch.drafts.len();
        batch
    }

    /// Does everything in one transaction, each job in a part of its own that is undone if it fails.
    fn write(&mut self, connection: &mut Connection, scribe: &RefCell<Box<dyn Scribe>>) -> Result<(), StoreError> {
        let mut transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for view in &self.views {
            Tables::of(&transaction).count_view(view)?;
        }
        for (draft, done) in self.drafts.drain(..).zip(self.waiting.drain(..)) {
            let appended = Tables::with_scribe(&transaction, scribe).append(draft);
            self.appended.push((done, appended));
        }
        for job in self.jobs.drain(..) {
            let part = transaction.savepoint()?;
            let written = scribe.borrow().written();
            let (succeeded, answer) = job(&Tables::with_scribe(&part, scribe));
            self.answers.push(answer);
            if succeeded {
                part.commit()?;
            } else {
                scribe.borrow_mut().cut(written);
            }
        }
        scribe.borrow_mut().close(&Tables::of(&transaction))?;
        Ok(transaction.commit()?)
    }

    /// Tells everybody how it went, in the order in which they came.
    fn answer(&mut self, committed: bool) {
        for (done, appended) in self.appended.drain(..) {
            let appended = if committed { appended } else { appended.and(Err(StoreError::NotCommitted)) };
            // Whoever asked may have left; that is theirs to know.
            let _ = done.send(appended);
        }
        for done in self.waiting.drain(..) {
            let _ = done.send(Err(StoreError::NotCommitted));
        }
        for answer in self.answers.drain(..) {
            answer(committed);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::super::{Store, StoreError};
    use crate::model::{
        insight::{Device, View, Visit},
        page::Page,
    };

    #[tokio::test]
    async fn what_is_counted_is_there_after_a_restart() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        let view = View { day: date!(2026 - 11 - 22), page: Page::Policy, device: Device::Phone, visit: Visit::First };
        let store = Store::open(&file)?;
        for _ in 0..300 {
            store.count(view);
        }
        drop(store);
        let store = Store::open(&file)?;
        store.count(View { visit: Visit::Returning, ..view });
        store.flush().await?;
        let counts = store.read(move |tables| tables.views_since(view.day)).await?;
        let counts: Vec<_> = counts.into_iter().map(|c| (c.visit, c.views)).collect();
        assert_eq!(counts, [("first".to_owned(), 300), ("returning".to_owned(), 1)]);
        assert!(store.read(|tables| tables.views_since(date!(2026 - 11 - 23))).await?.is_empty());
        Ok(())
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        std::fs::write(&file, "this is no database, and long enough to be read as a header of one".repeat(20))?;
        assert!(matches!(Store::open(&file), Err(StoreError::Database(_))));
        Ok(())
    }
}
