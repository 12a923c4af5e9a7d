//! What an operator does with accounts, from the command line, while the server runs or not.

use super::export;
use crate::{
    app::accounts::{service, session_tokens},
    domain::{
        Timestamp,
        account::{
            credentials::Email,
            security_event::{SecurityEvent, SecurityEventKind},
        },
    },
    ledger::key::TrustedKeys,
    store::{Account, Store, StoreError, Tx},
    system::{clock::Clock, rng::Rng},
};

/// How long a password reset link holds, in seconds: one day, so that it can be handed over.
const LINK_HOLDS: u64 = 24 * 60 * 60;

/// Without the content it is not known how long a browser is known; the hourly task deletes those that are not any more.
const ALL_DEVICES: Timestamp = Timestamp(i64::MIN);

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Nobody has that e-mail address.
    #[error("there is no account with the e-mail address {0:?}")]
    Unknown(String),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One account as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// The e-mail address.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it is disabled.
    pub is_disabled: bool,
    /// How many browsers are signed in to it.
    pub sessions: u32,
}

/// What was erased with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// How many browsers were signed in to it.
    pub sessions: usize,
    /// How many entries its security activity had.
    pub activity: usize,
    /// How many records led to it. They stay in the ledger and lead to nobody.
    pub records: usize,
}

/// An operator at the store of a server.
pub struct AccountAdmin<'s> {
    /// The store.
    pub store: &'s Store,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub chance: Rng,
}

impl AccountAdmin<'_> {
    /// Every account, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub async fn list(&self) -> Result<Vec<AccountSummary>, AdminError> {
        let now = self.clock.now();
        let accounts = self.store.read(move |tables| tables.accounts(now)).await?;
        let listed = |(account, sessions): (Account, u32)| AccountSummary {
            email: account.email.to_string(),
            created_at: account.created_at,
            is_disabled: account.is_disabled(),
            sessions,
        };
        Ok(accounts.into_iter().map(listed).collect())
    }

    /// Disables an account and ends its sessions, or enables it again.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if there is no such account.
    pub async fn set_disabled(&self, email: &str, disabled: bool) -> Result<(), AdminError> {
        let at = disabled.then(|| self.clock.now());
        let event = if disabled { SecurityEventKind::Disabled } else { SecurityEventKind::Enabled };
        self.change(email, event, move |tables, account| {
            tables.set_disabled(account, at)?;
            if disabled {
                tables.delete_sessions(account, None)?;
                tables.delete_password_reset_token(account)?;
            }
            Ok(())
        })
        .await
    }

    /// Ends every session of an account. Returns how many there were.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if there is no such account.
    pub async fn end_sessions(&self, email: &str) -> Result<usize, AdminError> {
        let now = self.clock.now();
        self.change(email, SecurityEventKind::AllEnded, move |tables, account| {
            let live = tables.active_sessions_of(account, now)?.len();
            tables.delete_sessions(account, None)?;
            Ok(live)
        })
        .await
    }

    /// Makes a one-time password reset link, in place of an earlier one. Returns its path and query.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if there is no such account.
    pub async fn create_reset_link(&self, email: &str) -> Result<String, AdminError> {
        let token = session_tokens::make(&self.chance);
        let (hash, expires_at) = (session_tokens::hash(&token), self.clock.now().plus_seconds(LINK_HOLDS));
        self.change(email, SecurityEventKind::ResetLinkCreated, move |tables, account| {
            tables.set_password_reset_token(account, &hash, expires_at)
        })
        .await?;
        Ok(format!("{}?token={token}", crate::domain::web::page::Page::PasswordReset))
    }

    /// Everything that is kept of a member, as the JSON that they can take away themselves.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if there is no such account.
    pub async fn export(&self, email: &str, trusted: &TrustedKeys) -> Result<Vec<u8>, AdminError> {
        let (by, now, trusted) = (parse(email)?, self.clock.now(), trusted.clone());
        let read = move |tables: &Tx<'_>| {
            let account = tables.account_by_email(&by)?;
            account.map(|account| export::write(tables, &trusted, &account, None, (now, ALL_DEVICES))).transpose()
        };
        self.store.read_snapshot(read).await?.ok_or_else(|| unknown(email))
    }

    /// Erases an account and everything that is kept with it, as its member can.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if there is no such account.
    pub async fn erase(&self, email: &str) -> Result<Erased, AdminError> {
        let (by, now) = (parse(email)?, self.clock.now());
        let find = move |tables: &Tx<'_>| {
            let Some(account) = tables.account_by_email(&by)? else { return Ok(None) };
            let kept = service::belongings(tables, &account.id, (now, ALL_DEVICES))?;
            let records = tables.record_ids_of(&account.id, u32::MAX)?.len();
            let (sessions, activity) = (kept.sessions.len(), kept.activity.len());
            Ok(Some((account.id, Erased { sessions, activity, records })))
        };
        self.store.erase(find).await?.ok_or_else(|| unknown(email))
    }

    /// Changes one account and notes it, in one transaction.
    async fn change<T: Send + 'static>(
        &self,
        email: &str,
        event: SecurityEventKind,
        change: impl FnOnce(&Tx<'_>, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let by = parse(email)?;
        let activity = SecurityEvent { event, at: self.clock.now(), device: None, count: 1 };
        let job = move |tables: &Tx<'_>| {
            let Some(account) = tables.account_by_email(&by)? else { return Ok(None) };
            let changed = change(tables, &account.id)?;
            tables.record_security_event(&account.id, &activity)?;
            Ok(Some(changed))
        };
        self.store.write(job).await?.ok_or_else(|| unknown(email))
    }
}

fn parse(email: &str) -> Result<Email, AdminError> {
    Email::parse(email).ok_or_else(|| unknown(email))
}

fn unknown(email: &str) -> AdminError {
    AdminError::Unknown(email.to_owned())
}
