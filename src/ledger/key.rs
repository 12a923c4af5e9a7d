//! The key that signs heads and receipts (Ed25519, RFC 8032), and the name of its chain.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::{
    ledger::encoding::GENESIS_HASH,
    store::{LedgerHead, StoreError, Tx},
    system::digest::{hex, sha256, unhex},
};

/// The length of a secret key.
pub const SECRET_BYTES: usize = 32;

pub(super) const SIGNATURE_BYTES: usize = 64;

/// The format of a signed head.
const HEAD: &str = "harmony-head/1";

/// A secret key. Its `Debug` output shows the public half only.
pub struct Key {
    secret: SigningKey,
    public: String,
    chain: String,
}

impl Key {
    /// Creates a key from its secret bytes.
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        let secret = SigningKey::from_bytes(secret);
        let public = hex(secret.verifying_key().as_bytes());
        let chain = chain_of(&public).unwrap_or_default();
        Self { secret, public, chain }
    }

    /// The public key, as 64 hexadecimal digits.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The name of the key's chain.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    pub(super) fn sign_bytes(&self, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.secret.sign(bytes).to_bytes()
    }

    /// Signs a text. Returns 128 hexadecimal digits.
    pub(super) fn sign(&self, text: &str) -> String {
        hex(&self.sign_bytes(text.as_bytes()))
    }

    /// Returns the head with its signature.
    pub(super) fn sign_head(&self, head: LedgerHead) -> LedgerHead {
        let signature = self.sign(&head_text(&head));
        LedgerHead { signature, ..head }
    }

    /// The head of an empty chain.
    pub(super) fn first_head(&self) -> LedgerHead {
        self.sign_head(LedgerHead {
            chain: self.chain.clone(),
            key: self.public.clone(),
            records: 0,
            last_id: String::new(),
            last_hash: GENESIS_HASH.into(),
            pruned: 0,
            pruned_hash: GENESIS_HASH.into(),
            signature: String::new(),
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public)
    }
}

/// The trusted public keys: this server's own, and those that the operator lists. An attacker who
/// can write to the database can sign a chain with another key, but cannot add that key here.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys {
    own: Option<String>,
    listed: Vec<String>,
}

impl TrustedKeys {
    /// Creates the set from this server's key, if it has one, and the keys of other or earlier
    /// servers.
    pub fn new(own: Option<&Key>, listed: Vec<String>) -> Self {
        Self { own: own.map(|key| key.public.clone()), listed }
    }

    pub(super) fn contains(&self, public: &str) -> bool {
        self.iter().any(|trusted| trusted == public)
    }

    /// All trusted keys, this server's own first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.own.iter().chain(&self.listed).map(String::as_str)
    }

    /// Whether the chain is this server's own.
    pub(super) fn is_own(&self, chain: &str) -> bool {
        self.own.as_ref().is_some_and(|own| is_of(chain, own))
    }

    /// The heads of all trusted chains.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(super) fn heads(&self, tx: &Tx<'_>) -> Result<Vec<LedgerHead>, StoreError> {
        let mut heads = tx.heads()?;
        heads.retain(|head| self.contains(&head.key) && is_signed(head));
        Ok(heads)
    }
}

/// Whether the text is a valid public key, as 64 hexadecimal digits.
pub fn is_public(key: &str) -> bool {
    unhex(key).is_some_and(|key| VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak()))
}

/// The name of a public key's chain: the first 16 hexadecimal digits of the key's SHA-256.
pub(super) fn chain_of(public: &str) -> Option<String> {
    unhex::<32>(public).map(|public| hex(&sha256(public)[..8]))
}

/// The signed text of a head.
fn head_text(head: &LedgerHead) -> String {
    let LedgerHead { chain, key: _, records, last_id, last_hash, pruned, pruned_hash, signature: _ } = head;
    format!("{HEAD}\n{chain}\n{records}\n{last_id}\n{last_hash}\n{pruned}\n{pruned_hash}\n")
}

/// Whether the chain belongs to the key, and the key signed the head.
pub(super) fn is_signed(head: &LedgerHead) -> bool {
    is_of(&head.chain, &head.key) && verifies(&head.key, &head_text(head), &head.signature)
}

/// Whether the chain belongs to the public key.
pub(super) fn is_of(chain: &str, public: &str) -> bool {
    chain_of(public).is_some_and(|its| its == chain)
}

/// Verifies a signature.
pub(super) fn verifies(public: &str, text: &str, signature: &str) -> bool {
    unhex(signature).is_some_and(|signature| verifies_bytes(public, text, &signature))
}

/// Verifies a signature that is given as bytes.
pub(super) fn verifies_bytes(public: &str, text: &str, signature: &[u8; SIGNATURE_BYTES]) -> bool {
    let key = unhex(public).and_then(|public| VerifyingKey::from_bytes(&public).ok());
    key.is_some_and(|key| key.verify_strict(text.as_bytes(), &Signature::from_bytes(signature)).is_ok())
}
