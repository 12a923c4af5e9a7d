//! Signed cookie values: an HMAC-SHA256 before the value, which also covers the cookie's name.

use tower_cookies::{
    Key,
    cookie::{Cookie, CookieJar},
};

pub const KEY_BYTES: usize = 64;

/// Length of the Base64 HMAC of 32 bytes.
const MAC_LENGTH: usize = 44;

/// Signs cookie values, so that only the server can create or change one. `Debug` does not show the
/// key.
pub struct CookieSigner(Key);

impl CookieSigner {
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(Key::from(key))
    }

    /// Returns the value with its HMAC in front.
    pub fn sign(&self, name: &'static str, value: String) -> String {
        let bound = format!("{name}={value}");
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.0).add(Cookie::new(name, bound.clone()));
        let mac = jar.get(name).and_then(|cookie| cookie.value().strip_suffix(&bound)).unwrap_or_default();
        format!("{mac}{value}")
    }

    /// Returns a value in the form of an HMAC that only this key derives from `from`.
    pub fn derive(&self, name: &'static str, from: &str) -> String {
        let mut signed = self.sign(name, from.to_owned());
        signed.truncate(MAC_LENGTH);
        signed
    }

    /// Returns the value without its HMAC, if the HMAC is valid.
    pub fn verify(&self, name: &'static str, signed: &str) -> Option<String> {
        let (mac, value) = signed.split_at_checked(MAC_LENGTH)?;
        // The library signs the value alone. The name is put before the value, so that the HMAC
        // covers it.
        let cookie = Cookie::new(name, format!("{mac}{name}={value}"));
        CookieJar::new().signed(&self.0).verify(cookie).map(|_| value.to_owned())
    }
}

impl std::fmt::Debug for CookieSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CookieSigner")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_value_depends_on_key_name_and_text() {
        let signer = CookieSigner::new(&[7; KEY_BYTES]);
        let derived = signer.derive("a", "x");
        assert_eq!(derived.len(), MAC_LENGTH);
        assert_eq!(signer.derive("a", "x"), derived);
        assert_ne!(signer.derive("a", "y"), derived);
        assert_ne!(signer.derive("b", "x"), derived);
        assert_ne!(CookieSigner::new(&[8; KEY_BYTES]).derive("a", "x"), derived);
    }

    #[test]
    fn an_altered_value_does_not_verify() {
        let signer = CookieSigner::new(&[7; KEY_BYTES]);
        let value = signer.sign("a", "3~1.1~1000~banner~y1000~n".into());
        assert_eq!(signer.verify("a", &value).as_deref(), Some("3~1.1~1000~banner~y1000~n"));
        assert_eq!(signer.verify("b", &value), None, "bound to its name");
        assert_eq!(CookieSigner::new(&[8; KEY_BYTES]).verify("a", &value), None, "bound to its key");
        for byte in 0..value.len() {
            for bit in 0..8 {
                let mut altered = value.clone().into_bytes();
                altered[byte] ^= 1 << bit;
                if let Ok(altered) = String::from_utf8(altered) {
                    assert_eq!(signer.verify("a", &altered), None, "bit {bit} of byte {byte}");
                }
            }
        }
        for cut in 0..value.len() {
            assert_eq!(signer.verify("a", &value[..cut]), None, "cut at {cut}");
        }
    }
}
