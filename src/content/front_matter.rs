//! The front matter of an edition: version, effective date, changes and notice.

use time::Date;
use toml::Spanned;

use super::{fields, fields::Fields, yaml};
use crate::{
    content::diagnostic::{Diagnostics, Located},
    domain::policy::{
        notice::{DEFAULT_NOTICE_DAYS, MAX_NOTICE_DAYS, notice_day},
        version::Version,
    },
};

/// The lines around a front matter: TOML between lines of `+++`, YAML between lines of `---`.
const FENCES: [&str; 2] = ["+++", "---"];

/// The front matter of an edition.
#[derive(Debug)]
pub(super) struct FrontMatter {
    pub version: Located<Version>,
    /// The effective date.
    pub effective: Located<Date>,
    /// The publication date, if stated.
    pub published: Option<Date>,
    /// How many days before the effective date subscribers are told, if they are.
    pub notify_days: Option<Located<u16>>,
    /// The changes, one sentence each.
    pub summary: Vec<String>,
}

/// The front matter of a translation. All other facts come from the original.
#[derive(Debug)]
pub(super) struct Translated {
    /// The version of the original.
    pub version: Located<Version>,
    /// The SHA-256 of the translated original.
    pub translates: String,
    /// The changes, one sentence each.
    pub summary: Vec<String>,
}

/// Parses the front matter of an edition; also returns the byte offset of the text behind it.
///
/// Returns `None` for invalid front matter, with diagnostics in the report.
pub(super) fn parse(text: &str, report: &mut Diagnostics) -> (Option<FrontMatter>, usize) {
    cut(text, report, read_original)
}

/// Parses the front matter of a translation, like [`parse`].
pub(super) fn parse_translated(text: &str, report: &mut Diagnostics) -> (Option<Translated>, usize) {
    cut(text, report, read_translated)
}

/// Finds the front matter, and lets `read` take its fields.
fn cut<T>(
    text: &str,
    report: &mut Diagnostics,
    read: impl FnOnce(&Fields, &mut Diagnostics) -> Option<T>,
) -> (Option<T>, usize) {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let Some(fence) = FENCES.into_iter().find(|fence| first.trim_end() == *fence) else {
        report.add(1, "the front matter is missing: begin the file with it, between two lines of +++");
        return (None, 0);
    };
    let start = first.len();
    let mut end = start;
    for line in lines {
        if line.trim_end() == fence {
            let head = text.get(start..end).unwrap_or_default();
            let table = match fence {
                "---" => yaml::parse(head, start, report),
                _ => fields::parse(head, start, report).map(Spanned::into_inner),
            };
            let found = table.and_then(|table| read(&Fields::new(&table, start, 1), report));
            return (found, end + line.len());
        }
        end += line.len();
    }
    report.add(1, format!("the front matter has no end: close it with a line of {fence}"));
    (None, text.len())
}

fn read_original(fields: &Fields, report: &mut Diagnostics) -> Option<FrontMatter> {
    let version = version(fields, report);
    let effective = fields.day("effective", report);
    let published = fields.optional_day("published", report);
    if let (Some(published), Some(effective)) = (&published, &effective)
        && published.value > effective.value
    {
        let (day, later) = (effective.value, published.value);
        report.add(published.line, format!("the edition is made public on {later}, but in force from {day}"));
    }
    let notify_days = notify_days(fields, report);
    if let (Some(published), Some(effective), Some(days)) = (&published, &effective, &notify_days)
        && let day = notice_day(effective.value, days.value)
        && day < published.value
    {
        let later = published.value;
        report.add(days.line, format!("subscribers are told on {day}, but the edition is made public on {later}"));
    }
    let summary = fields.sentences("summary", report);
    fields.reject_unknown(report);
    let published = published.map(|published| published.value);
    Some(FrontMatter { version: version?, effective: effective?, published, notify_days, summary: summary? })
}

/// How many days ahead subscribers are told: `notify_days`, or [`DEFAULT_NOTICE_DAYS`], if `notify`
/// is true.
fn notify_days(fields: &Fields, report: &mut Diagnostics) -> Option<Located<u16>> {
    let notify = fields.optional_parsed("notify", "true or false", report);
    let expected = format!("a number of days, 1 to {MAX_NOTICE_DAYS}");
    let days = fields.optional_parsed::<u16>("notify_days", &expected, report);
    let Some(Located { line, .. }) = notify.filter(|notify| notify.value) else {
        if let Some(days) = days {
            report.add(days.line, "notify_days needs notify = true");
        }
        return None;
    };
    let days = days.unwrap_or(Located { value: DEFAULT_NOTICE_DAYS, line });
    let is_good = (1..=MAX_NOTICE_DAYS).contains(&days.value);
    if !is_good {
        report.add(days.line, format!("notify_days must be {expected}"));
    }
    is_good.then_some(days)
}

fn read_translated(fields: &Fields, report: &mut Diagnostics) -> Option<Translated> {
    let version = version(fields, report);
    let translates = fields.text("translates", report).and_then(|text| {
        let is_hash = text.value.len() == 64 && text.value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hash {
            let what = "translates must be the SHA-256 of the original's file, as 64 hexadecimal digits in lower case";
            report.add(text.line, what);
        }
        is_hash.then_some(text.value)
    });
    let summary = fields.sentences("summary", report);
    fields.reject_unknown(report);
    Some(Translated { version: version?, translates: translates?, summary: summary? })
}

fn version(fields: &Fields, report: &mut Diagnostics) -> Option<Located<Version>> {
    fields.text("version", report).and_then(|text| match text.value.parse() {
        Ok(value) => Some(Located { value, line: text.line }),
        Err(not_a_version) => {
            report.add(text.line, format!("{not_a_version}, not {:?}", text.value));
            None
        }
    })
}
