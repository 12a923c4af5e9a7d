//! `harmony backup`, `restore` and `db copy`: copies the whole database.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use harmony::{
    config::Config,
    ledger::admin::LedgerAdmin,
    store,
    store::{Copied, Database, Store, transfer},
};

use super::{database_to_create, lines, runtime, with_causes};

/// A command about databases.
#[derive(Subcommand)]
pub(crate) enum DbCommand {
    /// Copy all data to an empty database (stop the server first)
    ///
    /// Name one database here, with --from or with --to; the other is that of the settings. Let
    /// that be the one with a password, because every user of the machine can read a command line.
    /// A database is named as in `HARMONY_DATABASE`.
    Copy(CopyArgs),
}

/// Options of that command.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct CopyArgs {
    /// Database to copy; by default that of the settings
    #[arg(long, value_name = "DATABASE")]
    from: Option<String>,
    /// Empty database to copy to; by default that of the settings
    #[arg(long, value_name = "DATABASE")]
    to: Option<String>,
}

/// Copies the SQLite database to a file.
pub(super) fn back_up(config: &Config, to: &Path) -> Result<()> {
    let database = sqlite_file(&config.store.database)?;
    if !database.is_file() {
        bail!("{} does not exist: start the server once, or set HARMONY_DATA_DIR", database.display());
    }
    store::back_up(database, to, |file| verify_copy(config, file))?;
    say!("{} is copied to {}", database.display(), to.display());
    Ok(())
}

/// Replaces the SQLite database with a copy.
pub(super) fn restore(config: &Config, copy: &Path) -> Result<()> {
    let database = sqlite_file(database_to_create(config)?)?;
    let restored = store::restore(copy, database, |file| verify_copy(config, file))?;
    say!("{} is now what {} holds", database.display(), copy.display());
    say!(
        "everybody is signed out, and password reset links are over; accounts that were erased since: {}",
        restored.erased
    );
    if let Some(replaced) = restored.replaced {
        say!(
            "what it held before is in {}: it holds newer data of people, so delete it when all is well",
            replaced.display()
        );
    }
    Ok(())
}

/// The file of the database. PostgreSQL has tools of its own for a backup.
fn sqlite_file(database: &Database) -> Result<&Path> {
    match database {
        Database::File(file) => Ok(file),
        Database::Server(_) => {
            bail!("PostgreSQL keeps the database: copy it with pg_dump, and put it back with pg_restore")
        }
    }
}

/// Verifies the ledger of a copy.
fn verify_copy(config: &Config, file: &Path) -> Result<(), String> {
    let verify = || {
        let trusted = config.keys.trusted_keys()?;
        let store = Store::open_file(file)?;
        let admin = LedgerAdmin { store: &store, trusted: &trusted };
        match runtime()?.block_on(admin.verify(None))? {
            Ok(verified) if verified.chains == 0 => {
                bail!("it holds no ledger, so it is no database that Harmony has served")
            }
            Ok(_) => Ok(()),
            Err(tampered) => Err(anyhow!(tampered.to_string())),
        }
    };
    verify().map_err(|error| with_causes(&error))
}

/// Copies one database to another. A database that is not named is that of the settings, so no
/// command line shows its password to the other users of the machine.
pub(super) fn copy(config: &Config, args: &CopyArgs) -> Result<()> {
    let (from, to) = (args.from.as_deref(), args.to.as_deref());
    let named = |option: &'static str, name: &str| Database::parse(name).context(option);
    let from = from.map_or_else(|| Ok(config.store.database.clone()), |name| named("--from", name))?;
    if let Database::File(file) = &from
        && !file.is_file()
    {
        bail!("{from} does not exist: name the database to copy with --from, or in the settings");
    }
    let to = match to {
        Some(name) => named("--to", name)?,
        None => database_to_create(config)?.clone(),
    };
    let copied = transfer(&from, &to)?;
    say!("{}", lines(copied.iter().map(|Copied { table, rows }| format!("{table}: {rows}"))));
    say!("{from} is copied to {to}");
    Ok(())
}
