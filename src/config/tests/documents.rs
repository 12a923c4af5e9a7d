//! The documents of the settings are generated from their descriptions. `UPDATE_SETTINGS=1`
//! rewrites them.

use std::fmt::Write;

use serde::{Deserialize, Deserializer, de::Visitor};

use super::*;
use crate::config::settings::{SETTINGS, Setting, Topic};

const PAGE_INTRO: &str = "\
# Settings

<!-- Generated from src/config/settings.rs; CONTRIBUTING.md says how. -->

Each setting is an environment variable, or a line of a TOML file that `--config` or
`HARMONY_CONFIG` names. [harmony.example.toml](../harmony.example.toml) is such a file, with every
setting commented out.

- In the file, names are in lower case and without `HARMONY_`; `OTEL_EXPORTER_OTLP_ENDPOINT` is
  `otlp_endpoint`. The environment overrides the file.
- Every command first validates every value, and rejects unknown names. `harmony check` also checks
  the folders that they name.
- An empty variable is ignored.
- A name that starts with `HARMONY_` can take the suffix `_FILE`. The variable then names a file
  that contains the value: `HARMONY_DATABASE_FILE=/run/secrets/database`. Use it for a **secret**,
  as the tables call one.

[Running Harmony](operating.md) explains each topic step by step.
";

const FILE_INTRO: &str = "\
# Settings of Harmony, for `harmony --config FILE` or HARMONY_CONFIG. The environment overrides
# them. Each setting shows its default, or else an example; remove the # before it to set it.
# docs/configuration.md says more about each. Generated from src/config/settings.rs.
";

const TABLE_HEAD: &str = "| name | default | meaning |\n|---|---|---|\n";

/// The row of a setting, with links from `docs/`.
fn row(setting: &Setting) -> String {
    let Setting { default, fallback, summary, details, range, unit, is_secret, .. } = setting;
    let default = if default.is_empty() { (*fallback).to_owned() } else { format!("`{default}`") };
    let mut meaning = (*summary).to_owned();
    if !details.is_empty() {
        let _ = write!(meaning, " {details}.");
    }
    if let Some((min, max)) = range {
        let _ = write!(meaning, " {min} to {max} {unit}.");
    }
    if *is_secret {
        meaning.push_str(" **Secret.**");
    }
    format!("| `{}` | {default} | {meaning} |\n", setting.variable())
}

fn of_topic(topic: Topic) -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(move |setting| setting.topic == topic)
}

/// `docs/configuration.md`.
fn page() -> String {
    let mut page = PAGE_INTRO.to_owned();
    for topic in Topic::ALL {
        let _ = write!(page, "\n## {}\n\n{TABLE_HEAD}", topic.title());
        page.extend(of_topic(topic).map(row));
    }
    page
}

/// `harmony.example.toml`.
fn example() -> String {
    let mut file = FILE_INTRO.to_owned();
    for topic in Topic::ALL {
        let _ = writeln!(file, "\n## {}", topic.title());
        for setting in of_topic(topic) {
            let mut comment = setting.summary.replace('`', "");
            if let Some((min, max)) = setting.range {
                let _ = write!(comment, " {min} to {max} {}.", setting.unit);
            }
            let _ = write!(file, "\n# {comment}\n#{} = {}\n", setting.key, value(setting));
        }
    }
    file
}

/// The default or an example, as TOML.
fn value(setting: &Setting) -> String {
    let value = if setting.default.is_empty() { setting.example } else { setting.default };
    if setting.range.is_some() { value.to_owned() } else { format!("{value:?}") }
}

/// The README's table.
fn first_settings() -> String {
    let mut table = TABLE_HEAD.to_owned();
    table.extend(SETTINGS.iter().filter(|setting| setting.matters_first).map(row));
    table.replace("](operating.md", "](docs/operating.md")
}

/// Compares a file with what it should be, or writes it.
fn in_step(file: &str, expected: &str) -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_SETTINGS").is_some() {
        return fs::write(path, expected);
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, expected, "{file}: run UPDATE_SETTINGS=1 cargo test --features ssr --lib -- config::");
    Ok(())
}

#[test]
fn the_documents_say_what_the_settings_are() -> std::io::Result<()> {
    in_step("docs/configuration.md", &page())?;
    in_step("harmony.example.toml", &example())?;
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))?;
    let (begin, end) = ("<!-- settings: generated -->\n", "<!-- end of settings -->\n");
    // Without this, an update would overwrite a README whose comments are gone.
    let no_marker = || std::io::Error::other("README.md lacks the comments around its settings");
    let (before, rest) = readme.split_once(begin).ok_or_else(no_marker)?;
    let (_, after) = rest.split_once(end).ok_or_else(no_marker)?;
    in_step("README.md", &format!("{before}{begin}{}{end}{after}", first_settings()))
}

#[test]
fn every_setting_has_one_description_in_one_line() {
    let mut keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
    let described = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), described, "a key is described twice");
    assert_eq!(SETTINGS.iter().filter(|setting| setting.matters_first).count(), 8);
    for setting in SETTINGS {
        let Setting { key, default, example, summary, .. } = setting;
        assert!(summary.ends_with('.') && !summary.contains('\n') && summary.len() <= 80, "{key}: {summary}");
        assert!(!default.is_empty() || !example.is_empty() || setting.is_secret, "{key} has nothing to show");
    }
    for line in help().lines() {
        assert!(line.chars().count() <= 132, "{line}");
    }
}

#[test]
fn the_example_sets_nothing_and_each_of_its_lines_can_be_set() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("harmony.toml");
    fs::write(&file, example())?;
    Config::load(Some(&file), [])?;
    // A country comes from a header or from a file.
    for alternative in ["country_header", "country_database"] {
        let mut lines = String::new();
        // The example values of keys are not valid keys.
        for setting in SETTINGS.iter().filter(|setting| setting.topic != Topic::Keys && setting.key != alternative) {
            let _ = writeln!(lines, "{} = {}", setting.key, value(setting));
        }
        fs::write(&file, &lines)?;
        Config::load(Some(&file), []).map_err(|error| format!("{error} of\n{lines}"))?;
    }
    Ok(())
}

#[test]
fn the_raw_struct_has_a_field_for_each_setting_and_no_other() {
    let mut described: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
    let mut fields = Vec::new();
    let _ = RawConfig::deserialize(FieldNames(&mut fields));
    described.sort_unstable();
    fields.sort_unstable();
    assert_eq!(fields, described);
}

/// Collects the names of the fields of a struct.
struct FieldNames<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("no value"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
