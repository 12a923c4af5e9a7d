//! `harmony import`: turns an existing policy into an edition.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use harmony::{
    config::Config,
    content::{
        Content,
        import::{self, Imported, Target},
    },
    domain::{
        i18n::{languages::Languages, locale::Locale},
        policy::version::Version,
    },
    system::clock::Clock,
};
use time::{Date, macros::format_description};

use super::{create_new, listed};

/// The file with the proposed declarations, in the content folder.
const PROPOSED: &str = "proposed-cookies.toml";

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// Markdown file of the policy
    file: PathBuf,
    /// Version of the edition, such as 1.0 [default: the next after the newest]
    #[arg(long)]
    version: Option<Version>,
    /// First day on which the edition applies, such as 2027-01-01 [default: today in UTC, or the
    /// day of the newest edition if that is later]
    #[arg(long, value_name = "DAY", value_parser = day)]
    effective: Option<Date>,
    /// URL of the site that relative links of the policy lead to
    #[arg(long, value_name = "URL")]
    base: Option<String>,
}

fn day(text: &str) -> Result<Date, time::error::Parse> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
}

/// Writes the edition, and the proposed declarations if the policy has a table of cookies.
pub(super) fn run(config: &Config, args: &ImportArgs) -> Result<()> {
    let folder = &config.files.content_dir;
    // Content with mistakes may lack the very edition.
    let loaded = Content::load(folder).ok();
    let languages = loaded.as_ref().map(|content| content.languages.clone());
    let languages = languages.unwrap_or_else(|| Languages::new(Locale::default(), []));
    let newest = loaded.and_then(|content| content.editions.into_iter().next_back());
    let today = Clock::system().now().day();
    let version = args.version.unwrap_or_else(|| next(newest.as_ref().map(|edition| edition.version)));
    let earliest = newest.map_or(today, |edition| edition.effective.max(today));
    let effective = args.effective.unwrap_or(earliest);
    let target = Target { version, effective, languages: &languages, base: args.base.as_deref() };
    let to = folder.join("policy").join(languages.original().tag()).join(format!("{version}.md"));
    let imported = import::import(&args.file, &to, &target).map_err(|diagnostic| anyhow!("{diagnostic}"))?;
    report(&args.file, folder, &to, imported)?;
    say!("next: read {0}, write its summary, and run harmony check and harmony lock", to.display());
    Ok(())
}

/// Writes the edition and the proposed declarations, and says what was changed.
///
/// # Errors
/// What still keeps the edition from passing, or a file that cannot be written.
pub(super) fn report(from: &Path, folder: &Path, to: &Path, imported: Imported) -> Result<()> {
    let Imported { text, changes, left, declarations } = imported;
    let proposed = folder.join(PROPOSED);
    let (declarations, count) = declarations;
    // Before the edition is written, so that the next try finds none.
    if count > 0 && proposed.exists() {
        bail!("{} exists already: copy what is true from it to cookies.toml, and remove it", proposed.display());
    }
    write(to, "remove it, or give another --version", &text)?;
    for change in &changes {
        say!("{}:{change}", from.display());
    }
    say!("{}: written, with {} changes", to.display(), changes.len());
    if count > 0 {
        write(&proposed, "remove it", &declarations)?;
        say!("{}: {count} declarations are proposed; copy those that are true to cookies.toml", proposed.display());
    }
    if left.is_empty() { Ok(()) } else { Err(listed(left)) }
}

/// The version of the next edition.
fn next(newest: Option<Version>) -> Version {
    newest.map_or(Version { major: 1, minor: 0 }, |newest| Version { minor: newest.minor.saturating_add(1), ..newest })
}

/// Writes a file that does not exist yet. `hint` says what to do if it does.
fn write(file: &Path, hint: &str, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut new = create_new(file, hint, OpenOptions::new().write(true))?;
    new.write_all(text.as_bytes()).with_context(|| file.display().to_string())
}
