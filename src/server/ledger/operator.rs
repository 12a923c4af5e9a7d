//! What an operator does with the ledger, from the command line, while the server runs or not.

use std::io::Write;

use super::{
    Ledger,
    export::{self, NotExported},
    verify::{self, Sound, Unsound},
};
use crate::{
    model::receipt::Verdict,
    server::store::{Store, StoreError},
};

/// An operator at the ledger of a server.
pub struct Operator<'s> {
    /// The store.
    pub store: &'s Store,
    /// This server's own ledger, if it has a key already.
    pub own: Option<&'s Ledger>,
}

impl Operator<'_> {
    /// Whether every chain is as it was written, and this server's own is there.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn verify(&self) -> Result<Result<Sound, Unsound>, StoreError> {
        let own = self.own.map(|ledger| ledger.key.chain().to_owned());
        self.store.read_at_once(move |tables| verify::verify(tables, own.as_deref())).await
    }

    /// Writes all of it as lines. Returns how many records there were.
    ///
    /// # Errors
    /// [`NotExported`] if the ledger cannot be read, or the lines cannot be written.
    pub async fn export(&self, to: impl Write + Send + 'static) -> Result<u64, NotExported> {
        export::export(self.store, to).await
    }

    /// What can be said of a text that may be a receipt.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub async fn judge(&self, text: String) -> Result<Verdict, StoreError> {
        let own = self.own.map(|ledger| ledger.key.public().to_owned());
        let judged = self.store.read_at_once(move |tables| Ledger::judge(tables, own, &text)).await;
        judged.map(|(verdict, _)| verdict)
    }
}

impl Ledger {
    /// The public key that this server's receipts are verified with, as 64 hexadecimal digits.
    pub fn public_key(&self) -> &str {
        self.key.public()
    }
}
