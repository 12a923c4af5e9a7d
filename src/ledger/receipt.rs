//! Issues and verifies receipts.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Ledger, find, key, key::TrustedKeys};
use crate::{
    domain::ledger::{
        receipt::{Issue, Receipt, SCHEMA, SCHEMA_1, Verdict},
        record::Record,
    },
    ledger::encoding,
    store::{LedgerBatch, Store, StoreError, Tx},
};

/// The signed text of a receipt: the format, the line of the record, and that of the issue. The
/// earlier format has no issue.
fn signed_text(line: &str, issue: Option<&Issue>) -> Result<String, serde_json::Error> {
    let Some(issue) = issue else { return Ok(format!("{SCHEMA_1}\n{line}\n")) };
    Ok(format!("{SCHEMA}\n{line}\n{}\n", serde_json::to_string(issue)?))
}

impl Ledger {
    /// Issues the receipt of a record, if the ledger contains it and `is_owner` permits it. `issue`
    /// adds what the receipt states beside the record.
    pub(crate) fn receipt(
        &self,
        tx: &Tx<'_>,
        record: Uuid,
        is_owner: impl FnOnce(&Record) -> Result<bool, StoreError>,
        issue: impl FnOnce(&Record) -> Issue,
    ) -> Result<Option<Receipt>, StoreError> {
        let Some((line, record)) = find(tx, &self.trusted.heads(tx)?, record)? else { return Ok(None) };
        if !is_owner(&record)? {
            return Ok(None);
        }
        let issue = Some(issue(&record));
        let text = signed_text(&line, issue.as_ref());
        let text = text.map_err(|_| StoreError::Unknown("a receipt that cannot be encoded".into()))?;
        let signature = self.key.sign(&text);
        Ok(Some(Receipt { schema: SCHEMA.into(), key: self.key.public().into(), record, issue, signature }))
    }

    /// Parses a receipt and verifies its signature. Does not look into the ledger.
    ///
    /// # Errors
    /// The verdict, if the receipt is not genuine.
    pub fn parse_receipt(text: &str, trusted: &TrustedKeys) -> Result<Receipt, Verdict> {
        let receipt: Receipt = serde_json::from_str(text).map_err(|_| Verdict::Unreadable)?;
        let given: Value = serde_json::from_str(text).map_err(|_| Verdict::Unreadable)?;
        if receipt.schema != if receipt.issue.is_some() { SCHEMA } else { SCHEMA_1 } {
            return Err(Verdict::Unreadable);
        }
        if !trusted.contains(&receipt.key) {
            return Err(Verdict::Foreign);
        }
        // Only the encoding that was issued counts: an id could also be written in capitals, for
        // example.
        if serde_json::to_value(&receipt).ok() != Some(given) {
            return Err(Verdict::Altered);
        }
        // White space does not count: the record is encoded again for the verification.
        let line = encoding::encode(&receipt.record).map_err(|_| Verdict::Unreadable)?;
        let text = signed_text(&line, receipt.issue.as_ref()).map_err(|_| Verdict::Unreadable)?;
        let is_signed = key::verifies(&receipt.key, &text, &receipt.signature);
        if is_signed { Ok(receipt) } else { Err(Verdict::Altered) }
    }

    /// Verifies a text that may be a receipt. Returns the record too, if the signature is valid.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) async fn verify(&self, store: &Store, text: String) -> Result<(Verdict, Option<Record>), StoreError> {
        let trusted = Arc::clone(&self.trusted);
        store.read_snapshot_with_timeout(move |tx| Self::verify_receipt(tx, &trusted, &text)).await
    }

    /// Verifies a receipt within a transaction.
    pub(super) fn verify_receipt(
        tx: &Tx<'_>,
        trusted: &TrustedKeys,
        text: &str,
    ) -> Result<(Verdict, Option<Record>), StoreError> {
        let heads = trusted.heads(tx)?;
        let record = match Self::parse_receipt(text, trusted) {
            Ok(receipt) => receipt.record,
            Err(verdict) => return Ok((verdict, None)),
        };
        let id = record.header.id;
        let verdict = match find(tx, &heads, id)? {
            Some((_, kept)) if kept == record => Verdict::Genuine,
            Some(_) => Verdict::Missing,
            None => {
                // A missing record has expired only if every chain was pruned beyond it. Otherwise
                // it was removed.
                let mut is_expired = heads.iter().any(|head| head.pruned > 0);
                for head in &heads {
                    let first = tx.batches_after(&head.chain, "", 1)?;
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
