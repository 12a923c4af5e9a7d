//! The records of one browser or of one account, the newest first.

use uuid::Uuid;

use super::{Ledger, find};
use crate::{
    model::record::{Filed, Record},
    server::store::{StoreError, Tables},
};

/// The most records that are shown at once.
const MOST: usize = 50;

impl Ledger {
    /// This browser's records: each leads to the one that it replaced.
    pub(crate) fn of_browser(tables: &Tables<'_>, filed: Filed) -> Result<Vec<Record>, StoreError> {
        let mut history = Vec::new();
        let mut next = Some(filed.record);
        while let Some(id) = next.take().filter(|_| history.len() < MOST) {
            let Some((_, record)) = find(tables, id)? else { break };
            if record.header.subject != filed.subject {
                break;
            }
            // Of the two that it may replace, the other is the account's and has another subject.
            for id in &record.event.replaces {
                if find(tables, *id)?.is_some_and(|(_, before)| before.header.subject == filed.subject) {
                    next = Some(*id);
                }
            }
            history.push(record);
        }
        Ok(history)
    }

    /// The records that were made while signed in to an account.
    pub(crate) fn of_account(tables: &Tables<'_>, account: &str) -> Result<Vec<Record>, StoreError> {
        let mut history = Vec::new();
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        for id in tables.records_of(account, most)? {
            let found = id.parse::<Uuid>().ok().map(|id| find(tables, id)).transpose()?.flatten();
            history.extend(found.map(|(_, record)| record));
        }
        Ok(history)
    }
}
