//! Exports the ledger as lines of JSON: for each chain its head and then its records, and then the
//! prompt snapshots.
//!
//! The line of a record is the text that its hash is computed from, so that anyone can verify the
//! file; `docs/records.md` explains how.

use std::io::{self, Write};

use serde::Serialize;

use super::{encoding, for_each_batch, json_ld};
use crate::{
    domain::ledger::{record::Record, statement::Statement},
    store::{Store, StoreError, Tx},
};

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerExportError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output cannot be written.
    #[error("it cannot be written: {0}")]
    Write(#[from] io::Error),
}

#[derive(Serialize)]
struct HeadLine<'h> {
    chain: &'h str,
    key: &'h str,
    records: u64,
    last_id: &'h str,
    last_hash: &'h str,
    pruned: u64,
    pruned_hash: &'h str,
    signature: &'h str,
}

#[derive(Serialize)]
struct TextLine<'t> {
    shown: &'t str,
    text: &'t str,
}

/// Writes all lines. Returns the number of records.
///
/// # Errors
/// [`LedgerExportError`] if the ledger cannot be read, or the lines cannot be written.
pub async fn export(store: &Store, to: impl Write + Send + 'static) -> Result<u64, LedgerExportError> {
    store.read_snapshot(move |tx| Ok(write(tx, to))).await?
}

/// Writes each record as a line of JSON-LD, with the statement about it. Nothing of it is signed or
/// hashed. Returns the number of records.
///
/// # Errors
/// As [`export`].
pub async fn export_json_ld(
    store: &Store,
    to: impl Write + Send + 'static,
    statement: impl Fn(&Record) -> Statement + Send + 'static,
) -> Result<u64, LedgerExportError> {
    store.read_snapshot(move |tx| Ok(write_json_ld(tx, to, statement))).await?
}

fn write_json_ld(
    tx: &Tx<'_>,
    mut to: impl Write,
    statement: impl Fn(&Record) -> Statement,
) -> Result<u64, LedgerExportError> {
    let mut records = 0;
    for head in tx.heads()? {
        for_each_batch(tx, &head.chain, |page| {
            for record in page.records.lines().filter_map(encoding::decode) {
                writeln!(to, "{}", json_ld::record(&record, &statement(&record)))?;
                records += 1;
            }
            Ok::<_, LedgerExportError>(())
        })?;
    }
    to.flush()?;
    Ok(records)
}

fn write(tx: &Tx<'_>, mut to: impl Write) -> Result<u64, LedgerExportError> {
    let mut records = 0;
    for head in tx.heads()? {
        let line = HeadLine {
            chain: &head.chain,
            key: &head.key,
            records: head.records,
            last_id: &head.last_id,
            last_hash: &head.last_hash,
            pruned: head.pruned,
            pruned_hash: &head.pruned_hash,
            signature: &head.signature,
        };
        writeln!(to, "{}", serde_json::to_string(&line).map_err(io::Error::other)?)?;
        for_each_batch(tx, &head.chain, |page| {
            writeln!(to, "{}", page.records)?;
            records += u64::try_from(page.records.lines().count()).unwrap_or(0);
            Ok::<_, LedgerExportError>(())
        })?;
    }
    for (shown, text) in tx.prompt_snapshots()? {
        let line = TextLine { shown: &shown, text: &text };
        writeln!(to, "{}", serde_json::to_string(&line).map_err(io::Error::other)?)?;
    }
    to.flush()?;
    Ok(records)
}
