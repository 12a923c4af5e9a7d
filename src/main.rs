//! The command line: `harmony serve`, `check`, `account`, `ledger` and `receipt`.

use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, Subcommand};
use harmony::{
    model::receipt::Verdict,
    server::{
        Parts, State,
        accounts::operator::{Listed, Operator},
        chance::Chance,
        clock::Clock,
        config::{Config, LogFormat},
        content::Content,
        http,
        ledger::{self, Ledger},
        store::{self, Copied, Database, Store, transfer},
    },
};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// A request is answered with hundreds of small pieces of memory, and this hands them out faster than the system does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A cookie policy that is true: published, shown and enforced from one source.
///
/// Everything is configured by environment variables or by a TOML file with the same names in lower case and without the
/// prefix: HARMONY_ADDRESS (default 127.0.0.1:3000), HARMONY_DATA (folder of the database and keys, default data, made if
/// missing), HARMONY_DATABASE (sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE; default: harmony.sqlite in the data
/// folder), HARMONY_CONTENT (default content), HARMONY_SITE (default target/site), HARMONY_CONSENT_KEY (128 hexadecimal
/// digits; made in the data folder if missing), HARMONY_LEDGER_KEY (64 hexadecimal digits; made likewise), HARMONY_RECORD_DAYS
/// (default 1826), HARMONY_ACCOUNT_ATTEMPTS (default 5) and HARMONY_ACCOUNT_ATTEMPT_SECONDS (default 60), HARMONY_ADDRESS_ATTEMPTS (default 20) and HARMONY_ADDRESS_ATTEMPT_SECONDS (default 10),
/// HARMONY_ADDRESS_HEADER (none; behind another server, the header that names the client), HARMONY_LOG (default info), HARMONY_LOG_FORMAT (text or json).
#[derive(Parser)]
#[expect(clippy::doc_markdown, reason = "this is the text of `--help`, which is no Markdown")]
#[command(version)]
struct CommandLine {
    /// A TOML file of settings; the environment wins over it.
    #[arg(long, env = "HARMONY_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the site until it is told to stop (SIGINT or SIGTERM). The default.
    Serve,
    /// Checks all content and says what is wrong, by file and line.
    Check,
    /// Looks after the accounts of members, while the server runs or not.
    #[command(subcommand)]
    Account(AccountCommand),
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
    /// Copies all that is kept from one database to another, which must be empty. Stop the server first, so that nothing is
    /// written behind it.
    Migrate {
        /// The database to copy, named as in the settings.
        #[arg(long)]
        from: String,
        /// The empty database to copy it to.
        #[arg(long)]
        to: String,
    },
    /// Verifies and exports the records of all decisions, while the server runs or not.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Verifies a receipt that somebody brought.
    #[command(subcommand)]
    Receipt(ReceiptCommand),
}

#[derive(Subcommand)]
enum LedgerCommand {
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

#[derive(Subcommand)]
enum ReceiptCommand {
    /// Says whether a receipt was handed out here and its record stands in the ledger; the exit code says it too.
    Verify {
        /// The file of the receipt; - for standard input.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Lists every account: e-mail address, day, signed-in browsers.
    List,
    /// Disables an account and signs out all its browsers. Nothing is erased.
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
    /// Prints a sign-in link that works once, within a day, to hand to a member who forgot the password.
    Link {
        /// The e-mail address.
        email: String,
        /// The address of the site itself, scheme and host.
        #[arg(long)]
        site: Option<String>,
    },
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let done = Config::read(command_line.config.as_deref(), std::env::vars())
        .map_err(|error| error.to_string())
        .and_then(|config| match command_line.command {
            // The watching build tool starts the program with no word.
            None | Some(Command::Serve) => serve(&config),
            Some(Command::Check) => check(&config),
            Some(Command::Account(command)) => look_after(&config, command),
            Some(Command::Ledger(command)) => audit(&config, command),
            Some(Command::Receipt(ReceiptCommand::Verify { file })) => verify_receipt(&config, &file),
            Some(Command::Backup { file }) => make_backup(&config, &file),
            Some(Command::Restore { file }) => restore_backup(&config, &file),
            Some(Command::Migrate { from, to }) => migrate(&from, &to),
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Checks all content.
fn check(config: &Config) -> Result<(), String> {
    let content = Content::load(&config.content).map_err(lines)?;
    let (editions, cookies) = (content.editions.len(), content.newest_inventory().declarations().len());
    println!("{}: {editions} editions and {cookies} cookies, no mistakes", config.content.display());
    Ok(())
}

/// Each on a line of its own.
fn lines(said: impl IntoIterator<Item = impl ToString>) -> String {
    said.into_iter().map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

/// Does one thing with the accounts.
fn look_after(config: &Config, command: AccountCommand) -> Result<(), String> {
    let store = open(config)?;
    let operator = Operator { store: &store, clock: Clock::system(), chance: Chance::system() };
    let runtime = runtime()?;
    let said = runtime.block_on(async {
        match command {
            AccountCommand::List => operator.list().await.map(|accounts| {
                let line = |account: &Listed| {
                    let disabled = if account.is_disabled { ", disabled" } else { "" };
                    let Listed { email, created_at, sessions, .. } = account;
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
            AccountCommand::Link { email, site } => {
                let site = site.unwrap_or_else(|| format!("http://{}", config.address));
                let link = operator.make_link(&email).await;
                link.map(|path| format!("{}{path}", site.trim_end_matches('/')))
            }
        }
    });
    println!("{}", said.map_err(|error| error.to_string())?);
    Ok(())
}

/// Does one thing with the ledger.
fn audit(config: &Config, command: LedgerCommand) -> Result<(), String> {
    let own = own_ledger(config)?;
    if let LedgerCommand::Key = command {
        let own = own.ok_or("there is no key yet: start the server once, or set HARMONY_DATA or HARMONY_LEDGER_KEY")?;
        println!("{}", own.public_key());
        return Ok(());
    }
    let store = open(config)?;
    let operator = ledger::operator::Operator { store: &store, own: own.as_ref() };
    runtime()?.block_on(async {
        match command {
            LedgerCommand::Export { file } => {
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
            LedgerCommand::Verify | LedgerCommand::Key => {
                let sound = operator.verify().await.map_err(|error| error.to_string())?;
                println!("{}", sound.map_err(|unsound| unsound.to_string())?);
                Ok(())
            }
        }
    })
}

/// Says what can be said of a receipt; whatever is not both genuine and in the ledger is an error.
fn verify_receipt(config: &Config, file: &Path) -> Result<(), String> {
    let mut text = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_end(&mut text).map(drop)
    } else {
        fs::read(file).map(|read| text = read)
    };
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    let own = own_ledger(config)?;
    let store = open(config)?;
    let operator = ledger::operator::Operator { store: &store, own: own.as_ref() };
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
    let has_key = config.ledger_key.is_some() || config.data.join("ledger.key").is_file();
    let read = || config.ledger(&Chance::system()).map_err(|error| error.to_string());
    has_key.then(read).transpose()
}

/// Makes a file, in place of an earlier one, that its owner alone can read.
fn make(file: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// The store of a server that was started before.
fn open(config: &Config) -> Result<Store, String> {
    let database = config.database().map_err(|error| error.to_string())?;
    if let Database::File(file) = &database
        && !file.is_file()
    {
        return Err(format!("{database} is not there: start the server once, or set HARMONY_DATA or HARMONY_DATABASE"));
    }
    Store::of(&database).map_err(|error| format!("{database}: {error}"))
}

/// What waits for one thing to be done.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())
}

/// Copies the embedded database to a file.
fn make_backup(config: &Config, to: &Path) -> Result<(), String> {
    let database = embedded(config)?;
    if !database.is_file() {
        return Err(format!("{} is not there: start the server once, or set HARMONY_DATA", database.display()));
    }
    store::back_up(&database, to, is_sound).map_err(|error| error.to_string())?;
    println!("{} is copied to {}", database.display(), to.display());
    Ok(())
}

/// Puts a copy in the place of the embedded database.
fn restore_backup(config: &Config, copy: &Path) -> Result<(), String> {
    let database = embedded(config)?;
    let kept = store::restore(copy, &database, is_sound).map_err(|error| error.to_string())?;
    println!("{} is now what {} holds", database.display(), copy.display());
    if let Some(kept) = kept {
        println!("what it held before is in {}", kept.display());
    }
    Ok(())
}

/// The file of the embedded database. A server has ways of its own to copy what it keeps.
fn embedded(config: &Config) -> Result<PathBuf, String> {
    match config.database().map_err(|error| error.to_string())? {
        Database::File(file) => Ok(file),
        Database::Server(_) => {
            Err("PostgreSQL keeps the database: copy it with pg_dump, and put it back with pg_restore".into())
        }
    }
}

/// Whether the ledger in that file is as it was written.
fn is_sound(file: &Path) -> Result<(), String> {
    let store = Store::open(file).map_err(|error| error.to_string())?;
    let operator = ledger::operator::Operator { store: &store, own: None };
    let found = runtime()?.block_on(operator.verify()).map_err(|error| error.to_string())?;
    found.map(drop).map_err(|unsound| unsound.to_string())
}

/// Copies all that is kept from one database to another.
fn migrate(from: &str, to: &str) -> Result<(), String> {
    let database = |option: &str, name| Database::parse(name).map_err(|error| format!("{option}: {error}"));
    let (from, to) = (database("--from", from)?, database("--to", to)?);
    let copied = transfer(&from, &to).map_err(|error| error.to_string())?;
    println!("{}", lines(copied.iter().map(|Copied { table, rows }| format!("{table}: {rows}"))));
    println!("{from} is copied to {to}");
    Ok(())
}

/// Serves the site until it is told to stop.
fn serve(config: &Config) -> Result<(), String> {
    start_log(config)?;
    let address = config.socket().map_err(|error| error.to_string())?;
    let chance = Chance::system();
    if !config.site.join("pkg").is_dir() {
        return Err(format!(
            "HARMONY_SITE is {}, which holds no built site: run make run, or cargo leptos build --release",
            config.site.display()
        ));
    }
    let database = config.database().map_err(|error| error.to_string())?;
    let ledger = config.ledger(&chance).map_err(|error| error.to_string())?;
    let retention = config.retention().map_err(|error| error.to_string())?;
    let store = ledger.open(&database, chance.clone()).map_err(|error| format!("{database}: {error}"))?;
    let site = State::new(Parts {
        content: config.content.clone(),
        site: config.site.clone(),
        clock: Clock::system(),
        seal: config.seal(&chance).map_err(|error| error.to_string())?,
        chance,
        limits: config.limits().map_err(|error| error.to_string())?,
        address_header: config.address_header().map_err(|error| error.to_string())?,
        store,
        ledger,
    })
    .map_err(|error| error.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen at {address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "browsers keep no Secure cookie over plain http from any name but localhost: put a server with https in front"
            );
        }
        site.ledger.begin(&site.store).await.map_err(|error| error.to_string())?;
        let _retention = tokio::spawn(ledger::keep(Arc::clone(&site), retention));
        tracing::info!(%address, "serving at http://{address}");
        let service = http::router(&site).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service)
            .with_graceful_shutdown(told_to_stop())
            .await
            .map_err(|error| error.to_string())
    })?;
    tracing::info!("stopped");
    Ok(())
}

/// Ends when the operator says so.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
    tracing::info!("told to stop: finishing what has begun");
}

fn start_log(config: &Config) -> Result<(), String> {
    let wrong = || format!("HARMONY_LOG is {:?}, which is no level and no filter: write one such as info", config.log);
    // The library takes a lone word that is no level for the name of a module, and logs nothing at all.
    if !config.log.split(',').all(|part| part.contains('=') || part.parse::<LevelFilter>().is_ok()) {
        return Err(wrong());
    }
    let filter = EnvFilter::try_new(&config.log).map_err(|_| wrong())?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    // A panic is logged like any other failure; the visitor gets the page of an inner failure.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a request panicked")));
    Ok(())
}
