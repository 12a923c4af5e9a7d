//! The idempotency key of a form: a random value in a hidden field, which identifies one
//! submission.
//!
//! No cookie holds the key, and the key identifies no person.
//! [`crate::http::middleware::idempotency`] answers a repeated submission like the first.

use crate::system::rng::Rng;

/// The name of the hidden field.
pub(crate) const FIELD: &str = "key";

/// The placeholder of the key in a page that the server renders once for many visitors.
///
/// The placeholder is as long as a key.
pub(crate) const SLOT: &str = "Zq7Xv9Kj3Wy5Bm1Hg8Fd2PLsRtNcQxUe";

/// Generates a new key of 128 random bits.
pub(crate) fn generate(rng: &Rng) -> String {
    rng.token()
}

/// The key in the body of a form.
pub(crate) fn of(body: &[u8]) -> Option<&[u8]> {
    let key = body.split(|octet| *octet == b'&').find_map(|field| field.strip_prefix(b"key="))?;
    Some(key).filter(|key| key.len() == SLOT.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_as_long_as_its_slot_and_found_in_a_form() {
        let key = generate(&Rng::system());
        assert_eq!(key.len(), SLOT.len());
        let body = format!("answer=yes&key={key}&return_to=%2F");
        assert_eq!(of(body.as_bytes()), Some(key.as_bytes()));
        for body in ["", "key=", "key=short", "monkey=0123456789abcdef0123456789abcdef"] {
            assert_eq!(of(body.as_bytes()), None, "{body}");
        }
    }
}
