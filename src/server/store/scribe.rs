//! What the writing thread calls to write the ledger. The ledger itself is a room above this one.

use std::fmt;

use uuid::Uuid;

use super::{StoreError, Tables};
use crate::model::{Timestamp, record::Draft};

/// Chains records within the transaction in which they are written.
pub(crate) trait Scribe: Send + fmt::Debug {
    /// Chains a record to the one before it. Returns its id.
    fn append(&mut self, tables: &Tables<'_>, draft: Draft) -> Result<Uuid, StoreError>;

    /// Removes some of the oldest pages whose records are all older than that. Returns how many pages.
    fn prune(&mut self, tables: &Tables<'_>, before: Timestamp) -> Result<usize, StoreError>;

    /// How many records were appended in this transaction so far.
    fn written(&self) -> usize;

    /// Takes back what was appended behind so many records.
    fn cut(&mut self, written: usize);

    /// Writes what was appended.
    fn close(&mut self, tables: &Tables<'_>) -> Result<(), StoreError>;

    /// Is told how the transaction ended.
    fn end(&mut self, committed: bool);
}

/// Where only other tables are written, as by a command of the operator.
#[derive(Debug)]
pub(super) struct NoScribe;

impl Scribe for NoScribe {
    fn append(&mut self, _: &Tables<'_>, _: Draft) -> Result<Uuid, StoreError> {
        Err(StoreError::NoLedger)
    }

    fn prune(&mut self, _: &Tables<'_>, _: Timestamp) -> Result<usize, StoreError> {
        Err(StoreError::NoLedger)
    }

    fn written(&self) -> usize {
        0
    }

    fn cut(&mut self, _: usize) {}

    fn close(&mut self, _: &Tables<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn end(&mut self, _: bool) {}
}
