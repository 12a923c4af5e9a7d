//! A record as one line of JSON: the bytes that are hashed, signed, stored and exported.

use sha2::{Digest, Sha256};

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

/// The SHA-256 of a line, as 64 hexadecimal digits.
pub(crate) fn hash(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes of so many hexadecimal digits, in lower case.
pub(super) fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_plain = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if !is_plain || digits.len() != N * 2 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
