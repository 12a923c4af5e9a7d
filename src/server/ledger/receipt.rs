//! Signs the copy of a record that the person takes away, and judges one that is brought back.

use uuid::Uuid;

use super::{Ledger, find, key, line};
use crate::{
    model::{
        receipt::{FORM, Receipt, Verdict},
        record::Record,
    },
    server::store::{StoreError, Tables},
};

/// What is signed of a receipt.
fn signed_text(line: &str) -> String {
    format!("{FORM}\n{line}\n")
}

impl Ledger {
    /// The receipt of a record, if it is kept and `is_theirs` says that it is for whoever asks.
    pub(crate) fn receipt(
        &self,
        tables: &Tables<'_>,
        record: Uuid,
        is_theirs: impl FnOnce(&Record) -> Result<bool, StoreError>,
    ) -> Result<Option<Receipt>, StoreError> {
        let Some((line, record)) = find(tables, record)? else { return Ok(None) };
        if !is_theirs(&record)? {
            return Ok(None);
        }
        let signature = self.key.sign(&signed_text(&line));
        Ok(Some(Receipt { form: FORM.into(), key: self.key.public().into(), record, signature }))
    }

    /// What can be said of a text that may be a receipt, without the ledger: whether it is signed with one of these keys.
    ///
    /// # Errors
    /// The verdict, if it is not genuine.
    pub fn read(text: &str, keys: &[String]) -> Result<Receipt, Verdict> {
        let receipt: Receipt = serde_json::from_str(text).map_err(|_| Verdict::Unreadable)?;
        if receipt.form != FORM {
            return Err(Verdict::Unreadable);
        }
        if !keys.contains(&receipt.key) {
            return Err(Verdict::Foreign);
        }
        // Spaces and line breaks between the words do not count: the text is written anew before it is checked.
        let line = line::write(&receipt.record).map_err(|_| Verdict::Unreadable)?;
        let is_signed = key::verifies(&receipt.key, &signed_text(&line), &receipt.signature);
        if is_signed { Ok(receipt) } else { Err(Verdict::Altered) }
    }

    /// What can be said of a text that may be a receipt, and the record that it is of, if it is genuine.
    pub(crate) fn judge(&self, tables: &Tables<'_>, text: &str) -> Result<(Verdict, Option<Record>), StoreError> {
        let heads = tables.heads()?;
        let mut keys = vec![self.key.public().to_owned()];
        keys.extend(heads.iter().filter(|head| key::is_signed(head)).map(|head| head.key.clone()));
        let record = match Self::read(text, &keys) {
            Ok(receipt) => receipt.record,
            Err(verdict) => return Ok((verdict, None)),
        };
        let id = record.header.id;
        let verdict = match find(tables, id)? {
            Some((_, kept)) if kept == record => Verdict::Genuine,
            Some(_) => Verdict::Missing,
            None => {
                let mut is_expired = false;
                for head in heads.iter().filter(|head| head.pruned > 0) {
                    let first = tables.pages_behind(&head.chain, "", 1)?;
                    is_expired |= first.first().is_none_or(|page| id.to_string() < page.first_id);
                }
                if is_expired { Verdict::Expired } else { Verdict::Missing }
            }
        };
        Ok((verdict, Some(record)))
    }
}
