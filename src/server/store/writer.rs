//! The one thread that writes.

use std::{
    sync::mpsc::{self, Receiver, SyncSender, TrySendError},
    thread::JoinHandle,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{StoreError, Tables};
use crate::model::insight::View;

/// The most that is written in one transaction.
const BATCH: usize = 256;

/// The most that may wait. Beyond it views are dropped, since a count is not worth slowing a reader, and whoever asks for
/// anything else is told that it was not done.
const WAITING: usize = 65_536;

/// Something to do within a transaction. It tells whether it succeeded, and gives what answers its caller once it is
/// known whether the transaction was committed.
type Job = Box<dyn FnOnce(&Tables<'_>) -> (bool, Answer) + Send>;

/// Tells a caller how it went, given whether the transaction was committed.
type Answer = Box<dyn FnOnce(bool) + Send>;

enum Task {
    Count(View),
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
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (tasks, waiting) = mpsc::sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write(connection, &waiting))
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
fn write(mut connection: Connection, waiting: &Receiver<Task>) {
    while let Ok(first) = waiting.recv() {
        let batch = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1));
        let (mut answers, mut emptying) = (Vec::new(), Vec::new());
        let committed = write_batch(&mut connection, batch, &mut answers, &mut emptying);
        if let Err(error) = &committed {
            tracing::error!(%error, callers = answers.len(), "a transaction was not committed");
        }
        for answer in answers {
            answer(committed.is_ok());
        }
        for done in emptying {
            let _ = done.send(empty_log(&connection));
        }
    }
}

/// Moves the whole log into the file, and cuts it to nothing.
fn empty_log(connection: &Connection) -> Result<(), StoreError> {
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy { Err(StoreError::NotCommitted) } else { Ok(()) }
}

/// Does everything in one transaction, each job in a part of its own that is undone if it fails.
fn write_batch(
    connection: &mut Connection,
    batch: impl Iterator<Item = Task>,
    answers: &mut Vec<Answer>,
    emptying: &mut Vec<oneshot::Sender<Result<(), StoreError>>>,
) -> Result<(), StoreError> {
    // Taken whole before anything can fail, so that whoever waits is answered in any case.
    let (mut views, mut jobs) = (Vec::new(), Vec::new());
    for task in batch {
        match task {
            Task::Count(view) => views.push(view),
            Task::Run(job) => jobs.push(job),
            Task::EmptyLog(done) => emptying.push(done),
        }
    }
    let mut transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for view in &views {
        Tables::of(&transaction).count_view(view)?;
    }
    for job in jobs {
        let part = transaction.savepoint()?;
        let (succeeded, answer) = job(&Tables::of(&part));
        answers.push(answer);
        if succeeded {
            part.commit()?;
        }
    }
    Ok(transaction.commit()?)
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
