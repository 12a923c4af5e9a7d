//! The interface through which the writer thread writes the ledger. The ledger, a higher layer,
//! implements it.

use std::{fmt, sync::Arc};

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::{
    Timestamp,
    ledger::{
        choice::CountedChoice,
        record::{NewRecord, RecordText},
    },
};

/// Encodes a record except for its id and the hash of the previous record.
pub(crate) type EncodeRecord = fn(NewRecord) -> Result<EncodedRecord, StoreError>;

/// An encoded record that is not linked yet: only the writer thread knows its id and the hash of
/// the previous record. The caller's thread encodes it, since all callers wait for the writer
/// thread. The writer thread itself encodes a record that a job appends (`tx`), as for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncodedRecord {
    pub decided_at: Timestamp,
    /// The random id of the browser that the record is about.
    pub subject: Uuid,
    /// The prompt snapshot, if the visitor's request named it.
    pub shown: Option<Arc<RecordText>>,
    /// What is counted of it.
    pub choice: CountedChoice,
    /// The JSON, with placeholders for the id and the previous hash.
    pub line: String,
}

/// A state of the ledger within a transaction, to roll back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LedgerSavepoint {
    /// The number of appended records.
    pub appended: usize,
    /// The number of prunings.
    pub prune_count: usize,
}

/// Links records to the chain within the transaction that stores them.
pub(crate) trait LedgerWriter: Send + fmt::Debug {
    /// Returns the function that encodes a record, which any thread can call.
    fn encoder(&self) -> EncodeRecord;

    /// Links a record to the previous one. Returns its id.
    fn append(&mut self, tx: &Tx<'_>, record: EncodedRecord) -> Result<Uuid, StoreError>;

    /// Deletes some of the oldest batches whose records are all older than `before`. No record was
    /// written after `latest`. Returns the number of batches.
    fn prune(&mut self, tx: &Tx<'_>, before: Timestamp, latest: Timestamp) -> Result<usize, StoreError>;

    /// The current state within the transaction.
    fn savepoint(&self) -> LedgerSavepoint;

    /// Undoes what happened after the savepoint.
    fn rollback_to(&mut self, savepoint: LedgerSavepoint);

    /// Stores the appended records.
    fn flush(&mut self, tx: &Tx<'_>) -> Result<(), StoreError>;

    /// Called after the end of the transaction.
    fn finish(&mut self, committed: bool);
}

/// The ledger of a process that writes other tables only, such as an operator's command.
#[derive(Debug)]
pub(super) struct NoopLedger;

impl LedgerWriter for NoopLedger {
    fn encoder(&self) -> EncodeRecord {
        |_| Err(StoreError::NoLedger)
    }

    fn append(&mut self, _: &Tx<'_>, _: EncodedRecord) -> Result<Uuid, StoreError> {
        Err(StoreError::NoLedger)
    }

    fn prune(&mut self, _: &Tx<'_>, _: Timestamp, _: Timestamp) -> Result<usize, StoreError> {
        Err(StoreError::NoLedger)
    }

    fn savepoint(&self) -> LedgerSavepoint {
        LedgerSavepoint::default()
    }

    fn rollback_to(&mut self, _: LedgerSavepoint) {}

    fn flush(&mut self, _: &Tx<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn finish(&mut self, _: bool) {}
}
