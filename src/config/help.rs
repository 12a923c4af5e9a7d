//! The table of settings that `harmony --help` ends with.

use std::fmt::Write;

use super::settings::SETTINGS;

/// One line for each setting: its variable, what it is, and its default.
pub fn help() -> String {
    let width = SETTINGS.iter().map(|setting| setting.variable().len()).max().unwrap_or_default();
    let mut help = "Settings (environment variables, or keys of the file; see docs/configuration.md):\n".to_owned();
    for setting in SETTINGS {
        let default = if setting.default.is_empty() { String::new() } else { format!(" [{}]", setting.default) };
        let summary = setting.summary.trim_end_matches('.').replace('`', "");
        let _ = writeln!(help, "  {:width$}  {summary}{default}", setting.variable());
    }
    help.trim_end().to_owned()
}
