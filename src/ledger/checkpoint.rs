//! A ledger head as a checkpoint for a witness elsewhere. The format is that of C2SP
//! (tlog-checkpoint, a signed note), so a witness needs no knowledge of Harmony.
//!
//! Its hash is that of the last record of the chain, not the root of a Merkle tree.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    key,
    key::{Key, SIGNATURE_BYTES, TrustedKeys},
};
use crate::{
    ledger::encoding::GENESIS_HASH,
    store::LedgerHead,
    system::digest::{hex, sha256, unhex},
};

/// The prefix of every origin line.
const ORIGIN_PREFIX: &str = "harmony-ledger/";

/// The signature type of Ed25519 in a signed note.
const ED25519_TYPE: u8 = 1;

/// The length of a key id.
const KEY_ID_BYTES: usize = 4;

/// The state of a chain when the checkpoint was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub(super) chain: String,
    /// The number of records ever appended.
    pub(super) records: u64,
    /// The hash of the last record.
    pub(super) hash: String,
}

/// Why a checkpoint is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseCheckpointError {
    /// The text has another format.
    #[error("it is no checkpoint of a ledger: give it as harmony ledger checkpoint printed it")]
    Unreadable,
    /// No trusted key signed it.
    #[error("no key that is known here signed it: list the key in HARMONY_LEDGER_KEYS")]
    Unsigned,
}

impl Checkpoint {
    /// The checkpoint of a head, unless its hash is malformed.
    pub(super) fn from_head(head: &LedgerHead) -> Option<Self> {
        unhex::<32>(&head.last_hash)?;
        Some(Self { chain: head.chain.clone(), records: head.records, hash: head.last_hash.clone() })
    }

    /// The signed text.
    pub(super) fn sign(&self, key: &Key) -> String {
        let (text, name) = (self.text(), self.name());
        let mut signature = key_id(&name, key.public()).unwrap_or_default().to_vec();
        signature.extend(key.sign_bytes(text.as_bytes()));
        format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(signature))
    }

    /// Parses a checkpoint and verifies that a trusted key signed it. Signatures of witnesses may
    /// follow.
    ///
    /// # Errors
    /// [`ParseCheckpointError`] if the text is malformed, or no trusted key signed it.
    pub fn parse(text: &str, trusted: &TrustedKeys) -> Result<Self, ParseCheckpointError> {
        let (body, signatures) = text.split_once("\n\n").ok_or(ParseCheckpointError::Unreadable)?;
        let mut lines = body.lines();
        let mut next = || lines.next().ok_or(ParseCheckpointError::Unreadable);
        let (origin, records, hash) = (next()?, next()?, next()?);
        let read = || {
            let hash: [u8; 32] = STANDARD.decode(hash).ok()?.try_into().ok()?;
            Some(Self {
                chain: origin.strip_prefix(ORIGIN_PREFIX)?.into(),
                records: records.parse().ok()?,
                hash: hex(&hash),
            })
        };
        let checkpoint = read().ok_or(ParseCheckpointError::Unreadable)?;
        // The text must have the canonical encoding, without signed lines that were not parsed.
        if checkpoint.text() != format!("{body}\n") {
            return Err(ParseCheckpointError::Unreadable);
        }
        let signatures = signatures.lines().filter_map(|line| signature_of(line, &checkpoint.name()));
        let own = |signature: (_, _)| {
            let (id, signature) = signature;
            trusted.iter().any(|public| {
                key::is_of(&checkpoint.chain, public)
                    && key_id(&checkpoint.name(), public) == Some(id)
                    && key::verifies_bytes(public, &checkpoint.text(), &signature)
            })
        };
        if signatures.into_iter().any(own) { Ok(checkpoint) } else { Err(ParseCheckpointError::Unsigned) }
    }

    /// The signed text.
    fn text(&self) -> String {
        let hash = unhex::<32>(if self.records == 0 { GENESIS_HASH } else { &self.hash }).unwrap_or_default();
        format!("{}\n{}\n{}\n", self.name(), self.records, STANDARD.encode(hash))
    }

    /// The name of the chain and of its key, for witnesses of many logs.
    fn name(&self) -> String {
        format!("{ORIGIN_PREFIX}{}", self.chain)
    }
}

/// The key id at the beginning of a signature.
fn key_id(name: &str, public: &str) -> Option<[u8; KEY_ID_BYTES]> {
    let public = unhex::<32>(public)?;
    let hash = sha256([name.as_bytes(), b"\n", &[ED25519_TYPE], &public].concat());
    hash.first_chunk().copied()
}

/// The key id and the signature of a signature line of `name`.
fn signature_of(line: &str, name: &str) -> Option<([u8; KEY_ID_BYTES], [u8; SIGNATURE_BYTES])> {
    let encoded = line.strip_prefix("\u{2014} ")?.strip_prefix(name)?.strip_prefix(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    Some((*id, signature.try_into().ok()?))
}
