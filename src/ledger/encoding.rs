//! A record as one line of JSON: the bytes that are hashed, signed, stored and exported.

use std::ops::Range;

use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    domain::ledger::{
        choice::CountedChoice,
        record::{NewRecord, Record, SCHEMA},
    },
    store::{EncodedRecord, StoreError},
};

/// The previous hash of the first record of a chain.
pub(super) const GENESIS_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The position of the id in a line.
const ID: Range<usize> = {
    let from = r#"{"header":{"schema":""#.len() + SCHEMA.len() + r#"","id":""#.len();
    from..from + Hyphenated::LENGTH
};

/// The position of the previous hash in a line.
const PREVIOUS: Range<usize> = {
    let from = ID.end + r#"","subject":""#.len() + Hyphenated::LENGTH + r#"","previous":""#.len();
    from..from + GENESIS_HASH.len()
};

/// The initial capacity, enough for nearly every line.
const LINE_CAPACITY: usize = 1_536;

pub(super) fn encode(record: &Record) -> Result<String, serde_json::Error> {
    let mut line = Vec::with_capacity(LINE_CAPACITY);
    serde_json::to_writer(&mut line, record)?;
    String::from_utf8(line).map_err(serde::ser::Error::custom)
}

pub(super) fn decode(line: &str) -> Option<Record> {
    serde_json::from_str(line).ok()
}

/// Encodes a record with placeholders for the id and the previous hash.
pub(super) fn encode_unlinked(draft: NewRecord) -> Result<EncodedRecord, StoreError> {
    let (decided_at, subject, shown) = (draft.decision.decided_at, draft.subject, draft.shown.clone());
    let choice = CountedChoice::from(&draft);
    let line = encode(&Record::new(draft, Uuid::nil(), GENESIS_HASH.into())).map_err(|_| not_encodable())?;
    Ok(EncodedRecord { decided_at, subject, shown, choice, line })
}

/// Fills in the placeholders of an encoded record and appends it to `lines`. Returns the index of
/// its first byte.
pub(super) fn link(lines: &mut String, encoded: &str, id: Uuid, previous: &str) -> Result<usize, StoreError> {
    let part = |range: Range<usize>| encoded.get(range).ok_or_else(not_encodable);
    let (before, between, behind) =
        (part(0..ID.start)?, part(ID.end..PREVIOUS.start)?, part(PREVIOUS.end..encoded.len())?);
    if !lines.is_empty() {
        lines.push('\n');
    }
    let begin = lines.len();
    for part in [before, id.hyphenated().encode_lower(&mut Uuid::encode_buffer()), between, previous, behind] {
        lines.push_str(part);
    }
    Ok(begin)
}

fn not_encodable() -> StoreError {
    StoreError::Unknown("a record that cannot be encoded".into())
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
                let (encoded, mut lines) = (encode_unlinked(draft.clone())?, "before".to_owned());
                assert_eq!(link(&mut lines, &encoded.line, id, &previous)?, "before\n".len());
                assert_eq!(lines, format!("before\n{}", encode(&Record::new(draft, id, previous))?));
            }
        }
        Ok(())
    }
}
