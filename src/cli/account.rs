//! `harmony account`: manages accounts, whether the server runs or not.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use harmony::{
    app::accounts::admin::{AccountAdmin, AccountSummary, Erased},
    config::Config,
    domain::web::origin::Origin,
    ledger::key::TrustedKeys,
    system::{clock::Clock, rng::Rng},
};

use super::{lines, open, open_read_only, runtime};

/// A command about accounts.
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// List all accounts: email address, day, signed-in browsers
    List,
    /// Disable an account and sign it out everywhere; its user can still export and erase the data
    Disable {
        /// Email address of the account
        email: String,
    },
    /// Enable a disabled account again
    Enable {
        /// Email address of the account
        email: String,
    },
    /// Sign out every browser of an account
    EndSessions {
        /// Email address of the account
        email: String,
    },
    /// Write all data of an account to standard output, as the JSON that its user can export
    Export {
        /// Email address of the account
        email: String,
    },
    /// Erase an account and all its data, as its user can
    Erase {
        /// Email address of the account
        email: String,
    },
    /// Print a link for a user who forgot the password; it works once, within a day. Refused if
    /// passwords are switched off
    PasswordReset {
        /// Email address of the account
        email: String,
        /// Origin of the site; by default that of the settings
        #[arg(long, value_name = "ORIGIN")]
        site: Option<String>,
    },
}

/// Runs a command about accounts.
pub(super) fn run(config: &Config, command: AccountCommand) -> Result<()> {
    let site = match &command {
        AccountCommand::PasswordReset { site: Some(site), .. } => site.parse::<Origin>().context("--site")?.into(),
        _ => config.site.origin.clone(),
    };
    if matches!(command, AccountCommand::PasswordReset { .. }) && !config.identity.sign_in()?.passwords {
        bail!("{}: passwords are switched off, so a link to set one would not work", config.identity.name);
    }
    // Only an export needs to know which records are trusted.
    let trusted = match command {
        AccountCommand::Export { .. } => config.keys.trusted_keys()?,
        _ => TrustedKeys::default(),
    };
    let only_reads = matches!(command, AccountCommand::List | AccountCommand::Export { .. });
    let store = if only_reads { open_read_only(config)? } else { open(config)? };
    let operator = AccountAdmin { store: &store, clock: Clock::system(), rng: Rng::system() };
    let runtime = runtime()?;
    let said = runtime.block_on(async {
        match command {
            AccountCommand::List => operator.list().await.map(|accounts| {
                let line = |account: &AccountSummary| {
                    let disabled = if account.is_disabled { ", disabled" } else { "" };
                    let AccountSummary { email, created_at, sessions, .. } = account;
                    format!("{email}: created on {}, browsers signed in: {sessions}{disabled}", created_at.day())
                };
                if accounts.is_empty() { "no accounts".into() } else { lines(accounts.iter().map(line)) }
            }),
            AccountCommand::Disable { email } => {
                operator.set_disabled(&email, true).await.map(|()| format!("{email}: disabled and signed out"))
            }
            AccountCommand::Enable { email } => {
                operator.set_disabled(&email, false).await.map(|()| format!("{email}: enabled"))
            }
            AccountCommand::EndSessions { email } => {
                operator.end_sessions(&email).await.map(|ended| format!("{email}: browsers signed out: {ended}"))
            }
            AccountCommand::Export { email } => {
                operator.export(&email, &trusted).await.map(|json| String::from_utf8_lossy(&json).into_owned())
            }
            AccountCommand::Erase { email } => operator.erase(&email).await.map(|erased| {
                let Erased { sessions, activity, records } = erased;
                format!(
                    "{email}: erased, with signed-in browsers: {sessions}, entries of the activity: {activity}; records \
                     that lead to nobody now: {records}"
                )
            }),
            AccountCommand::PasswordReset { email, .. } => {
                let link = operator.create_reset_link(&email).await;
                link.map(|path| format!("{site}{path}"))
            }
        }
    });
    say!("{}", said?);
    Ok(())
}
