//! `harmony backup`, `restore` and `migrate`: copies all that is kept.

use std::path::{Path, PathBuf};

use harmony::{
    config::Config,
    ledger::admin::LedgerAdmin,
    store,
    store::{Copied, Database, Store, transfer},
};

use super::{database_to_make, lines, runtime};

/// Copies the embedded database to a file.
pub(super) fn back_up(config: &Config, to: &Path) -> Result<(), String> {
    let database = embedded(config.database().map_err(|error| error.to_string())?)?;
    if !database.is_file() {
        return Err(format!("{} is not there: start the server once, or set HARMONY_DATA_DIR", database.display()));
    }
    store::back_up(&database, to, |file| validate(config, file)).map_err(|error| error.to_string())?;
    say!("{} is copied to {}", database.display(), to.display());
    Ok(())
}

/// Puts a copy in the place of the embedded database.
pub(super) fn restore(config: &Config, copy: &Path) -> Result<(), String> {
    let database = embedded(database_to_make(config)?)?;
    let restored = store::restore(copy, &database, |file| validate(config, file)).map_err(|error| error.to_string())?;
    say!("{} is now what {} holds", database.display(), copy.display());
    say!("everybody is signed out, and sign-in links are over; accounts that were erased since: {}", restored.erased);
    if let Some(replaced) = restored.replaced {
        say!(
            "what it held before is in {}: it holds newer data of people, so delete it when all is well",
            replaced.display()
        );
    }
    Ok(())
}

/// The file of the embedded database. A server has ways of its own to copy what it keeps.
fn embedded(database: Database) -> Result<PathBuf, String> {
    match database {
        Database::File(file) => Ok(file),
        Database::Server(_) => {
            Err("PostgreSQL keeps the database: copy it with pg_dump, and put it back with pg_restore".into())
        }
    }
}

/// Whether the ledger in that file is as it was written.
fn validate(config: &Config, file: &Path) -> Result<(), String> {
    let trusted = config.trusted_keys().map_err(|error| error.to_string())?;
    let store = Store::open_file(file).map_err(|error| error.to_string())?;
    let operator = LedgerAdmin { store: &store, trusted: &trusted };
    let found = runtime()?.block_on(operator.verify(None)).map_err(|error| error.to_string())?;
    match found {
        Ok(sound) if sound.chains == 0 => {
            Err("it holds no ledger, so it is no database that Harmony has served".into())
        }
        Ok(_) => Ok(()),
        Err(unsound) => Err(unsound.to_string()),
    }
}

/// Copies all that is kept from one database to another. One that is not named is that of the settings, so that a password
/// need not stand on the command line, where every user of the machine can read it.
pub(super) fn migrate(config: &Config, from: Option<&str>, to: Option<&str>) -> Result<(), String> {
    let database = |option: &str, name: Option<&str>| match name {
        Some(name) => Database::parse(name).map_err(|error| format!("{option}: {error}")),
        None => config.database().map_err(|error| error.to_string()),
    };
    let from = database("--from", from)?;
    let to = if to.is_some() { database("--to", to)? } else { database_to_make(config)? };
    let copied = transfer(&from, &to).map_err(|error| error.to_string())?;
    say!("{}", lines(copied.iter().map(|Copied { table, rows }| format!("{table}: {rows}"))));
    say!("{from} is copied to {to}");
    Ok(())
}
