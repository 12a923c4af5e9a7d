//! Who signs in through an identity provider, and the sessions that begin there.

use super::{
    Account, StoreError, Tx, accounts,
    values::{Row, values},
};
use crate::domain::Timestamp;

/// A user of an identity provider, and their account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub id: String,
    /// The id of the account.
    pub account: String,
    pub issuer: String,
    /// The id of the user at the issuer.
    pub subject: String,
    pub created_at: Timestamp,
}

/// How a session began at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProviderSession {
    pub issuer: String,
    pub subject: String,
    /// The session at the provider.
    pub sid: Option<String>,
}

fn read(row: &Row<'_>) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: row.get(0)?,
        account: row.get(1)?,
        issuer: row.get(2)?,
        subject: row.get(3)?,
        created_at: Timestamp(row.get(4)?),
    })
}

impl Tx<'_> {
    /// Stores an identity. Returns `false` if an account has it already.
    pub(crate) fn add_identity(&self, new: &Identity) -> Result<bool, StoreError> {
        let added = self.execute(
            "INSERT INTO identities (id, account_id, issuer, subject, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (issuer, subject) DO NOTHING",
            &values![&new.id, &new.account, &new.issuer, &new.subject, new.created_at.0],
        )?;
        Ok(added == 1)
    }

    /// The account of a user of an issuer.
    pub(crate) fn account_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        self.find(
            "SELECT accounts.id, email, password_hash, accounts.created_at, disabled_at, decision, appearance, confirmed_at
             FROM identities JOIN accounts ON accounts.id = account_id WHERE issuer = ?1 AND subject = ?2",
            &values![issuer, subject],
            accounts::read,
        )
    }

    /// The identities of an account, oldest first.
    pub(crate) fn identities_of(&self, account: &str) -> Result<Vec<Identity>, StoreError> {
        self.list(
            "SELECT id, account_id, issuer, subject, created_at FROM identities
             WHERE account_id = ?1 ORDER BY created_at, id",
            &values![account],
            read,
        )
    }

    /// Deletes an identity of an account. Returns whether it existed.
    pub(crate) fn delete_identity(&self, account: &str, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM identities WHERE account_id = ?1 AND id = ?2", &values![account, id])? > 0)
    }

    /// Records that a session began at an identity provider.
    pub(crate) fn set_provider_session(&self, session: &str, began: &ProviderSession) -> Result<(), StoreError> {
        let ProviderSession { issuer, subject, sid } = began;
        self.execute(
            "UPDATE sessions SET issuer = ?2, subject = ?3, sid = ?4 WHERE id = ?1",
            &values![session, issuer, subject, sid.as_deref()],
        )
        .map(drop)
    }

    /// How a session began, if at an identity provider.
    pub(crate) fn provider_session(&self, session: &str) -> Result<Option<ProviderSession>, StoreError> {
        self.find(
            "SELECT issuer, subject, sid FROM sessions WHERE id = ?1 AND issuer IS NOT NULL",
            &values![session],
            |row| Ok(ProviderSession { issuer: row.get(0)?, subject: row.get(1)?, sid: row.get(2)? }),
        )
    }

    /// Deletes the sessions that began with this session at the issuer, or with this user, or with
    /// both. Returns the id of the account of each.
    pub(crate) fn delete_provider_sessions(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        self.list(
            "DELETE FROM sessions WHERE issuer = ?1 AND (subject = ?2 OR CAST(?2 AS TEXT) IS NULL)
             AND (sid = ?3 OR CAST(?3 AS TEXT) IS NULL) RETURNING account_id",
            &values![issuer, subject, sid],
            |row| row.get(0),
        )
    }
}
