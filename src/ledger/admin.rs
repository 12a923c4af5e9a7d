//! What an operator does with the ledger, from the command line, while the server runs or not.

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
    domain::ledger::receipt::Verdict,
    store::{Store, StoreError, Tx},
};

/// An operator at the ledger of a server.
pub struct LedgerAdmin<'s> {
    /// The store.
    pub store: &'s Store,
    /// The keys that are believed.
    pub trusted: &'s TrustedKeys,
}

impl LedgerAdmin<'_> {
    /// Whether every chain is signed with a trusted key, as it was written, and one of each such key is there; and goes on from
    /// what a witness kept.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn verify(&self, against: Option<Checkpoint>) -> Result<Result<Verified, Tampered>, StoreError> {
        let trusted = self.trusted.clone();
        self.store.read_snapshot(move |tables| verify::verify(tables, &trusted, against.as_ref())).await
    }

    /// The signed head of this server's own chain as a checkpoint, if all is as it was written.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn checkpoint(&self, own: &Ledger) -> Result<Result<String, Tampered>, StoreError> {
        let (trusted, ledger) = (self.trusted.clone(), own.clone());
        let read = move |tables: &Tx<'_>| {
            let found = verify::verify(tables, &trusted, None)?;
            let head = tables.heads()?.into_iter().find(|head| head.chain == ledger.key.chain());
            Ok(found.and_then(|_| {
                head.and_then(|head| Checkpoint::of(&head))
                    .map(|checkpoint| checkpoint.sign(&ledger.key))
                    .ok_or_else(|| Tampered::chain(ledger.key.chain(), verify::NOT_THERE))
            }))
        };
        self.store.read_snapshot(read).await
    }

    /// Writes all of it as lines. Returns how many records there were.
    ///
    /// # Errors
    /// [`LedgerExportError`] if the ledger cannot be read, or the lines cannot be written.
    pub async fn export(&self, to: impl Write + Send + 'static) -> Result<u64, LedgerExportError> {
        export::export(self.store, to).await
    }

    /// Hands each stored time stamp on, with the checkpoint that it is of. Returns how many there were.
    ///
    /// # Errors
    /// [`LedgerExportError`] if they cannot be read, or `work` fails.
    pub async fn timestamps(
        &self,
        work: impl FnMut(StampFiles) -> io::Result<()> + Send + 'static,
    ) -> Result<u64, LedgerExportError> {
        timestamps::pairs(self.store, work).await
    }

    /// What can be said of a text that may be a receipt.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn judge(&self, text: String) -> Result<Verdict, StoreError> {
        let trusted = self.trusted.clone();
        let judged = self.store.read_snapshot(move |tables| Ledger::judge(tables, &trusted, &text)).await;
        judged.map(|(verdict, _)| verdict)
    }
}

impl Ledger {
    /// The public key that this server's receipts are verified with, as 64 hexadecimal digits.
    pub fn public_key(&self) -> &str {
        self.key.public()
    }
}
