//! Sessions. The table stores hashes of their tokens.

use super::{
    Account, StoreError, Tx, accounts,
    accounts::COLUMNS,
    tx::delete_some,
    values::{Row, values},
};
use crate::domain::{
    Timestamp,
    account::{device_key::Binding, session::Session},
};

/// A signed-in user: a session and its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub session: Session,
    pub account: Account,
}

/// A session to store, with the hashes of its tokens.
pub(crate) struct NewSession {
    pub session: Session,
    pub token_hash: String,
    /// The hash of the remember token, if the session is persistent.
    pub remember_hash: Option<String>,
    /// When both tokens have expired.
    pub expires_at: Timestamp,
}

/// A persistent session, with the hashes to compare a remember token with.
pub(crate) struct RememberedSession {
    pub user: User,
    /// The hash of the token that was issued last.
    pub remember_hash: String,
    /// The hash of the previous token.
    pub previous_remember_hash: Option<String>,
}

/// Reads a session from the columns after those of its account.
fn read(row: &Row<'_>) -> Result<User, StoreError> {
    let account = accounts::read(row)?;
    let session = read_session(row, COLUMNS, account.id.clone())?;
    Ok(User { session, account })
}

pub(super) fn read_session(row: &Row<'_>, from: usize, account: String) -> Result<Session, StoreError> {
    let device: String = row.get(from + 1)?;
    let key: Option<String> = row.get(from + 7)?;
    let bound_at: Option<i64> = row.get(from + 8)?;
    let bound_at = bound_at.map(Timestamp);
    Ok(Session {
        id: row.get(from)?,
        account,
        device: device.parse().unwrap_or_default(),
        device_id: row.get(from + 2)?,
        created_at: Timestamp(row.get(from + 3)?),
        token_issued_at: Timestamp(row.get(from + 4)?),
        last_used_at: Timestamp(row.get(from + 5)?),
        is_persistent: row.get::<Option<String>>(from + 6)?.is_some(),
        binding: key.zip(bound_at).map(|(key, bound_at)| Binding { key, bound_at }),
    })
}

impl Tx<'_> {
    pub(crate) fn add_session(&self, new: &NewSession) -> Result<(), StoreError> {
        let session = &new.session;
        self.execute(
            "INSERT INTO sessions (id, account_id, device, device_id, created_at, token_issued_at, last_used_at, token_hash, remember_hash,
                                   expires_at, device_key, bound_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            &values![
                &session.id,
                &session.account,
                session.device.into_str(),
                &session.device_id,
                session.created_at.0,
                session.token_issued_at.0,
                session.last_used_at.0,
                &new.token_hash,
                new.remember_hash.as_deref(),
                new.expires_at.0,
                session.binding.as_ref().map(|binding| binding.key.as_str()),
                session.binding.as_ref().map(|binding| binding.bound_at.0),
            ],
        )
        .map(drop)
    }

    /// The session with that token, and its account.
    pub(crate) fn session_by_token(&self, token_hash: &str) -> Result<Option<User>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password_hash, accounts.created_at, disabled_at, decision, appearance, confirmed_at,
                    sessions.id, device, device_id, sessions.created_at, token_issued_at, last_used_at, remember_hash,
                    device_key, bound_at
             FROM sessions JOIN accounts ON accounts.id = account_id WHERE token_hash = ?1",
            &values![token_hash],
            read,
        )
    }

    /// The persistent session with that id.
    pub(crate) fn remembered_session(&self, id: &str) -> Result<Option<RememberedSession>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password_hash, accounts.created_at, disabled_at, decision, appearance, confirmed_at,
                    sessions.id, device, device_id, sessions.created_at, token_issued_at, last_used_at, remember_hash,
                    device_key, bound_at, previous_remember_hash
             FROM sessions JOIN accounts ON accounts.id = account_id WHERE sessions.id = ?1 AND remember_hash IS NOT NULL",
            &values![id],
            |row| Ok(RememberedSession { user: read(row)?, remember_hash: row.get(14)?, previous_remember_hash: row.get(17)? }),
        )
    }

    /// Replaces the tokens of a session, and stores the hash of the remember token that was used.
    pub(crate) fn rotate_session_tokens(&self, new: &NewSession) -> Result<(), StoreError> {
        let Session { id, token_issued_at, .. } = &new.session;
        self.execute(
            "UPDATE sessions SET token_hash = ?2, previous_remember_hash = remember_hash, remember_hash = ?3, token_issued_at = ?4, last_used_at = ?4,
                    expires_at = ?5 WHERE id = ?1",
            &values![id, &new.token_hash, new.remember_hash.as_deref(), token_issued_at.0, new.expires_at.0],
        )
        .map(drop)
    }

    /// Binds a session to a key, unless it is bound to one, has expired, or the key is that of
    /// another session. Returns whether it did.
    pub(crate) fn bind_session(&self, id: &str, binding: &Binding) -> Result<bool, StoreError> {
        let bound = self.execute(
            "UPDATE sessions SET device_key = ?2, bound_at = ?3 WHERE id = ?1 AND device_key IS NULL AND expires_at > ?3
             AND NOT EXISTS (SELECT 1 FROM sessions WHERE device_key = ?2)",
            &values![id, &binding.key, binding.bound_at.0],
        )?;
        Ok(bound > 0)
    }

    /// The binding of the session with that key, unless the session has expired.
    pub(crate) fn binding_by_key(&self, key: &str, now: Timestamp) -> Result<Option<Binding>, StoreError> {
        self.find(
            "SELECT device_key, bound_at FROM sessions WHERE device_key = ?1 AND expires_at > ?2",
            &values![key, now.0],
            |row| Ok(Binding { key: row.get(0)?, bound_at: Timestamp(row.get(1)?) }),
        )
    }

    /// Records a use of a session.
    pub(crate) fn record_session_use(&self, id: &str, now: Timestamp, expires_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sessions SET last_used_at = ?2, expires_at = ?3 WHERE id = ?1",
            &values![id, now.0, expires_at.0],
        )
        .map(drop)
    }

    /// The sessions of an account that have not expired, last used first.
    pub(crate) fn active_sessions_of(&self, account: &str, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.list(
            "SELECT id, device, device_id, created_at, token_issued_at, last_used_at, remember_hash, device_key, bound_at
             FROM sessions
             WHERE account_id = ?1 AND expires_at > ?2 ORDER BY last_used_at DESC, created_at DESC, id",
            &values![account, now.0],
            |row| read_session(row, 0, account.to_owned()),
        )
    }

    /// Deletes one session of an account. Returns whether it existed.
    pub(crate) fn delete_session(&self, account: &str, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM sessions WHERE account_id = ?1 AND id = ?2", &values![account, id])? > 0)
    }

    /// Deletes the sessions of an account, except the session `except`. Returns their number.
    pub(crate) fn delete_sessions(&self, account: &str, except: Option<&str>) -> Result<usize, StoreError> {
        self.execute(
            "DELETE FROM sessions WHERE account_id = ?1 AND id <> ?2",
            &values![account, except.unwrap_or_default()],
        )
    }

    /// Deletes some of the expired sessions of all accounts. Returns their number.
    pub(crate) fn delete_expired_sessions(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("sessions", "id", "expires_at <= ?1"), &values![now.0])
    }
}
