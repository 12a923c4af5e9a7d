//! What the links in messages do, once each. The table stores hashes of their tokens.

use super::{
    StoreError, Tx,
    tx::delete_some,
    values::{Row, values},
};
use crate::domain::{Timestamp, account::credentials::Email};

/// What a link does.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum LinkAction {
    /// Creates an account with that address and the hash of that password.
    SignUp { email: Email, password_hash: String },
    /// Subscribes that address to messages about new versions.
    Subscribe { email: Email },
    /// Confirms the address of an account.
    ConfirmEmail { account: String },
    /// Ends the sessions of one browser of an account.
    SignOutBrowser { account: String, device_id: String },
}

fn read(row: &Row<'_>) -> Result<LinkAction, StoreError> {
    let columns: (Option<String>, Option<String>, Option<String>, Option<String>) =
        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    match columns {
        (Some(account), _, _, Some(device_id)) => Ok(LinkAction::SignOutBrowser { account, device_id }),
        (Some(account), _, _, None) => Ok(LinkAction::ConfirmEmail { account }),
        (None, Some(email), password_hash, _) => {
            let email = Email::parse(&email).ok_or_else(|| StoreError::Unknown("an e-mail address".into()))?;
            Ok(match password_hash {
                Some(password_hash) => LinkAction::SignUp { email, password_hash },
                None => LinkAction::Subscribe { email },
            })
        }
        _ => Err(StoreError::Unknown("a link".into())),
    }
}

impl Tx<'_> {
    /// Stores a link by the hash of its token.
    pub(crate) fn add_one_time_link(
        &self,
        token_hash: &str,
        action: &LinkAction,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let (account, email, password_hash, device_id) = match action {
            LinkAction::SignUp { email, password_hash } => (None, Some(email.as_str()), Some(&**password_hash), None),
            LinkAction::Subscribe { email } => (None, Some(email.as_str()), None, None),
            LinkAction::ConfirmEmail { account } => (Some(&**account), None, None, None),
            LinkAction::SignOutBrowser { account, device_id } => (Some(&**account), None, None, Some(&**device_id)),
        };
        self.execute(
            "INSERT INTO one_time_links (token_hash, account_id, email, password_hash, device_id, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &values![token_hash, account, email, password_hash, device_id, expires_at.0],
        )
        .map(drop)
    }

    /// What a link does, unless it was used or has expired.
    pub(crate) fn one_time_link(&self, token_hash: &str, now: Timestamp) -> Result<Option<LinkAction>, StoreError> {
        self.find(
            "SELECT account_id, email, password_hash, device_id FROM one_time_links
             WHERE token_hash = ?1 AND expires_at > ?2",
            &values![token_hash, now.0],
            read,
        )
    }

    /// Uses a link up. Returns whether it existed.
    pub(crate) fn consume_one_time_link(&self, token_hash: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM one_time_links WHERE token_hash = ?1", &values![token_hash])? > 0)
    }

    /// Deletes some of the expired links. Returns their number.
    pub(crate) fn delete_expired_one_time_links(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("one_time_links", "token_hash", "expires_at <= ?1"), &values![now.0])
    }

    /// Ends the sessions of one browser of an account, and forgets the browser. Returns the number
    /// of sessions.
    pub(crate) fn sign_out_browser(&self, account: &str, device_id: &str) -> Result<usize, StoreError> {
        let ended = self
            .execute("DELETE FROM sessions WHERE account_id = ?1 AND device_id = ?2", &values![account, device_id])?;
        self.execute("DELETE FROM devices WHERE account_id = ?1 AND id = ?2", &values![account, device_id])?;
        Ok(ended)
    }
}
