//! The writer thread.

use std::{
    cell::RefCell,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
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
    domain::{
        analytics::{PageView, performance::MeasuredView},
        cookies::inventory::finding::CountedFinding,
    },
    store::{
        commit_observer::{Commit, WriterStats},
        counts::Counts,
        ledger_writer::EncodedRecord,
    },
};

/// The maximum number of tasks in one transaction.
const MAX_BATCH_TASKS: usize = 1024;

/// The maximum number of queued tasks. Beyond it the store rejects them.
const MAX_QUEUED_TASKS: usize = 65_536;

/// How long counts wait for a transaction of a caller before they get one of their own.
const COUNTS_WAIT: Duration = Duration::from_secs(1);

/// A job within a transaction. It returns whether it succeeded, and the closure that answers its
/// caller once the result of the commit is known.
type Job = Box<dyn FnOnce(&Tx<'_>) -> (bool, WriteReply) + Send>;

/// Answers a caller, given whether the transaction was committed.
type WriteReply = Box<dyn FnOnce(bool) + Send>;

/// The channel to the caller of an append.
type Appended = oneshot::Sender<Result<Uuid, StoreError>>;

enum Task {
    /// The first count since the last transaction waits.
    Count,
    Append(EncodedRecord, Appended, Instant),
    Run(Job),
    Checkpoint(oneshot::Sender<Result<(), StoreError>>),
}

/// A handle on the writer thread. When it is dropped, the thread writes what is queued and ends.
#[derive(Debug)]
pub(super) struct Writer {
    tasks: Option<Sender<Task>>,
    counts: Arc<Mutex<Counts>>,
    thread: Option<JoinHandle<()>>,
    stats: Arc<WriterStats>,
}

impl Writer {
    pub(super) fn start(engine: impl Engine + 'static, ledger: Box<dyn LedgerWriter>) -> Result<Self, StoreError> {
        // `enqueue` bounds it: a bounded channel allocates the whole queue at once, 9 MB.
        let (tasks, waiting) = mpsc::channel();
        let stats = Arc::<WriterStats>::default();
        let thread_stats = Arc::clone(&stats);
        let counts = Arc::<Mutex<Counts>>::default();
        let thread_counts = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write(engine, &RefCell::new(ledger), (&waiting, &thread_counts), &thread_stats))
            .map_err(|_| StoreError::ThreadGone)?;
        Ok(Self { tasks: Some(tasks), counts, thread: Some(thread), stats })
    }

    pub(super) fn stats(&self) -> &WriterStats {
        &self.stats
    }

    pub(super) fn record_page_view(&self, view: PageView) {
        self.count(|counts| counts.add_page_view(view));
    }

    pub(super) fn record_page_performance(&self, view: &MeasuredView) {
        self.count(|counts| counts.add_page_performance(view));
    }

    pub(super) fn record_finding(&self, finding: CountedFinding) {
        self.count(|counts| counts.add_finding(finding));
    }

    /// Counts in memory, unless too many counts wait there.
    fn count(&self, add: impl FnOnce(&mut Counts)) {
        let mut counts = lock(&self.counts);
        let is_first = counts.is_empty();
        if !counts.is_full() {
            add(&mut counts);
        }
        drop(counts);
        // A full queue has tasks whose transaction writes the counts too.
        if is_first && let Err(StoreError::ThreadGone) = self.enqueue(Task::Count) {
            tracing::error!("not counted: the writer thread is gone");
        }
    }

    /// Queues a job. Its caller gets the result after the commit. A job that has not started within
    /// `timeout` is dropped. `None`: no caller waits, so the job always runs.
    pub(super) fn run<T: Send + 'static>(
        &self,
        timeout: Option<Duration>,
        job: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (sender, reply) = oneshot::channel();
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        self.enqueue(Task::Run(Box::new(move |tx| {
            let result = if is_past(deadline) { Err(StoreError::Timeout) } else { job(tx) };
            let succeeded = result.is_ok();
            let reply = move |committed| {
                let result = if committed { result } else { result.and(Err(StoreError::NotCommitted)) };
                // The caller may have left.
                let _ = sender.send(result);
            };
            (succeeded, Box::new(reply))
        })))?;
        Ok(reply)
    }

    /// Queues a record. Its caller gets the id after the commit. A record that has not been started
    /// within `timeout` is not appended.
    pub(super) fn append(
        &self,
        timeout: Duration,
        record: EncodedRecord,
    ) -> Result<oneshot::Receiver<Result<Uuid, StoreError>>, StoreError> {
        let (sender, reply) = oneshot::channel();
        self.enqueue(Task::Append(record, sender, Instant::now() + timeout))?;
        Ok(reply)
    }

    /// Queues a WAL checkpoint after everything that is queued now.
    pub(super) fn checkpoint_wal(&self) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (sender, reply) = oneshot::channel();
        self.enqueue(Task::Checkpoint(sender))?;
        Ok(reply)
    }

    fn enqueue(&self, task: Task) -> Result<(), StoreError> {
        let tasks = self.tasks.as_ref().ok_or(StoreError::ThreadGone)?;
        // Counted before the thread can take it, so that the count never falls below zero.
        let queued = if self.stats.inc_queued() < MAX_QUEUED_TASKS {
            tasks.send(task).map_err(|_| StoreError::ThreadGone)
        } else {
            Err(StoreError::QueueFull)
        };
        queued.inspect_err(|_| self.stats.dec_queued())
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

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_past(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= Instant::now())
}

/// Writes until the queue is closed.
fn write(
    mut engine: impl Engine,
    ledger: &RefCell<Box<dyn LedgerWriter>>,
    (waiting, counts): (&Receiver<Task>, &Mutex<Counts>),
    stats: &WriterStats,
) {
    // Whether a checkpoint is still due, because readers blocked the last one.
    let mut is_checkpoint_due = false;
    // When the waiting counts get a transaction.
    let mut counts_due: Option<Instant> = None;
    let mut is_open = true;
    while is_open {
        let received = match counts_due {
            None => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => waiting.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        is_open = !matches!(received, Err(RecvTimeoutError::Disconnected));
        // On a single core, this lets other threads that are ready enqueue their tasks first: the
        // first task wakes this thread, which would otherwise commit that one alone.
        std::thread::yield_now();
        let tasks = received.ok().into_iter().chain(waiting.try_iter().take(MAX_BATCH_TASKS - 1));
        let mut batch = WriteBatch::from_tasks(tasks.inspect(|_| stats.dec_queued()));
        if batch.is_empty() && is_open && !is_past(counts_due) {
            counts_due.get_or_insert_with(|| Instant::now() + COUNTS_WAIT);
            continue;
        }
        batch.counts = mem::take(&mut *lock(counts));
        counts_due = None;
        if batch.is_empty() && batch.counts.is_empty() {
            continue;
        }
        let began = Instant::now();
        let committed = batch.write(&mut engine, ledger);
        let (callers, took) = (batch.callers, began.elapsed());
        stats.notify(&Commit { callers, took, is_committed: committed.is_ok() });
        if let Err(error) = &committed {
            tracing::error!(%error, callers = batch.callers, "commit failed");
            engine.roll_back();
        }
        ledger.borrow_mut().finish(committed.is_ok());
        batch.reply_all(committed.is_ok());
        is_checkpoint_due = is_checkpoint_due && engine.checkpoint_wal().is_err();
        for sender in batch.checkpoints {
            let checkpointed = engine.checkpoint_wal();
            is_checkpoint_due = checkpointed.is_err();
            let _ = sender.send(checkpointed);
        }
    }
}

/// The tasks of one transaction, taken from the queue before anything can fail, so that every
/// caller gets an answer.
#[derive(Default)]
struct WriteBatch {
    counts: Counts,
    records: Vec<(EncodedRecord, Instant)>,
    jobs: Vec<Job>,
    appended: Vec<(Appended, Result<Uuid, StoreError>)>,
    waiting: Vec<Appended>,
    replies: Vec<(WriteReply, bool)>,
    checkpoints: Vec<oneshot::Sender<Result<(), StoreError>>>,
    callers: usize,
}

impl WriteBatch {
    fn from_tasks(tasks: impl Iterator<Item = Task>) -> Self {
        let mut batch = Self::default();
        for task in tasks {
            match task {
                Task::Count => {}
                Task::Append(record, sender, deadline) => {
                    batch.records.push((record, deadline));
                    batch.waiting.push(sender);
                }
                Task::Run(job) => batch.jobs.push(job),
                Task::Checkpoint(sender) => batch.checkpoints.push(sender),
            }
        }
        batch.callers = batch.jobs.len() + batch.records.len();
        batch
    }

    /// Whether there is no task.
    fn is_empty(&self) -> bool {
        self.callers == 0 && self.checkpoints.is_empty()
    }

    /// Runs all tasks in one transaction: the counts, then all records, then all jobs. Each job
    /// has a savepoint of its own.
    fn write(&mut self, engine: &mut impl Engine, ledger: &RefCell<Box<dyn LedgerWriter>>) -> Result<(), StoreError> {
        engine.begin()?;
        self.counts.write(engine)?;
        for ((record, deadline), sender) in self.records.drain(..).zip(self.waiting.drain(..)) {
            let savepoint = ledger.borrow().savepoint();
            let tx = Tx::with_ledger(engine.connection()?, ledger);
            let appended = if is_past(Some(deadline)) { Err(StoreError::Timeout) } else { tx.append_encoded(record) };
            let failed = appended.is_err();
            self.appended.push((sender, appended));
            if failed {
                ledger.borrow_mut().rollback_to(savepoint);
                engine.step(Step::Check)?;
            }
        }
        for job in self.jobs.drain(..) {
            engine.step(Step::Savepoint)?;
            let savepoint = ledger.borrow().savepoint();
            let (succeeded, reply) = job(&Tx::with_ledger(engine.connection()?, ledger));
            // PostgreSQL aborts a savepoint at its first error, even if the job ignored that error.
            let succeeded = succeeded && engine.step(Step::Release).is_ok();
            self.replies.push((reply, succeeded));
            if !succeeded {
                ledger.borrow_mut().rollback_to(savepoint);
                engine.step(Step::Undo)?;
            }
        }
        ledger.borrow_mut().flush(&Tx::new(engine.connection()?))?;
        engine.step(Step::Commit)
    }

    /// Answers all callers: first those of records, then those of jobs.
    fn reply_all(&mut self, committed: bool) {
        for (sender, appended) in self.appended.drain(..) {
            let appended = if committed { appended } else { appended.and(Err(StoreError::NotCommitted)) };
            // The caller may have left.
            let _ = sender.send(appended);
        }
        for sender in self.waiting.drain(..) {
            let _ = sender.send(Err(StoreError::NotCommitted));
        }
        for (reply, succeeded) in self.replies.drain(..) {
            reply(committed && succeeded);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{
        domain::{
            analytics::{Country, Device, ViewedPage, Visit},
            web::page::Page,
        },
        store::Store,
    };

    #[tokio::test]
    async fn what_is_counted_is_there_after_a_restart() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        let view = PageView {
            day: date!(2026 - 11 - 22),
            page: ViewedPage::Own(Page::Policy),
            device: Device::Phone,
            country: Country::UNKNOWN,
            visit: Visit::First,
        };
        let store = Store::open_file(&file)?;
        for _ in 0..300 {
            store.record_page_view(view.clone());
        }
        drop(store);
        let store = Store::open_file(&file)?;
        let day = view.day;
        store.record_page_view(PageView { visit: Visit::Returning, ..view });
        store.flush().await?;
        let counts = store.read(move |tx| tx.page_views_since(day)).await?;
        let counts: Vec<_> = counts.into_iter().map(|c| (c.visit, c.count)).collect();
        assert_eq!(counts, [("first".to_owned(), 300), ("returning".to_owned(), 1)]);
        assert!(store.read(|tx| tx.page_views_since(date!(2026 - 11 - 23))).await?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn a_count_is_written_though_nobody_waits_for_it() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let store = Store::open_file(&folder.path().join("harmony.sqlite"))?;
        let day = date!(2026 - 11 - 22);
        let (device, country) = (Device::Phone, Country::UNKNOWN);
        store.record_page_view(PageView {
            day,
            page: ViewedPage::Own(Page::Policy),
            device,
            country,
            visit: Visit::First,
        });
        let written = async {
            while store.read(move |tx| tx.page_views_since(day)).await?.is_empty() {
                tokio::task::yield_now().await;
            }
            Ok::<_, StoreError>(())
        };
        tokio::time::timeout(Duration::from_secs(20), written).await??;
        Ok(())
    }

    #[tokio::test]
    async fn a_full_queue_rejects_tasks_until_the_thread_takes_some() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let store = Store::open_file(&folder.path().join("harmony.sqlite"))?;
        let (start, started) = oneshot::channel();
        let (end, ended) = mpsc::channel::<()>();
        let written = store.writer.run(None, move |_| {
            let _ = start.send(());
            let _ = ended.recv();
            Ok(())
        })?;
        started.await?;
        for _ in 0..MAX_QUEUED_TASKS {
            store.writer.enqueue(Task::Count)?;
        }
        assert!(matches!(store.writer.enqueue(Task::Count), Err(StoreError::QueueFull)));
        assert_eq!(store.queue_length(), MAX_QUEUED_TASKS);
        drop(end);
        let taken = async {
            while store.writer.enqueue(Task::Count).is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), taken).await?;
        written.await??;
        Ok(())
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        std::fs::write(&file, "this is no database, and long enough to be read as a header of one".repeat(20))?;
        assert!(matches!(Store::open_file(&file), Err(StoreError::Corrupt(_))));
        Ok(())
    }
}
