//! `harmony account`: looks after the accounts of members, while the server runs or not.

use clap::Subcommand;
use harmony::{
    app::accounts::admin::{AccountAdmin, AccountSummary, Erased},
    config::Config,
    domain::web::origin::Origin,
    ledger::key::TrustedKeys,
    system::{clock::Clock, rng::Rng},
};

use super::{lines, open, open_read_only, runtime};

/// What can be done with the accounts.
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Lists every account: e-mail address, day, signed-in browsers.
    List,
    /// Disables an account and signs out all its browsers. Nothing is erased; its member can still take their data away, and
    /// erase it.
    Disable {
        /// The e-mail address.
        email: String,
    },
    /// Enables a disabled account again.
    Enable {
        /// The e-mail address.
        email: String,
    },
    /// Signs out all browsers of an account.
    EndSessions {
        /// The e-mail address.
        email: String,
    },
    /// Writes everything that is kept of a member to standard output, as the JSON that they can take away themselves.
    Export {
        /// The e-mail address.
        email: String,
    },
    /// Erases an account and everything that is kept with it, at once and for good, as its member can.
    Erase {
        /// The e-mail address.
        email: String,
    },
    /// Prints a sign-in link that works once, within a day, to hand to a member who forgot the password.
    Link {
        /// The e-mail address.
        email: String,
        /// The origin of the site, if it is not that of the settings.
        #[arg(long)]
        site: Option<String>,
    },
}

/// Does one thing with the accounts.
pub(super) fn run(config: &Config, command: AccountCommand) -> Result<(), String> {
    let site = match &command {
        AccountCommand::Link { site: Some(site), .. } => {
            site.parse::<Origin>().map_err(|error| format!("--site: {error}"))?.into()
        }
        _ => config.origin().map_err(|error| error.to_string())?,
    };
    // Which records are believed is asked for by an export alone.
    let trusted =
        if let AccountCommand::Export { .. } = command { config.trusted_keys() } else { Ok(TrustedKeys::default()) };
    let trusted = trusted.map_err(|error| error.to_string())?;
    let only_reads = matches!(command, AccountCommand::List | AccountCommand::Export { .. });
    let store = if only_reads { open_read_only(config)? } else { open(config)? };
    let operator = AccountAdmin { store: &store, clock: Clock::system(), chance: Rng::system() };
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
                    "{email}: erased, with signed-in browsers: {sessions}, entries of the activity: {activity}; records that lead to nobody now: {records}"
                )
            }),
            AccountCommand::Link { email, .. } => {
                let link = operator.make_link(&email).await;
                link.map(|path| format!("{site}{path}"))
            }
        }
    });
    say!("{}", said.map_err(|error| error.to_string())?);
    Ok(())
}
