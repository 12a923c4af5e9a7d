//! `harmony check`: checks settings and content as a start does.

use anyhow::{Result, bail};
use harmony::{
    config::{Config, ConfigError},
    content::{Content, REPORT_FILE, lock_file, lock_file::LockScope},
    domain::web::security_txt::ContactExpiry,
    system::clock::Clock,
};

use super::{binds_sessions, listed, outbox, sign_in_config};

/// Checks all content, and the folders, file of countries, sender of mail, identity providers and
/// `security.txt` of the settings, whose values [`Config::load`] has validated.
pub(super) fn run(config: &Config) -> Result<()> {
    let unbuilt = check_folders(config)?;
    config.site.country_source()?;
    check_security_txt(config)?;
    let folder = &config.files.content_dir;
    let content = Content::load(folder).map_err(listed)?;
    outbox(config, &content.publisher)?;
    sign_in_config(config, &content)?;
    let today = Clock::system().now().day();
    binds_sessions(config, &content, today)?;
    let mut mistakes = lock_file::check(folder, &content, today, LockScope::Every);
    if unbuilt.is_none() {
        mistakes.extend(content.missing_images(&config.files.static_dir));
    }
    if !mistakes.is_empty() {
        return Err(listed(mistakes));
    }
    let inventory = content.newest_inventory();
    let (editions, cookies) = (content.editions.len(), inventory.declarations().len());
    let noun = if editions == 1 { "edition" } else { "editions" };
    let entries = inventory.services().all().len();
    let of_services = if entries == 0 { String::new() } else { format!(", {entries} entries of services") };
    say!("{}: {editions} {noun} and {cookies} cookies{of_services}, no mistakes", folder.display());
    if let Some(why) = unbuilt {
        say!("warning: {why}. The server does not start like that, and images were not checked");
    }
    for translation in content.outdated_translations() {
        let (locale, version) = (translation.locale, translation.edition.version);
        let file = folder.join("policy").join(locale.tag()).join(format!("{version}.md"));
        say!("{}: this translates an older text; it is shown, and marked as such", file.display());
    }
    for missing in content.untranslated(folder) {
        say!("{missing}");
    }
    if content.outdated_report(today).is_some() {
        let file = folder.join(REPORT_FILE);
        say!("{}: this report is of another edition than that in force: run make compliance", file.display());
    }
    Ok(())
}

/// Checks the folders of the settings. Returns why the site is not the one that the program needs,
/// if it is where a build puts it: a publisher may check content before the site is built.
fn check_folders(config: &Config) -> Result<Option<ConfigError>> {
    match config.check_folders() {
        Err(error @ (ConfigError::StaticDir { .. } | ConfigError::Asset { .. }))
            if config.files.has_default_static_dir() =>
        {
            Ok(Some(error))
        }
        checked => Ok(checked.map(|()| None)?),
    }
}

/// Checks that the contacts of `security.txt` are still valid.
fn check_security_txt(config: &Config) -> Result<()> {
    let Some(contacts) = &config.site.security_txt else { return Ok(()) };
    let expires = contacts.expires();
    match contacts.expiry(Clock::system().now().day()) {
        ContactExpiry::Valid => {}
        ContactExpiry::Ending(days) => say!(
            "HARMONY_SECURITY_EXPIRES: security.txt expires on {expires}, in {days} days: review its contacts, and set \
             a later day"
        ),
        ContactExpiry::Expired => bail!(
            "HARMONY_SECURITY_EXPIRES: security.txt expired on {expires} and is not served: review its contacts, and \
             set a later day"
        ),
    }
    Ok(())
}
