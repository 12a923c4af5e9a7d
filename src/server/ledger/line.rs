//! A record as one line of JSON: the bytes that are hashed, signed, stored and exported.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    model::record::{Draft, Record},
    server::store::{StoreError, Unchained},
};

/// What the first record of a chain is chained to.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The line of a record.
pub(super) fn write(record: &Record) -> Result<String, serde_json::Error> {
    serde_json::to_string(record)
}

/// The record of a line, if it is one.
pub(super) fn read(line: &str) -> Option<Record> {
    serde_json::from_str(line).ok()
}

/// Writes a record down but for its place: with no id and no hash, and cut where they will stand.
pub(super) fn write_down(draft: Draft) -> Result<Unchained, StoreError> {
    let (at, subject, shown) = (draft.decision.made_at, draft.subject, Arc::clone(&draft.shown));
    let unwritable = || StoreError::Unknown("a record that cannot be written".into());
    let line = write(&Record::new(draft, Uuid::nil(), String::new())).map_err(|_| unwritable())?;
    // Both stand in the header, before anything that could look like them.
    let nil = Uuid::nil().to_string();
    let (before, rest) = line.split_once(&nil).ok_or_else(unwritable)?;
    let (between, behind) = rest.split_once("\"previous\":\"\"").ok_or_else(unwritable)?;
    let parts = [before.to_owned(), format!("{between}\"previous\":\""), format!("\"{behind}")];
    Ok(Unchained { at, subject, shown, parts })
}

/// The line of a record that was written down, in its place.
pub(super) fn chain(parts: &[String; 3], id: Uuid, previous: &str) -> String {
    let [before, between, behind] = parts;
    let mut line = String::with_capacity(before.len() + 36 + between.len() + previous.len() + behind.len());
    line.push_str(before);
    line.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    line.push_str(between);
    line.push_str(previous);
    line.push_str(behind);
    line
}

#[cfg(test)]
mod tests {
    use super::{super::tests::draft, *};
    use crate::server::digest::sha256_hex;

    #[test]
    fn a_record_that_is_written_down_and_then_chained_is_the_record_in_its_place()
    -> Result<(), Box<dyn std::error::Error>> {
        for subject in [Uuid::nil(), Uuid::from_u128(7), Uuid::max()] {
            for replaces in [None, Some(Uuid::nil()), Some(Uuid::max())] {
                let (id, previous) = (Uuid::from_u128(0x0123_4567), sha256_hex("x"));
                let draft = Draft { subject, replaces, ..draft(1_795_348_800) };
                let written = write_down(draft.clone())?;
                assert_eq!(chain(&written.parts, id, &previous), write(&Record::new(draft, id, previous))?);
            }
        }
        Ok(())
    }
}
