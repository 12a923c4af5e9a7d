//! `harmony ledger` and `harmony receipt`: verifies and exports records, and verifies receipts, while the server runs or not.

use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use harmony::{
    model::receipt::Verdict,
    server::{
        chance::Chance,
        config::Config,
        ledger::{Ledger, operator::Operator},
    },
};

use super::{open, runtime};

/// What can be done with the records.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Verifies every chain of records, or names the first record that is not as it was written.
    Verify,
    /// Writes every record as a line of JSON that anyone can verify.
    Export {
        /// The file to write; standard output without one.
        file: Option<PathBuf>,
    },
    /// Prints the public key that this server's receipts are verified with.
    Key,
}

/// What can be done with a receipt.
#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Says whether a receipt was handed out here and its record stands in the ledger; the exit code says it too.
    Verify {
        /// The file of the receipt; - for standard input.
        file: PathBuf,
    },
}

/// Does one thing with the ledger.
pub(super) fn run(config: &Config, command: Command) -> Result<(), String> {
    let own = own_ledger(config)?;
    if let Command::Key = command {
        let own = own.ok_or("there is no key yet: start the server once, or set HARMONY_DATA or HARMONY_LEDGER_KEY")?;
        println!("{}", own.public_key());
        return Ok(());
    }
    let store = open(config)?;
    let operator = Operator { store: &store, own: own.as_ref() };
    runtime()?.block_on(async {
        match command {
            Command::Export { file } => {
                let to: Box<dyn Write + Send> = match &file {
                    Some(file) => Box::new(make(file).map_err(|error| format!("{}: {error}", file.display()))?),
                    None => Box::new(io::stdout()),
                };
                let records = operator.export(BufWriter::new(to)).await.map_err(|error| error.to_string())?;
                if let Some(file) = file {
                    println!("{}: {records} records", file.display());
                }
                Ok(())
            }
            Command::Verify | Command::Key => {
                let sound = operator.verify().await.map_err(|error| error.to_string())?;
                println!("{}", sound.map_err(|unsound| unsound.to_string())?);
                Ok(())
            }
        }
    })
}

/// Says what can be said of a receipt; whatever is not both genuine and in the ledger is an error.
pub(super) fn verify_receipt(config: &Config, file: &Path) -> Result<(), String> {
    let mut text = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_end(&mut text).map(drop)
    } else {
        fs::read(file).map(|read| text = read)
    };
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    let own = own_ledger(config)?;
    let store = open(config)?;
    let operator = Operator { store: &store, own: own.as_ref() };
    // What is no text is no receipt either.
    let text = String::from_utf8_lossy(&text).into_owned();
    let verdict = runtime()?.block_on(operator.judge(text)).map_err(|error| error.to_string())?;
    if verdict != Verdict::Genuine {
        return Err(verdict.sentence().into());
    }
    println!("{}", verdict.sentence());
    Ok(())
}

/// The ledger that this server signs, if it has a key; none is made.
fn own_ledger(config: &Config) -> Result<Option<Ledger>, String> {
    let read = || config.ledger(&Chance::system()).map_err(|error| error.to_string());
    config.has_ledger_key().then(read).transpose()
}

/// Makes a file, in place of an earlier one, that its owner alone can read.
fn make(file: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}
