//! `harmony ledger` and `harmony receipt`: verifies and exports records, and verifies receipts,
//! whether the server runs or not.

use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use harmony::{
    app::statement::statement,
    config::Config,
    content::Content,
    domain::ledger::receipt::Verdict,
    ledger::{Ledger, admin::LedgerAdmin, checkpoint::Checkpoint, key::TrustedKeys, timestamps::StampFiles},
    system::rng::Rng,
};

use super::{listed, open_read_only, runtime};

/// A command about the ledger.
#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Verify every chain of records, or name the first altered record
    Verify {
        /// Checkpoint to compare the ledger with: finds a chain that was cut or rewritten since
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Print the signed head of this server's chain as a checkpoint (C2SP tlog-checkpoint)
    Checkpoint,
    /// Write the whole ledger as lines of JSON, which anyone can verify without Harmony
    ///
    /// For each chain that is its head and its records, and at the end the texts of the prompts.
    Export {
        /// File to write, which must not exist; without it, standard output
        file: Option<PathBuf>,
        /// Write only the records, as JSON-LD in the terms of the W3C Data Privacy Vocabulary; it
        /// has no signatures, so nobody can verify it
        #[arg(long)]
        json_ld: bool,
    },
    /// Write each time stamp of the ledger's head with its checkpoint: <day>.tsr, <day>.checkpoint
    Timestamps {
        /// Folder to write to; created if missing. Files of these names are replaced
        folder: PathBuf,
    },
    /// Print the public key that verifies this server's receipts
    Key,
}

/// A command about a receipt.
#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check that this server issued a receipt and that its record is in the ledger
    Verify {
        /// File of the receipt; - for standard input
        file: PathBuf,
    },
}

/// Runs a command about the ledger.
pub(super) fn run(config: &Config, command: LedgerCommand) -> Result<()> {
    if let LedgerCommand::Key = command {
        say!("{}", own_ledger(config)?.public_key());
        return Ok(());
    }
    let trusted = config.keys.trusted_keys()?;
    let store = open_read_only(config)?;
    let admin = LedgerAdmin { store: &store, trusted: &trusted };
    let runtime = runtime()?;
    match command {
        LedgerCommand::Export { file, json_ld } => export(config, &admin, file.as_deref(), json_ld)?,
        LedgerCommand::Checkpoint => {
            let own = own_ledger(config)?;
            let signed = runtime.block_on(admin.checkpoint(&own))?;
            say!("{}", signed.map_err(|tampered| anyhow!(tampered.to_string()))?.trim_end());
        }
        LedgerCommand::Verify { against } => {
            let against = against.map(|file| load_checkpoint(&file, &trusted)).transpose()?;
            let verified = runtime.block_on(admin.verify(against))?;
            say!("{}", verified.map_err(|tampered| anyhow!(tampered.to_string()))?);
        }
        LedgerCommand::Timestamps { folder } => {
            let name = || folder.display().to_string();
            if folder.is_file() {
                bail!("{} is a file: name a folder", folder.display());
            }
            fs::create_dir_all(&folder).with_context(name)?;
            let to = folder.clone();
            let written = runtime.block_on(admin.timestamps(move |pair| write(&to, &pair))).with_context(name)?;
            say!("{}: {written} {}", folder.display(), if written == 1 { "time stamp" } else { "time stamps" });
        }
        LedgerCommand::Key => {}
    }
    Ok(())
}

/// Exports the ledger to a new file or to standard output.
fn export(config: &Config, admin: &LedgerAdmin<'_>, file: Option<&Path>, json_ld: bool) -> Result<()> {
    // Before the file is created, so that an error in the content leaves none.
    let content = json_ld.then(|| Content::load(&config.files.content_dir).map_err(listed)).transpose()?;
    let to: Box<dyn Write + Send> = match file {
        Some(file) => Box::new(super::create_new(file, "name another file", &mut owner_only())?),
        None => Box::new(io::stdout()),
    };
    let to = BufWriter::new(to);
    let runtime = runtime()?;
    let exported = match content {
        Some(content) => {
            let origin = config.site.origin.clone();
            runtime.block_on(admin.export_json_ld(to, move |record| statement(&content, &origin, record)))
        }
        None => runtime.block_on(admin.export(to)),
    };
    let Some(file) = file else { return Ok(exported.map(drop)?) };
    if exported.is_err() {
        // A part of the ledger must not pass for the whole.
        let _ = fs::remove_file(file);
    }
    let records = exported.with_context(|| file.display().to_string())?;
    say!("{}: {records} records", file.display());
    Ok(())
}

/// Writes a time stamp and its checkpoint to a folder.
fn write(folder: &Path, pair: &StampFiles) -> io::Result<()> {
    let write = |ending: &str, bytes: &[u8]| create(&folder.join(format!("{}.{ending}", pair.name)))?.write_all(bytes);
    write("checkpoint", pair.checkpoint.as_bytes())?;
    write("tsr", &pair.reply)
}

/// The checkpoint in a file.
fn load_checkpoint(file: &Path, trusted: &TrustedKeys) -> Result<Checkpoint> {
    Checkpoint::parse(&read(file)?, trusted).with_context(|| file.display().to_string())
}

/// Verifies a receipt; one that is not genuine or not in the ledger is an error.
pub(super) fn verify_receipt(config: &Config, file: &Path) -> Result<()> {
    let text = read(file)?;
    let trusted = config.keys.trusted_keys()?;
    let store = open_read_only(config)?;
    let admin = LedgerAdmin { store: &store, trusted: &trusted };
    let verdict = runtime()?.block_on(admin.verify_receipt(text))?;
    if verdict != Verdict::Genuine {
        bail!("{}", verdict.sentence());
    }
    say!("{}", verdict.sentence());
    Ok(())
}

/// The text of a file, or of standard input for `-`. Octets that are not UTF-8 are replaced.
fn read(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(file).map(|read| bytes = read)
    };
    read.with_context(|| file.display().to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The ledger that this server signs. Does not create a key.
fn own_ledger(config: &Config) -> Result<Ledger> {
    if !config.keys.has_ledger_key() {
        bail!("there is no key yet: start the server once, or set HARMONY_DATA_DIR or HARMONY_LEDGER_KEY");
    }
    Ok(config.keys.ledger(&Rng::system())?)
}

/// Creates or truncates a file that only its owner can read.
fn create(file: &Path) -> io::Result<fs::File> {
    owner_only().create(true).truncate(true).open(file)
}

/// Options for a file that only its owner can read.
fn owner_only() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
