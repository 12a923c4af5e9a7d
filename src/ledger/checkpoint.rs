//! A head as a checkpoint, so that a witness elsewhere can keep it: the form is that of C2SP (tlog-checkpoint, which is a
//! signed note), so that a witness needs to know nothing of Harmony.
//!
//! Its hash is that of the last record, which is chained to all before it. It is no root of a Merkle tree.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    key,
    key::{Key, SIGNATURE_BYTES, TrustedKeys},
};
use crate::{
    ledger::encoding::NOTHING,
    store::LedgerHead,
    system::digest::{hex, sha256, unhex},
};

/// What the name of every chain begins with.
const ORIGIN: &str = "harmony-ledger/";

/// The type of an Ed25519 signature in a signed note.
const ED25519: u8 = 1;

/// The number of bytes that name the key in a signature.
const KEY_ID_BYTES: usize = 4;

/// What a chain was when a checkpoint of it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the chain.
    pub(super) chain: String,
    /// How many records had ever been appended.
    pub(super) records: u64,
    /// The hash of the last of them.
    pub(super) hash: String,
}

/// Why a text is no checkpoint that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseCheckpointError {
    /// It has another form.
    #[error("it is no checkpoint of a ledger: give it as harmony ledger checkpoint printed it")]
    Unreadable,
    /// No trusted key signed it.
    #[error("no key that is known here signed it: list the key in HARMONY_LEDGER_KEYS")]
    Unsigned,
}

impl Checkpoint {
    /// What is to be kept of a head, unless its hash is none.
    pub(super) fn of(head: &LedgerHead) -> Option<Self> {
        unhex::<32>(&head.last_hash)?;
        Some(Self { chain: head.chain.clone(), records: head.records, hash: head.last_hash.clone() })
    }

    /// As text, signed.
    pub(super) fn sign(&self, key: &Key) -> String {
        let (text, name) = (self.text(), self.name());
        let mut signature = key_id(&name, key.public()).unwrap_or_default().to_vec();
        signature.extend(key.sign_bytes(text.as_bytes()));
        format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(signature))
    }

    /// What a text says, if a trusted key signed it. Signatures of witnesses may follow.
    ///
    /// # Errors
    /// [`ParseCheckpointError`] if it is none, or nobody who is known here signed it.
    pub fn read(text: &str, trusted: &TrustedKeys) -> Result<Self, ParseCheckpointError> {
        let (body, signatures) = text.split_once("\n\n").ok_or(ParseCheckpointError::Unreadable)?;
        let mut lines = body.lines();
        let mut next = || lines.next().ok_or(ParseCheckpointError::Unreadable);
        let (origin, records, hash) = (next()?, next()?, next()?);
        let read = || {
            let hash: [u8; 32] = STANDARD.decode(hash).ok()?.try_into().ok()?;
            Some(Self { chain: origin.strip_prefix(ORIGIN)?.into(), records: records.parse().ok()?, hash: hex(&hash) })
        };
        let checkpoint = read().ok_or(ParseCheckpointError::Unreadable)?;
        // In no other letters, and with nothing behind it that is signed and was not read.
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

    /// What is signed.
    fn text(&self) -> String {
        let hash = unhex::<32>(if self.records == 0 { NOTHING } else { &self.hash }).unwrap_or_default();
        format!("{}\n{}\n{}\n", self.name(), self.records, STANDARD.encode(hash))
    }

    /// The name of the chain, and of the key that signs it, for whoever keeps those of many.
    fn name(&self) -> String {
        format!("{ORIGIN}{}", self.chain)
    }
}

/// What a signature of a note begins with, by which its key is found.
fn key_id(name: &str, public: &str) -> Option<[u8; KEY_ID_BYTES]> {
    let public = unhex::<32>(public)?;
    let hash = sha256([name.as_bytes(), b"\n", &[ED25519], &public].concat());
    hash.first_chunk().copied()
}

/// The id of the key and the signature in a line of that name.
fn signature_of(line: &str, name: &str) -> Option<([u8; KEY_ID_BYTES], [u8; SIGNATURE_BYTES])> {
    let encoded = line.strip_prefix("\u{2014} ")?.strip_prefix(name)?.strip_prefix(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    Some((*id, signature.try_into().ok()?))
}
