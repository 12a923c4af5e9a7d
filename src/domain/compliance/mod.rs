//! The compliance report: results of checking this site against the rules of published studies.
//!
//! `end2end/compliance` writes the report, `content` loads it, and `/transparency` shows it. It
//! contains ids and facts; the sentences are in the i18n files.

mod rule;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use strum::VariantArray as _;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub use self::rule::{Citation, Rule, RuleGroup, Source};
use super::Timestamp;
use crate::domain::policy::{document::Edition, version::Version};

/// The longest text of a finding.
const MAX_TEXT_CHARS: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ReportFile")]
pub struct ComplianceReport {
    pub made: Timestamp,
    /// The edition that was current then.
    pub version: Version,
    /// The SHA-256 of the edition's text.
    pub sha256: String,
    pub browser: CheckedBrowser,
    /// The results, one for each rule, in the order of [`Rule::VARIANTS`].
    pub rules: Vec<Examined>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedBrowser {
    pub name: String,
    pub version: String,
}

/// The result of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RuleEntry")]
pub struct Examined {
    pub rule: Rule,
    pub outcome: RuleOutcome,
}

/// The outcome of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleOutcome {
    Tried {
        /// What was checked.
        tried: Tried,
        findings: Vec<Finding>,
    },
    /// The rule could not be checked.
    NotTried(Obstacle),
}

/// What was checked; `None` where the count does not apply to the rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// Fresh browser profiles.
    pub browsers: Option<u32>,
    pub pages: Option<u32>,
    /// Cookies checked, over all states.
    pub cookies: Option<u32>,
    /// Declared cookies.
    pub declarations: Option<u32>,
    pub controls: Option<u32>,
    /// Combinations of screen width and colour scheme.
    pub screens: Option<u32>,
    pub requests: Option<u32>,
}

/// A violation of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The state of the browser.
    pub state: ComplianceState,
    /// A cookie name, a storage key, a request host, or the text of a control.
    pub subject: String,
    /// The observed value, if presence alone is not the finding.
    pub seen: Option<String>,
    /// The expected value.
    pub expected: Option<String>,
}

/// What the browser had done before a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplianceState {
    /// Opened the first page.
    Fresh,
    /// Scrolled, without an answer.
    Scrolled,
    /// Opened other pages, without an answer.
    Browsed,
    /// Closed the notice without an answer.
    Closed,
    Accepted,
    /// Refused everything.
    Refused,
    Withdrawn,
    /// Sent Global Privacy Control without an answer.
    Signal,
}

/// Why a rule could not be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The site publishes no cookie declarations.
    NoDeclarations,
    NoNotice,
    /// The checker found no control to accept.
    NoAccept,
    /// The checker found no control to refuse.
    NoReject,
    /// The checker found no control to withdraw.
    NoWithdrawal,
    NoSettings,
    /// There is no optional cookie.
    NothingOptional,
}

/// The number of rules by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Checked, without a finding.
    pub kept: u64,
    /// Checked, with findings.
    pub broken: u64,
    pub not_tried: u64,
}

impl ComplianceReport {
    /// The number of rules by outcome.
    pub fn summary(&self) -> Summary {
        self.rules.iter().fold(Summary::default(), |mut sum, examined| {
            match &examined.outcome {
                RuleOutcome::Tried { findings, .. } if findings.is_empty() => sum.kept += 1,
                RuleOutcome::Tried { .. } => sum.broken += 1,
                RuleOutcome::NotTried(_) => sum.not_tried += 1,
            }
            sum
        })
    }

    /// Whether the report is about exactly this text of the edition.
    pub fn matches(&self, edition: &Edition) -> bool {
        self.version == edition.version && self.sha256 == edition.sha256
    }
}

/// The file format of a report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportFile {
    format: u8,
    made: String,
    site: String,
    edition: Option<ReportedVersion>,
    browser: CheckedBrowser,
    rules: Vec<Examined>,
}

/// The file format of an edition.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportedVersion {
    version: Version,
    sha256: String,
}

/// The file format of a result.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    id: Rule,
    tried: Option<Tried>,
    findings: Option<Vec<Finding>>,
    not_tried: Option<Obstacle>,
}

/// The report is invalid or about another site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseReportError {
    /// The format is unknown.
    #[error("the format is {0}, and only 1 is known")]
    Format(u8),
    /// The report is about another site.
    #[error("the report is on another site: only that on this one is published")]
    Elsewhere,
    #[error("the report names no edition")]
    NoEdition,
    #[error("{0:?} is no moment such as 2026-11-22T18:00:00Z")]
    Moment(String),
    /// The rules are not complete and in order.
    #[error("the rules must be {}, each once and in this order", Rule::VARIANTS.iter().map(Rule::into_str).collect::<Vec<_>>().join(", "))]
    Rules,
    /// A rule is both checked and not checked, or neither.
    #[error("{0} must have either tried and findings, or not_tried")]
    Either(&'static str),
    #[error("a text in the findings of {0} is longer than {MAX_TEXT_CHARS} characters")]
    TooLong(&'static str),
}

impl TryFrom<ReportFile> for ComplianceReport {
    type Error = ParseReportError;

    fn try_from(written: ReportFile) -> Result<Self, ParseReportError> {
        let ReportFile { format, made, site, edition, browser, rules } = written;
        if format != 1 {
            return Err(ParseReportError::Format(format));
        }
        if site != "own" {
            return Err(ParseReportError::Elsewhere);
        }
        let ReportedVersion { version, sha256 } = edition.ok_or(ParseReportError::NoEdition)?;
        let moment = OffsetDateTime::parse(&made, &Rfc3339).map(|at| Timestamp(at.unix_timestamp()));
        let moment = moment.ok().filter(|at| at.rfc3339().as_deref() == Some(&made));
        if !rules.iter().map(|examined| examined.rule).eq(Rule::VARIANTS.iter().copied()) {
            return Err(ParseReportError::Rules);
        }
        Ok(Self { made: moment.ok_or(ParseReportError::Moment(made))?, version, sha256, browser, rules })
    }
}

impl TryFrom<RuleEntry> for Examined {
    type Error = ParseReportError;

    fn try_from(RuleEntry { id, tried, findings, not_tried }: RuleEntry) -> Result<Self, ParseReportError> {
        let outcome = match (tried, findings, not_tried) {
            (Some(tried), Some(findings), None) => RuleOutcome::Tried { tried, findings },
            (None, None, Some(obstacle)) => RuleOutcome::NotTried(obstacle),
            _ => return Err(ParseReportError::Either(id.into_str())),
        };
        if let RuleOutcome::Tried { findings, .. } = &outcome {
            let mut texts = findings.iter().flat_map(|found| {
                [Some(&found.subject), found.seen.as_ref(), found.expected.as_ref()].into_iter().flatten()
            });
            if texts.any(|text| text.chars().count() > MAX_TEXT_CHARS) {
                return Err(ParseReportError::TooLong(id.into_str()));
            }
        }
        Ok(Self { rule: id, outcome })
    }
}
