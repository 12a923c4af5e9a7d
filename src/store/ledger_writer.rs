//! What the writing thread calls to write the ledger. The ledger itself is a room above this one.

use std::{fmt, sync::Arc};

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::{
    Timestamp,
    ledger::record::{NewRecord, RecordText},
};

/// Writes a record down but for its place.
pub(crate) type EncodeRecord = fn(NewRecord) -> Result<EncodedRecord, StoreError>;

/// A record that is written down but for its place, which the thread that writes alone can know: its id, and the hash of the
/// one before it. So that thread, which everybody waits for, has little to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncodedRecord {
    /// When it happened.
    pub at: Timestamp,
    /// Whom it is about.
    pub subject: Uuid,
    /// What was shown, if it is known.
    pub shown: Option<Arc<RecordText>>,
    /// Its line, in which both are still to be put in their places.
    pub line: String,
}

/// How much was done in a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LedgerSavepoint {
    /// How many records were appended.
    pub appended: usize,
    /// How often something was removed.
    pub prunings: usize,
}

/// Chains records within the transaction in which they are written.
pub(crate) trait LedgerWriter: Send + fmt::Debug {
    /// What writes a record down but for its place, in whichever thread it is asked for.
    fn pen(&self) -> EncodeRecord;

    /// Chains a record to the one before it. Returns its id.
    fn append(&mut self, tables: &Tx<'_>, record: EncodedRecord) -> Result<Uuid, StoreError>;

    /// Removes some of the oldest pages whose records are all older than that, where all was written by `latest`. Returns how many
    /// pages.
    fn prune(&mut self, tables: &Tx<'_>, before: Timestamp, latest: Timestamp) -> Result<usize, StoreError>;

    /// How much was done in this transaction so far.
    fn mark(&self) -> LedgerSavepoint;

    /// Takes back what was done behind a mark.
    fn cut(&mut self, mark: LedgerSavepoint);

    /// Writes what was appended.
    fn close(&mut self, tables: &Tx<'_>) -> Result<(), StoreError>;

    /// Is told how the transaction ended.
    fn end(&mut self, committed: bool);
}

/// Where only other tables are written, as by a command of the operator.
#[derive(Debug)]
pub(super) struct NoopLedger;

impl LedgerWriter for NoopLedger {
    fn pen(&self) -> EncodeRecord {
        |_| Err(StoreError::NoLedger)
    }

    fn append(&mut self, _: &Tx<'_>, _: EncodedRecord) -> Result<Uuid, StoreError> {
        Err(StoreError::NoLedger)
    }

    fn prune(&mut self, _: &Tx<'_>, _: Timestamp, _: Timestamp) -> Result<usize, StoreError> {
        Err(StoreError::NoLedger)
    }

    fn mark(&self) -> LedgerSavepoint {
        LedgerSavepoint::default()
    }

    fn cut(&mut self, _: LedgerSavepoint) {}

    fn close(&mut self, _: &Tx<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn end(&mut self, _: bool) {}
}
