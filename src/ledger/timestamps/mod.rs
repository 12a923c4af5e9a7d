//! Time stamps of the ledger's head: once a day an authority elsewhere (RFC 3161) attests when it was what it was, so that the past
//! cannot be written anew unseen, even with the key. It is asked only where `HARMONY_TIMESTAMPS` is set.
//!
//! - `token` is what is asked and answered.
//! - [`authority`] is the way to whoever answers.
//! - `kept` reads what is stored, for [`verify`](super::verify) and for an auditor.
//!
//! Of several servers with one key, one asks: whoever notes first that it does, in the same transaction in which it looks
//! whether it is time to.

mod authority;
mod kept;
mod token;

use time::Date;

pub(super) use self::kept::{heads, pairs};
pub use self::{
    authority::{Authority, Unanswered},
    kept::StampFiles,
    token::NotAToken,
};
use super::{Ledger, checkpoint::Checkpoint, key};
use crate::{
    domain::{Timestamp, ledger::time_stamping::ChainStampState},
    store::{StampedHead, Store, StoreError, Tx},
    system::{digest::sha256, rng::Rng},
};

/// Why there is no time stamp.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotStamped {
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The head is not signed with the server's own key, so it is not signed anew as a checkpoint.
    #[error("the head of the ledger is not signed with this server’s key: run harmony ledger verify")]
    Unsigned,
    /// The question cannot be written down.
    #[error("the question cannot be written down: {0}")]
    Question(der::Error),
    /// The authority does not answer.
    #[error("{0}")]
    Unanswered(#[from] Unanswered),
    /// What it answers is no time stamp of the head.
    #[error("{0}")]
    NotAToken(#[from] NotAToken),
}

impl Ledger {
    /// Has the authority stamp the head of this server's chain and stores what it answers, if it is time to. Returns whether
    /// there is a new stamp.
    ///
    /// # Errors
    /// [`NotStamped`] says why there is none though it was time.
    pub(crate) async fn time_stamp(
        &self,
        store: &Store,
        authority: &Authority,
        chance: &Rng,
        now: Timestamp,
    ) -> Result<bool, NotStamped> {
        let Some(checkpoint) = self.claim(store, now).await? else { return Ok(false) };
        let (hash, nonce) = (sha256(&checkpoint), chance.bytes());
        let question = token::request(&hash, nonce).map_err(NotStamped::Question)?;
        let reply = authority.ask(question).await?;
        token::check(&reply, &hash, Some(nonce))?;
        let head = StampedHead { chain: self.key.chain().into(), day: day(now.day()), checkpoint, reply };
        store.write(move |tables| tables.add_stamped_head(&head)).await?;
        Ok(true)
    }

    /// The checkpoint that is to be stamped now, if one is. That this server asks is noted, so that no other one does.
    async fn claim(&self, store: &Store, now: Timestamp) -> Result<Option<String>, NotStamped> {
        let own = self.clone();
        let claim = move |tables: &Tx<'_>| {
            let chain = own.key.chain();
            let Some(head) = tables.heads()?.into_iter().find(|head| head.chain == chain) else { return Ok(Ok(None)) };
            let Some(checkpoint) = Checkpoint::of(&head).filter(|_| key::is_signed(&head)) else {
                return Ok(Err(NotStamped::Unsigned));
            };
            let checkpoint = checkpoint.sign(&own.key);
            let (is_day_stamped, is_head_stamped) = tables.is_stamped(chain, &day(now.day()), &checkpoint)?;
            let requested_at = tables.timestamp_requested_at(chain)?;
            let standing = ChainStampState { records: head.records, is_day_stamped, is_head_stamped, requested_at };
            if !standing.is_due(now) {
                return Ok(Ok(None));
            }
            tables.set_timestamp_requested_at(chain, now)?;
            Ok(Ok(Some(checkpoint)))
        };
        store.write(claim).await?
    }
}

/// A day as it is stored.
fn day(date: Date) -> String {
    date.to_string()
}
