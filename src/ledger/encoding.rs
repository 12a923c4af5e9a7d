//! A record as one line of JSON: the bytes that are hashed, signed, stored and exported.

use std::ops::Range;

use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    domain::ledger::record::{NewRecord, Record, SCHEMA},
    store::{EncodedRecord, StoreError},
};

/// What the first record of a chain is chained to.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where the id of a record stands in its line.
const ID: Range<usize> = {
    let from = r#"{"header":{"schema":""#.len() + SCHEMA.len() + r#"","id":""#.len();
    from..from + Hyphenated::LENGTH
};

/// Where the hash of the record before it stands.
const PREVIOUS: Range<usize> = {
    let from = ID.end + r#"","subject":""#.len() + Hyphenated::LENGTH + r#"","previous":""#.len();
    from..from + NOTHING.len()
};

/// The bytes that nearly every line has room in, so that it is not moved while it is written.
const ROOM: usize = 1_536;

/// The line of a record.
pub(super) fn write(record: &Record) -> Result<String, serde_json::Error> {
    let mut line = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut line, record)?;
    String::from_utf8(line).map_err(serde::ser::Error::custom)
}

/// The record of a line, if it is one.
pub(super) fn read(line: &str) -> Option<Record> {
    serde_json::from_str(line).ok()
}

/// Writes a record down but for its place: with no id, and chained to nothing.
pub(super) fn write_down(draft: NewRecord) -> Result<EncodedRecord, StoreError> {
    let (at, subject, shown) = (draft.decision.decided_at, draft.subject, draft.shown.clone());
    let line = write(&Record::new(draft, Uuid::nil(), NOTHING.into())).map_err(|_| unwritable())?;
    Ok(EncodedRecord { at, subject, shown, line })
}

/// Adds the line of a record that was written down, in its place, below others. Returns where it begins.
pub(super) fn chain(lines: &mut String, written: &str, id: Uuid, previous: &str) -> Result<usize, StoreError> {
    let part = |range: Range<usize>| written.get(range).ok_or_else(unwritable);
    let (before, between, behind) =
        (part(0..ID.start)?, part(ID.end..PREVIOUS.start)?, part(PREVIOUS.end..written.len())?);
    if !lines.is_empty() {
        lines.push('\n');
    }
    let begin = lines.len();
    for part in [before, id.hyphenated().encode_lower(&mut Uuid::encode_buffer()), between, previous, behind] {
        lines.push_str(part);
    }
    Ok(begin)
}

fn unwritable() -> StoreError {
    StoreError::Unknown("a record that cannot be written".into())
}

#[cfg(test)]
mod tests {
    use super::{super::tests::draft, *};
    use crate::system::digest::sha256_hex;

    #[test]
    fn a_record_that_is_written_down_and_then_chained_is_the_record_in_its_place()
    -> Result<(), Box<dyn std::error::Error>> {
        for subject in [Uuid::nil(), Uuid::from_u128(7), Uuid::max()] {
            for replaces in [None, Some(Uuid::nil()), Some(Uuid::max())] {
                let (id, previous) = (Uuid::from_u128(0x0123_4567), sha256_hex("x"));
                let draft = NewRecord { subject, replaces, ..draft(1_795_348_800) };
                let (written, mut lines) = (write_down(draft.clone())?, "before".to_owned());
                assert_eq!(chain(&mut lines, &written.line, id, &previous)?, "before\n".len());
                assert_eq!(lines, format!("before\n{}", write(&Record::new(draft, id, previous))?));
            }
        }
        Ok(())
    }
}
