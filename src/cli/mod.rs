//! What the command line can do, one file per noun.

/// Says something on standard output, a line or several.
macro_rules! say {
    ($($said:tt)*) => {
        $crate::cli::print(format_args!($($said)*))?
    };
}

mod account;
mod database;
mod health;
mod ledger;
mod serve;
mod stamp;

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    path::PathBuf,
};

use clap::Subcommand;
use harmony::{
    config::{Config, ConfigError},
    content::{Content, REPORT_FILE, lock_file, lock_file::LockScope},
    domain::web::security_txt::ContactExpiry,
    store::{Database, Store, StoreError},
    system::clock::Clock,
};

/// One command.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Serves the site until it is told to stop (SIGINT or SIGTERM). The default.
    Serve,
    /// Asks the server that runs with these settings whether it serves; the exit code says it too.
    Health,
    /// Checks all content and says what is wrong, by file and line; and the settings, and whether security.txt still holds.
    Check,
    /// Writes down what each edition is, so that a later change of a published one is found. Refuses to do so anew for one
    /// whose day has come.
    Stamp,
    /// Looks after the accounts of members, while the server runs or not.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Copies the database to a file, as it is at one moment, while the server runs or not. Keep the data folder's keys with it.
    Backup {
        /// The file to write, which must not be there.
        file: PathBuf,
    },
    /// Puts a backup in the place of the database. Stop the server first.
    Restore {
        /// The file that `backup` wrote.
        file: PathBuf,
    },
    /// Copies all that is kept from one database to another, which must be empty. Stop the server first. Name one of the two
    /// here and the other in the settings, as the one with a password: every user of the machine can read a command line.
    Migrate {
        /// The database to copy, named as in the settings; without it, that of the settings.
        #[arg(long, required_unless_present = "to")]
        from: Option<String>,
        /// The empty database to copy it to; without it, that of the settings.
        #[arg(long)]
        to: Option<String>,
    },
    /// Verifies and exports the records of all decisions, while the server runs or not.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Verifies a receipt that somebody brought.
    #[command(subcommand)]
    Receipt(ledger::ReceiptCommand),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// The sentence that says why it was not done.
    pub(super) fn run(self, config: &Config) -> Result<(), String> {
        match self {
            Self::Serve => serve::run(config),
            Self::Health => health::run(config),
            Self::Check => check(config),
            Self::Stamp => stamp::run(config),
            Self::Account(command) => account::run(config, command),
            Self::Ledger(command) => ledger::run(config, command),
            Self::Receipt(ledger::ReceiptCommand::Verify { file }) => ledger::verify_receipt(config, &file),
            Self::Backup { file } => database::back_up(config, &file),
            Self::Restore { file } => database::restore(config, &file),
            Self::Migrate { from, to } => database::migrate(config, from.as_deref(), to.as_deref()),
        }
    }
}

/// Checks the settings of the site, and all content.
fn check(config: &Config) -> Result<(), String> {
    check_settings(config)?;
    let content = Content::load(&config.content_dir).map_err(lines)?;
    let mistakes = lock_file::check(&config.content_dir, &content, Clock::system().now().day(), LockScope::Every);
    if !mistakes.is_empty() {
        return Err(lines(mistakes));
    }
    let (editions, cookies) = (content.editions.len(), content.newest_inventory().declarations().len());
    say!("{}: {editions} editions and {cookies} cookies, no mistakes", config.content_dir.display());
    for translation in content.outdated_translations() {
        let (locale, version) = (translation.locale, translation.edition.version);
        let file = config.content_dir.join("policy").join(locale.tag()).join(format!("{version}.md"));
        say!("{}: this translates an older text; it is shown, and marked as such", file.display());
    }
    if content.outdated_report(Clock::system().now().day()).is_some() {
        let file = config.content_dir.join(REPORT_FILE);
        say!("{}: this report is of another edition than that in force: run make compliance", file.display());
    }
    Ok(())
}

/// Checks all that is set, as a start does, and whether security.txt still holds.
fn check_settings(config: &Config) -> Result<(), String> {
    match config.check() {
        // Whoever writes the content may have built nothing yet.
        Err(error @ (ConfigError::Site(_) | ConfigError::Asset { .. }))
            if config.static_dir == Config::default().static_dir =>
        {
            say!("{error}");
        }
        checked => checked.map_err(|error| error.to_string())?,
    }
    let Some(contacts) = config.security_txt().map_err(|error| error.to_string())? else { return Ok(()) };
    let expires = contacts.expires();
    match contacts.expiry(Clock::system().now().day()) {
        ContactExpiry::Valid => Ok(()),
        ContactExpiry::Ending(days) => {
            say!(
                "HARMONY_SECURITY_EXPIRES: security.txt is over on {expires}, in {days} days: read its contacts again, and set a later day"
            );
            Ok(())
        }
        ContactExpiry::Expired => Err(format!(
            "HARMONY_SECURITY_EXPIRES: security.txt is over since {expires} and is not served: read its contacts again, and set a later day"
        )),
    }
}

/// Each on a line of its own.
fn lines(said: impl IntoIterator<Item = impl ToString>) -> String {
    said.into_iter().map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

/// The store of a server that was started before.
fn open(config: &Config) -> Result<Store, String> {
    open_by(config, Store::open)
}

/// The same, to read it as it is: its tables stay as the server made them.
fn open_read_only(config: &Config) -> Result<Store, String> {
    open_by(config, Store::open_read_only)
}

fn open_by(config: &Config, open: impl FnOnce(&Database) -> Result<Store, StoreError>) -> Result<Store, String> {
    let database = config.database().map_err(|error| error.to_string())?;
    if let Database::File(file) = &database
        && file.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
    {
        return Err(format!(
            "{database} is not there: start the server once, or set HARMONY_DATA_DIR or HARMONY_DATABASE"
        ));
    }
    open(&database).map_err(|error| format!("{database}: {error}"))
}

/// The database of the settings, for what may make it: the folder that it lies in by default is made.
fn database_to_make(config: &Config) -> Result<Database, String> {
    if config.database.is_none() {
        config.make_data_folder().map_err(|error| error.to_string())?;
    }
    config.database().map_err(|error| error.to_string())
}

/// Prints a line. Nobody may read it any more, as behind `| head`: then it is not printed, and nothing is wrong.
fn print(line: fmt::Arguments<'_>) -> Result<(), String> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// What waits for one thing to be done.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())
}
