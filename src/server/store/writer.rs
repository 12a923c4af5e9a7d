//! The one thread that writes.

use std::{
    sync::mpsc::{self, Receiver, SyncSender, TrySendError},
    thread::JoinHandle,
};

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::StoreError;
use crate::model::insight::View;

/// The most that is written in one transaction.
const BATCH: usize = 256;

/// The most views that may wait. Beyond it they are dropped: a count is not worth slowing a reader.
const WAITING: usize = 65_536;

enum Task {
    Count(View),
    Flush(oneshot::Sender<()>),
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
        if let Some(tasks) = &self.tasks
            && let Err(TrySendError::Disconnected(_)) = tasks.try_send(Task::Count(view))
        {
            tracing::error!("a view was not counted: the database's thread is gone");
        }
    }

    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let (done, written) = oneshot::channel();
        let tasks = self.tasks.clone().ok_or(StoreError::Gone)?;
        tokio::task::spawn_blocking(move || tasks.send(Task::Flush(done)))
            .await
            .map_err(|_| StoreError::Gone)?
            .map_err(|_| StoreError::Gone)?;
        written.await.map_err(|_| StoreError::Gone)
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
        let batch: Vec<_> = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1)).collect();
        if let Err(error) = write_batch(&mut connection, &batch) {
            tracing::error!(%error, views = batch.len(), "views were not counted");
        }
        for task in batch {
            if let Task::Flush(done) = task {
                // Whoever asked may have left; that is theirs to know.
                let _ = done.send(());
            }
        }
    }
}

fn write_batch(connection: &mut Connection, batch: &[Task]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut count = transaction.prepare_cached(
            "INSERT INTO views (day, page, device, visit, views) VALUES ($1, $2, $3, $4, 1)
             ON CONFLICT (day, page, device, visit) DO UPDATE SET views = views.views + 1",
        )?;
        for task in batch {
            if let Task::Count(view) = task {
                count.execute(params![
                    view.day.to_string(),
                    view.page.to_string(),
                    view.device.name(),
                    view.visit.name()
                ])?;
            }
        }
    }
    transaction.commit()
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
        let counts: Vec<_> = store.views_since(view.day).await?.into_iter().map(|c| (c.visit, c.views)).collect();
        assert_eq!(counts, [("first".to_owned(), 300), ("returning".to_owned(), 1)]);
        assert!(store.views_since(date!(2026 - 11 - 23)).await?.is_empty());
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
