//! What a verification finds: the first alteration, and the checkpoints that it compares with.

use std::{borrow::Cow, fmt};

use uuid::Uuid;

use super::checkpoint::Checkpoint;
use crate::store::StoreError;

/// The first alteration that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tampered {
    /// The chain.
    pub chain: String,
    /// The position of the record, counted from 1 over all ever appended; `None` if the chain
    /// itself is affected.
    pub number: Option<u64>,
    /// The id of the record, if it can be read.
    pub id: Option<Uuid>,
    /// What was found.
    pub message: Cow<'static, str>,
}

impl fmt::Display for Tampered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chain {}", self.chain)?;
        if let Some(number) = self.number {
            write!(f, ", record {number}")?;
        }
        if let Some(id) = self.id {
            write!(f, " ({id})")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Tampered {
    pub(super) fn chain(chain: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { chain: chain.into(), number: None, id: None, message: message.into() }
    }
}

/// A checkpoint to compare a chain with.
#[derive(Clone, Debug)]
pub(super) struct KnownCheckpoint {
    pub checkpoint: Checkpoint,
    /// The day of its time stamp; `None` for a checkpoint from a witness.
    pub stamped_on: Option<String>,
}

impl fmt::Display for KnownCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stamped_on {
            Some(day) => write!(f, "the checkpoint with the time stamp of {day}"),
            None => f.write_str("the checkpoint"),
        }
    }
}

/// Why a verification ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum VerifyError {
    #[error("{0}")]
    Tampered(Tampered),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Tampered> for VerifyError {
    fn from(tampered: Tampered) -> Self {
        Self::Tampered(tampered)
    }
}
