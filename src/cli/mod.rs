//! The commands, one file per topic.

/// Prints to standard output.
macro_rules! say {
    ($($said:tt)*) => {
        $crate::cli::print(format_args!($($said)*))?
    };
}

mod account;
mod check;
mod database;
mod findings;
mod health;
mod import;
mod init;
mod ledger;
mod lock;
mod serve;

use std::{
    fmt::{self, Write as _},
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use harmony::{
    app::mail::Outbox,
    config::{Config, identity_providers::SignInConfig},
    content::Content,
    domain::{cookies::declaration::FirstPartyCookie, publisher::Publisher},
    store::{Database, Store, StoreError},
    system::smtp::Mailer,
};

/// A command.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve the site until SIGINT or SIGTERM (the default)
    Serve,
    /// Ask the running server with the same settings whether it serves
    Health,
    /// Check all settings and all content, and print each error by file and line
    Check,
    /// Write a content folder to begin with: a policy, the cookies of this program, and all texts
    Init(init::InitArgs),
    /// Turn an existing policy in Markdown into an edition, and list what changed
    Import(import::ImportArgs),
    /// Lock each edition by its hash, so that a later change of a published one is found
    Lock,
    /// Manage accounts, whether the server runs or not
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Copy the SQLite database to a file as one snapshot, whether the server runs or not
    Backup {
        /// File to write, which must not exist
        file: PathBuf,
    },
    /// Replace the SQLite database with a backup (stop the server first)
    Restore {
        /// File that `backup` wrote
        file: PathBuf,
    },
    /// Copy between databases
    #[command(subcommand)]
    Db(database::DbCommand),
    /// Verify and export the records of all decisions, whether the server runs or not
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// List what pages of partner services found in browsers and the policy does not say
    Findings(findings::FindingsArgs),
    /// Verify receipts
    #[command(subcommand)]
    Receipt(ledger::ReceiptCommand),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// The sentence that says why it failed.
    pub(super) fn run(self, config: Config) -> Result<()> {
        match self {
            Self::Serve => serve::run(config),
            Self::Health => health::run(&config),
            Self::Check => check::run(&config),
            Self::Init(args) => init::run(&args),
            Self::Import(args) => import::run(&config, &args),
            Self::Lock => lock::run(&config),
            Self::Account(command) => account::run(&config, command),
            Self::Ledger(command) => ledger::run(&config, command),
            Self::Findings(args) => findings::run(&config, &args),
            Self::Receipt(ledger::ReceiptCommand::Verify { file }) => ledger::verify_receipt(&config, &file),
            Self::Backup { file } => database::back_up(&config, &file),
            Self::Restore { file } => database::restore(&config, &file),
            Self::Db(database::DbCommand::Copy(args)) => database::copy(&config, &args),
        }
    }
}

/// The message of an error with its causes, each once: some messages end with their cause.
pub(super) fn with_causes(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |mut said, cause| {
        let cause = cause.to_string();
        if said.is_empty() {
            return cause;
        }
        if !said.contains(&cause) {
            let _ = write!(said, ": {cause}");
        }
        said
    })
}

/// Joins lines.
fn lines(said: impl IntoIterator<Item = impl ToString>) -> String {
    said.into_iter().map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

/// An error whose message has several lines.
fn listed(said: impl IntoIterator<Item = impl ToString>) -> anyhow::Error {
    anyhow!(lines(said))
}

/// Opens the store of a server that was started before.
fn open(config: &Config) -> Result<Store> {
    open_by(config, Store::open)
}

/// Opens that store for reading only, without migrating its tables.
fn open_read_only(config: &Config) -> Result<Store> {
    open_by(config, Store::open_read_only)
}

fn open_by(config: &Config, open: impl FnOnce(&Database) -> Result<Store, StoreError>) -> Result<Store> {
    let database = &config.store.database;
    if let Database::File(file) = database
        && file.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
    {
        bail!("{database} does not exist: start the server once, or set HARMONY_DATA_DIR or HARMONY_DATABASE");
    }
    open(database).with_context(|| database.to_string())
}

/// The database of the settings, for a command that may create the database. Creates the data
/// folder if the database is in it.
fn database_to_create(config: &Config) -> Result<&Database> {
    if config.store.is_in_data_dir {
        config.store.data_dir.create()?;
    }
    Ok(&config.store.database)
}

/// Creates a file that does not exist yet. `hint` says what to do if it does.
fn create_new(file: &Path, hint: &str, options: &mut OpenOptions) -> Result<File> {
    options.create_new(true).open(file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("{} exists already: {hint}", file.display()),
        _ => anyhow::Error::from(error).context(file.display().to_string()),
    })
}

/// Prints a line. A closed pipe, as behind `| head`, is not an error.
fn print(line: fmt::Arguments<'_>) -> Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// The runtime of a command that does one thing.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}

/// The outbox for the mail server that is set, if one is, with the sender that `site.toml` names.
fn outbox(config: &Config, publisher: &Publisher) -> Result<Outbox> {
    let Some(server) = &config.mail.server else { return Ok(Outbox::default()) };
    let name = &config.mail.server_name;
    let Some(sender) = &publisher.mail_from else {
        bail!("{name}: site.toml has no mail_from; expected the address that messages are sent from");
    };
    let host = config.site.origin.split("://").nth(1).unwrap_or_default();
    let mailer = Mailer::new(server, &publisher.name, sender, host).with_context(|| name.clone())?;
    Ok(Outbox::new(mailer, config.mail.retry_seconds))
}

/// How users sign in. The cookie of the identity providers must be declared.
fn sign_in_config(config: &Config, content: &Content) -> Result<SignInConfig> {
    let sign_in = config.identity.sign_in()?;
    let cookie = FirstPartyCookie::SignIn;
    if !sign_in.providers.is_empty() && content.newest_inventory().first_party(cookie).is_none() {
        let (setting, name) = (&config.identity.name, cookie.into_str());
        bail!("{setting}: cookies.toml does not declare {name}, which a sign-in through a provider sets");
    }
    Ok(sign_in)
}

/// Whether sessions are bound to a key of the device. The edition in force must declare the cookie.
fn binds_sessions(config: &Config, content: &Content, today: time::Date) -> Result<bool> {
    let (cookie, version) = (FirstPartyCookie::Bound, content.current_version(today));
    let declared = content.inventory(version).first_party(cookie).filter(|declaration| declaration.since <= version);
    if config.identity.binds_sessions && declared.is_none() {
        bail!("HARMONY_BOUND_SESSIONS: the edition in force does not declare {}, which it sets", cookie.into_str());
    }
    Ok(config.identity.binds_sessions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_with_each_cause_once() {
        let cause = || io::Error::other("the disk is full");
        for (error, line) in [
            (anyhow!("alone"), "alone"),
            (anyhow::Error::from(cause()).context("a.sqlite"), "a.sqlite: the disk is full"),
            (anyhow::Error::from(cause()).context("cannot write: the disk is full"), "cannot write: the disk is full"),
        ] {
            assert_eq!(with_causes(&error), line);
        }
    }
}
