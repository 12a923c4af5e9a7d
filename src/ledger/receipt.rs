//! Signs the copy of a record that the person takes away, and judges one that is brought back.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Ledger, find, key, key::TrustedKeys};
use crate::{
    domain::ledger::{
        receipt::{Receipt, SCHEMA, Verdict},
        record::Record,
    },
    ledger::encoding,
    store::{LedgerBatch, Store, StoreError, Tx},
};

/// What is signed of a receipt.
fn signed_text(line: &str) -> String {
    format!("{SCHEMA}\n{line}\n")
}

impl Ledger {
    /// The receipt of a record, if it is kept and `is_theirs` says that it is for whoever asks.
    pub(crate) fn receipt(
        &self,
        tables: &Tx<'_>,
        record: Uuid,
        is_theirs: impl FnOnce(&Record) -> Result<bool, StoreError>,
    ) -> Result<Option<Receipt>, StoreError> {
        let Some((line, record)) = find(tables, &self.trusted.heads(tables)?, record)? else { return Ok(None) };
        if !is_theirs(&record)? {
            return Ok(None);
        }
        let signature = self.key.sign(&signed_text(&line));
        Ok(Some(Receipt { schema: SCHEMA.into(), key: self.key.public().into(), record, signature }))
    }

    /// What can be said of a text that may be a receipt, without the ledger: whether it is signed with a trusted key.
    ///
    /// # Errors
    /// The verdict, if it is not genuine.
    pub fn read(text: &str, trusted: &TrustedKeys) -> Result<Receipt, Verdict> {
        let receipt: Receipt = serde_json::from_str(text).map_err(|_| Verdict::Unreadable)?;
        let given: Value = serde_json::from_str(text).map_err(|_| Verdict::Unreadable)?;
        if receipt.schema != SCHEMA {
            return Err(Verdict::Unreadable);
        }
        if !trusted.contains(&receipt.key) {
            return Err(Verdict::Foreign);
        }
        // What is read could be written in other letters, such as an id in capitals; only as it was handed out it counts.
        if serde_json::to_value(&receipt).ok() != Some(given) {
            return Err(Verdict::Altered);
        }
        // Spaces and line breaks between the words do not count: the text is written anew before it is checked.
        let line = encoding::write(&receipt.record).map_err(|_| Verdict::Unreadable)?;
        let is_signed = key::verifies(&receipt.key, &signed_text(&line), &receipt.signature);
        if is_signed { Ok(receipt) } else { Err(Verdict::Altered) }
    }

    /// What can be said of a text that may be a receipt, and the record that it is of, if it is genuine.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) async fn verify(&self, store: &Store, text: String) -> Result<(Verdict, Option<Record>), StoreError> {
        let trusted = Arc::clone(&self.trusted);
        store.read_snapshot_with_timeout(move |tables| Self::judge(tables, &trusted, &text)).await
    }

    /// The same.
    pub(super) fn judge(
        tables: &Tx<'_>,
        trusted: &TrustedKeys,
        text: &str,
    ) -> Result<(Verdict, Option<Record>), StoreError> {
        let heads = trusted.heads(tables)?;
        let record = match Self::read(text, trusted) {
            Ok(receipt) => receipt.record,
            Err(verdict) => return Ok((verdict, None)),
        };
        let id = record.header.id;
        let verdict = match find(tables, &heads, id)? {
            Some((_, kept)) if kept == record => Verdict::Genuine,
            Some(_) => Verdict::Missing,
            None => {
                // Expired only if no chain holds anything so old any more: else it was cut out.
                let mut is_expired = heads.iter().any(|head| head.pruned > 0);
                for head in &heads {
                    let first = tables.batches_after(&head.chain, "", 1)?;
                    let begins_behind = |page: &LedgerBatch| id.to_string() < page.first_id;
                    is_expired &=
                        first.first().map_or(id.to_string() <= head.last_id || head.records == 0, begins_behind);
                }
                if is_expired { Verdict::Expired } else { Verdict::Missing }
            }
        };
        Ok((verdict, Some(record)))
    }
}
