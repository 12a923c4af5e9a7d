//! Accounts, with the settings that apply on all devices of a user.

use std::fmt;

use super::{
    StoreError, Tx,
    values::{Row, values},
};
use crate::domain::{Timestamp, account::credentials::Email, consent::decision::Decision, web::appearance::Appearance};

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The internal id.
    pub id: String,
    /// The e-mail address, which is unique.
    pub email: Email,
    /// The hash of the password, in the PHC format, unless nobody signs in with one.
    pub password_hash: Option<String>,
    pub created_at: Timestamp,
    /// When an operator disabled the account.
    pub disabled_at: Option<Timestamp>,
    /// The decision that applies on all devices.
    pub decision: Option<Decision>,
    /// The appearance that applies on all devices.
    pub appearance: Option<Appearance>,
    /// When the owner of the address confirmed it.
    pub confirmed_at: Option<Timestamp>,
}

impl Account {
    /// Whether an operator disabled the account.
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Personal data must not reach a log.
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

/// The number of columns that [`read`] takes.
pub(super) const COLUMNS: usize = 8;

/// Reads an account from the first columns of a row.
pub(super) fn read(row: &Row<'_>) -> Result<Account, StoreError> {
    let email: String = row.get(1)?;
    Ok(Account {
        id: row.get(0)?,
        email: Email::parse(&email).ok_or_else(|| StoreError::Unknown("an e-mail address".into()))?,
        password_hash: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
        disabled_at: row.get::<Option<i64>>(4)?.map(Timestamp),
        // A value in another format counts as no decision.
        decision: row.get::<Option<String>>(5)?.and_then(|value| Decision::decode(&value)),
        appearance: row.get::<Option<String>>(6)?.and_then(|value| Appearance::decode(&value)),
        confirmed_at: row.get::<Option<i64>>(7)?.map(Timestamp),
    })
}

impl Tx<'_> {
    /// Stores an account. Returns `false` if the e-mail address is taken.
    pub(crate) fn add_account(&self, account: &Account) -> Result<bool, StoreError> {
        let added = self.execute(
            "INSERT INTO accounts (id, email, password_hash, created_at, disabled_at, decision, appearance, confirmed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (email) DO NOTHING",
            &values![
                &account.id,
                account.email.as_str(),
                account.password_hash.as_ref(),
                account.created_at.0,
                account.disabled_at.map(|at| at.0),
                account.decision.as_ref().map(Decision::encode),
                account.appearance.map(Appearance::encode),
                account.confirmed_at.map(|at| at.0),
            ],
        )?;
        Ok(added == 1)
    }

    pub(crate) fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.find(
            "SELECT id, email, password_hash, created_at, disabled_at, decision, appearance, confirmed_at
             FROM accounts WHERE email = ?1",
            &values![email.as_str()],
            read,
        )
    }

    pub(crate) fn account(&self, id: &str) -> Result<Option<Account>, StoreError> {
        self.find(
            "SELECT id, email, password_hash, created_at, disabled_at, decision, appearance, confirmed_at
             FROM accounts WHERE id = ?1",
            &values![id],
            read,
        )
    }

    /// All accounts, each with its number of active sessions, oldest first.
    pub(crate) fn accounts(&self, now: Timestamp) -> Result<Vec<(Account, u32)>, StoreError> {
        self.list(
            "SELECT id, email, password_hash, created_at, disabled_at, decision, appearance, confirmed_at,
                    (SELECT COUNT(*) FROM sessions WHERE account_id = accounts.id AND expires_at > ?1)
             FROM accounts ORDER BY created_at, email",
            &values![now.0],
            |row| Ok((read(row)?, row.get(COLUMNS)?)),
        )
    }

    /// One password hash for each set of Argon2 parameters in use. Some may have the same
    /// parameters.
    pub(crate) fn password_hashes_by_cost(&self) -> Result<Vec<String>, StoreError> {
        // The prefix "$argon2id$v=19$m=19456,t=2,p=1" names the parameters; the rest is unique to
        // an account. GROUP BY would read the whole index.
        let sql = "WITH RECURSIVE costs (prefix) AS (
                SELECT MIN(substr(password_hash, 1, 30)) FROM accounts
                UNION ALL
                SELECT (SELECT MIN(substr(password_hash, 1, 30)) FROM accounts WHERE substr(password_hash, 1, 30) > prefix)
                FROM costs WHERE prefix IS NOT NULL
             )
             SELECT (SELECT password_hash FROM accounts WHERE substr(password_hash, 1, 30) = prefix LIMIT 1)
             FROM costs WHERE prefix IS NOT NULL";
        self.list(sql, &values![], |row| row.get(0))
    }

    /// Stores the hash of a new password, or deletes the password with `None`.
    pub(crate) fn set_password_hash(&self, account: &str, password_hash: Option<&str>) -> Result<(), StoreError> {
        self.execute("UPDATE accounts SET password_hash = ?2 WHERE id = ?1", &values![account, password_hash]).map(drop)
    }

    /// Disables the account at that time, or enables it with `None`.
    pub(crate) fn set_disabled(&self, account: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        let at = at.map(|at| at.0);
        self.execute("UPDATE accounts SET disabled_at = ?2 WHERE id = ?1", &values![account, at]).map(drop)
    }

    /// Records that the owner of the address confirmed it. The first time counts.
    pub(crate) fn set_confirmed(&self, account: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE accounts SET confirmed_at = ?2 WHERE id = ?1 AND confirmed_at IS NULL";
        self.execute(sql, &values![account, at.0]).map(drop)
    }

    pub(crate) fn set_decision(&self, account: &str, decision: &Decision) -> Result<(), StoreError> {
        let decision = decision.encode();
        self.execute("UPDATE accounts SET decision = ?2 WHERE id = ?1", &values![account, decision]).map(drop)
    }

    /// Stores the appearance, or deletes it with `None`.
    pub(crate) fn set_appearance(&self, account: &str, appearance: Option<Appearance>) -> Result<(), StoreError> {
        let appearance = appearance.map(Appearance::encode);
        self.execute("UPDATE accounts SET appearance = ?2 WHERE id = ?1", &values![account, appearance]).map(drop)
    }

    /// Deletes the account and all rows that belong to it.
    pub(crate) fn erase_account(&self, account: &str) -> Result<(), StoreError> {
        // An address that was never confirmed may be another person's.
        self.execute(
            "DELETE FROM subscriptions WHERE email =
                 (SELECT email FROM accounts WHERE id = ?1 AND confirmed_at IS NOT NULL)",
            &values![account],
        )?;
        self.execute("DELETE FROM accounts WHERE id = ?1", &values![account]).map(drop)
    }
}
