//! Decisions as cookie values, in plain ASCII that browsers return unchanged.
//!
//! `5~VERSION~SECONDS~SOURCE`, then for each answer `~PURPOSE:y` or `~PURPOSE:n`, its time, a
//! letter for its signal, and `.FINGERPRINT`. Format 4 knew two purposes and named none.

use strum::VariantArray as _;

use super::{Answer, Decision, GivenAnswer};
use crate::domain::{
    Timestamp,
    consent::signal::Signal,
    cookies::purpose::{MAX_OPTIONAL_PURPOSES, Optional, PerPurpose},
};

/// The version of the format. Cookies of unknown versions are ignored.
const FORMAT: &str = "5";

/// The version without names, and the two purposes whose answers it holds.
const UNNAMED_FORMAT: &str = "4";
const UNNAMED: [Optional; 2] = [Optional::PREFERENCES, Optional::ANALYTICS];

impl Decision {
    /// Encodes the decision.
    pub fn encode(&self) -> String {
        let answers = self.answers.iter().map(|(purpose, given)| format!("{purpose}:{}", encode_answer(given)));
        std::iter::once(self.head(FORMAT)).chain(answers).collect::<Vec<_>>().join("~")
    }

    /// Decodes the exact output of [`Decision::encode`], or of the same in format 4; `None` for
    /// anything else.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = value.split('~');
        let (format, version, decided_at, collected_via) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let answers = match format {
            FORMAT => named(parts)?,
            UNNAMED_FORMAT => unnamed(parts)?,
            _ => return None,
        };
        let decision = Self {
            answers,
            version: version.parse().ok()?,
            decided_at: Timestamp(decided_at.parse().ok()?),
            collected_via: collected_via.parse().ok()?,
        };
        // Each decision has one encoding: no trailing part, no `+1`, no leading zero.
        let encoded = if format == FORMAT { decision.encode() } else { decision.encode_unnamed() };
        (encoded == value).then_some(decision)
    }

    fn head(&self, format: &str) -> String {
        format!("{format}~{}~{}~{}", self.version, self.decided_at.0, self.collected_via.into_str())
    }

    fn encode_unnamed(&self) -> String {
        let answer = |purpose| self.answers.get(&purpose).map_or_else(|| "n".to_owned(), encode_answer);
        let [preferences, analytics] = UNNAMED.map(answer);
        format!("{}~{preferences}~{analytics}", self.head(UNNAMED_FORMAT))
    }
}

fn named<'v>(parts: impl Iterator<Item = &'v str>) -> Option<PerPurpose<GivenAnswer>> {
    let answer = |part: &str| {
        let (purpose, answer) = part.split_once(':')?;
        Some((purpose.parse().ok()?, decode_answer(answer)?))
    };
    let answers: PerPurpose<_> = parts.take(MAX_OPTIONAL_PURPOSES + 1).map(answer).collect::<Option<_>>()?;
    Some(answers).filter(|answers| answers.len() <= MAX_OPTIONAL_PURPOSES)
}

fn unnamed<'v>(mut parts: impl Iterator<Item = &'v str>) -> Option<PerPurpose<GivenAnswer>> {
    let mut answers = PerPurpose::new();
    for purpose in UNNAMED {
        match parts.next()? {
            "n" => {}
            answer => {
                answers.insert(purpose, decode_answer(answer)?);
            }
        }
    }
    Some(answers)
}

/// The suffix of an answer for its signal.
const fn suffix(signal: Option<Signal>) -> &'static str {
    match signal {
        None => "",
        Some(Signal::DoNotTrack) => "d",
        Some(Signal::GlobalPrivacyControl) => "g",
    }
}

fn encode_answer(given: &GivenAnswer) -> String {
    let GivenAnswer { answer, answered_at, signal, prompt_fingerprint } = given;
    let letter = if answer.is_yes() { 'y' } else { 'n' };
    let fingerprint = prompt_fingerprint.map(|fingerprint| format!(".{fingerprint}")).unwrap_or_default();
    format!("{letter}{}{}{fingerprint}", answered_at.0, suffix(*signal))
}

/// Decodes an answer. A yes needs a fingerprint.
fn decode_answer(text: &str) -> Option<GivenAnswer> {
    let (answer, text) = match (text.strip_prefix('y'), text.strip_prefix('n')) {
        (Some(text), _) => (Answer::Yes, text),
        (_, Some(text)) => (Answer::No, text),
        (None, None) => return None,
    };
    let (text, prompt_fingerprint) = match text.split_once('.') {
        Some((text, fingerprint)) => (text, Some(fingerprint.parse().ok()?)),
        None => (text, None),
    };
    let with_signal =
        Signal::VARIANTS.iter().copied().find_map(|signal| Some((text.strip_suffix(suffix(Some(signal)))?, signal)));
    let (digits, signal) = with_signal.map_or((text, None), |(digits, signal)| (digits, Some(signal)));
    let given = GivenAnswer { answer, answered_at: Timestamp(digits.parse().ok()?), signal, prompt_fingerprint };
    (!answer.is_yes() || prompt_fingerprint.is_some()).then_some(given)
}
