//! A record as one line of JSON: the bytes that are hashed, signed, stored and exported.

use crate::model::record::Record;

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
