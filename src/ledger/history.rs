//! The records of one browser or of one account, newest first.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Ledger, find, key::TrustedKeys, records_of_batches_with};
use crate::{
    domain::ledger::{
        receipt::{Issue, Receipt},
        record::{Record, RecordRef},
    },
    store::{Store, StoreError, Tx},
};

/// The maximum number of records on the history page.
pub(crate) const MAX_HISTORY_RECORDS: usize = 50;

/// Records, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordHistory {
    /// The newest records, up to the limit.
    pub records: Vec<Record>,
    /// Whether there are older records.
    pub has_more: bool,
}

/// The owner of the requested records.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordOwner {
    /// The reference to the last record of the browser.
    pub filed: Option<RecordRef>,
    /// The id of the account that is signed in.
    pub account: Option<String>,
    /// The record of a decision that was just made, which no cookie references.
    pub record: Option<Uuid>,
}

impl Ledger {
    /// The records of a browser, up to `limit`: each names the one that it replaced.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) fn of_browser(&self, tx: &Tx<'_>, filed: RecordRef, limit: usize) -> Result<RecordHistory, StoreError> {
        let is_own = |record: &Record| record.header.subject == filed.subject;
        let (heads, mut history) = (self.trusted.heads(tx)?, RecordHistory::default());
        let mut next = find(tx, &heads, filed.record)?.map(|(_, record)| record).filter(is_own);
        while let Some(record) = next.take() {
            if history.records.len() == limit {
                history.has_more = true;
                break;
            }
            if let Some(before) = record.event.replaces {
                next = find(tx, &heads, before)?.map(|(_, before)| before).filter(is_own);
            }
            history.records.push(record);
        }
        Ok(history)
    }

    /// The records of the browser, and those of the account if one is signed in.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) async fn histories(
        &self,
        store: &Store,
        owner: RecordOwner,
    ) -> Result<(RecordHistory, Option<RecordHistory>), StoreError> {
        let ledger = self.clone();
        let read = move |tx: &Tx<'_>| {
            let limit = MAX_HISTORY_RECORDS;
            let browser = owner.filed.map(|filed| ledger.of_browser(tx, filed, limit)).transpose()?;
            let account = owner.account.map(|account| of_account(tx, &ledger.trusted, &account, limit)).transpose()?;
            Ok((browser.unwrap_or_default(), account))
        };
        store.read_snapshot_with_timeout(read).await
    }

    /// Issues the receipt of a record, if the record belongs to the browser or the account of the
    /// owner.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) async fn issue_receipt(
        &self,
        store: &Store,
        owner: RecordOwner,
        record: Uuid,
        issue: impl FnOnce(&Record) -> Issue + Send + 'static,
    ) -> Result<Option<Receipt>, StoreError> {
        let ledger = self.clone();
        let read = move |tx: &Tx<'_>| {
            let is_owner = |record: &Record| {
                let is_named = owner.record == Some(record.header.id);
                if is_named || owner.filed.is_some_and(|filed| filed.subject == record.header.subject) {
                    return Ok(true);
                }
                let Some(account) = owner.account else { return Ok(false) };
                let id = record.header.id.to_string();
                tx.is_record_of(&account, &id)
            };
            ledger.receipt(tx, record, is_owner, issue)
        };
        store.read_snapshot_with_timeout(read).await
    }
}

/// The records of an account, up to `limit`. Records of one batch are read together.
fn of_account(tx: &Tx<'_>, trusted: &TrustedKeys, account: &str, limit: usize) -> Result<RecordHistory, StoreError> {
    let (heads, mut history) = (trusted.heads(tx)?, RecordHistory::default());
    let mut of_batch = HashMap::new();
    let more = u32::try_from(limit.saturating_add(1)).unwrap_or(u32::MAX);
    for (number, id) in tx.record_ids_of(account, more)?.iter().enumerate() {
        if number == limit {
            history.has_more = true;
            break;
        }
        if !of_batch.contains_key(id) {
            of_batch = records_of_batches_with(tx, &heads, id)?;
        }
        history.records.extend(of_batch.remove(id));
    }
    Ok(history)
}

/// All records of an account.
///
/// # Errors
/// [`StoreError`] if the ledger cannot be read.
pub(crate) fn all_records_of(tx: &Tx<'_>, trusted: &TrustedKeys, account: &str) -> Result<Vec<Record>, StoreError> {
    of_account(tx, trusted, account, usize::MAX).map(|history| history.records)
}
