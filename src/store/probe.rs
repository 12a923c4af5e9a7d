//! The readiness probe: whether the database can be written now, found out by a test write.

use std::time::{Duration, Instant};

use tokio::{sync::Mutex, time::timeout};

use super::{Store, StoreError, Tx, values::values};

/// How long a caller waits for a probe.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1_800);

/// How long a result is reused, so that frequent callers do not make the disk busy.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// When the last probe began, and whether it succeeded.
#[derive(Debug, Default)]
pub(super) struct Probe(Mutex<Option<(Instant, bool)>>);

impl Probe {
    /// Probes the database, or returns the result of a probe within [`PROBE_INTERVAL`].
    pub(super) async fn is_ready(&self, store: &Store) -> bool {
        let probed = async {
            let mut last = self.0.lock().await;
            if let Some((_, is_ready)) = last.filter(|(began, _)| began.elapsed() < PROBE_INTERVAL) {
                return is_ready;
            }
            let began = Instant::now();
            let written = store.write(write_and_delete).await;
            if let Err(error) = &written {
                tracing::warn!(%error, "not ready: the database is not writable");
            }
            *last = Some((began, written.is_ok()));
            written.is_ok()
        };
        timeout(PROBE_TIMEOUT, probed).await.unwrap_or(false)
    }
}

/// Writes a row and deletes it again, so that the commit writes to the disk.
fn write_and_delete(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM prompt_snapshots WHERE hash = ?1", &values![""])?;
    tx.execute("INSERT INTO prompt_snapshots (hash, text) VALUES (?1, ?2)", &values!["", ""])?;
    tx.execute("DELETE FROM prompt_snapshots WHERE hash = ?1", &values![""]).map(drop)
}
