//! Time stamps of the ledger's head: once a day an authority elsewhere (RFC 3161) attests it, so
//! that even the owner of the key cannot rewrite the past undetected. Only if `HARMONY_TIMESTAMPS`
//! is set.
//!
//! - `token` encodes the request and checks the response.
//! - [`authority`] is the HTTP client.
//! - `stored` reads stored time stamps, for [`verify`](super::verify) and for auditors.
//!
//! Of several servers with one key, only one requests a time stamp: the first that records its
//! request, in the same transaction that checks whether one is due.

mod authority;
mod stored;
mod token;

use time::Date;

pub(super) use self::stored::{heads, pairs};
pub use self::{
    authority::{Authority, AuthorityError},
    stored::StampFiles,
    token::TokenError,
};
use super::{Ledger, checkpoint::Checkpoint, key};
use crate::{
    domain::{Timestamp, ledger::time_stamping::ChainStampState},
    store::{StampedHead, Store, StoreError, Tx},
    system::{digest::sha256, rng::Rng},
};

/// Why a time stamp could not be obtained.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StampError {
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored head is not signed with the server's key, so it is not signed again as a
    /// checkpoint.
    #[error("the head of the ledger is not signed with this server’s key: run harmony ledger verify")]
    Unsigned,
    /// The request cannot be encoded.
    #[error("the request cannot be written down: {0}")]
    Encoding(der::Error),
    /// The authority did not respond.
    #[error("{0}")]
    Authority(#[from] AuthorityError),
    /// The response is not a time stamp of the head.
    #[error("{0}")]
    Token(#[from] TokenError),
}

impl Ledger {
    /// Requests a time stamp of this server's head and stores it, if one is due. Returns whether
    /// there is a new one.
    ///
    /// # Errors
    /// [`StampError`] if a due time stamp could not be obtained.
    pub(crate) async fn time_stamp(
        &self,
        store: &Store,
        authority: &Authority,
        rng: &Rng,
        now: Timestamp,
    ) -> Result<bool, StampError> {
        let Some(checkpoint) = self.claim(store, now).await? else { return Ok(false) };
        let (hash, nonce) = (sha256(&checkpoint), rng.bytes());
        let request = token::request(&hash, nonce).map_err(StampError::Encoding)?;
        let reply = authority.send(request).await?;
        token::check(&reply, &hash, Some(nonce))?;
        let head = StampedHead { chain: self.key.chain().into(), day: day(now.day()), checkpoint, reply };
        store.write(move |tx| tx.add_stamped_head(&head)).await?;
        Ok(true)
    }

    /// The checkpoint to be stamped now, if one is due. Records the request, so that no other
    /// server makes it.
    async fn claim(&self, store: &Store, now: Timestamp) -> Result<Option<String>, StampError> {
        let own = self.clone();
        let claim = move |tx: &Tx<'_>| {
            let chain = own.key.chain();
            let Some(head) = tx.heads()?.into_iter().find(|head| head.chain == chain) else { return Ok(Ok(None)) };
            let Some(checkpoint) = Checkpoint::from_head(&head).filter(|_| key::is_signed(&head)) else {
                return Ok(Err(StampError::Unsigned));
            };
            let checkpoint = checkpoint.sign(&own.key);
            let (is_day_stamped, is_head_stamped) = tx.is_stamped(chain, &day(now.day()), &checkpoint)?;
            let requested_at = tx.timestamp_requested_at(chain)?;
            let state = ChainStampState { records: head.records, is_day_stamped, is_head_stamped, requested_at };
            if !state.is_due(now) {
                return Ok(Ok(None));
            }
            tx.set_timestamp_requested_at(chain, now)?;
            Ok(Ok(Some(checkpoint)))
        };
        store.write(claim).await?
    }
}

fn day(date: Date) -> String {
    date.to_string()
}
