//! `harmony init`: writes a content folder to begin with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use harmony::{
    content::{
        Content,
        import::{self, Target},
        lock_file, shipped, starter,
        starter::{FIRST, Start},
    },
    domain::i18n::{languages::Languages, locale::Locale},
    system::clock::Clock,
};
use time::Duration;

use super::{import::report, listed};

/// How long the first edition is announced before it takes effect.
const NOTICE: Duration = Duration::days(14);

#[derive(Args)]
pub(crate) struct InitArgs {
    /// Folder to write, which must not exist or be empty
    folder: PathBuf,
    /// Name of the publisher, as pages show it
    #[arg(long)]
    name: String,
    /// Original language of the policy, which prevails over translations; repeated, the other
    /// languages of the pages
    #[arg(long, value_name = "TAG", default_values_t = [Locale::ENGLISH])]
    language: Vec<Locale>,
    /// Markdown file of a policy that there is already: it becomes the first edition
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// URL of the site that relative links of that policy lead to
    #[arg(long, value_name = "URL", requires = "policy")]
    base: Option<String>,
}

/// Writes the folder, locks its edition, and says what to do next.
pub(super) fn run(args: &InitArgs) -> Result<()> {
    let InitArgs { folder, name, language, policy, base } = args;
    let known = shipped::languages();
    if let Some(unknown) = language.iter().find(|locale| !known.contains(**locale)) {
        bail!("a folder starts in {}, not in {unknown}; other languages can be added to it", known.tags());
    }
    let Some((original, others)) = language.split_first() else { bail!("a folder needs a language") };
    let languages = Languages::new(*original, others.iter().copied());
    let today = Clock::system().now().day();
    let effective = today.saturating_add(NOTICE);
    let edition = starter::first_edition(folder, *original);
    // Nothing is written if the policy cannot be read.
    let target = Target { version: FIRST, effective, languages: &languages, base: base.as_deref() };
    let imported = policy.as_ref().map(|file| Ok((file, import::import(file, &edition, &target)?)));
    let imported = imported.transpose().map_err(|diagnostic: harmony::content::Diagnostic| anyhow!("{diagnostic}"))?;
    starter::write(folder, Start { name, languages: &languages, effective })
        .with_context(|| folder.display().to_string())?;
    if let Some((file, imported)) = imported {
        fs::remove_file(&edition).with_context(|| edition.display().to_string())?;
        report(file, folder, &edition, imported)?;
    }
    lock(folder)?;
    let folder = folder.display();
    say!("{folder}: a policy of {name}, in force from {effective}");
    say!("1. Edit {} and {folder}/site.toml, then run: HARMONY_CONTENT_DIR={folder} harmony lock", edition.display());
    say!("2. See it: HARMONY_CONTENT_DIR={folder} harmony serve");
    say!("3. Before you publish it, run: HARMONY_CONTENT_DIR={folder} harmony check");
    Ok(())
}

fn lock(folder: &Path) -> Result<()> {
    let content = Content::load(folder).map_err(listed)?;
    lock_file::lock(folder, &content, Clock::system().now().day()).map_err(listed)?;
    Ok(())
}
