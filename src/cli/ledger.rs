//! `harmony ledger` and `harmony receipt`: verifies and exports records, and verifies receipts, while the server runs or not.

use std::{
    fmt::Display,
    fs,
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use harmony::{
    config::Config,
    domain::ledger::receipt::Verdict,
    ledger::{Ledger, admin::LedgerAdmin, checkpoint::Checkpoint, key::TrustedKeys, timestamps::StampFiles},
    system::rng::Rng,
};

use super::{open_read_only, runtime};

/// What can be done with the records.
#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Verifies every chain of records, or names the first record that is not as it was written.
    Verify {
        /// A checkpoint that was kept elsewhere: finds a chain that was cut or written anew since, even under the right key.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Prints the signed head of this server's chain as a checkpoint (C2SP tlog-checkpoint), to be kept elsewhere.
    Checkpoint,
    /// Writes every record as a line of JSON that anyone can verify.
    Export {
        /// The file to write; standard output without one.
        file: Option<PathBuf>,
    },
    /// Writes each time stamp of the ledger's head with the checkpoint that it is of: `<day>.tsr` and `<day>.checkpoint`.
    Timestamps {
        /// The folder to write to; made if missing.
        folder: PathBuf,
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
pub(super) fn run(config: &Config, command: LedgerCommand) -> Result<(), String> {
    if let LedgerCommand::Key = command {
        say!("{}", own_ledger(config)?.public_key());
        return Ok(());
    }
    let trusted = config.trusted_keys().map_err(|error| error.to_string())?;
    let store = open_read_only(config)?;
    let operator = LedgerAdmin { store: &store, trusted: &trusted };
    let runtime = runtime()?;
    match command {
        LedgerCommand::Export { file } => {
            let to: Box<dyn Write + Send> = match &file {
                Some(file) => Box::new(make(file).map_err(|error| format!("{}: {error}", file.display()))?),
                None => Box::new(io::stdout()),
            };
            let exported = runtime.block_on(operator.export(BufWriter::new(to)));
            let records = exported.map_err(|error| error.to_string())?;
            if let Some(file) = file {
                say!("{}: {records} records", file.display());
            }
        }
        LedgerCommand::Checkpoint => {
            let own = own_ledger(config)?;
            let signed = runtime.block_on(operator.checkpoint(&own)).map_err(|error| error.to_string())?;
            say!("{}", signed.map_err(|unsound| unsound.to_string())?.trim_end());
        }
        LedgerCommand::Verify { against } => {
            let against = against.map(|file| kept(&file, &trusted)).transpose()?;
            let sound = runtime.block_on(operator.verify(against)).map_err(|error| error.to_string())?;
            say!("{}", sound.map_err(|unsound| unsound.to_string())?);
        }
        LedgerCommand::Timestamps { folder } => {
            let failed = |error: &dyn Display| format!("{}: {error}", folder.display());
            fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
            let to = folder.clone();
            let written = runtime.block_on(operator.timestamps(move |pair| write(&to, &pair)));
            let written = written.map_err(|error| failed(&error))?;
            say!("{}: {written} {}", folder.display(), if written == 1 { "time stamp" } else { "time stamps" });
        }
        LedgerCommand::Key => {}
    }
    Ok(())
}

/// Writes a time stamp and its checkpoint to a folder.
fn write(folder: &Path, pair: &StampFiles) -> io::Result<()> {
    let write = |ending: &str, bytes: &[u8]| make(&folder.join(format!("{}.{ending}", pair.name)))?.write_all(bytes);
    write("checkpoint", pair.checkpoint.as_bytes())?;
    write("tsr", &pair.reply)
}

/// The checkpoint in a file.
fn kept(file: &Path, trusted: &TrustedKeys) -> Result<Checkpoint, String> {
    Checkpoint::parse(&read(file)?, trusted).map_err(|error| format!("{}: {error}", file.display()))
}

/// Says what can be said of a receipt; whatever is not both genuine and in the ledger is an error.
pub(super) fn verify_receipt(config: &Config, file: &Path) -> Result<(), String> {
    let text = read(file)?;
    let trusted = config.trusted_keys().map_err(|error| error.to_string())?;
    let store = open_read_only(config)?;
    let operator = LedgerAdmin { store: &store, trusted: &trusted };
    let verdict = runtime()?.block_on(operator.verify_receipt(text)).map_err(|error| error.to_string())?;
    if verdict != Verdict::Genuine {
        return Err(verdict.sentence().into());
    }
    say!("{}", verdict.sentence());
    Ok(())
}

/// What is in a file, or comes on standard input if it is called -. What is no text is kept as far as it is one.
fn read(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(file).map(|read| bytes = read)
    };
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The ledger that this server signs; no key is made for it.
fn own_ledger(config: &Config) -> Result<Ledger, String> {
    if !config.has_ledger_key() {
        return Err("there is no key yet: start the server once, or set HARMONY_DATA_DIR or HARMONY_LEDGER_KEY".into());
    }
    config.ledger(&Rng::system()).map_err(|error| error.to_string())
}

/// Makes a file, in place of an earlier one, that its owner alone can read.
fn make(file: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}
