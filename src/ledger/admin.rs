//! Operations on the ledger for the command line, while the server runs or not.

use std::io::{self, Write};

use super::{
    Ledger,
    checkpoint::Checkpoint,
    export,
    export::LedgerExportError,
    key::TrustedKeys,
    timestamps,
    timestamps::StampFiles,
    verify,
    verify::{Tampered, Verified},
};
use crate::{
    domain::ledger::{receipt::Verdict, record::Record, statement::Statement},
    store::{Store, StoreError, Tx},
};

/// The ledger operations of an operator.
pub struct LedgerAdmin<'s> {
    /// The store with the ledger.
    pub store: &'s Store,
    /// The trusted keys.
    pub trusted: &'s TrustedKeys,
}

impl LedgerAdmin<'_> {
    /// Verifies every chain, as [`verify`](super::verify) describes, and that the chain of
    /// `against` continues from that checkpoint.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn verify(&self, against: Option<Checkpoint>) -> Result<Result<Verified, Tampered>, StoreError> {
        let trusted = self.trusted.clone();
        self.store.read_snapshot(move |tx| verify::verify(tx, &trusted, against.as_ref())).await
    }

    /// Returns the head of this server's chain as a signed checkpoint, if the ledger verifies.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn checkpoint(&self, own: &Ledger) -> Result<Result<String, Tampered>, StoreError> {
        let (trusted, ledger) = (self.trusted.clone(), own.clone());
        let read = move |tx: &Tx<'_>| {
            let found = verify::verify(tx, &trusted, None)?;
            let head = tx.heads()?.into_iter().find(|head| head.chain == ledger.key.chain());
            Ok(found.and_then(|_| {
                head.and_then(|head| Checkpoint::from_head(&head))
                    .map(|checkpoint| checkpoint.sign(&ledger.key))
                    .ok_or_else(|| Tampered::chain(ledger.key.chain(), verify::OWN_CHAIN_MISSING))
            }))
        };
        self.store.read_snapshot(read).await
    }

    /// Exports the ledger as lines. Returns the number of records.
    ///
    /// # Errors
    /// [`LedgerExportError`] if the ledger cannot be read, or the lines cannot be written.
    pub async fn export(&self, to: impl Write + Send + 'static) -> Result<u64, LedgerExportError> {
        export::export(self.store, to).await
    }

    /// Exports each record as JSON-LD, with the statement about it. Returns the number of records.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub async fn export_json_ld(
        &self,
        to: impl Write + Send + 'static,
        statement: impl Fn(&Record) -> Statement + Send + 'static,
    ) -> Result<u64, LedgerExportError> {
        export::export_json_ld(self.store, to, statement).await
    }

    /// Calls `work` with each stored time stamp and its checkpoint. Returns their number.
    ///
    /// # Errors
    /// [`LedgerExportError`] if the time stamps cannot be read, or `work` fails.
    pub async fn timestamps(
        &self,
        work: impl FnMut(StampFiles) -> io::Result<()> + Send + 'static,
    ) -> Result<u64, LedgerExportError> {
        timestamps::pairs(self.store, work).await
    }

    /// Verifies a text that may be a receipt.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn verify_receipt(&self, text: String) -> Result<Verdict, StoreError> {
        let trusted = self.trusted.clone();
        let verified = self.store.read_snapshot(move |tx| Ledger::verify_receipt(tx, &trusted, &text)).await;
        verified.map(|(verdict, _)| verdict)
    }
}

impl Ledger {
    /// The public key of this server's receipts, as 64 hexadecimal digits.
    pub fn public_key(&self) -> &str {
        self.key.public()
    }
}
