//! The command line: its options, and how the program ends.

mod cli;

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Parser;
use harmony::config::{self, Config};

use self::cli::Command;

/// A request allocates hundreds of small blocks, and this allocator is faster at that than the
/// system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A cookie policy that is true: published, shown and enforced from one source.
#[derive(Parser)]
#[command(version, after_help = "harmony --help lists the settings.", after_long_help = config::help())]
struct CommandLine {
    /// TOML file of settings; the environment overrides it
    #[arg(long, value_name = "FILE", env = "HARMONY_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    // `cargo leptos watch` starts the program without a command.
    let command = command_line.command.unwrap_or(Command::Serve);
    let config = Config::load(command_line.config.as_deref(), std::env::vars_os()).map_err(anyhow::Error::from);
    match config.and_then(|config| command.run(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the exit code still says it.
            let _ = writeln!(std::io::stderr(), "{}", cli::with_causes(&error));
            ExitCode::FAILURE
        }
    }
}
