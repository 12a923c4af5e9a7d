//! What was found when the rules of the studies on consent were tried on this site: the report, and what it may say.
//!
//! `end2end/compliance` writes it, `content` reads it, and `/transparency` shows it. It holds ids and facts, and no
//! sentence: those stand in the files of strings.

mod rule;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use strum::VariantArray as _;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub use self::rule::{Citation, Rule, Source};
use super::Timestamp;
use crate::domain::policy::{document::Edition, version::Version};

/// No text of a finding is longer, in characters.
const LONGEST: usize = 300;

/// The report on one examination of this site.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ReportFile")]
pub struct ComplianceReport {
    /// When it was made.
    pub made: Timestamp,
    /// The edition that was in force then.
    pub version: Version,
    /// The SHA-256 of its text.
    pub sha256: String,
    /// The browser that walked.
    pub browser: CheckedBrowser,
    /// What came of each rule: each once, in the order of [`Rule::VARIANTS`].
    pub rules: Vec<Examined>,
}

/// A browser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedBrowser {
    /// What it is called.
    pub name: String,
    /// Which of its versions it was.
    pub version: String,
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RuleEntry")]
pub struct Examined {
    /// Which rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: RuleOutcome,
}

/// What came of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleOutcome {
    /// It was tried.
    Tried {
        /// How much was looked at.
        tried: Tried,
        /// Everything that breaks it.
        findings: Vec<Finding>,
    },
    /// It could not be tried.
    NotTried(Obstacle),
}

/// How much was looked at; nothing where that is no measure of the rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// New browsers, each without a cookie.
    pub browsers: Option<u32>,
    /// Pages that were opened.
    pub pages: Option<u32>,
    /// Cookies that were looked at, in all states together.
    pub cookies: Option<u32>,
    /// Cookies as they are declared.
    pub declarations: Option<u32>,
    /// Buttons, links and boxes.
    pub controls: Option<u32>,
    /// Screens, each of a width and of a colour scheme.
    pub screens: Option<u32>,
    /// Requests.
    pub requests: Option<u32>,
}

/// One thing that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What the browser had done by then.
    pub state: ComplianceState,
    /// The name of a cookie or of a store, the host of a request, the words of a control.
    pub subject: String,
    /// What was seen of it, where that is more than that it was there.
    pub seen: Option<String>,
    /// What should have been seen.
    pub expected: Option<String>,
}

/// What a browser had done when something was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplianceState {
    /// Opened the first page.
    Fresh,
    /// Scrolled, without an answer.
    Scrolled,
    /// Gone on to other pages, without an answer.
    Browsed,
    /// Put the notice away without an answer.
    Closed,
    /// Accepted.
    Accepted,
    /// Refused.
    Refused,
    /// Accepted and then withdrawn.
    Withdrawn,
    /// Sent Global Privacy Control, without an answer.
    Signal,
}

/// Why a rule could not be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The site publishes no list of its cookies.
    NoDeclarations,
    /// No notice was found.
    NoNotice,
    /// No way to accept was found.
    NoAccept,
    /// No way to refuse was found.
    NoReject,
    /// No way to withdraw was found.
    NoWithdrawal,
    /// No settings were found.
    NoSettings,
    /// There was no optional cookie.
    NothingOptional,
}

/// How many rules came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tried, and nothing found that breaks it.
    pub kept: u64,
    /// Tried, and broken.
    pub broken: u64,
    /// Not tried.
    pub not_tried: u64,
}

impl ComplianceReport {
    /// How many rules came out how.
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

    /// Whether it is about that edition, to the letter.
    pub fn is_of(&self, edition: &Edition) -> bool {
        self.version == edition.version && self.sha256 == edition.sha256
    }
}

/// A report as it is written.
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

/// An edition as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportedVersion {
    version: Version,
    sha256: String,
}

/// What came of a rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    id: Rule,
    tried: Option<Tried>,
    findings: Option<Vec<Finding>>,
    not_tried: Option<Obstacle>,
}

/// The report is not one of this form about this site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseReportError {
    /// It is of another form.
    #[error("the format is {0}, and only 1 is known")]
    Format(u8),
    /// It is about somebody else.
    #[error("the report is on another site: only that on this one is published")]
    Elsewhere,
    /// It names no edition.
    #[error("the report names no edition")]
    NoEdition,
    /// The moment is none.
    #[error("{0:?} is no moment such as 2026-11-22T18:00:00Z")]
    Moment(String),
    /// It does not say of every rule what came of it, once and in order.
    #[error("the rules must be {}, each once and in this order", Rule::VARIANTS.iter().map(Rule::into_str).collect::<Vec<_>>().join(", "))]
    Rules,
    /// A rule is said to be tried and not tried, or neither.
    #[error("{0} must have either tried and findings, or not_tried")]
    Either(&'static str),
    /// A text is too long.
    #[error("a text in the findings of {0} is longer than {LONGEST} characters")]
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
            if texts.any(|text| text.chars().count() > LONGEST) {
                return Err(ParseReportError::TooLong(id.into_str()));
            }
        }
        Ok(Self { rule: id, outcome })
    }
}
