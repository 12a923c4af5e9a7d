//! Whether the store can be written just now, found out by writing.

use std::time::{Duration, Instant};

use tokio::{sync::Mutex, time::timeout};

use super::{Store, StoreError, Tx, values::values};

/// How long whoever asks waits for a try to end.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// How long a try counts: whoever asks more often makes the disk do nothing.
const COUNTS: Duration = Duration::from_secs(1);

/// The last try: when it began, and whether it succeeded.
#[derive(Debug, Default)]
pub(super) struct Probe(Mutex<Option<(Instant, bool)>>);

impl Probe {
    /// Tries it, or tells what a try of this second found.
    pub(super) async fn is_ready(&self, store: &Store) -> bool {
        let tried = async {
            let mut last = self.0.lock().await;
            if let Some((_, is_ready)) = last.filter(|(began, _)| began.elapsed() < COUNTS) {
                return is_ready;
            }
            let began = Instant::now();
            let written = store.write(try_to_write).await;
            if let Err(error) = &written {
                tracing::warn!(%error, "not ready: the database is not writable");
            }
            *last = Some((began, written.is_ok()));
            written.is_ok()
        };
        timeout(PATIENCE, tried).await.unwrap_or(false)
    }
}

/// Writes something and removes it again, so that the commit has something to put on the disk.
fn try_to_write(tables: &Tx<'_>) -> Result<(), StoreError> {
    tables.execute("DELETE FROM prompt_snapshots WHERE hash = ?1", &values![""])?;
    tables.execute("INSERT INTO prompt_snapshots (hash, text) VALUES (?1, ?2)", &values!["", ""])?;
    tables.execute("DELETE FROM prompt_snapshots WHERE hash = ?1", &values![""]).map(drop)
}
