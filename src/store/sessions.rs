//! Sessions: the signed-in browsers of members. Tokens are stored hashed.

use super::{
    Account, StoreError, Tx, accounts,
    values::{Row, values},
};
use crate::domain::{Timestamp, account::session::Session};

/// Whoever is signed in: a session and the account it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
}

/// A session that is to be added, with what its tokens hash to.
pub(crate) struct NewSession {
    /// The session.
    pub session: Session,
    /// The session token's hash.
    pub token: String,
    /// The remember token's hash, if the member is to be kept signed in.
    pub remember: Option<String>,
    /// When nothing of it holds any more.
    pub ends_at: Timestamp,
}

/// What a remember token is judged by.
pub(crate) struct Remembered {
    /// The session and its account.
    pub member: Member,
    /// The hash of the token that was given out last.
    pub current: String,
    /// The hash of the one before.
    pub before: Option<String>,
}

/// The session in the columns behind an account's.
fn read(row: &Row<'_>) -> Result<Member, StoreError> {
    let account = accounts::read(row)?;
    let session = read_session(row, 7, account.id.clone())?;
    Ok(Member { session, account })
}

pub(super) fn read_session(row: &Row<'_>, from: usize, account: String) -> Result<Session, StoreError> {
    let device: String = row.get(from + 1)?;
    Ok(Session {
        id: row.get(from)?,
        account,
        device: device.parse().unwrap_or_default(),
        created_at: Timestamp(row.get(from + 2)?),
        token_at: Timestamp(row.get(from + 3)?),
        used_at: Timestamp(row.get(from + 4)?),
        is_remembered: row.get::<Option<String>>(from + 5)?.is_some(),
    })
}

impl Tx<'_> {
    /// Adds a session.
    pub(crate) fn add_session(&self, new: &NewSession) -> Result<(), StoreError> {
        let session = &new.session;
        self.execute(
            "INSERT INTO sessions (id, account_id, device, created_at, token_at, used_at, token, remember, ends_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &values![
                &session.id,
                &session.account,
                session.device.into_str(),
                session.created_at.0,
                session.token_at.0,
                session.used_at.0,
                &new.token,
                new.remember.as_deref(),
                new.ends_at.0,
            ],
        )
        .map(drop)
    }

    /// The session whose token hashes to `token`, and its account.
    pub(crate) fn session_by_token(&self, token: &str) -> Result<Option<Member>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password, accounts.created_at, disabled_at, decision, appearance,
                    sessions.id, device, sessions.created_at, token_at, used_at, remember
             FROM sessions JOIN accounts ON accounts.id = account_id WHERE token = ?1",
            &values![token],
            read,
        )
    }

    /// The session of that id with what its remember token is judged by, if it has one.
    pub(crate) fn remembered(&self, id: &str) -> Result<Option<Remembered>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password, accounts.created_at, disabled_at, decision, appearance,
                    sessions.id, device, sessions.created_at, token_at, used_at, remember, remember_before
             FROM sessions JOIN accounts ON accounts.id = account_id WHERE sessions.id = ?1 AND remember IS NOT NULL",
            &values![id],
            |row| Ok(Remembered { member: read(row)?, current: row.get(12)?, before: row.get(13)? }),
        )
    }

    /// Gives a session new tokens, and keeps the hash of the remember token that was used.
    pub(crate) fn rotate(&self, new: &NewSession) -> Result<(), StoreError> {
        let Session { id, token_at, .. } = &new.session;
        self.execute(
            "UPDATE sessions SET token = ?2, remember_before = remember, remember = ?3, token_at = ?4, used_at = ?4,
                    ends_at = ?5 WHERE id = ?1",
            &values![id, &new.token, new.remember.as_deref(), token_at.0, new.ends_at.0],
        )
        .map(drop)
    }

    /// Notes that a session was used.
    pub(crate) fn note_use(&self, id: &str, now: Timestamp, ends_at: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE sessions SET used_at = ?2, ends_at = ?3 WHERE id = ?1", &values![id, now.0, ends_at.0])
            .map(drop)
    }

    /// An account's sessions that are not over, last used first.
    pub(crate) fn sessions_of(&self, account: &str, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.list(
            "SELECT id, device, created_at, token_at, used_at, remember FROM sessions
             WHERE account_id = ?1 AND ends_at > ?2 ORDER BY used_at DESC, created_at DESC, id",
            &values![account, now.0],
            |row| read_session(row, 0, account.to_owned()),
        )
    }

    /// Ends one session of an account. Returns whether there was one.
    pub(crate) fn end_session(&self, account: &str, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM sessions WHERE account_id = ?1 AND id = ?2", &values![account, id])? > 0)
    }

    /// Ends every session of an account but the one named. Returns how many.
    pub(crate) fn end_sessions(&self, account: &str, but: Option<&str>) -> Result<usize, StoreError> {
        self.execute(
            "DELETE FROM sessions WHERE account_id = ?1 AND id <> ?2",
            &values![account, but.unwrap_or_default()],
        )
    }

    /// Forgets the sessions of everybody that are over.
    pub(crate) fn forget_ended_sessions(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute("DELETE FROM sessions WHERE ends_at <= ?1", &values![now.0])
    }
}
