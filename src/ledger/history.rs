//! The records of one browser or of one account, the newest first.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Ledger, find, key::TrustedKeys, records_beside};
use crate::{
    app::AppState,
    domain::ledger::{
        receipt::Receipt,
        record::{Record, RecordRef},
    },
    store::{StoreError, Tx},
};

/// The most records that are shown at once.
pub(crate) const MOST: usize = 50;

/// Records, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordHistory {
    /// The newest of them, as many as were asked for at most.
    pub records: Vec<Record>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// Whoever asks for their records.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordOwner {
    /// Where the last decision of their browser is filed.
    pub filed: Option<RecordRef>,
    /// The id of the account that they are signed in to.
    pub account: Option<String>,
    /// The record of a decision that they have just made, and to which no cookie leads.
    pub record: Option<Uuid>,
}

impl Ledger {
    /// This browser's records: each leads to the one that it replaced.
    pub(super) fn of_browser(&self, tables: &Tx<'_>, filed: RecordRef) -> Result<RecordHistory, StoreError> {
        let is_own = |record: &Record| record.header.subject == filed.subject;
        let (heads, mut history) = (self.trusted.heads(tables)?, RecordHistory::default());
        let mut next = find(tables, &heads, filed.record)?.map(|(_, record)| record).filter(is_own);
        while let Some(record) = next.take() {
            if history.records.len() == MOST {
                history.has_more = true;
                break;
            }
            if let Some(before) = record.event.replaces {
                next = find(tables, &heads, before)?.map(|(_, before)| before).filter(is_own);
            }
            history.records.push(record);
        }
        Ok(history)
    }

    /// What the history of somebody's choices shows: their browser's, and their account's if they are signed in.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) async fn histories(
        site: &AppState,
        asker: RecordOwner,
    ) -> Result<(RecordHistory, Option<RecordHistory>), StoreError> {
        let ledger = site.ledger.clone();
        let read = move |tables: &Tx<'_>| {
            let browser = asker.filed.map(|filed| ledger.of_browser(tables, filed)).transpose()?;
            let account =
                asker.account.map(|account| of_account(tables, &ledger.trusted, &account, MOST)).transpose()?;
            Ok((browser.unwrap_or_default(), account))
        };
        site.store.read_snapshot_with_timeout(read).await
    }

    /// The receipt of a record, if it is about the browser of whoever asks, or was made while signed in to their account.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) async fn hand_out(
        site: &AppState,
        asker: RecordOwner,
        record: Uuid,
    ) -> Result<Option<Receipt>, StoreError> {
        let ledger = site.ledger.clone();
        let read = move |tables: &Tx<'_>| {
            ledger.receipt(tables, record, |record| {
                let is_named = asker.record == Some(record.header.id);
                if is_named || asker.filed.is_some_and(|filed| filed.subject == record.header.subject) {
                    return Ok(true);
                }
                let Some(account) = asker.account else { return Ok(false) };
                let id = record.header.id.to_string();
                tables.is_record_of(&account, &id)
            })
        };
        site.store.read_snapshot_with_timeout(read).await
    }
}

/// The records that were made while signed in to an account, `most` at most. Those of one page are read together.
fn of_account(tables: &Tx<'_>, trusted: &TrustedKeys, account: &str, most: usize) -> Result<RecordHistory, StoreError> {
    let (heads, mut history) = (trusted.heads(tables)?, RecordHistory::default());
    let mut of_page = HashMap::new();
    let more = u32::try_from(most.saturating_add(1)).unwrap_or(u32::MAX);
    for (number, id) in tables.record_ids_of(account, more)?.iter().enumerate() {
        if number == most {
            history.has_more = true;
            break;
        }
        if !of_page.contains_key(id) {
            of_page = records_beside(tables, &heads, id)?;
        }
        history.records.extend(of_page.remove(id));
    }
    Ok(history)
}

/// Every record that was made while signed in to an account.
///
/// # Errors
/// [`StoreError`] if the ledger cannot be read.
pub(crate) fn everything_of(tables: &Tx<'_>, trusted: &TrustedKeys, account: &str) -> Result<Vec<Record>, StoreError> {
    of_account(tables, trusted, account, usize::MAX).map(|history| history.records)
}
