//! The one thread that writes.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    LedgerWriter, StoreError, Tx,
    engine::{Engine, Step},
};
use crate::{
    domain::analytics::PageView,
    store::{
        commit_observer::{Commit, WriterStats},
        ledger_writer::EncodedRecord,
    },
};

/// The most that is written in one transaction.
const BATCH: usize = 1024;

/// The most that may wait. Beyond it views are dropped, since a count is not worth slowing a reader, and whoever asks for
/// anything else is told that it was not done.
const WAITING: usize = 65_536;

/// Something to do within a transaction. It tells whether it succeeded, and gives what answers its caller once it is
/// known whether the transaction was committed.
type Job = Box<dyn FnOnce(&Tx<'_>) -> (bool, WriteReply) + Send>;

/// Tells a caller how it went, given whether the transaction was committed.
type WriteReply = Box<dyn FnOnce(bool) + Send>;

/// Where the answer to an append goes.
type Appended = oneshot::Sender<Result<Uuid, StoreError>>;

enum Task {
    Count(PageView),
    Append(EncodedRecord, Appended, Instant),
    Run(Job),
    EmptyLog(oneshot::Sender<Result<(), StoreError>>),
}

/// A handle on the writing thread. When it is dropped, the thread writes what waits and ends.
#[derive(Debug)]
pub(super) struct Writer {
    tasks: Option<SyncSender<Task>>,
    thread: Option<JoinHandle<()>>,
    watch: Arc<WriterStats>,
}

impl Writer {
    pub(super) fn start(engine: impl Engine + 'static, scribe: Box<dyn LedgerWriter>) -> Result<Self, StoreError> {
        let (tasks, waiting) = mpsc::sync_channel(WAITING);
        let watch = Arc::<WriterStats>::default();
        let watched = Arc::clone(&watch);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write(engine, &RefCell::new(scribe), &waiting, &watched))
            .map_err(|_| StoreError::Gone)?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread), watch })
    }

    /// What of the thread can be seen.
    pub(super) fn stats(&self) -> &WriterStats {
        &self.watch
    }

    pub(super) fn count(&self, view: PageView) {
        if let Err(StoreError::Gone) = self.enqueue(Task::Count(view)) {
            tracing::error!("page view not counted: the writer thread is gone");
        }
    }

    /// Hands in a job. What comes of it is told after the commit. It is not begun when its caller has waited for as long as
    /// `patience`; who hands in none does not wait.
    pub(super) fn run<T: Send + 'static>(
        &self,
        patience: Option<Duration>,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (done, told) = oneshot::channel();
        let until = patience.map(|patience| Instant::now() + patience);
        self.enqueue(Task::Run(Box::new(move |tables| {
            let result = if is_over(until) { Err(StoreError::Late) } else { job(tables) };
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

    /// Hands in a record. Its id is told after the commit. It is not begun when its caller has waited for too long.
    pub(super) fn append(
        &self,
        patience: Duration,
        record: EncodedRecord,
    ) -> Result<oneshot::Receiver<Result<Uuid, StoreError>>, StoreError> {
        let (done, told) = oneshot::channel();
        self.enqueue(Task::Append(record, done, Instant::now() + patience))?;
        Ok(told)
    }

    /// Has the write-ahead log emptied, after all that waits is written.
    pub(super) fn checkpoint_wal(&self) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (done, told) = oneshot::channel();
        self.enqueue(Task::EmptyLog(done))?;
        Ok(told)
    }

    fn enqueue(&self, task: Task) -> Result<(), StoreError> {
        let tasks = self.tasks.as_ref().ok_or(StoreError::Gone)?;
        // Before it is there to be taken, so that never less than nothing waits.
        self.watch.wait();
        tasks.try_send(task).map_err(|error| {
            self.watch.take();
            match error {
                TrySendError::Full(_) => StoreError::Full,
                TrySendError::Disconnected(_) => StoreError::Gone,
            }
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| until <= Instant::now())
}

/// Writes until nobody can hand in anything more.
fn write(
    mut engine: impl Engine,
    scribe: &RefCell<Box<dyn LedgerWriter>>,
    waiting: &Receiver<Task>,
    watch: &WriterStats,
) {
    // Whether the log is still to be emptied, since whoever read held it when it should have been.
    let mut owes = false;
    while let Ok(first) = waiting.recv() {
        // Whoever else is about to hand something in may do so first, where one core serves both: this thread is woken by
        // the first, and would else commit that alone. With nobody about to, it goes on at once.
        std::thread::yield_now();
        let tasks = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1));
        let mut batch = WriteBatch::of(tasks.inspect(|_| watch.take()));
        let began = Instant::now();
        let committed = batch.write(&mut engine, scribe);
        let (callers, took) = (batch.callers, began.elapsed());
        watch.tell(&Commit { callers, took, is_committed: committed.is_ok() });
        if let Err(error) = &committed {
            tracing::error!(%error, callers = batch.callers, "commit failed");
            engine.roll_back();
        }
        scribe.borrow_mut().end(committed.is_ok());
        batch.answer(committed.is_ok());
        owes = owes && engine.checkpoint_wal().is_err();
        for done in batch.emptying {
            let emptied = engine.checkpoint_wal();
            owes = emptied.is_err();
            let _ = done.send(emptied);
        }
    }
}

/// What is written in one transaction. It is taken whole before anything can fail, so that whoever waits is answered in
/// any case.
#[derive(Default)]
struct WriteBatch {
    views: Vec<(PageView, i64)>,
    records: Vec<(EncodedRecord, Instant)>,
    jobs: Vec<Job>,
    appended: Vec<(Appended, Result<Uuid, StoreError>)>,
    waiting: Vec<Appended>,
    answers: Vec<(WriteReply, bool)>,
    emptying: Vec<oneshot::Sender<Result<(), StoreError>>>,
    callers: usize,
}

impl WriteBatch {
    fn of(tasks: impl Iterator<Item = Task>) -> Self {
        let mut batch = Self::default();
        for task in tasks {
            match task {
                Task::Count(view) => match batch.views.iter_mut().find(|(counted, _)| *counted == view) {
                    Some((_, views)) => *views += 1,
                    None => batch.views.push((view, 1)),
                },
                Task::Append(record, done, until) => {
                    batch.records.push((record, until));
                    batch.waiting.push(done);
                }
                Task::Run(job) => batch.jobs.push(job),
                Task::EmptyLog(done) => batch.emptying.push(done),
            }
        }
        batch.callers = batch.jobs.len() + batch.records.len();
        batch
    }

    /// Does everything in one transaction, each job in a part of its own that is undone if it fails.
    fn write(&mut self, engine: &mut impl Engine, scribe: &RefCell<Box<dyn LedgerWriter>>) -> Result<(), StoreError> {
        engine.begin()?;
        for (view, views) in &self.views {
            Tx::of(engine.connection()?).add_page_views(view, *views)?;
        }
        for ((record, until), done) in self.records.drain(..).zip(self.waiting.drain(..)) {
            let mark = scribe.borrow().mark();
            let tables = Tx::with_scribe(engine.connection()?, scribe);
            let appended = if is_over(Some(until)) { Err(StoreError::Late) } else { tables.chain(record) };
            let failed = appended.is_err();
            self.appended.push((done, appended));
            if failed {
                scribe.borrow_mut().cut(mark);
                engine.step(Step::Check)?;
            }
        }
        for job in self.jobs.drain(..) {
            engine.step(Step::Savepoint)?;
            let mark = scribe.borrow().mark();
            let (succeeded, answer) = job(&Tx::with_scribe(engine.connection()?, scribe));
            // To PostgreSQL a part is over with its first failure, even if the job made nothing of it.
            let kept = succeeded && engine.step(Step::Release).is_ok();
            self.answers.push((answer, kept));
            if !kept {
                scribe.borrow_mut().cut(mark);
                engine.step(Step::Undo)?;
            }
        }
        scribe.borrow_mut().close(&Tx::of(engine.connection()?))?;
        engine.step(Step::Commit)
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
        for (answer, kept) in self.answers.drain(..) {
            answer(committed && kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::super::{Store, StoreError};
    use crate::domain::{
        analytics::{Device, PageView, Visit},
        web::page::Page,
    };

    #[tokio::test]
    async fn what_is_counted_is_there_after_a_restart() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        let view =
            PageView { day: date!(2026 - 11 - 22), page: Page::Policy, device: Device::Phone, visit: Visit::First };
        let store = Store::open(&file)?;
        for _ in 0..300 {
            store.record_page_view(view);
        }
        drop(store);
        let store = Store::open(&file)?;
        store.record_page_view(PageView { visit: Visit::Returning, ..view });
        store.flush().await?;
        let counts = store.read(move |tables| tables.page_views_since(view.day)).await?;
        let counts: Vec<_> = counts.into_iter().map(|c| (c.visit, c.count)).collect();
        assert_eq!(counts, [("first".to_owned(), 300), ("returning".to_owned(), 1)]);
        assert!(store.read(|tables| tables.page_views_since(date!(2026 - 11 - 23))).await?.is_empty());
        Ok(())
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        std::fs::write(&file, "this is no database, and long enough to be read as a header of one".repeat(20))?;
        assert!(matches!(Store::open(&file), Err(StoreError::Torn(_))));
        Ok(())
    }
}
