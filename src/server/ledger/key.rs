//! The key that signs heads and receipts (Ed25519, RFC 8032), and names the chain that is signed with it.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::line::NOTHING;
use crate::server::{
    digest::{hex, sha256, unhex},
    store::Head,
};

/// The number of bytes in a secret key.
pub const SECRET_BYTES: usize = 32;

/// The form of what is signed as a head.
const HEAD: &str = "harmony-head/1";

/// A secret key. It is never shown.
pub struct Key {
    secret: SigningKey,
    public: String,
    chain: String,
}

impl Key {
    /// The key with these secret bytes.
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        let secret = SigningKey::from_bytes(secret);
        let public = hex(secret.verifying_key().as_bytes());
        let chain = chain_of(secret.verifying_key().as_bytes());
        Self { secret, public, chain }
    }

    /// The public half, as 64 hexadecimal digits.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The name of the chain that is signed with it.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// The signature of a text, as 128 hexadecimal digits.
    pub(super) fn sign(&self, text: &str) -> String {
        hex(&self.secret.sign(text.as_bytes()).to_bytes())
    }

    /// The head with its signature.
    pub(super) fn sign_head(&self, head: Head) -> Head {
        let signature = self.sign(&head_text(&head));
        Head { signature, ..head }
    }

    /// The head of the chain before its first record.
    pub(super) fn first_head(&self) -> Head {
        self.sign_head(Head {
            chain: self.chain.clone(),
            key: self.public.clone(),
            records: 0,
            last_id: String::new(),
            last_hash: NOTHING.into(),
            pruned: 0,
            pruned_hash: NOTHING.into(),
            signature: String::new(),
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public)
    }
}

/// The name of the chain of a public key: the first 16 hexadecimal digits of its SHA-256.
fn chain_of(public: &[u8]) -> String {
    hex(&sha256(public)[..8])
}

/// What is signed of a head.
fn head_text(head: &Head) -> String {
    let Head { chain, key: _, records, last_id, last_hash, pruned, pruned_hash, signature: _ } = head;
    format!("{HEAD}\n{chain}\n{records}\n{last_id}\n{last_hash}\n{pruned}\n{pruned_hash}\n")
}

/// Whether the chain is the key's, and the head is signed with it.
pub(super) fn is_signed(head: &Head) -> bool {
    is_of(&head.chain, &head.key) && verifies(&head.key, &head_text(head), &head.signature)
}

/// Whether that is the name of that public key's chain.
pub(super) fn is_of(chain: &str, public: &str) -> bool {
    unhex::<32>(public).is_some_and(|public| chain_of(&public) == chain)
}

/// Whether a signature of a text was made with the secret half of that public key.
pub(super) fn verifies(public: &str, text: &str, signature: &str) -> bool {
    let key = unhex(public).and_then(|public| VerifyingKey::from_bytes(&public).ok());
    let signature = unhex(signature).map(|bytes| Signature::from_bytes(&bytes));
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(text.as_bytes(), &signature).is_ok())
}
