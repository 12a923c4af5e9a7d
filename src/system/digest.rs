//! SHA-256 and hexadecimal encoding.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of bytes (FIPS 180-4).
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Returns the SHA-256 of a text as 64 hexadecimal digits.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&sha256(text))
}

/// Encodes bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.push(char::from(DIGITS[usize::from(byte >> 4)]));
        digits.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    digits
}

/// Decodes exactly `2 * N` lower-case hexadecimal digits.
pub(crate) fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hash_is_the_known_one() {
        // FIPS 180-4, the example "abc".
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn only_so_many_digits_in_lower_case_are_bytes() {
        assert_eq!(unhex("00ff"), Some([0, 255]));
        for bad in ["", "00f", "00fff", "00FF", "00fg", "+0ff", "0é"] {
            assert_eq!(unhex::<2>(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_survive_their_digits(bytes: [u8; 9]) {
            prop_assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        }
    }
}
