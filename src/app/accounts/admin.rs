//! The operator's commands for accounts, whether the server runs or not.

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

/// The lifetime of a password reset link in seconds: one day, so that the operator can send it to
/// the user.
const LINK_LIFETIME_SECONDS: u64 = 24 * 60 * 60;

/// Selects the devices of any age. The command line does not load the content that declares the
/// lifetime of a device; the hourly task deletes expired devices.
const ALL_DEVICES: Timestamp = Timestamp(i64::MIN);

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No account has that e-mail address.
    #[error("there is no account with the e-mail address {0:?}")]
    Unknown(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One account, as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// The e-mail address.
    pub email: String,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// Whether the operator disabled the account.
    pub is_disabled: bool,
    /// How many browsers are signed in to the account.
    pub sessions: u32,
}

/// What the erasure of an account deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// How many browsers were signed in to the account.
    pub sessions: usize,
    /// How many security events the account had.
    pub activity: usize,
    /// How many records belonged to the account. They stay in the ledger without a link to a
    /// person.
    pub records: usize,
}

/// The operator's commands on the store of a server.
pub struct AccountAdmin<'s> {
    /// The store.
    pub store: &'s Store,
    /// The source of the current time.
    pub clock: Clock,
    /// The source of random bytes.
    pub rng: Rng,
}

impl AccountAdmin<'_> {
    /// Lists every account, oldest first.
    ///
    /// # Errors
    /// [`AdminError::Store`] if the store cannot be read.
    pub async fn list(&self) -> Result<Vec<AccountSummary>, AdminError> {
        let now = self.clock.now();
        let accounts = self.store.read(move |tx| tx.accounts(now)).await?;
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
    /// [`AdminError::Unknown`] if no account has the address.
    pub async fn set_disabled(&self, email: &str, disabled: bool) -> Result<(), AdminError> {
        let at = disabled.then(|| self.clock.now());
        let event = if disabled { SecurityEventKind::Disabled } else { SecurityEventKind::Enabled };
        self.change(email, event, move |tx, account| {
            tx.set_disabled(account, at)?;
            if disabled {
                tx.delete_sessions(account, None)?;
                tx.delete_password_reset_token(account)?;
            }
            Ok(())
        })
        .await
    }

    /// Ends every session of an account. Returns how many there were.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if no account has the address.
    pub async fn end_sessions(&self, email: &str) -> Result<usize, AdminError> {
        let now = self.clock.now();
        self.change(email, SecurityEventKind::AllEnded, move |tx, account| {
            let live = tx.active_sessions_of(account, now)?.len();
            tx.delete_sessions(account, None)?;
            Ok(live)
        })
        .await
    }

    /// Creates a one-time password reset link, which replaces an earlier one. Returns its path and
    /// query.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if no account has the address.
    pub async fn create_reset_link(&self, email: &str) -> Result<String, AdminError> {
        let token = session_tokens::generate(&self.rng);
        let (hash, expires_at) = (session_tokens::hash(&token), self.clock.now().plus_seconds(LINK_LIFETIME_SECONDS));
        self.change(email, SecurityEventKind::ResetLinkCreated, move |tx, account| {
            tx.set_password_reset_token(account, &hash, expires_at)
        })
        .await?;
        Ok(format!("{}?token={token}", crate::domain::web::page::Page::PasswordReset))
    }

    /// Exports all data of a user, in the JSON format of the user's own export.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if no account has the address.
    pub async fn export(&self, email: &str, trusted: &TrustedKeys) -> Result<Vec<u8>, AdminError> {
        let (by, now, trusted) = (parse(email)?, self.clock.now(), trusted.clone());
        let read = move |tx: &Tx<'_>| {
            let account = tx.account_by_email(&by)?;
            account.map(|account| export::write(tx, &trusted, &account, None, (now, ALL_DEVICES))).transpose()
        };
        self.store.read_snapshot(read).await?.ok_or_else(|| unknown(email))
    }

    /// Erases an account and all its data, as the user can.
    ///
    /// # Errors
    /// [`AdminError::Unknown`] if no account has the address.
    pub async fn erase(&self, email: &str) -> Result<Erased, AdminError> {
        let (by, now) = (parse(email)?, self.clock.now());
        let find = move |tx: &Tx<'_>| {
            let Some(account) = tx.account_by_email(&by)? else { return Ok(None) };
            let overview = service::overview(tx, &account.id, (now, ALL_DEVICES))?;
            let records = tx.record_ids_of(&account.id, u32::MAX)?.len();
            let (sessions, activity) = (overview.sessions.len(), overview.activity.len());
            Ok(Some((account.id, Erased { sessions, activity, records })))
        };
        self.store.erase(find).await?.ok_or_else(|| unknown(email))
    }

    /// Changes one account and adds a security event, in one transaction.
    async fn change<T: Send + 'static>(
        &self,
        email: &str,
        event: SecurityEventKind,
        change: impl FnOnce(&Tx<'_>, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let by = parse(email)?;
        let activity = SecurityEvent { event, at: self.clock.now(), device: None, device_id: None, count: 1 };
        let job = move |tx: &Tx<'_>| {
            let Some(account) = tx.account_by_email(&by)? else { return Ok(None) };
            let changed = change(tx, &account.id)?;
            tx.record_security_event(&account.id, &activity)?;
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
