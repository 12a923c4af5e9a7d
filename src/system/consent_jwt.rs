//! Signed statements for partner services: what one visitor decided, valid for five minutes.
//!
//! A token is a JWT (RFC 7519) signed with Ed25519 (RFC 8037) in the compact form of RFC 7515.
//! There is one algorithm and one header, so nothing is negotiated, and nothing here reads a token.
//! The key signs nothing else: a token is for other servers, and says nothing about records. It
//! contains no id of the visitor, so it does not distinguish visitors with equal choices.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::{
    domain::{Timestamp, cookies::purpose::PerPurpose, policy::version::Version, web::origin::Origin},
    system::digest::sha256,
};

/// The number of bytes in a secret key.
pub const SECRET_BYTES: usize = 32;

/// How long a token is valid, in seconds: long enough for the page that requested it, and too short
/// to be worth storing.
pub(crate) const LIFETIME_SECONDS: u64 = 300;

/// What kind of token it is, so that it is taken for no other (RFC 8725, 3.11).
const KIND: &str = "harmony-consent+jwt";

/// What is stated.
#[derive(Clone, Debug)]
pub(crate) struct ConsentStatement<'s> {
    /// The origin of the site that states it.
    pub issuer: &'s str,
    /// The origin of the service that it is for.
    pub audience: &'s Origin,
    /// When.
    pub at: Timestamp,
    /// The edition on which the visitor last chose.
    pub edition: Version,
    /// Whether each purpose is granted.
    pub choices: PerPurpose<bool>,
}

/// What signs tokens. The secret is never shown.
pub struct ConsentTokenSigner {
    secret: SigningKey,
    id: String,
}

impl ConsentTokenSigner {
    /// Signs with these secret bytes.
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        let secret = SigningKey::from_bytes(secret);
        // RFC 7638: the fields that the key needs, in this order and without a space.
        let canonical = json!({ "crv": "Ed25519", "kty": "OKP", "x": public(&secret) }).to_string();
        Self { id: URL_SAFE_NO_PAD.encode(sha256(canonical)), secret }
    }

    /// The token of a statement.
    pub(crate) fn sign(&self, statement: &ConsentStatement<'_>) -> String {
        let header = json!({ "alg": "EdDSA", "typ": KIND, "kid": self.id });
        let claims = json!({
            "iss": statement.issuer,
            "aud": statement.audience,
            "iat": statement.at.0,
            "exp": statement.at.plus_seconds(LIFETIME_SECONDS).0,
            "edition": statement.edition,
            "choices": statement.choices,
        });
        let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = self.secret.sign(signed.as_bytes()).to_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key as a set of keys (RFC 7517, 5), which a verifier fetches.
    pub(crate) fn keys(&self) -> Value {
        let x = public(&self.secret);
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": x }] })
    }
}

/// The public half of a key.
fn public(secret: &SigningKey) -> String {
    URL_SAFE_NO_PAD.encode(secret.verifying_key().as_bytes())
}

impl fmt::Debug for ConsentTokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::digest::unhex;

    #[test]
    fn a_key_has_the_name_that_the_standard_gives_it() {
        // RFC 8037, A.1 to A.3.
        let secret = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let tokens = secret.map(|secret| ConsentTokenSigner::new(&secret));
        let keys = tokens.as_ref().map(ConsentTokenSigner::keys).unwrap_or_default();
        assert_eq!(keys["keys"][0]["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(keys["keys"][0]["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(format!("{tokens:?}"), "Some(Tokens(kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k))");
    }
}
